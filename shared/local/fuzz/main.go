// Command fuzz lets schemathesis try the HTTP API of a local cloud of its own
// with every check it has: by nobody, then by people who are logged in, and
// who must not see each other's things. `make fuzz-api` runs it.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"jewelrydisplay.app/shared/local/fresh"
)

// run is what the command line asks for.
type run struct {
	examples int    // cases an operation and phase
	seed     int    // the same seed makes the same cases
	seconds  int    // for each of the two passes; 0: until the cases are done
	only     string // an operation's id; empty: all
	root     string
	dir      string // for the configuration
}

func main() {
	var r run
	flag.IntVar(&r.examples, "examples", 20, "cases an operation")
	flag.IntVar(&r.seed, "seed", 1, "the same seed makes the same cases")
	flag.IntVar(&r.seconds, "seconds", 0, "how long each pass goes on; 0: until its cases are done")
	flag.StringVar(&r.only, "only", "", "an operation's id; empty: all")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := r.all(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "fuzz:", err)
		os.Exit(1)
	}
}

func (r run) all(ctx context.Context) (err error) {
	if r.root, err = filepath.Abs("."); err != nil {
		return err
	}
	if r.dir, err = os.MkdirTemp("", "fuzz-api"); err != nil {
		return err
	}
	defer os.RemoveAll(r.dir)
	cloud, err := fresh.Start(ctx, r.root)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cloud.Stop()) }()
	desk, err := open(ctx, cloud)
	if err != nil {
		return err
	}
	defer desk.Close()
	wfc, err := r.people(desk.address)
	if err != nil {
		return err
	}
	err = errors.Join(
		r.pass(ctx, cloud, desk, "nobody is logged in", ""),
		r.pass(ctx, cloud, desk, "people are logged in", wfc),
	)
	fmt.Printf("fuzz: %d codes were spent\n", desk.spent.Load())
	return err
}

// people writes who logs in, and where, in the form of Web Fuzzing Commons.
func (r run) people(address string) (string, error) {
	var entries []any
	for _, name := range []string{"li", "wang"} {
		entries = append(entries, map[string]any{"name": name, "loginEndpointAuth": map[string]any{
			"verb": "POST", "externalEndpointURL": address + "/login", "payloadRaw": "{}", "contentType": "application/json",
			"token": map[string]string{
				"extractFrom": "body", "extractSelector": "/access_token",
				"sendIn": "header", "sendName": "Authorization", "sendTemplate": "Bearer {token}",
			},
		}})
	}
	b, err := json.Marshal(map[string]any{"auth": entries})
	if err != nil {
		return "", err
	}
	path := filepath.Join(r.dir, "people.json")
	return path, os.WriteFile(path, b, 0o600)
}

// pass runs schemathesis once; wfc empty: without anybody logged in.
func (r run) pass(ctx context.Context, cloud *fresh.Cloud, desk *desk, title, wfc string) error {
	settings, err := os.ReadFile(filepath.Join(r.root, "shared/local/fuzz/schemathesis.toml"))
	if err != nil {
		return err
	}
	if wfc != "" {
		settings = fmt.Appendf(settings, "\n[auth.wfc]\npath = %q\npeers = [\"li\", \"wang\"]\n", wfc)
	}
	config := filepath.Join(r.dir, "schemathesis.toml")
	if err := os.WriteFile(config, settings, 0o600); err != nil {
		return err
	}
	args := []string{
		"--config-file", config, "run", filepath.Join(r.root, "shared/contract/openapi.json"), "--url", cloud.API,
		"--max-examples", strconv.Itoa(r.examples), "--seed", strconv.Itoa(r.seed), "--no-color",
	}
	if r.seconds > 0 {
		args = append(args, "--max-time", strconv.Itoa(r.seconds))
	}
	if r.only != "" {
		args = append(args, "--include-operation-id", r.only)
	}
	fmt.Printf("\nfuzz: %s\n", title)
	cmd := exec.CommandContext(ctx, filepath.Join(r.root, ".tools/schemathesis/bin/schemathesis"), args...)
	cmd.Dir = r.dir
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), "SCHEMATHESIS_HOOKS="+filepath.Join(r.root, "shared/local/fuzz/hooks.py"), "DESK="+desk.address)
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", title, err)
	}
	return nil
}
