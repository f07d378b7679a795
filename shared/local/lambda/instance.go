package lambda

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// call is one request on its way through a process.
type call struct {
	id     string
	trace  string
	event  []byte
	result Result
}

func newCall(event []byte) *call {
	id := newID()
	return &call{
		id: id, event: event, result: Result{RequestID: id},
		trace: fmt.Sprintf("Root=1-%08x-%s;Parent=%s;Sampled=0", time.Now().Unix(), strings.ReplaceAll(newID(), "-", "")[:24], strings.ReplaceAll(newID(), "-", "")[:16]),
	}
}

// outcome is how a process ended a request.
type outcome struct {
	payload []byte
	failed  bool
}

// instance is one process of a function with a Runtime API of its own.
type instance struct {
	f      *function
	stamp  string
	server *http.Server
	pid    int
	ready  chan struct{} // closed at the first poll: the init phase is over
	work   chan delivery // handed to the poll that waits
	done   chan struct{} // closed when the process has ended
	once   sync.Once
	first  sync.Once

	mu        sync.Mutex
	id        string       // of the request under way
	answer    chan outcome // of the request under way
	initError []byte
	exit      string // how the process ended
}

// delivery is a request with the moment at which the process is killed.
type delivery struct {
	*call
	deadline time.Time
}

// start runs the bootstrap. The thread that forks it is held until the process
// ends: Linux sends the parent-death signal when that thread ends.
func start(f *function, stamp string) (*instance, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("serve the runtime API: %w", err)
	}
	i := &instance{
		f: f, stamp: stamp,
		ready: make(chan struct{}), work: make(chan delivery), done: make(chan struct{}),
	}
	i.server = &http.Server{Handler: i.api(), ReadHeaderTimeout: time.Minute}
	log, err := os.OpenFile(f.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the function's log: %w", err), listener.Close())
	}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		cmd, err := i.fork(listener.Addr().String(), log)
		// The child holds the log by now; the parent's copy is not written to.
		_ = log.Close()
		if err != nil {
			started <- errors.Join(err, listener.Close())
			return
		}
		i.pid = cmd.Process.Pid
		started <- nil
		err = cmd.Wait()
		i.ended(err)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", f.binary, err)
	}
	go func() {
		// Serve ends with the process; how that ended is what matters.
		_ = i.server.Serve(listener)
	}()
	return i, nil
}

