package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"time"
)

// startLimit is how long a function may take until the measurement gives up.
const startLimit = 10 * time.Second

// host is the Runtime API as far as a function asks it before its first event,
// and the AWS endpoint as far as a function asks it at its start.
type host struct {
	runtime, aws string // addresses
	polled       chan struct{}
	listeners    []net.Listener
}

func newHost() (*host, error) {
	h := &host{polled: make(chan struct{}, 1)}
	var err error
	h.runtime, err = h.serve(func(_ http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/invocation/next") {
			select {
			case h.polled <- struct{}{}:
			default:
			}
			<-r.Context().Done()
		}
	})
	if err != nil {
		return nil, err
	}
	h.aws, err = h.serve(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".GetSecretValue") {
			fmt.Fprintf(w, `{"Name":"s","VersionId":"11111111-2222-3333-4444-555555555555","VersionStages":["AWSCURRENT"],"SecretString":%q}`, strings.Repeat("k", 64))
			return
		}
		fmt.Fprint(w, `{}`)
	})
	return h, err
}

func (h *host) serve(handler http.HandlerFunc) (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	h.listeners = append(h.listeners, listener)
	go func() { _ = (&http.Server{Handler: handler, ReadHeaderTimeout: startLimit}).Serve(listener) }()
	return listener.Addr().String(), nil
}

func (h *host) close() {
	for _, listener := range h.listeners {
		listener.Close()
	}
}

// start runs the binary until its first poll and returns how long that took.
func (h *host) start(ctx context.Context, binary string, environment map[string]string) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary)
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	for name, value := range environment {
		if name != "AWS_ENDPOINT_URL" {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	cmd.Env = append(cmd.Env, "AWS_LAMBDA_RUNTIME_API="+h.runtime, "AWS_ENDPOINT_URL=http://"+h.aws,
		"AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=local", "AWS_SECRET_ACCESS_KEY=local",
		"AWS_LAMBDA_FUNCTION_NAME=bench", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=512")
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	gone := make(chan error, 1)
	go func() { gone <- cmd.Wait() }()
	select {
	case <-h.polled:
		took := time.Since(began)
		cancel()
		<-gone
		return took, nil
	case err := <-gone:
		return 0, errors.Join(err, fmt.Errorf("it ended before it asked for an event: %s", log.String()))
	}
}
