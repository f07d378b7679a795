package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"jewelrydisplay.app/shared/local/engine"
	"jewelrydisplay.app/shared/local/lambda"
	"jewelrydisplay.app/shared/local/usage"
	"jewelrydisplay.app/shared/local/wake"
)

// host is the running local cloud.
type host struct {
	settings          settings
	terminal          *terminal
	lock              *os.File
	api, aws, control *door
	dynamo, moto      *engine.Engine
	functions         *lambda.Service
	waker             *wake.Service
	access            *os.File // the HTTP API's log group
	failed            chan error
	meter             usage.Meter
}

// door is one of the local cloud's addresses.
type door struct {
	listener net.Listener
	server   *http.Server
}

func (d *door) url() string { return "http://" + d.listener.Addr().String() }

// open takes the port, so that a taken one is known before anything else starts.
func open(variable, port string) (*door, error) {
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return nil, fmt.Errorf("%s=%s is not a port", variable, port)
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", port))
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("port %s is taken: stop what listens there, or set %s (0 takes a free port)", port, variable)
	case err != nil:
		return nil, fmt.Errorf("%s=%s: %w", variable, port, err)
	}
	return &door{listener: listener}, nil
}

func (h *host) serve(d *door, handler http.Handler) {
	d.server = &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute, MaxHeaderBytes: 64 << 10}
	go func() {
		if err := d.server.Serve(d.listener); !errors.Is(err, http.ErrServerClosed) {
			h.fail(err)
		}
	}()
}

func (h *host) fail(err error) {
	select {
	case h.failed <- err:
	default: // the first failure ends the program
	}
}

// takeData makes the data folder this local cloud's alone.
func (h *host) takeData() error {
	dir := h.settings.data
	if err := os.MkdirAll(filepath.Join(dir, "logs"), 0o700); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("lock the data folder: %w", err)
	}
	h.lock = lock
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return fmt.Errorf("another local cloud keeps its data in %s: stop it, or set DATA_DIR", dir)
	}
	return nil
}

// wait returns nil when ctx ends, or an error when an engine does.
func (h *host) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-h.failed:
		return err
	case <-h.dynamo.Done():
		return fmt.Errorf("the DynamoDB engine ended: %s", h.dynamo.Said())
	case <-h.moto.Done():
		return fmt.Errorf("the engine for the other services ended: %s", h.moto.Said())
	}
}

// health says what is wrong, or nil.
func (h *host) health() error {
	select {
	case <-h.dynamo.Done():
		return errors.New("the DynamoDB engine ended")
	case <-h.moto.Done():
		return errors.New("the engine for the other services ended")
	default:
		return nil
	}
}

// stop ends everything that was started, the callers before the called, and
// returns when no process is left.
func (h *host) stop() error {
	if h == nil {
		return nil
	}
	var err error
	for _, d := range []*door{h.api, h.control} {
		err = errors.Join(err, d.close())
	}
	// What is under way is cut, not failed: it is done again after the next start.
	if h.waker != nil {
		h.waker.Stop()
	}
	if h.functions != nil {
		h.functions.Close()
	}
	err = errors.Join(err, h.aws.close())
	for _, e := range []*engine.Engine{h.dynamo, h.moto} {
		if e != nil {
			e.Stop()
		}
	}
	for _, f := range []*os.File{h.access, h.lock} {
		if f != nil {
			err = errors.Join(err, f.Close())
		}
	}
	return err
}

func (d *door) close() error {
	switch {
	case d == nil:
		return nil
	case d.server == nil:
		return d.listener.Close()
	}
	return d.server.Close()
}
