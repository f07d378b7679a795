// Command samtest holds the product against SAM CLI's own emulation of Lambda, in
// containers, with a local cloud of its own as the rest of AWS: `sam build`, every
// file of events/ by `sam local invoke`, and the journeys with `sam local
// start-api` as the HTTP API and `sam local start-lambda` behind streams, queues,
// schedules and the operator.
//
// It needs a Docker engine, and starts one where none runs, dockerd is
// installed and the user may. Where that is impossible it says why, prints
// "0 run" and exits 0; with CI=true it fails instead. SAM_TEST=events or
// SAM_TEST=journeys runs that part alone.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"jewelrydisplay.app/shared/local/engine"
	"jewelrydisplay.app/shared/local/stack"
)

// errImpossible says that this machine cannot run containers for SAM.
var errImpossible = errors.New("sam-test is impossible here")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if errors.Is(err, errImpossible) && os.Getenv("CI") == "" {
		fmt.Fprintln(os.Stderr, err)
		fmt.Println("0 run")
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "sam-test:", err)
		os.Exit(1)
	}
}

// run starts what the events and journeys need, from the outside in.
func run(ctx context.Context) error {
	tools, err := filepath.Abs(".tools")
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "sam-test-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	template, err := stack.Load(ctx, stack.Options{Template: "template.yaml", Tools: engine.Find(tools)})
	if err != nil {
		return err
	}
	if err := everythingHasACase(template); err != nil {
		return err
	}
	docker, err := startDocker(ctx, work)
	if err != nil {
		return fmt.Errorf("%w: %w", errImpossible, err)
	}
	defer docker.stop()
	b := bench{tools: tools, work: work, docker: docker, front: &front{docker: docker}}
	if err := b.open(ctx); err != nil {
		return err
	}
	if part := os.Getenv("SAM_TEST"); part != "journeys" {
		if err := b.events(ctx); err != nil || part == "events" {
			return err
		}
	}
	return b.journeys(ctx)
}

// everythingHasACase fails for a function that no event is sent to, and for a
// file of events/ that is sent to none.
func everythingHasACase(template *stack.Stack) error {
	covered := map[string]bool{}
	for _, c := range cases() {
		covered[c.function], covered[filepath.FromSlash(c.event)] = true, true
	}
	files, err := filepath.Glob("events/*/*.json")
	if err != nil {
		return err
	}
	for _, file := range files {
		if event, err := filepath.Rel("events", file); err != nil || !covered[event] {
			return fmt.Errorf("%s is sent to no function", file)
		}
	}
	for _, function := range template.Functions {
		if !covered[function.LogicalID] {
			return fmt.Errorf("no event is sent to %s", function.LogicalID)
		}
	}
	return nil
}