// fork starts the child; a binary that is being written is tried again.
func (i *instance) fork(api string, log *os.File) (*exec.Cmd, error) {
	var err error
	for range 50 {
		cmd := exec.Command(i.f.binary)
		cmd.Dir = os.TempDir()
		cmd.Env = i.f.environment(api)
		cmd.Stdout, cmd.Stderr = log, log
		cmd.SysProcAttr = childAttributes()
		if err = cmd.Start(); err == nil {
			return cmd, nil
		}
		if !errors.Is(err, syscall.ETXTBSY) {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	return nil, err
}

// ended records the end of the process and lets everybody who waits for it know.
func (i *instance) ended(err error) {
	i.mu.Lock()
	i.exit = "Runtime exited without providing a reason"
	if err != nil {
		i.exit = "Runtime exited with error: " + err.Error()
	}
	i.mu.Unlock()
	close(i.done)
	// Connections of a process that is gone; nobody is left to tell.
	_ = i.server.Close()
}

func (i *instance) alive() bool {
	select {
	case <-i.done:
		return false
	default:
		return true
	}
}

// kill ends the process group and returns when the process is gone.
func (i *instance) kill() {
	i.once.Do(func() {
		if i.alive() {
			// The process may have ended in between; then there is nothing to kill.
			_ = syscall.Kill(-i.pid, syscall.SIGKILL)
		}
	})
	<-i.done
}

// serve hands the request to the process and waits for its answer, at most for
// the function's timeout. It reports false when the process never took it.
func (i *instance) serve(c *call) (taken bool) {
	c.result.Payload, c.result.Failure = nil, ""
	initial := time.NewTimer(initTimeout)
	defer initial.Stop()
	select {
	case <-i.ready:
	case <-i.done:
		i.fail(c, i.crash())
		return false
	case <-initial.C:
		i.kill()
		i.fail(c, problem("Sandbox.Timedout", c, "Init phase timed out after "+initTimeout.String()))
		return false
	}
	answer := make(chan outcome, 1)
	i.mu.Lock()
	i.id, i.answer = c.id, answer
	i.mu.Unlock()
	timeout := i.f.spec.Timeout
	if timeout == 0 {
		timeout = 3 * time.Second
	}
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case i.work <- delivery{c, time.Now().Add(timeout)}:
	case <-i.done:
		i.fail(c, i.crash())
		return false
	case <-timer.C: // it lives and does not poll
		i.kill()
		i.fail(c, problem("Sandbox.Timedout", c, "The runtime does not ask for its next event"))
		return false
	}
	select {
	case o := <-answer:
		c.result.Payload = o.payload
		if o.failed {
			c.result.Failure = unhandled
		}
	case <-i.done:
		select {
		case o := <-answer: // it answered with its last breath
			c.result.Payload = o.payload
			if o.failed {
				c.result.Failure = unhandled
			}
		default:
			i.fail(c, i.crash())
		}
	case <-timer.C:
		i.kill()
		line := fmt.Sprintf("Task timed out after %.2f seconds", timeout.Seconds())
		i.f.note(time.Now().UTC().Format("2006-01-02T15:04:05.000Z") + " " + c.id + " " + line)
		i.fail(c, problem("Sandbox.Timedout", c, line))
	}
	i.mu.Lock()
	i.id, i.answer = "", nil
	i.mu.Unlock()
	return true
}

const unhandled = "Unhandled"

func (i *instance) fail(c *call, payload []byte) {
	if payload == nil { // it said nothing of its end
		i.mu.Lock()
		payload = problem("Runtime.ExitError", c, i.exit)
		i.mu.Unlock()
	}
	c.result.Payload, c.result.Failure = payload, unhandled
}

// crash returns what the process said of its failed init, if it said something.
func (i *instance) crash() []byte {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.initError
}

func problem(kind string, c *call, text string) []byte {
	body, err := json.Marshal(map[string]string{"errorType": kind, "errorMessage": "RequestId: " + c.id + " Error: " + text})
	if err != nil {
		return []byte(`{"errorType":"` + kind + `"}`)
	}
	return body
}

// api is the Lambda Runtime API, version 2018-06-01.
func (i *instance) api() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", i.next)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", func(w http.ResponseWriter, r *http.Request) { i.finish(w, r, false) })
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", func(w http.ResponseWriter, r *http.Request) { i.finish(w, r, true) })
	mux.HandleFunc("POST /2018-06-01/runtime/init/error", i.failedInit)
	return mux
}

func (i *instance) next(w http.ResponseWriter, r *http.Request) {
	i.first.Do(func() { close(i.ready) })
	select {
	case d := <-i.work:
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Lambda-Runtime-Aws-Request-Id", d.id)
		h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(d.deadline.UnixMilli(), 10))
		h.Set("Lambda-Runtime-Invoked-Function-Arn", i.f.spec.ARN)
		h.Set("Lambda-Runtime-Trace-Id", d.trace)
		h.Set("Content-Length", strconv.Itoa(len(d.event)))
		// If the process is gone, serve learns it from the process itself.
		_, _ = w.Write(d.event)
	case <-i.done:
	case <-r.Context().Done():
	}
}

func (i *instance) finish(w http.ResponseWriter, r *http.Request, failed bool) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxPayload+1))
	if err != nil {
		reply(w, http.StatusBadRequest, `{"errorType":"InvalidRequest","errorMessage":"the body could not be read"}`)
		return
	}
	i.mu.Lock()
	answer := i.answer
	if i.id != r.PathValue("id") {
		answer = nil
	}
	i.mu.Unlock()
	if answer == nil {
		reply(w, http.StatusBadRequest, `{"errorType":"InvalidRequestID","errorMessage":"no such request is under way"}`)
		return
	}
	if len(body) > maxPayload {
		text := fmt.Sprintf(`{"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response payload size exceeded maximum allowed payload size (%d bytes)."}`, maxPayload)
		answer <- outcome{payload: []byte(text), failed: true}
		reply(w, http.StatusRequestEntityTooLarge, text)
		return
	}
	select {
	case answer <- outcome{payload: body, failed: failed}:
		reply(w, http.StatusAccepted, `{"status":"OK"}`)
	default:
		reply(w, http.StatusBadRequest, `{"errorType":"InvalidRequestID","errorMessage":"the request is answered already"}`)
	}
}

func (i *instance) failedInit(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxPayload))
	if err == nil {
		i.mu.Lock()
		i.initError = body
		i.mu.Unlock()
	}
	reply(w, http.StatusAccepted, `{"status":"OK"}`)
}

func reply(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// The process may be gone by now.
	_, _ = io.WriteString(w, body)
}
