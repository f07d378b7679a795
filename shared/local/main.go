// Command local is the local cloud: it runs template.yaml on this machine as AWS
// would, without Docker. `make run` starts it.
//
// From the environment: API_PORT (3000), AWS_PORT (4566) and CONTROL_PORT (3001),
// each 0 for a free one; DATA_DIR (.data), which keeps everything between runs;
// TEMPLATE (template.yaml), whose folder holds .tools and .build; NO_BUILD=1 to
// run the functions as they were built before; and LAMBDA_AT, the address of
// another host that runs them instead.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	ctx, cancel := context.WithCancelCause(ctx)
	watchParent(cancel)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	if len(os.Args) > 1 {
		fmt.Fprintln(os.Stderr, "local cloud: takes no arguments; API_PORT, AWS_PORT, CONTROL_PORT and DATA_DIR are read from the environment")
		os.Exit(2)
	}
	if err := run(ctx, settingsOf(os.Getenv), os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "local cloud: "+err.Error())
		os.Exit(1)
	}
}

// settings are what the environment says.
type settings struct {
	api, aws, control string // ports
	data              string // folder
	template          string // file
	build             bool
	functions         string // address of another host that runs them; empty: this one
}

func settingsOf(env func(string) string) settings {
	or := func(name, fallback string) string {
		if value := env(name); value != "" {
			return value
		}
		return fallback
	}
	s := settings{
		api: or("API_PORT", "3000"), aws: or("AWS_PORT", "4566"), control: or("CONTROL_PORT", "3001"),
		template: or("TEMPLATE", "template.yaml"), build: env("NO_BUILD") == "", functions: env("LAMBDA_AT"),
	}
	s.data = or("DATA_DIR", s.root(".data"))
	return s
}

// root is a path beside the template.
func (s settings) root(path string) string { return filepath.Join(filepath.Dir(s.template), path) }

// run starts the local cloud, prints the ready line and serves until ctx ends.
func run(ctx context.Context, s settings, out, log io.Writer) (err error) {
	t := &terminal{out: log}
	h, err := start(ctx, s, t)
	defer func() { err = errors.Join(err, h.stop()) }()
	switch {
	case ctx.Err() != nil:
		return nil // Ctrl-C while starting
	case err != nil:
		return err
	}
	if _, err := fmt.Fprintf(out, "ready api=%s aws=%s control=%s\n", h.api.url(), h.aws.url(), h.control.url()); err != nil {
		return err
	}
	return h.wait(ctx)
}

// watchParent stops the program when the `make` or `go run` that started it is
// killed, which tells nobody.
func watchParent(cancel context.CancelCauseFunc) {
	program, err := os.Executable()
	if os.Getenv("MAKELEVEL") == "" && (err != nil || !strings.Contains(program, "go-build")) {
		return
	}
	parent := os.Getppid()
	go func() {
		for os.Getppid() == parent {
			time.Sleep(200 * time.Millisecond)
		}
		cancel(errors.New("what started it is gone"))
	}()
}
