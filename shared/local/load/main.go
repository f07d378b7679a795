// Command load drives a local cloud of its own with a mix of browsing, searching,
// logging in and reading the inbox, at rising rates and then beyond what it can
// do, and tells throughput, latency, errors and where the time goes. `make load`
// runs it.
//
// The rates are offered, not waited for: a request begins when it is due, however
// slow the ones before it are, and its latency counts from then on.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"jewelrydisplay.app/shared/local/fresh"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var o options
	rates := flag.String("rates", "10,20,40,80,160", "requests a second, one stage each")
	flag.DurationVar(&o.stage, "stage", 10*time.Second, "how long each rate is held")
	flag.IntVar(&o.burst, "burst", 400, "requests a second of the burst")
	flag.DurationVar(&o.steady, "steady", 0, "how long the first rate is held at the end, to see whether anything grows")
	flag.IntVar(&o.people, "people", 20, "people who are logged in")
	flag.Parse()
	for _, text := range strings.Split(*rates, ",") {
		rate, err := strconv.Atoi(text)
		if err != nil || rate < 1 {
			fmt.Fprintln(os.Stderr, "load: -rates are whole numbers above 0, separated by commas")
			os.Exit(2)
		}
		o.rates = append(o.rates, rate)
	}
	if err := run(ctx, o); err != nil && ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, "load: "+err.Error())
		os.Exit(1)
	}
}

// options say how much is asked for.
type options struct {
	rates         []int
	stage, steady time.Duration
	burst, people int
}

// run starts the cloud, loads it, and fails when it does not recover or grows.
func run(ctx context.Context, o options) error {
	cloud, err := fresh.Start(ctx, ".")
	if err != nil {
		return err
	}
	defer func() {
		if err := cloud.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "load: "+err.Error())
		}
	}()
	l := &loader{cloud: cloud, people: fresh.NewPeople(cloud), out: os.Stdout}
	if err := l.prepare(ctx, o.people); err != nil {
		return err
	}
	for _, rate := range o.rates {
		if _, err := l.stage(ctx, rate, o.stage); err != nil {
			return err
		}
	}
	calm, err := l.stage(ctx, o.rates[0], o.stage)
	if err != nil {
		return err
	}
	fmt.Fprintf(l.out, "burst of %d/s for %s, then %d/s again:\n", o.burst, o.stage/2, o.rates[0])
	if _, err := l.stage(ctx, o.burst, o.stage/2); err != nil {
		return err
	}
	after, err := l.stage(ctx, o.rates[0], o.stage)
	if err != nil {
		return err
	}
	if err := after.recovered(calm); err != nil {
		return err
	}
	if o.steady > 0 {
		return l.hold(ctx, o.rates[0], o.steady)
	}
	return nil
}
