// Package engine runs the two engines that stand in for AWS as child processes
// on loopback: dynoxide for DynamoDB and moto for everything else.
//
// A child never outlives its parent: it is stopped by Stop, and where the
// kernel offers it (Linux) it is killed with the parent, however that dies.
package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// ErrMissing is returned, wrapped with the tool's path, when a tool is not installed.
var ErrMissing = errors.New("is not installed: run `make tools`")

// errPort says that the chosen port was taken between choosing and binding it.
var errPort = errors.New("the port was taken")

// Tools are the paths of the programs that the local cloud runs.
type Tools struct {
	Dynoxide string // the DynamoDB engine
	Moto     string // moto_server
	Python   string // the interpreter that has aws-sam-translator
}

// Find returns the tools below dir, where `make tools` puts them. The variables
// DYNOXIDE, MOTO_SERVER and SAM_PYTHON name others.
func Find(dir string) Tools {
	or := func(variable string, path ...string) string {
		if v := os.Getenv(variable); v != "" {
			return v
		}
		return filepath.Join(append([]string{dir}, path...)...)
	}
	return Tools{
		Dynoxide: or("DYNOXIDE", "dynoxide", "bin", "dynoxide"),
		Moto:     or("MOTO_SERVER", "moto", "bin", "moto_server"),
		Python:   or("SAM_PYTHON", "sam", "bin", "python"),
	}
}

// Engine is a running engine.
type Engine struct {
	URL  string // http://127.0.0.1:<port>
	name string
	port int
	pid  int
	done chan struct{}
	tail *tail
	once sync.Once

	bound   func() bool // tells whether an answer on the port would be this engine's
	started func()      // called once the process runs; may be nil
}

// Dynamo says how to run the DynamoDB engine.
type Dynamo struct {
	File string    // the database file; empty keeps everything in memory
	Log  io.Writer // receives the engine's output; may be nil
}

// StartDynamo starts dynoxide and returns when it answers.
func (t Tools) StartDynamo(ctx context.Context, d Dynamo) (*Engine, error) {
	return t.startDynamo(ctx, d, freePort)
}

func (t Tools) startDynamo(ctx context.Context, d Dynamo, choose func() (int, error)) (*Engine, error) {
	var err error
	// The port is free when it is chosen, and taken a little later: somebody may be quicker.
	for range 5 {
		var port int
		if port, err = choose(); err != nil {
			return nil, err
		}
		args := []string{"serve", "--host", "127.0.0.1", "--port", strconv.Itoa(port)}
		if d.File != "" {
			args = append(args, "--db-path", d.File)
		}
		e := &Engine{name: "dynoxide", port: port, tail: &tail{next: d.Log}}
		// Before it says so, an answer would be somebody else's.
		e.bound = func() bool { return strings.Contains(e.Said(), "listening on") }
		if err = e.run(ctx, exec.Command(t.Dynoxide, args...)); err == nil {
			return e, nil
		}
		if !errors.Is(err, errPort) {
			break
		}
	}
	return nil, err
}

// StartMoto starts moto's server and returns when it answers. Its log, one line
// a request, goes to log, which may be nil.
func (t Tools) StartMoto(ctx context.Context, log io.Writer) (*Engine, error) {
	// It takes a second to bind its port, so it inherits one that is bound already,
	// in the way in which its web server hands it to a reloaded copy of itself.
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("find a free port: %w", err)
	}
	defer listener.Close()
	socket, err := listener.(*net.TCPListener).File()
	if err != nil {
		return nil, fmt.Errorf("hand over a port: %w", err)
	}
	defer socket.Close()
	port := listener.Addr().(*net.TCPAddr).Port
	cmd := exec.Command(t.Moto, "-H", "127.0.0.1", "-p", strconv.Itoa(port))
	cmd.ExtraFiles = []*os.File{socket} // descriptor 3
	cmd.Env = append(os.Environ(), "WERKZEUG_RUN_MAIN=true", "WERKZEUG_SERVER_FD=3",
		// Without a region moto would look for one of its caller's.
		"AWS_DEFAULT_REGION="+Region, "PYTHONUNBUFFERED=1")
	e := &Engine{name: "moto", port: port, tail: &tail{next: log}, bound: func() bool { return true }}
	// A copy kept open here would go on accepting after the engine has ended.
	e.started = func() { _, _ = listener.Close(), socket.Close() }
	if err := e.run(ctx, cmd); err != nil {
		return nil, err // an engine without a process must not be stopped: signals to process 0 are for everybody
	}
	return e, nil
}

