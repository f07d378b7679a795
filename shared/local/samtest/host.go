package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"jewelrydisplay.app/shared/local/hosts"
)

// samStart is how long SAM may take until it answers, all containers included.
const samStart = 2 * time.Minute

// host is SAM CLI as a host of the journeys: `sam local start-api` is the HTTP
// API, `sam local start-lambda` runs what anything else wakes. The local cloud
// behind them is the rest of AWS: engines, streams, queues and schedules.
type host struct {
	*bench
	front string // address that the local cloud knows as its functions' host
	api   string // address of sam local start-api
	cloud *cloud
	count int
}

var _ hosts.Host = (*host)(nil)

// Cannot implements hosts.Host.
func (h *host) Cannot() map[string]string { return map[string]string{} }

// Fresh implements hosts.Host.
func (h *host) Fresh(ctx context.Context) (hosts.Cloud, error) {
	h.cloud.stop()
	h.count++
	data, err := h.copied("cloud-" + strconv.Itoa(h.count))
	if err == nil {
		// The containers' log is one file for all scripts, who share nobody's names.
		err = os.Symlink(h.sam.log(), filepath.Join(data, "logs", "sam.log"))
	}
	if err != nil {
		return hosts.Cloud{}, err
	}
	// While it starts, it calls functions that call it.
	port, err := hosts.FreePort()
	if err != nil {
		return hosts.Cloud{}, err
	}
	aws := address(port)
	h.target.Store(&aws)
	// It turns the clock to its own, which also ends the containers of the one before.
	h.cloud, err = startCloud(ctx, h.binary, data, "LAMBDA_AT="+h.front, "AWS_PORT="+strconv.Itoa(port))
	if err != nil {
		return hosts.Cloud{}, err
	}
	return hosts.Cloud{API: h.api, AWS: h.cloud.at["aws"], Control: h.cloud.at["control"], Data: data}, nil
}

// keep starts a SAM command that serves at a port until ctx ends.
func (s sam) keep(ctx context.Context, port int, args ...string) error {
	args = append(args, "--port", strconv.Itoa(port), "--template", filepath.Join(s.built(), "template.yaml"),
		"--parameter-overrides", s.parameters(), "--skip-pull-image", "--invoke-image", image, "--no-watch", "--log-file", s.log())
	cmd := s.command(ctx, args...)
	said, err := os.Create(filepath.Join(s.work, args[1]+".log"))
	if err != nil {
		return err
	}
	cmd.Stdout, cmd.Stderr = said, said
	cmd.SysProcAttr = hosts.DieWithParent()
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) }
	cmd.WaitDelay = 30 * time.Second
	if err := cmd.Start(); err != nil {
		return errors.Join(err, said.Close())
	}
	ended := make(chan error, 1)
	go func() { ended <- errors.Join(cmd.Wait(), said.Close()) }()
	s.running.Go(func() { <-ended })
	deadline := time.Now().Add(samStart)
	for time.Now().Before(deadline) && ctx.Err() == nil {
		if conn, err := net.DialTimeout("tcp", address(port), time.Second); err == nil {
			return conn.Close()
		}
		time.Sleep(100 * time.Millisecond)
	}
	text, _ := os.ReadFile(said.Name()) // without it, the error says less
	return fmt.Errorf("sam local %s does not answer: %s", args[1], hosts.LastLines(text, 5))
}

// wait returns when no SAM command is left.
func (s sam) wait() { s.running.Wait() }

// log is the file that the functions' output of warm containers goes to.
func (s sam) log() string { return filepath.Join(s.work, "functions.log") }

func address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
