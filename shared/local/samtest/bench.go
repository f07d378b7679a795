package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	"jewelrydisplay.app/shared/local/client"
	"jewelrydisplay.app/shared/local/hosts"
)

// bench is what both parts of the test stand on.
type bench struct {
	tools, work string
	docker      *docker
	front       *front
	sam         sam
	binary      string                 // the local cloud's program
	seeded      string                 // its data, the sample catalogue in it
	target      atomic.Pointer[string] // host:port of the AWS endpoint of the cloud that runs
}

// open makes the image, the way from containers to the host, and builds.
func (b *bench) open(ctx context.Context) error {
	clock, err := b.docker.listen(ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", errImpossible, err)
	}
	serve(ctx, clock, http.HandlerFunc(b.front.clock))
	if err := b.docker.importBase(ctx, b.tools, b.work, "http://"+clock.Addr().String()); err != nil {
		return err
	}
	endpoint, err := b.docker.listen(ctx)
	if err != nil {
		return err
	}
	go forward(ctx, endpoint, func() string { return *b.target.Load() })
	b.seeded = filepath.Join(b.work, "seeded")
	b.sam = sam{tools: b.tools, work: b.work, docker: b.docker, running: &sync.WaitGroup{}, endpoint: "http://" + endpoint.Addr().String()}
	if err := b.sam.build(ctx); err != nil {
		return err
	}
	if b.binary, err = buildCloud(ctx, b.work); err != nil {
		return err
	}
	return b.seed(ctx)
}

// seed lets a local cloud import the sample catalogue, once for all.
func (b *bench) seed(ctx context.Context) error {
	cloud, err := startCloud(ctx, b.binary, b.seeded)
	cloud.stop()
	return err
}

// copied is a folder with what a seeded cloud keeps.
func (b *bench) copied(name string) (string, error) {
	data := filepath.Join(b.work, name)
	return data, os.CopyFS(data, os.DirFS(b.seeded))
}

// events sends every event.
func (b *bench) events(ctx context.Context) error {
	data, err := b.copied("events")
	if err != nil {
		return err
	}
	cloud, err := startCloud(ctx, b.binary, data)
	if err != nil {
		return err
	}
	defer cloud.stop()
	aws := cloud.aws()
	b.target.Store(&aws)
	for key, text := range objects() {
		if err := client.At(cloud.at["aws"]).Put(ctx, "Imports", key, strings.NewReader(text)); err != nil {
			return err
		}
	}
	return b.sam.invokeAll(ctx)
}

// journeys runs the suite with SAM in the place of the local cloud's own
// gateway and processes.
func (b *bench) journeys(ctx context.Context) error {
	ctx, end := context.WithCancel(ctx)
	defer b.sam.wait()
	defer end()
	api, err := hosts.FreePort()
	if err != nil {
		return err
	}
	functions, err := hosts.FreePort()
	if err != nil {
		return err
	}
	b.front.lambda = address(functions)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	serve(ctx, listener, b.front.functions())
	if err := b.sam.keep(ctx, functions, "local", "start-lambda", "--warm-containers", "LAZY"); err != nil {
		return err
	}
	if err := b.sam.keep(ctx, api, "local", "start-api", "--warm-containers", "EAGER"); err != nil {
		return err
	}
	h := &host{bench: b, front: "http://" + listener.Addr().String(), api: "http://" + address(api)}
	defer func() { h.cloud.stop() }()
	return hosts.Journeys(ctx, h)
}
