package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"jewelrydisplay.app/shared/local/control"
	"jewelrydisplay.app/shared/local/engine"
	"jewelrydisplay.app/shared/local/faults"
	"jewelrydisplay.app/shared/local/gateway"
	"jewelrydisplay.app/shared/local/iam"
	"jewelrydisplay.app/shared/local/lambda"
	"jewelrydisplay.app/shared/local/page"
	"jewelrydisplay.app/shared/local/provision"
	"jewelrydisplay.app/shared/local/proxy"
	"jewelrydisplay.app/shared/local/stack"
	"jewelrydisplay.app/shared/local/wake"
)

// start brings everything up. The host that it returns has to be stopped, also
// when there is an error.
func start(ctx context.Context, s settings, t *terminal) (*host, error) {
	h := &host{settings: s, terminal: t, failed: make(chan error, 1)}
	var err error
	if h.api, err = open("API_PORT", s.api); err != nil {
		return h, err
	}
	if h.aws, err = open("AWS_PORT", s.aws); err != nil {
		return h, err
	}
	if h.control, err = open("CONTROL_PORT", s.control); err != nil {
		return h, err
	}
	if err := h.takeData(); err != nil {
		return h, err
	}
	st, err := h.prepare(ctx)
	if err != nil {
		return h, err
	}
	for _, f := range st.Functions {
		if h.unbuilt(st, []string{f.LogicalID}) != "" {
			t.say(f.LogicalID + " is not built: it answers nothing")
		}
	}
	return h, h.connect(ctx, st)
}

// prepare builds the functions, reads the template and starts the engines, all at once.
func (h *host) prepare(ctx context.Context) (*stack.Stack, error) {
	s, t := h.settings, h.terminal
	tools := engine.Find(s.root(".tools"))
	parameters := provision.Parameters()
	parameters["AwsEndpointUrl"] = h.aws.url()
	if more := os.Getenv("IMAGE_HOSTS"); more != "" {
		parameters["ImageHosts"] += "," + more
	}
	var st *stack.Stack
	group, ctx := errgroup.WithContext(ctx)
	if s.build {
		group.Go(func() error { return t.step("building the functions", func() error { return build(ctx, s, t) }) })
	}
	group.Go(func() error {
		return t.step("reading "+s.template, func() (err error) {
			st, err = stack.Load(ctx, stack.Options{
				Template: s.template, Parameters: parameters, Tools: tools, Cache: s.root(filepath.Join(".build", "template")),
			})
			return err
		})
	})
	group.Go(func() error {
		return t.step("starting the DynamoDB engine", func() (err error) {
			h.dynamo, err = tools.StartDynamo(ctx, engine.Dynamo{File: filepath.Join(s.data, "dynamo.db")})
			return err
		})
	})
	group.Go(func() error {
		return t.step("starting the engine for the other services", func() (err error) {
			h.moto, err = tools.StartMoto(ctx, nil)
			return err
		})
	})
	return st, group.Wait()
}

// build runs `make build`; what the compiler says goes to the terminal when it fails.
func build(ctx context.Context, s settings, t *terminal) error {
	cmd := exec.CommandContext(ctx, "make", "--no-print-directory", "-C", s.root("."), "build")
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "MAKE") || strings.HasPrefix(v, "MFLAGS=")
	})
	said, err := cmd.CombinedOutput()
	if err != nil && ctx.Err() == nil {
		t.say(string(bytes.TrimSpace(said)))
		return errors.New("the functions do not build: see above")
	}
	return err
}

