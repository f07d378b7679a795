package lambda_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"jewelrydisplay.app/shared/local/lambda"
	"jewelrydisplay.app/shared/local/stack"
)

// build compiles the test's bootstrap once a run.
var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "bootstrap")
	if err != nil {
		return "", err
	}
	out := filepath.Join(dir, "probe", "bootstrap")
	cmd := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", out, "./testdata/bootstrap")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the bootstrap: %w\n%s", err, text)
	}
	return dir, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := build(); err == nil {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

type host struct {
	*lambda.Service
	build, logs string
	dead        chan string
	said        chan string
}

// run starts a service with one function, Probe, changed by change.
func run(t *testing.T, change func(*stack.Function)) host {
	t.Helper()
	dir, err := build()
	if err != nil {
		t.Fatal(err)
	}
	f := stack.Function{
		LogicalID: "Probe", Folder: "probe", ARN: "arn:aws:lambda:eu-west-3:123456789012:function:Probe",
		Environment: map[string]string{"TABLE_CATALOG": "Catalog"}, Timeout: 10 * time.Second, MemoryMB: 256,
	}
	if change != nil {
		change(&f)
	}
	h := host{build: t.TempDir(), logs: t.TempDir(), dead: make(chan string, 10), said: make(chan string, 100)}
	if err := os.MkdirAll(filepath.Join(h.build, "probe"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(filepath.Join(dir, "probe", "bootstrap"), h.binary()); err != nil {
		t.Fatal(err)
	}
	h.Service, err = lambda.New(lambda.Options{
		Functions: []stack.Function{f}, BuildDir: h.build, LogDir: h.logs, Limit: 4,
		RetryDelay: func(int) time.Duration { return 0 },
		DeadLetter: func(_ context.Context, function, queue string, event []byte, attributes map[string]string) error {
			h.dead <- fmt.Sprintf("%s %s %s %s", function, queue, event, attributes["ErrorMessage"])
			return nil
		},
		Say: func(line string) { h.said <- line },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return h
}

func (h host) binary() string { return filepath.Join(h.build, "probe", "bootstrap") }

func (h host) log(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(h.logs, "Probe.log"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (h host) invoke(t *testing.T, event string) lambda.Result {
	t.Helper()
	r, err := h.Invoke(t.Context(), "Probe", []byte(event))
	if err != nil {
		t.Fatalf("invoke %s: %v", event, err)
	}
	return r
}

func decode[T any](t *testing.T, r lambda.Result) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(r.Payload, &v); err != nil {
		t.Fatalf("decode %s: %v", r.Payload, err)
	}
	return v
}

type count struct{ Pid, Served int }

func TestARequestSeesWhatLambdaShowsIt(t *testing.T) {
	h := run(t, nil)
	r := h.invoke(t, `{"Do":"context"}`)
	got := decode[map[string]any](t, r)
	if got["request"] != r.RequestID || got["arn"] != "arn:aws:lambda:eu-west-3:123456789012:function:Probe" ||
		got["function"] != "Probe" || got["memory"] != 256.0 {
		t.Errorf("context: %v of request %s", got, r.RequestID)
	}
	if left := got["left_ms"].(float64); left < 8000 || left > 10000 {
		t.Errorf("the deadline is %v ms away, want just under 10,000", left)
	}
	if trace, _ := got["trace"].(string); !strings.HasPrefix(trace, "Root=1-") {
		t.Errorf("trace %q", trace)
	}
}

func TestTheEnvironmentIsTheTemplatesAlone(t *testing.T) {
	t.Setenv("LEAK", "from the terminal")
	h := run(t, func(f *stack.Function) { f.LogFormat = "JSON" })
	env := decode[[]string](t, h.invoke(t, `{"Do":"environ"}`))
	all := "\n" + strings.Join(env, "\n") + "\n"
	for _, want := range []string{
		"TABLE_CATALOG=Catalog", "AWS_ACCESS_KEY_ID=Probe", "AWS_REGION=eu-west-3", "_HANDLER=probe",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256", "AWS_LAMBDA_LOG_FORMAT=JSON",
	} {
		if !strings.Contains(all, "\n"+want+"\n") {
			t.Errorf("%s is not in the environment:%s", want, all)
		}
	}
	for _, no := range []string{"LEAK=", "CLOCK_OFFSET=", "HOME="} {
		if strings.Contains(all, "\n"+no) {
			t.Errorf("%s is in the environment", no)
		}
	}
}

func TestAWarmProcessServesTheNextRequest(t *testing.T) {
	h := run(t, nil)
	first := decode[count](t, h.invoke(t, `{"Do":"count"}`))
	second := decode[count](t, h.invoke(t, `{"Do":"count"}`))
	if first.Pid != second.Pid || second.Served != 2 {
		t.Errorf("got %+v, then %+v; want one process", first, second)
	}
}

func TestANewBinaryIsServed(t *testing.T) {
	h := run(t, nil)
	first := decode[count](t, h.invoke(t, `{"Do":"count"}`))
	now := time.Now().Add(time.Minute)
	if err := os.Chtimes(h.binary(), now, now); err != nil {
		t.Fatal(err)
	}
	if second := decode[count](t, h.invoke(t, `{"Do":"count"}`)); first.Pid == second.Pid {
		t.Error("the process of the old binary served on")
	}
}

func TestConcurrentRequestsHaveAProcessEach(t *testing.T) {
	h := run(t, nil)
	file := filepath.Join(t.TempDir(), "go")
	var wait sync.WaitGroup
	for range 3 {
		wait.Go(func() { h.invoke(t, fmt.Sprintf(`{"Do":"wait","Name":%q}`, file)) })
	}
	// With one process alone this request would wait behind the others for ever.
	h.invoke(t, `{"Do":"count"}`)
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	wait.Wait()
}

func TestReservedConcurrencyThrottles(t *testing.T) {
	h := run(t, func(f *stack.Function) { f.Reserved = 1 })
	file := filepath.Join(t.TempDir(), "go")
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			if _, err := h.Invoke(context.Background(), "Probe", fmt.Appendf(nil, `{"Do":"wait","Name":%q}`, file)); err == nil {
				return
			}
		}
	}()
	for {
		_, err := h.Invoke(t.Context(), "Probe", []byte(`{}`))
		if errors.Is(err, lambda.ErrThrottled) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	<-done
}

func TestFailures(t *testing.T) {
	for _, c := range []struct {
		name, event, kind, message string
		change                     func(*stack.Function)
	}{
		{"an error", `{"Do":"fail"}`, "errorString", "as asked", nil},
		{"a panic", `{"Do":"panic"}`, "string", "as asked", nil},
		{"an exit", `{"Do":"exit"}`, "Runtime.ExitError", "Runtime exited with error: exit status 1", nil},
		{"a timeout", `{"Do":"hang"}`, "Sandbox.Timedout", "Task timed out after 0.20 seconds", func(f *stack.Function) { f.Timeout = 200 * time.Millisecond }},
		{"a failed init", `{}`, "Runtime.ExitError", "exit status 3", func(f *stack.Function) { f.Environment["FAIL_INIT"] = "1" }},
		{"an answer over 6 MB", `{"Do":"large","Size":7000000}`, "Function.ResponseSizeTooLarge", "exceeded", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := run(t, c.change)
			r := h.invoke(t, c.event)
			if r.Failure != "Unhandled" || r.ErrorType() != c.kind || !strings.Contains(string(r.Payload), c.message) {
				t.Errorf("got %q %s, want %s with %q", r.Failure, r.Payload, c.kind, c.message)
			}
			if line := <-h.said; !strings.Contains(line, c.kind) || !strings.Contains(line, "Probe.log") {
				t.Errorf("the terminal was told %q", line)
			}
			if c.change == nil { // and the next request is served
				if r := h.invoke(t, `{"Do":"count"}`); r.Failure != "" {
					t.Errorf("after it: %s", r.Payload)
				}
			}
		})
	}
}

func TestTheLogIsTheFunctionsOutput(t *testing.T) {
	h := run(t, func(f *stack.Function) { f.Timeout = time.Second })
	h.invoke(t, `{"Do":"print","Name":"a line of the function"}`)
	h.invoke(t, `{"Do":"hang"}`)
	got := h.log(t)
	if !strings.HasPrefix(got, "a line of the function\n") || !strings.Contains(got, "Task timed out after 1.00 seconds") {
		t.Errorf("the log holds %q", got)
	}
}

func TestTurningTheClockRestarts(t *testing.T) {
	h := run(t, nil)
	first := decode[count](t, h.invoke(t, `{"Do":"count"}`))
	h.Turn(601_200 * time.Second)
	if got := decode[string](t, h.invoke(t, `{"Do":"env","Name":"CLOCK_OFFSET"}`)); got != "601200" {
		t.Errorf("CLOCK_OFFSET is %q", got)
	}
	if second := decode[count](t, h.invoke(t, `{"Do":"count"}`)); first.Pid == second.Pid {
		t.Error("the old process serves on")
	}
}

func TestTurningWaitsForTheRequestUnderWay(t *testing.T) {
	h := run(t, nil)
	file := filepath.Join(t.TempDir(), "go")
	answered := make(chan lambda.Result, 1)
	go func() {
		r, _ := h.Invoke(context.Background(), "Probe", fmt.Appendf(nil, `{"Do":"wait","Name":%q}`, file))
		answered <- r
	}()
	for !exists(file + ".began") {
		runtime.Gosched()
	}
	ended := make(chan bool, 1)
	go func() {
		h.Turn(time.Hour)
		ended <- exists(file + ".ended")
	}()
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if !<-ended {
		t.Error("the clock was turned under a request")
	}
	if r := <-answered; r.Failure != "" {
		t.Errorf("the request under way was cut: %s", r.Payload)
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func TestATimeoutKillsTheProcess(t *testing.T) {
	h := run(t, func(f *stack.Function) { f.Timeout = time.Second })
	p := decode[count](t, h.invoke(t, `{"Do":"count"}`))
	h.invoke(t, `{"Do":"hang"}`)
	if err := syscall.Kill(p.Pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("process %d: %v, want it gone", p.Pid, err)
	}
}

func TestAnEventThatFailsThriceIsADeadLetter(t *testing.T) {
	h := run(t, func(f *stack.Function) { f.DeadLetter = "Dead" })
	file := filepath.Join(t.TempDir(), "tries")
	event := fmt.Sprintf(`{"Do":"touch","Name":%q}`, file)
	if _, err := h.Send("Probe", []byte(event)); err != nil {
		t.Fatal(err)
	}
	if err := h.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, want := <-h.dead, "Probe Dead "+event+" joinError"; got != want {
		t.Errorf("dead letter %q, want %q", got, want)
	}
	if tries, err := os.ReadFile(file); err != nil || len(tries) != 3 {
		t.Errorf("tried %d times (%v), want 3", len(tries), err)
	}
}

func TestCloseLeavesNoProcess(t *testing.T) {
	h := run(t, nil)
	idle := decode[count](t, h.invoke(t, `{"Do":"count"}`))
	go func() { _, _ = h.Invoke(context.Background(), "Probe", []byte(`{"Do":"hang"}`)) }()
	h.Close()
	if err := syscall.Kill(idle.Pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("process %d: %v, want it gone", idle.Pid, err)
	}
	if _, err := h.Invoke(t.Context(), "Probe", []byte(`{}`)); !errors.Is(err, lambda.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}
