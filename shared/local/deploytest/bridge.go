package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"jewelrydisplay.app/shared/local/control"
	"jewelrydisplay.app/shared/local/hosts"
	"jewelrydisplay.app/shared/local/provision"
	"jewelrydisplay.app/shared/local/proxy"
	"jewelrydisplay.app/shared/local/stack"
)

// bridge is MiniStack as a host of the journeys.
type bridge struct {
	ministack *ministack
	template  *stack.Stack
	work      string
	url       string // what functions and journeys know as the AWS endpoint
	api       string
	control   string
	messages  func() []proxy.Message
	before    int               // how many of them are of the scripts before
	names     map[string]string // physical by logical id
	base      map[string]map[string]string

	calls  atomic.Int64 // of anyone, through the endpoint
	open   atomic.Int64 // under way
	offset atomic.Int64 // nanoseconds

	mu      sync.Mutex
	fired   map[string]time.Duration // schedule → offset of its last run
	horizon time.Time                // stream records before it are older than 24 hours
}

var (
	_ hosts.Host    = (*bridge)(nil)
	_ control.Cloud = (*bridge)(nil)
)

// Cannot implements hosts.Host.
func (b *bridge) Cannot() map[string]string {
	return map[string]string{
		"granted": "MiniStack runs all functions under the account's own key, so that nobody can tell whose call it was",
	}
}

// openBridge opens the AWS endpoint, which takes note of messages on their way.
// SNS is another engine's: MiniStack neither lists nor disables push endpoints.
func openBridge(ctx context.Context, m *ministack, moto string, template *stack.Stack, work string) (*bridge, error) {
	b := &bridge{ministack: m, template: template, work: work}
	address, err := url.Parse(m.url)
	if err != nil {
		return nil, err
	}
	front, err := proxy.New(proxy.Options{Dynamo: m.url, Moto: m.url, Lambda: httputil.NewSingleHostReverseProxy(address), Now: b.now})
	if err != nil {
		return nil, err
	}
	notifications, err := proxy.New(proxy.Options{Dynamo: m.url, Moto: moto, Now: b.now})
	if err != nil {
		return nil, err
	}
	b.messages = notifications.Messages
	b.url, err = serve(ctx, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.open.Add(1)
		defer b.open.Add(-1)
		b.calls.Add(1)
		if strings.Contains(r.Header.Get("Authorization"), "/sns/aws4_request") {
			notifications.ServeHTTP(w, r)
			return
		}
		front.ServeHTTP(w, r)
	}))
	return b, err
}

// connect finds what was deployed, makes the routes, and gives the cloud what a
// new local cloud has: platform applications, the sample policy and catalogue.
func (b *bridge) connect(ctx context.Context) error {
	var err error
	if b.names, err = b.resources(ctx); err != nil {
		return err
	}
	for _, platform := range []string{"APNS_SANDBOX", "GCM"} {
		if _, err := provision.Platform(ctx, b.sns(), platform, "local"); err != nil {
			return err
		}
	}
	if b.base, err = b.environments(ctx); err != nil {
		return err
	}
	id, ok := b.names["Api"]
	if !ok {
		return errors.New("the stack has no HTTP API")
	}
	if err := b.routes(ctx, id); err != nil {
		return err
	}
	api := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.Out.URL.Scheme, r.Out.URL.Host = "http", fmt.Sprintf("127.0.0.1:%d", b.ministack.port)
		r.Out.Host = fmt.Sprintf("%s.execute-api.localhost:%d", id, b.ministack.port)
	}}
	if b.api, err = serve(ctx, api); err != nil {
		return err
	}
	b.control, err = serve(ctx, control.Handler(control.Options{
		Cloud: b, Messages: b.newMessages, Health: func() error { return nil },
	}))
	if err != nil {
		return err
	}
	return b.seedCatalogue(ctx)
}

// Fresh implements hosts.Host: the stack stays, everything of people goes.
func (b *bridge) Fresh(ctx context.Context) (hosts.Cloud, error) {
	err := b.empty(ctx)
	if err == nil {
		err = b.set(ctx, 0)
	}
	if err == nil {
		err = b.seedPolicy(ctx)
	}
	if err != nil {
		return hosts.Cloud{}, err
	}
	b.mu.Lock()
	b.fired, b.horizon, b.before = map[string]time.Duration{}, time.Now(), len(b.messages())
	b.mu.Unlock()
	return hosts.Cloud{API: b.api, AWS: b.url, Control: b.control, Data: filepath.Join(b.work, "data"), Names: b.names}, nil
}

// newMessages are the script's own, newest first.
func (b *bridge) newMessages() []proxy.Message {
	all := b.messages()
	b.mu.Lock()
	defer b.mu.Unlock()
	return all[:len(all)-b.before]
}

func (b *bridge) now() time.Time { return time.Now().Add(b.Offset()) }

// config calls as the operator.
func (b *bridge) config() aws.Config { return provision.Config(b.url) }

// serve serves on a free port of loopback until ctx ends.
func serve(ctx context.Context, handler http.Handler) (address string, err error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	context.AfterFunc(ctx, func() { server.Close() })
	go func() {
		// Serve ends with Close.
		_ = server.Serve(listener)
	}()
	return "http://" + listener.Addr().String(), nil
}
