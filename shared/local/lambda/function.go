package lambda

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"jewelrydisplay.app/shared/local/stack"
)

// function is one function and its processes.
type function struct {
	spec    stack.Function
	service *Service
	binary  string
	log     string
	slots   chan struct{} // one token a request under way

	// turning is read-held by every request, so that turning the clock waits for them.
	turning sync.RWMutex
	offset  time.Duration

	mu     sync.Mutex
	idle   []*instance // the last used is the first to serve again
	all    map[*instance]struct{}
	closed bool
}

// serve answers one request with a warm process or a new one.
func (f *function) serve(c *call) error {
	if err := f.enter(); err != nil {
		return err
	}
	defer func() { <-f.slots }()
	f.turning.RLock()
	defer f.turning.RUnlock()
	c.result.Log = f.mark()
	if at := f.service.options.Remote; at != "" {
		return remote{at}.serve(f.service.stop, f.spec.LogicalID, c)
	}
	// A warm process may die between two requests; AWS then takes a new one. Only
	// a process that never took the event is replaced.
	for {
		i, warm, err := f.take()
		if err != nil {
			return err
		}
		taken := i.serve(c)
		f.give(i)
		if taken || !warm {
			break
		}
	}
	c.result.Log.end = size(f.log)
	if c.result.Failure != "" && f.service.stop.Err() == nil {
		f.service.options.Say(fmt.Sprintf("%s failed (%s): see %s", f.spec.LogicalID, c.result.ErrorType(), f.log))
	}
	return nil
}

// enter takes a slot: at once or not at all with reserved concurrency, as on AWS.
func (f *function) enter() error {
	if f.spec.Reserved > 0 {
		select {
		case f.slots <- struct{}{}:
			return nil
		default:
			return ErrThrottled
		}
	}
	select {
	case f.slots <- struct{}{}:
		return nil
	case <-f.service.stop.Done():
		return ErrClosed
	}
}

// take returns a warm process of the binary as it is now, or starts one.
func (f *function) take() (i *instance, warm bool, err error) {
	now, err := stamp(f.binary)
	if err != nil {
		return nil, false, fmt.Errorf("%s is not built: run `make build` (%w)", f.spec.Folder, err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, false, ErrClosed
	}
	for len(f.idle) > 0 {
		i := f.idle[len(f.idle)-1]
		f.idle = f.idle[:len(f.idle)-1]
		if i.alive() && i.stamp == now {
			return i, true, nil
		}
		delete(f.all, i)
		go i.kill()
	}
	i, err = start(f, now)
	if err != nil {
		return nil, false, err
	}
	f.all[i] = struct{}{}
	return i, false, nil
}

// give takes a process back after a request.
func (f *function) give(i *instance) {
	if used := i.peak(); f.spec.MemoryMB > 0 && used > f.spec.MemoryMB {
		f.service.options.Say(fmt.Sprintf("%s used %d MB of its %d: Lambda would have killed it", f.spec.LogicalID, used, f.spec.MemoryMB))
		i.kill()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed || !i.alive() {
		delete(f.all, i)
		go i.kill()
		return
	}
	f.idle = append(f.idle, i)
}

// turn waits for the requests under way, then stops the processes.
func (f *function) turn(offset time.Duration) {
	f.turning.Lock()
	defer f.turning.Unlock()
	f.offset = offset
	f.mu.Lock()
	idle := f.idle
	f.idle = nil
	for _, i := range idle {
		delete(f.all, i)
	}
	f.mu.Unlock()
	for _, i := range idle {
		i.kill()
	}
}

// close kills all processes, busy or not.
func (f *function) close() {
	f.mu.Lock()
	f.closed = true
	all := f.all
	f.all, f.idle = map[*instance]struct{}{}, nil
	f.mu.Unlock()
	for i := range all {
		i.kill()
	}
}

// environment is what Lambda sets for a process, over it the template's variables.
// Nothing of the terminal's own environment gets in.
func (f *function) environment(api string) []string {
	region, _ := arnParts(f.spec.ARN)
	env := []string{
		"PATH=/usr/local/bin:/usr/bin:/bin:/opt/bin",
		"LANG=en_US.UTF-8",
		"TZ=:UTC",
		"LAMBDA_TASK_ROOT=/var/task",
		"LAMBDA_RUNTIME_DIR=/var/runtime",
		"_HANDLER=" + f.spec.Folder,
		"AWS_LAMBDA_RUNTIME_API=" + api,
		"AWS_LAMBDA_FUNCTION_NAME=" + f.spec.LogicalID,
		"AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=" + strconv.Itoa(f.spec.MemoryMB),
		"AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/" + f.spec.LogicalID,
		"AWS_LAMBDA_LOG_STREAM_NAME=local",
		"AWS_REGION=" + region,
		"AWS_DEFAULT_REGION=" + region,
		// The key names the function, so that each AWS call is known as its.
		"AWS_ACCESS_KEY_ID=" + f.spec.LogicalID,
		"AWS_SECRET_ACCESS_KEY=local",
		"AWS_SESSION_TOKEN=local",
	}
	if f.spec.LogFormat != "" {
		env = append(env, "AWS_LAMBDA_LOG_FORMAT="+f.spec.LogFormat)
	}
	for name, value := range f.spec.Environment {
		env = append(env, name+"="+value)
	}
	if f.offset != 0 {
		env = append(env, "CLOCK_OFFSET="+strconv.FormatInt(int64(f.offset/time.Second), 10))
	}
	return env
}

// logSpan is a stretch of a function's log.
type logSpan struct {
	path       string
	start, end int64
}

// Tail returns at most the last 4 KB of the stretch, as Lambda's LogResult does.
func (l logSpan) Tail() []byte {
	file, err := os.Open(l.path)
	if err != nil {
		return nil
	}
	// Reading alone; nothing is lost if closing fails.
	defer func() { _ = file.Close() }()
	text := make([]byte, min(l.end-l.start, 4<<10))
	n, err := file.ReadAt(text, l.end-int64(len(text)))
	if err != nil {
		return text[:n]
	}
	return text
}

func (f *function) mark() logSpan {
	at := size(f.log)
	return logSpan{path: f.log, start: at, end: at}
}

// note writes a line that Lambda itself would write to the function's log.
func (f *function) note(line string) {
	file, err := os.OpenFile(f.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = file.WriteString(line + "\n")
		err = errors.Join(err, file.Close())
	}
	if err != nil {
		f.service.options.Say(fmt.Sprintf("write %s: %v", f.log, err))
	}
}

func size(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// stamp tells one build of a binary from another.
func stamp(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d/%d", info.ModTime().UnixNano(), info.Size()), nil
}

// arnParts returns the region and the account of an ARN.
func arnParts(arn string) (region, account string) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return "us-east-1", "123456789012"
	}
	return parts[3], parts[4]
}

// pending counts work that outlives the call that started it.
type pending struct {
	mu    sync.Mutex
	count int
	idle  chan struct{} // closed when count falls to 0
}

func (p *pending) add() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.count == 0 {
		p.idle = make(chan struct{})
	}
	p.count++
}

func (p *pending) done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count--
	if p.count == 0 {
		close(p.idle)
	}
}

func (p *pending) wait() { _ = p.waitFor(context.Background()) }

func (p *pending) waitFor(ctx context.Context) error {
	for {
		p.mu.Lock()
		count, idle := p.count, p.idle
		p.mu.Unlock()
		if count == 0 {
			return nil
		}
		select {
		case <-idle:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
