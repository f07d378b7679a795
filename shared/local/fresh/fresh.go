// Package fresh starts a local cloud of its own for a tool: on free ports, with
// data that are forgotten afterwards, and logs people in there.
package fresh

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// startup bounds how long the local cloud may take until it is ready, the
// import of the sample catalogue included.
const startup = 3 * time.Minute

// Cloud is a running local cloud.
type Cloud struct {
	API, AWS, Control string // addresses, as in "http://127.0.0.1:3000"

	dir string
	cmd *exec.Cmd
	log bytes.Buffer
}

// Start builds the local cloud of the module at root and starts it with the
// functions as they were built (make build). Stop ends it.
func Start(ctx context.Context, root string) (_ *Cloud, err error) {
	dir, err := os.MkdirTemp("", "fresh-cloud")
	if err != nil {
		return nil, err
	}
	c := &Cloud{dir: dir}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Stop())
		}
	}()
	program := filepath.Join(dir, "local-cloud")
	build := exec.CommandContext(ctx, "go", "build", "-o", program, "./shared/local")
	build.Dir = root
	if said, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the local cloud: %w\n%s", err, said)
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), "API_PORT=0", "AWS_PORT=0", "CONTROL_PORT=0", "NO_BUILD=1",
		"DATA_DIR="+filepath.Join(dir, "data"), "TEMPLATE="+filepath.Join(root, "template.yaml"))
	cmd.Stderr = &c.log
	// A process group of its own: Ctrl-C is the tool's, which ends this last.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c.cmd = cmd
	ready := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(out).ReadString('\n') // none: it did not start
		ready <- line
	}()
	ctx, cancel := context.WithTimeout(ctx, startup)
	defer cancel()
	select {
	case line := <-ready:
		if _, err := fmt.Sscanf(line, "ready api=%s aws=%s control=%s\n", &c.API, &c.AWS, &c.Control); err != nil {
			return nil, fmt.Errorf("the local cloud did not start: %w", err)
		}
		return c, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("the local cloud did not start: %w", ctx.Err())
	}
}

// Stop ends the local cloud and forgets its data. Its error is what it said
// when it ended by itself.
func (c *Cloud) Stop() error {
	defer os.RemoveAll(c.dir)
	if c.cmd == nil {
		return nil
	}
	_ = c.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	if err := c.cmd.Wait(); err != nil {
		return fmt.Errorf("the local cloud: %w\n%s", err, c.log.Bytes())
	}
	return nil
}
