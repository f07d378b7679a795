// Command samtest runs one real event per function with the real
// `sam local invoke`, each in a container, against a local cloud of its own:
// template.yaml's functions as another host than ours runs them.
//
// It needs a Docker engine, and starts one where none runs, dockerd is
// installed and the user may. Where that is impossible it says why, prints
// "0 run" and exits 0; with CI=true it fails instead.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"jewelrydisplay.app/shared/local/client"
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

// run starts what the events need, from the outside in, and sends them.
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

	docker, err := startDocker(ctx, work)
	if err != nil {
		return fmt.Errorf("%w: %w", errImpossible, err)
	}
	defer docker.stop()
	if err := docker.importBase(ctx, tools); err != nil {
		return err
	}
	template, err := stack.Load(ctx, stack.Options{Template: "template.yaml", Tools: engine.Find(tools)})
	if err != nil {
		return err
	}
	if err := everyFunctionHasACase(template); err != nil {
		return err
	}
	cloud, err := startCloud(ctx, work)
	if err != nil {
		return err
	}
	defer cloud.stop()
	for key, text := range objects() {
		if err := client.At("http://"+cloud.aws).Put(ctx, "Imports", key, strings.NewReader(text)); err != nil {
			return err
		}
	}
	endpoint, err := docker.forward(ctx, cloud.aws)
	if err != nil {
		return fmt.Errorf("%w: %w", errImpossible, err)
	}
	sam := sam{tools: tools, work: work, docker: docker, endpoint: endpoint}
	if err := sam.build(ctx); err != nil {
		return err
	}
	return sam.invokeAll(ctx)
}

// everyFunctionHasACase fails for a function that no event is sent to.
func everyFunctionHasACase(template *stack.Stack) error {
	covered := map[string]bool{}
	for _, c := range cases() {
		covered[c.function] = true
	}
	for _, function := range template.Functions {
		if !covered[function.LogicalID] {
			return fmt.Errorf("no event is sent to %s", function.LogicalID)
		}
	}
	return nil
}
