// Package lambda runs the functions of the template as AWS Lambda runs them:
// the built bootstrap of a function is a process that polls a Runtime API of its
// own, serves one request at a time, is killed at its timeout, and is kept warm
// between requests.
package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"jewelrydisplay.app/shared/local/stack"
)

// Errors of Invoke. Whatever the function itself answers is a Result, not an error.
var (
	// ErrUnknown says that the template has no function of that name.
	ErrUnknown = errors.New("no such function")
	// ErrThrottled says that the function's reserved concurrency is used up.
	ErrThrottled = errors.New("the function's reserved concurrency is used up")
	// ErrTooLarge says that the event is over Lambda's 6 MB (1 MB when asynchronous).
	ErrTooLarge = errors.New("the event is larger than Lambda takes")
	// ErrClosed says that the local cloud is stopping.
	ErrClosed = errors.New("the local cloud is stopping")
)

// Lambda's own limits, in bytes and time.
const (
	maxPayload      = 6 << 20
	maxAsyncPayload = 1 << 20
	initTimeout     = 10 * time.Second
	defaultLimit    = 16
)

// Options say what to run and where its files are.
type Options struct {
	Functions []stack.Function
	BuildDir  string // holds <folder>/bootstrap
	LogDir    string // receives <LogicalId>.log, the function's log group
	Limit     int    // processes a function without reserved concurrency; 0 means 16

	// Remote is the address of another host that runs the functions instead, by
	// Lambda's Invoke; it learns of the clock by PUT /clock. Empty runs them here.
	Remote string

	// DeadLetter sends an event that failed three times to the queue of that
	// logical id, as the function. Nil drops such events with a line to Say.
	DeadLetter func(ctx context.Context, function, queue string, event []byte, attributes map[string]string) error
	// RetryDelay is the wait before the n-th retry (1 or 2) of an asynchronous
	// event. Nil means AWS's one and two minutes, shortened to seconds.
	RetryDelay func(n int) time.Duration
	// Say tells the person at the terminal what they have to know. Nil is silent.
	Say func(line string)
}

// Result is what a function answered.
type Result struct {
	RequestID string
	Payload   []byte
	// Failure is empty, or "Unhandled" when the function failed: Payload is then
	// Lambda's {"errorType", "errorMessage"}.
	Failure string
	// Log is the part of the function's log that this request wrote, and what
	// others wrote meanwhile.
	Log logSpan
}

// ErrorType returns the errorType of a failed result, or the empty string.
func (r Result) ErrorType() string {
	if r.Failure == "" {
		return ""
	}
	var body struct {
		ErrorType string `json:"errorType"`
	}
	// A body that is no error object has no type; the failure itself stands.
	_ = json.Unmarshal(r.Payload, &body)
	return body.ErrorType
}

// Service runs functions. It is safe for concurrent use.
type Service struct {
	options   Options
	functions map[string]*function
	order     []string
	pending   pending
	stop      context.Context
	cancel    context.CancelFunc
	closing   sync.Once
}

// New prepares the functions without starting any: a process starts with the
// first request for it.
func New(o Options) (*Service, error) {
	if o.Limit == 0 {
		o.Limit = defaultLimit
	}
	if o.Say == nil {
		o.Say = func(string) {}
	}
	if o.RetryDelay == nil {
		o.RetryDelay = func(n int) time.Duration { return time.Duration(n) * time.Second }
	}
	if err := os.MkdirAll(o.LogDir, 0o755); err != nil {
		return nil, fmt.Errorf("make the folder of the logs: %w", err)
	}
	// Absolute, because a function does not run in this program's folder.
	build, err := filepath.Abs(o.BuildDir)
	if err != nil {
		return nil, fmt.Errorf("find the built functions: %w", err)
	}
	stop, cancel := context.WithCancel(context.Background())
	s := &Service{options: o, functions: map[string]*function{}, stop: stop, cancel: cancel}
	for _, spec := range o.Functions {
		limit := o.Limit
		if spec.Reserved > 0 {
			limit = spec.Reserved
		}
		s.functions[spec.LogicalID] = &function{
			spec: spec, service: s,
			binary: filepath.Join(build, spec.Folder, "bootstrap"),
			log:    filepath.Join(o.LogDir, spec.LogicalID+".log"),
			slots:  make(chan struct{}, limit),
			all:    map[*instance]struct{}{},
		}
		s.order = append(s.order, spec.LogicalID)
	}
	return s, nil
}

// Invoke sends the event to the function and waits for its answer. When ctx
// ends first, the function goes on, as on AWS, and Invoke returns ctx's error.
func (s *Service) Invoke(ctx context.Context, name string, event []byte) (Result, error) {
	f, err := s.find(name)
	if err != nil {
		return Result{}, err
	}
	if len(event) > maxPayload {
		return Result{}, ErrTooLarge
	}
	c := newCall(event)
	answer := make(chan error, 1)
	go func() { answer <- f.serve(c) }()
	select {
	case err := <-answer:
		return c.result, err
	case <-ctx.Done():
		return Result{}, ctx.Err()
	}
}

// find returns the function of a logical id, or of any form of its ARN.
func (s *Service) find(name string) (*function, error) {
	if i := strings.LastIndex(name, "function:"); i >= 0 {
		name = name[i+len("function:"):]
	}
	name, _, _ = strings.Cut(name, ":")
	f, ok := s.functions[name]
	if !ok {
		return nil, fmt.Errorf("%w: %q", ErrUnknown, name)
	}
	return f, nil
}

// Turn lets every request under way end, stops the warm processes and gives the
// ones that follow the offset of their clock, in whole seconds.
func (s *Service) Turn(offset time.Duration) {
	var wait sync.WaitGroup
	for _, f := range s.functions {
		wait.Go(func() { f.turn(offset) })
	}
	wait.Wait()
	if s.options.Remote != "" {
		if err := (remote{s.options.Remote}).turn(offset); err != nil {
			s.options.Say(err.Error())
		}
	}
}

// Close kills every process and returns when they are gone.
func (s *Service) Close() {
	s.closing.Do(func() {
		s.cancel()
		for _, f := range s.functions {
			f.close()
		}
	})
	s.pending.wait()
}
