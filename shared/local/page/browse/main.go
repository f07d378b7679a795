// Command browse opens the page of a local cloud of its own in a browser, sends
// a request from it and sees the answer. `make page-test` runs it.
//
// It needs Chromium. With CI set a missing one fails; elsewhere it says that
// nothing was tried.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"jewelrydisplay.app/shared/local/fresh"
)

// patience bounds the whole visit.
const patience = 3 * time.Minute

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "browse:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	chromium, err := exec.LookPath("chromium")
	if err != nil && os.Getenv("CI") == "" {
		fmt.Println("browse: 0 run: there is no chromium here")
		return nil
	}
	if err != nil {
		return err
	}
	root, err := filepath.Abs(".")
	if err != nil {
		return err
	}
	cloud, err := fresh.Start(ctx, root)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cloud.Stop()) }()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "--input-type=module")
	cmd.Dir = filepath.Join(root, ".tools/playwright") // where the script's imports are
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), "PAGE="+cloud.Control+"/", "CHROMIUM="+chromium)
	if cmd.Stdin, err = os.Open(filepath.Join(root, "shared/local/page/browse/visit.mjs")); err != nil {
		return err
	}
	return cmd.Run()
}