// connect wires the parts, makes what the template declares, and opens the doors.
func (h *host) connect(ctx context.Context, st *stack.Stack) error {
	clock := &wake.Clock{}
	record, err := iam.New(st.Functions)
	if err != nil {
		return err
	}
	vault, err := provision.OpenVault(h.settings.data)
	if err != nil {
		return err
	}
	h.functions, err = lambda.New(lambda.Options{
		Functions: st.Functions, BuildDir: h.settings.root(".build"), LogDir: filepath.Join(h.settings.data, "logs"), Say: h.terminal.say, Remote: h.settings.functions,
		DeadLetter: func(ctx context.Context, function, queue string, event []byte, attributes map[string]string) error {
			return h.waker.SendMessage(ctx, function, queue, event, attributes)
		},
	})
	if err != nil {
		return err
	}
	h.waker, err = wake.New(wake.Options{
		Stack: st, Runner: runner{h.functions, h.terminal.say, &h.meter}, Clock: clock, Dir: filepath.Join(h.settings.data, "wake"),
		Endpoint: h.aws.url(), Engine: provision.Config(h.dynamo.URL), Region: engine.Region, Account: engine.Account, Say: h.terminal.say,
	})
	if err != nil {
		return err
	}
	h.functions.Turn(clock.Offset())
	injector := &faults.Injector{}
	front, err := proxy.New(proxy.Options{
		Dynamo: h.dynamo.URL, Moto: h.moto.URL, Lambda: h.functions, Dir: filepath.Join(h.settings.data, "aws"),
		Now: clock.Now, Decide: record.Decide, Strike: injector.Strike, Took: h.took(st), SecretChanged: vault.Change,
	})
	if err != nil {
		return err
	}
	h.serve(h.aws, front)
	err = h.terminal.step("making what the template declares", func() error {
		if err := provision.All(ctx, provision.Config(h.aws.url()), st, vault); err != nil {
			return err
		}
		return front.Restore(ctx)
	})
	if err != nil {
		return err
	}
	if err := h.openAPI(st, clock); err != nil {
		return err
	}
	// Before the stream wakes the index: once after all feeds is enough.
	if err := h.seed(ctx, st); err != nil {
		return err
	}
	h.waker.Start()
	controls, err := page.Handler(h.api.url(), h.settings.root(".tools/scalar/standalone.js"), control.Handler(control.Options{
		Cloud: cloud{h.waker, clock}, Messages: front.Messages, Health: h.health, Usage: h.meter.Report,
		Roles: record, Faults: striker{injector, names(st)},
	}))
	if err != nil {
		return err
	}
	h.serve(h.control, controls)
	return h.probe(ctx, st)
}

// names are the functions' logical ids.
func names(st *stack.Stack) []string {
	ids := make([]string, len(st.Functions))
	for i, f := range st.Functions {
		ids[i] = f.LogicalID
	}
	return ids
}

// took counts the calls of the functions, and of nobody else.
func (h *host) took(st *stack.Stack) func(accessKey, service string, d time.Duration) {
	functions := names(st)
	return func(accessKey, service string, d time.Duration) {
		if slices.Contains(functions, accessKey) {
			h.meter.Engine(service, d)
		}
	}
}

// openAPI serves the HTTP API.
func (h *host) openAPI(st *stack.Stack, clock *wake.Clock) error {
	var err error
	h.access, err = os.OpenFile(filepath.Join(h.settings.data, "logs", "access.log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	api, err := gateway.New(gateway.Options{
		Routes: st.Routes, Account: engine.Account, Now: clock.Now, Log: h.access, Invoke: runner{h.functions, h.terminal.say, &h.meter}.request,
	})
	if err != nil {
		return err
	}
	h.api.listener = gateway.Listener(h.api.listener)
	h.serve(h.api, api)
	return nil
}

// probe makes sure that a request would succeed: one of a route without
// variables or a body that needs nobody to be logged in.
func (h *host) probe(ctx context.Context, st *stack.Stack) error {
	path := "/" // which no route knows
	for _, r := range st.Routes {
		if r.Key == "GET /v1/app" && h.unbuilt(st, []string{r.Function}) == "" {
			path = "/v1/app"
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.api.url()+path, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("the HTTP API does not answer: %w", err)
	}
	_, err = io.Copy(io.Discard, res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		return fmt.Errorf("the HTTP API does not answer: %w", err)
	}
	if res.StatusCode >= 500 {
		return fmt.Errorf("GET %s answers %d: see %s", path, res.StatusCode, filepath.Join(h.settings.data, "logs"))
	}
	return nil
}
