package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"jewelrydisplay.app/shared/local/fresh"
	"jewelrydisplay.app/shared/local/usage"
)

// loader makes requests.
type loader struct {
	cloud  *fresh.Cloud
	people *fresh.People
	known  []fresh.Person
	client http.Client
	out    io.Writer
	next   int // counts requests
}

// mix is what is asked for, over and over: most people browse.
var mix = []string{
	"GET /v1/products?limit=20",
	"GET /v1/products?q=%E9%92%BB%E7%9F%B3%E6%88%92%E6%8C%87",
	"inbox",
	"GET /v1/products?q=dimond+ring&sort=price_asc",
	"GET /v1/suggestions?q=ring",
	"inbox",
	"GET /v1/products?category=ring&limit=20",
	"login",
}

func (l *loader) prepare(ctx context.Context, people int) error {
	l.client = http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 512}}
	for range people {
		who, err := l.people.Login(ctx)
		if err != nil {
			return err
		}
		l.known = append(l.known, who)
	}
	return nil
}

// result is what came of a stage.
type result struct {
	rate      int
	took      time.Duration
	latencies []time.Duration // of what succeeded, sorted
	failed    map[string]int
}

func (r result) quantile(q float64) time.Duration {
	if len(r.latencies) == 0 {
		return 0
	}
	return r.latencies[min(len(r.latencies)-1, int(q*float64(len(r.latencies))))]
}

// stage offers the rate for so long, waits for the answers and prints a line.
func (l *loader) stage(ctx context.Context, rate int, long time.Duration) (result, error) {
	before, err := l.usage(ctx)
	if err != nil {
		return result{}, err
	}
	r := result{rate: rate, failed: map[string]int{}}
	var mu sync.Mutex
	var all sync.WaitGroup
	began := time.Now()
	for n := range int(float64(rate) * long.Seconds()) {
		due := began.Add(time.Duration(n) * time.Second / time.Duration(rate))
		select {
		case <-time.After(time.Until(due)):
		case <-ctx.Done():
			return r, ctx.Err()
		}
		what, who := mix[l.next%len(mix)], l.known[l.next%len(l.known)]
		l.next++
		all.Go(func() {
			failure := l.request(ctx, what, who)
			took := time.Since(due)
			mu.Lock()
			defer mu.Unlock()
			if failure != "" {
				r.failed[failure]++
				return
			}
			r.latencies = append(r.latencies, took)
		})
	}
	all.Wait()
	r.took = time.Since(began)
	slices.Sort(r.latencies)
	after, err := l.usage(ctx)
	if err != nil {
		return r, err
	}
	l.print(r, before, after)
	return r, nil
}

// request makes one and says what failed, or nothing.
func (l *loader) request(ctx context.Context, what string, who fresh.Person) string {
	switch what {
	case "login":
		if _, err := l.people.Login(ctx); err != nil {
			return "login"
		}
		return ""
	case "inbox":
		return l.get(ctx, "/v1/me/inbox", who.Access)
	}
	return l.get(ctx, what[len("GET "):], "")
}

func (l *loader) get(ctx context.Context, path, token string) string {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, l.cloud.API+path, nil)
	if err != nil {
		return err.Error()
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := l.client.Do(req)
	if err != nil {
		return "no answer"
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return "no answer"
	}
	if res.StatusCode != http.StatusOK {
		return res.Status
	}
	return ""
}

func (l *loader) usage(ctx context.Context) (usage.Report, error) {
	var report usage.Report
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, l.cloud.Control+"/usage", nil)
	if err != nil {
		return report, err
	}
	res, err := l.client.Do(req)
	if err != nil {
		return report, err
	}
	defer res.Body.Close()
	return report, json.NewDecoder(res.Body).Decode(&report)
}

// print tells a stage: what a request took, and how much of it was spent in the
// engines, in the functions beside them, and in the host around both.
func (l *loader) print(r result, before, after usage.Report) {
	var all time.Duration
	for _, d := range r.latencies {
		all += d
	}
	inside, engines := spent(after.Functions)-spent(before.Functions), spent(after.Engines)-spent(before.Engines)
	n := float64(max(1, len(r.latencies)))
	fmt.Fprintf(l.out, "%4d/s offered  %6.1f/s done  p50 %7.1f ms  p99 %8.1f ms  failed %v  each: function %.1f ms, of it engines %.1f ms; host and waiting %.1f ms\n",
		r.rate, float64(len(r.latencies))/r.took.Seconds(), ms(r.quantile(0.5)), ms(r.quantile(0.99)), r.failed,
		1000*inside/n, 1000*engines/n, max(0, 1000*(all.Seconds()-inside)/n))
	fmt.Fprintf(l.out, "       %d goroutines, %d files, %d MB; %d processes, %d MB\n", after.Goroutines, after.Files, after.MemoryMB, after.Processes, after.ChildrenMB)
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func spent(by map[string]usage.Spent) float64 {
	var sum float64
	for _, s := range by {
		sum += s.Seconds
	}
	return sum
}

// recovered asks that a rate is borne after a burst as it was before it.
func (r result) recovered(before result) error {
	if len(r.failed) > 0 {
		return fmt.Errorf("after the burst requests fail: %v", r.failed)
	}
	if limit := 2*before.quantile(0.99) + 200*time.Millisecond; r.quantile(0.99) > limit {
		return fmt.Errorf("after the burst p99 is %s, it was %s", r.quantile(0.99), before.quantile(0.99))
	}
	return nil
}

// hold keeps a rate for long, and asks that nothing grows from its first minute on.
func (l *loader) hold(ctx context.Context, rate int, long time.Duration) error {
	fmt.Fprintf(l.out, "steady for %s:\n", long)
	var first usage.Report
	for end := time.Now().Add(long); time.Now().Before(end); {
		r, err := l.stage(ctx, rate, time.Minute)
		if err != nil {
			return err
		}
		if len(r.failed) > 0 {
			return fmt.Errorf("requests fail: %v", r.failed)
		}
		now, err := l.usage(ctx)
		if err != nil {
			return err
		}
		if first.Goroutines == 0 {
			first = now
			continue
		}
		if now.Goroutines > first.Goroutines+50 || now.Files > first.Files+50 || now.MemoryMB > first.MemoryMB*3/2+50 {
			return fmt.Errorf("it grows: from %+v to %+v", first, now)
		}
	}
	return nil
}