// Region and Account are what the local cloud answers for AWS::Region and AWS::AccountId.
const (
	Region  = "us-east-1"
	Account = "123456789012"
)

// run starts the process and returns when it answers. The thread that forks it is
// held until the process ends: Linux sends the parent-death signal when that
// thread ends, not the program.
func (e *Engine) run(ctx context.Context, cmd *exec.Cmd) error {
	if _, err := exec.LookPath(cmd.Path); err != nil {
		return fmt.Errorf("%s (%s) %w", e.name, cmd.Path, ErrMissing)
	}
	e.URL, e.done = "http://127.0.0.1:"+strconv.Itoa(e.port), make(chan struct{})
	cmd.Stdout, cmd.Stderr = e.tail, e.tail
	cmd.SysProcAttr = childAttributes()
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(e.done)
		err := cmd.Start()
		if err == nil {
			e.pid = cmd.Process.Pid
		}
		started <- err
		if err == nil {
			// How it ended is told by its output; wait reports that.
			_ = cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("start %s: %w", e.name, err)
	}
	if e.started != nil {
		e.started()
	}
	if err := e.wait(ctx); err != nil {
		e.Stop()
		return err
	}
	return nil
}

// wait returns when the engine answers any HTTP request, or with its last words when it ended.
func (e *Engine) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	tick := time.NewTicker(3 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s did not answer: %w", e.name, ctx.Err())
		case <-e.done:
			said := e.tail.String()
			if strings.Contains(said, "in use") {
				return fmt.Errorf("%s: %w", e.name, errPort)
			}
			return fmt.Errorf("%s ended at its start: %s", e.name, said)
		case <-tick.C:
		}
		if !e.bound() {
			continue
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, e.URL, nil)
		if err != nil {
			return err
		}
		res, err := client.Do(req)
		if err != nil {
			continue
		}
		_ = res.Body.Close()
		return nil
	}
}

// Done is closed when the engine's process has ended.
func (e *Engine) Done() <-chan struct{} { return e.done }

// Said returns the last lines that the engine printed, for an error's text.
func (e *Engine) Said() string { return e.tail.String() }

// Stop ends the engine: politely at first, so that the database file is whole,
// and by force after three seconds. It returns when the process is gone and may
// be called again.
func (e *Engine) Stop() {
	e.once.Do(func() {
		_ = syscall.Kill(e.pid, syscall.SIGTERM)
		select {
		case <-e.done:
		case <-time.After(3 * time.Second):
			_ = syscall.Kill(e.pid, syscall.SIGKILL)
		}
	})
	<-e.done
}

// Kill ends the engine at once, as a crash would.
func (e *Engine) Kill() {
	e.once.Do(func() { _ = syscall.Kill(e.pid, syscall.SIGKILL) })
	<-e.done
}

// freePort asks the kernel for a port that nobody listens on.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	return port, l.Close()
}

// tail keeps the end of what a process prints and hands all of it on.
type tail struct {
	mu   sync.Mutex
	last []byte
	next io.Writer
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = append(t.last, p...)
	if over := len(t.last) - 2048; over > 0 {
		t.last = append(t.last[:0], t.last[over:]...)
	}
	if t.next != nil {
		return t.next.Write(p)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.last))
}
