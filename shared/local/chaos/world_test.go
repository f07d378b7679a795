package chaos

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"jewelrydisplay.app/shared/local/faults"
	"jewelrydisplay.app/shared/local/fresh"
)

// world is the people who live at once, and the operator.
type world struct {
	cloud  *fresh.Cloud
	people []*life
	plan   *faults.Plan  // nil: no faults
	began  time.Duration // what the clock is turned by at the start
	title  string        // of the campaign
	log    func(string, ...any)
	shapes map[string][]string // what the tables hold of each kind of life

	mu         sync.Mutex
	violations []string
}

// together is how many live at the same moment.
const together = 24

func (w *world) violate(text, id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if id != "" {
		text += " (" + id + ")"
	}
	w.violations = append(w.violations, text)
}

// each lets everybody whom it concerns do something, some at a time. Who waits for
// a code that did not come tries again a minute later.
func (w *world) each(ctx context.Context, what string, whom func(*life) bool, do func(*life, context.Context) error) {
	began := time.Now()
	var waiting []*life
	for _, l := range w.people {
		if l.stopped == 0 && whom(l) {
			waiting = append(waiting, l)
		}
	}
	for round := 0; len(waiting) > 0; round++ {
		if round > 0 {
			w.later(ctx, 65*time.Second)
		}
		if round == 12 {
			w.violate(fmt.Sprintf("%s: %d got no code in twelve minutes", what, len(waiting)), "")
			return
		}
		var mu sync.Mutex
		var again []*life
		slots := make(chan struct{}, together)
		var all sync.WaitGroup
		for _, l := range waiting {
			slots <- struct{}{}
			all.Go(func() {
				defer func() { <-slots }()
				if err := do(l, ctx); errors.Is(err, errLater) {
					mu.Lock()
					again = append(again, l)
					mu.Unlock()
				}
			})
		}
		all.Wait()
		waiting = again
	}
	w.log("%s: %s", what, time.Since(began).Round(100*time.Millisecond))
}

func everybody(*life) bool    { return true }
func leaving(l *life) bool    { return l.fate != stays }
func comingBack(l *life) bool { return l.fate == withdraws }

// live is the whole of it.
func (w *world) live(ctx context.Context) {
	w.strike(ctx)
	w.each(ctx, "log in", everybody, (*life).login)
	w.each(ctx, "a day", everybody, (*life).day)
	w.campaign(ctx)
	w.each(ctx, "inbox", everybody, (*life).inbox)
	w.shape(ctx, "in the middle")
	w.later(ctx, 65*time.Second)
	w.each(ctx, "leave", leaving, (*life).cancel)
	w.later(ctx, 65*time.Second)
	w.each(ctx, "come back", comingBack, (*life).comeBack)
	w.turn(ctx, w.began+8*24*time.Hour)
	w.turn(ctx, w.began+182*24*time.Hour)
	w.mend(ctx)
	// What failed meanwhile is done by the next sweeps.
	w.turn(ctx, w.began+182*24*time.Hour+2*time.Hour)
	w.turn(ctx, w.began+183*24*time.Hour)
	w.each(ctx, "receipts", leaving, (*life).ended)
	w.shape(ctx, "at the end")
	w.sent()
}

// strike begins the faults.
func (w *world) strike(ctx context.Context) {
	if w.plan != nil {
		w.must(w.ask(ctx, http.MethodPut, w.cloud.Control+"/faults", w.plan, nil))
	}
}

// mend ends them and tells what they were.
func (w *world) mend(ctx context.Context) {
	if w.plan == nil {
		return
	}
	var state faults.State
	w.must(w.ask(ctx, http.MethodGet, w.cloud.Control+"/faults", nil, &state))
	by := map[faults.Kind]int{}
	all := 0
	for _, s := range state.Struck {
		by[s.Kind] += s.Calls
		all += s.Calls
	}
	w.log("%d of %d calls were struck: %v", all, state.Seen, by)
	if len(w.people) > 6 && len(by) < 6 {
		w.violate(fmt.Sprintf("only %v struck: the run proves too little", by), "")
	}
	w.must(w.ask(ctx, http.MethodDelete, w.cloud.Control+"/faults", nil, nil))
}

