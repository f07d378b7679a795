package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"jewelrydisplay.app/shared/local/hosts"
)

// cloudStart is how long the local cloud may take until it is ready: its build
// is made before, its sample catalogue is imported within.
const cloudStart = 3 * time.Minute

// cloud is a local cloud on ports of its own, forgotten afterwards.
type cloud struct {
	at  map[string]string // its addresses by name: api, aws, control
	cmd *exec.Cmd
}

// aws is the host and port of its AWS endpoint.
func (c *cloud) aws() string { return strings.TrimPrefix(c.at["aws"], "http://") }

// buildCloud builds the local cloud and returns the program.
func buildCloud(ctx context.Context, work string) (string, error) {
	binary := filepath.Join(work, "local-cloud")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", binary, "./shared/local").CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the local cloud: %s", hosts.LastLines(out, 5))
	}
	return binary, nil
}

// startCloud starts the local cloud and waits for its ready line.
func startCloud(ctx context.Context, binary, data string, settings ...string) (*cloud, error) {
	var log bytes.Buffer
	cmd := exec.Command(binary)
	cmd.Env = append(os.Environ(), "API_PORT=0", "AWS_PORT=0", "CONTROL_PORT=0", "NO_BUILD=1", "DATA_DIR="+data)
	cmd.Env = append(cmd.Env, settings...)
	cmd.Stderr = &log
	cmd.SysProcAttr = hosts.DieWithParent()
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := &cloud{cmd: cmd, at: map[string]string{}}
	ready := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(out).ReadString('\n')
		ready <- line
	}()
	select {
	case line := <-ready:
		for _, word := range strings.Fields(line) {
			name, address, _ := strings.Cut(word, "=")
			c.at[name] = address
		}
		if c.at["aws"] != "" {
			return c, nil
		}
		err = fmt.Errorf("the local cloud did not start: %s", hosts.LastLines(log.Bytes(), 5))
	case <-time.After(cloudStart):
		err = errors.New("the local cloud was not ready in time")
	case <-ctx.Done():
		err = ctx.Err()
	}
	c.stop()
	return nil, err
}

func (c *cloud) stop() {
	if c == nil {
		return
	}
	_ = c.cmd.Process.Signal(syscall.SIGTERM)
	_ = c.cmd.Wait()
}
