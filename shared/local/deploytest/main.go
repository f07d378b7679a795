// Command deploytest deploys template.yaml with the real `sam deploy` to
// MiniStack, another emulator of AWS with a CloudFormation of its own, runs the
// journeys against what that made, and takes it away with `sam delete`.
//
// What MiniStack lacks is bridged here, outside the product: the routes of the
// HTTP API, which it does not read from an OpenAPI body; SNS, whose messages and
// push endpoints it does not show; the clock and TTL.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"jewelrydisplay.app/shared/local/engine"
	"jewelrydisplay.app/shared/local/hosts"
	"jewelrydisplay.app/shared/local/provision"
	"jewelrydisplay.app/shared/local/stack"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "deploy-test:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	tools, err := filepath.Abs(".tools")
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "deploy-test-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	template, err := stack.Load(ctx, stack.Options{
		Template: "template.yaml", Tools: engine.Find(tools), Parameters: provision.Parameters(),
	})
	if err != nil {
		return err
	}
	stand, err := startMinistack(ctx, tools, work)
	if err != nil {
		return err
	}
	defer stand.stop()
	moto, err := engine.Find(tools).StartMoto(ctx, nil)
	if err != nil {
		return err
	}
	defer moto.Stop()
	bridge, err := openBridge(ctx, stand, moto.URL, template, work)
	if err != nil {
		return err
	}
	d := deployment{tools: tools, work: work, aws: stand.url, functions: bridge.url}
	if err := d.deploy(ctx); err != nil {
		return err
	}
	if err := bridge.connect(ctx); err != nil {
		return err
	}
	if err := hosts.Journeys(ctx, bridge); err != nil {
		return err
	}
	return d.delete(ctx)
}