// campaign sends a discount to everybody, and asks that its outcomes add up and
// nobody gets it twice.
func (w *world) campaign(ctx context.Context) {
	began := time.Now()
	id := fmt.Sprintf("discount-%d", len(w.title)+int(w.began/time.Hour))
	w.invoke(ctx, "PushCampaign", body{"action": "launch", "campaign": body{
		"id": id, "category": "discount", "templates": body{
			"zh": body{"title": w.title, "body": "本周有效"}, "en": body{"title": w.title, "body": "This week"},
		}, "audience": body{"all": true},
	}})
	var told body
	for range 40 {
		w.later(ctx, 7*time.Minute) // past the queue's visibility timeout and the campaigns' schedule
		told = w.invoke(ctx, "PushCampaign", body{"action": "inspect", "campaign": body{"id": id}})
		if at(told, "outcomes", "pending") == "0" && at(told, "state") != "running" {
			break
		}
	}
	outcomes, _ := told["outcomes"].(body)
	audience, _ := told["audience"].(float64)
	var sum float64
	for _, n := range outcomes {
		count, _ := n.(float64)
		sum += count
	}
	pending, _ := outcomes["pending"].(float64)
	if sum != audience || pending != 0 || int(audience) < len(w.people) {
		w.violate(fmt.Sprintf("the campaign does not end: %v", told), "")
	}
	pushes := map[string]int{}
	for _, m := range w.messages("push") {
		if strings.Contains(m.Text, w.title) {
			pushes[m.To]++
		}
	}
	for token, n := range pushes {
		if n > 1 {
			w.violate(fmt.Sprintf("%s got the discount %d times", token, n), "")
		}
	}
	sent, _ := outcomes["sent"].(float64)
	unknown, _ := outcomes["unknown"].(float64)
	if n := float64(len(pushes)); n < sent || n > sent+unknown {
		w.violate(fmt.Sprintf("%v pushes came, the campaign tells %v", n, outcomes), "")
	}
	w.log("campaign: %s, %v", time.Since(began).Round(100*time.Millisecond), outcomes)
}

// sent asks at the end that no request for a code sent two SMS.
func (w *world) sent() {
	texts := map[string]int{}
	for _, m := range w.messages("sms") {
		texts[m.To]++
	}
	var steps, repeats, asked, came int
	for _, l := range w.people {
		steps, repeats, asked, came = steps+l.steps, repeats+l.repeats, asked+l.asked, came+texts[l.phone]
		if texts[l.phone] > l.asked {
			w.violate(fmt.Sprintf("life %d got %d SMS for %d requests", l.n, texts[l.phone], l.asked), l.id)
		}
	}
	w.log("%d people, %d steps, %d of them repeated, %d SMS for %d requests", len(w.people), steps, repeats, came, asked)
}

// shape writes down which rows the tables hold of each life. Two lives of one
// fate that differ are a violation.
func (w *world) shape(ctx context.Context, when string) {
	rows := map[string][]string{}
	client := dynamodb.NewFromConfig(aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(w.cloud.AWS), Credentials: credentials.NewStaticCredentialsProvider("operator", "local", ""),
	})
	ids := map[string]*life{}
	for _, l := range w.people {
		if l.id != "" {
			ids[l.id] = l
		}
	}
	for _, table := range []string{"Accounts", "Engagement", "Notifications", "Privacy"} {
		pages := dynamodb.NewScanPaginator(client, &dynamodb.ScanInput{TableName: aws.String(table)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if w.must(err); err != nil {
				return
			}
			for _, item := range page.Items {
				for _, id := range named(item) {
					if ids[id] != nil {
						rows[id] = append(rows[id], table+" "+text(item["rt"]))
					}
				}
			}
		}
	}
	for _, l := range w.people {
		if l.stopped > 0 {
			continue
		}
		got := rows[l.id]
		slices.Sort(got)
		key := string(l.fate) + " " + when
		want, known := w.shapes[key]
		if !known {
			w.shapes[key] = got
			continue
		}
		if !slices.Equal(got, want) {
			w.violate(fmt.Sprintf("life %d, who %s, %s: rows\n  %v, want\n  %v", l.n, l.fate, when, got, want), l.id)
		}
	}
}

