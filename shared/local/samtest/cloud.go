package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// cloudStart is how long the local cloud may take until it is ready: its build
// is made before, its sample catalogue is imported within.
const cloudStart = 3 * time.Minute

// cloud is a local cloud on ports of its own, forgotten afterwards.
type cloud struct {
	aws string // host:port of its AWS endpoint
	cmd *exec.Cmd
}

// startCloud builds and starts the local cloud and waits for its ready line.
func startCloud(ctx context.Context, work string) (*cloud, error) {
	binary := filepath.Join(work, "local-cloud")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", binary, "./shared/local").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building the local cloud: %s", lastLines(out, 5))
	}
	var log bytes.Buffer
	cmd := exec.Command(binary)
	cmd.Env = append(os.Environ(), "API_PORT=0", "AWS_PORT=0", "CONTROL_PORT=0", "DATA_DIR="+filepath.Join(work, "cloud"))
	cmd.Stderr = &log
	cmd.SysProcAttr = dieWithParent()
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := &cloud{cmd: cmd}
	ready := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(out).ReadString('\n')
		ready <- line
	}()
	select {
	case line := <-ready:
		for _, word := range strings.Fields(line) {
			if address, ok := strings.CutPrefix(word, "aws="); ok {
				parsed, err := url.Parse(address)
				if err == nil {
					c.aws = parsed.Host
					return c, nil
				}
			}
		}
		err = fmt.Errorf("the local cloud did not start: %s", lastLines(log.Bytes(), 5))
	case <-time.After(cloudStart):
		err = errors.New("the local cloud was not ready in time")
	case <-ctx.Done():
		err = ctx.Err()
	}
	c.stop()
	return nil, err
}

func (c *cloud) stop() {
	_ = c.cmd.Process.Signal(syscall.SIGTERM)
	_ = c.cmd.Wait()
}