// named are the texts in an item that could be a person's id.
func named(item map[string]types.AttributeValue) []string {
	found := map[string]bool{}
	for _, v := range item {
		if s, ok := v.(*types.AttributeValueMemberS); ok {
			for _, word := range strings.FieldsFunc(s.Value, func(r rune) bool { return !('a' <= r && r <= 'z' || '0' <= r && r <= '9') }) {
				if len(word) == 26 {
					found[word] = true
				}
			}
		}
	}
	return slices.Collect(maps.Keys(found))
}

func text(v types.AttributeValue) string {
	if s, ok := v.(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return "?"
}

// later turns the clock on.
func (w *world) later(ctx context.Context, d time.Duration) {
	var clock struct {
		OffsetSeconds int64 `json:"offset_seconds"`
	}
	w.must(w.ask(ctx, http.MethodGet, w.cloud.Control+"/clock", nil, &clock))
	w.turn(ctx, time.Duration(clock.OffsetSeconds)*time.Second+d)
}

func (w *world) turn(ctx context.Context, offset time.Duration) {
	w.must(w.ask(ctx, http.MethodPut, w.cloud.Control+"/clock", body{"offset_seconds": int64(offset / time.Second)}, nil))
}

// invoke runs a function as the operator does, again while it is busy.
func (w *world) invoke(ctx context.Context, function string, event body) body {
	for range most {
		out := body{}
		if err := w.ask(ctx, http.MethodPost, w.cloud.AWS+"/2015-03-31/functions/"+function+"/invocations", event, &out); err != nil {
			w.must(err)
			return nil
		}
		said, failed := out["errorMessage"].(string)
		if !failed {
			return out
		}
		var problem struct{ Code string }
		if json.Unmarshal([]byte(said), &problem) != nil || problem.Code != "unavailable" {
			w.violate(fmt.Sprintf("%s %v: %v", function, event["action"], out), "")
			return nil
		}
		pause(ctx)
	}
	w.violate(fmt.Sprintf("%s %v: still busy", function, event["action"]), "")
	return nil
}

// pause waits before a repetition: the local cloud needs no second.
func pause(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(50 * time.Millisecond):
	}
}

type message struct{ Kind, To, Text string }

func (w *world) messages(kind string) []message {
	var out struct{ Items []message }
	w.must(w.ask(context.Background(), http.MethodGet, w.cloud.Control+"/messages?kind="+kind, nil, &out))
	return out.Items
}

// must records an error of the control address, which is never struck.
func (w *world) must(err error) {
	if err != nil {
		w.violate(err.Error(), "")
	}
}

func (w *world) ask(ctx context.Context, method, address string, in, into any) error {
	var payload io.Reader = http.NoBody
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		payload = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, method, address, payload)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=operator/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	switch {
	case err != nil:
		return err
	case answer.StatusCode >= 400:
		return fmt.Errorf("%s %s: %d %s", method, r.URL.Path, answer.StatusCode, said)
	case into == nil:
		return nil
	}
	return json.Unmarshal(said, into)
}

// number reads a number from the environment.
func number(tb testing.TB, text, otherwise string, into any) {
	tb.Helper()
	if text == "" {
		text = otherwise
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		tb.Fatalf("%q is not a number: %v", text, err)
	}
}
