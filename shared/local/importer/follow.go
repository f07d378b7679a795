package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// invoker invokes functions.
type invoker interface {
	Invoke(ctx context.Context, function string, event []byte) ([]byte, error)
}

// result is what the import answers, as far as this command looks at it.
type result struct {
	State     string `json:"state"`
	Rows      int    `json:"rows"`
	Created   int    `json:"created"`
	Updated   int    `json:"updated"`
	Unchanged int    `json:"unchanged"`
	Rejected  int    `json:"rejected"`
}

// follower starts an import and shows how far it is.
type follower struct {
	cloud    invoker
	id       string
	tick     <-chan time.Time // each: one look at the import
	progress io.Writer
	began    time.Time
}

// answered is what an invocation brought.
type answered struct {
	answer []byte
	err    error
}

// follow starts the import and returns what it answers last. The invocation
// that starts it may take a quarter of an hour, and another may go on after it:
// meanwhile, the import's row is looked at.
func (f follower) follow(ctx context.Context, event map[string]any) ([]byte, error) {
	started := make(chan answered, 1)
	go func() {
		answer, err := f.invoke(ctx, event)
		started <- answered{answer, err}
	}()
	for {
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("it goes on without you; look at it with {\"action\":\"inspect\",\"import_id\":%q}", f.id)
		case a := <-started:
			if now, err := ended(a); now || err != nil {
				return a.answer, err
			}
			started = nil // handed over
		case at := <-f.tick:
			answer, err := f.invoke(ctx, map[string]any{"action": "inspect", "import_id": f.id})
			if err != nil && started != nil {
				continue // not begun yet; what is wrong, the start itself tells
			}
			if err == nil {
				f.show(answer, at)
			}
			if now, err := ended(answered{answer, err}); err != nil || now && started == nil {
				return answer, err
			}
		}
	}
}

func (f follower) invoke(ctx context.Context, event map[string]any) ([]byte, error) {
	payload, err := json.Marshal(event)
	if err != nil {
		return nil, err
	}
	return f.cloud.Invoke(ctx, function, payload)
}

// ended tells whether the import is over.
func ended(a answered) (bool, error) {
	if a.err != nil {
		return false, a.err
	}
	var now result
	if err := json.Unmarshal(a.answer, &now); err != nil {
		return false, fmt.Errorf("catalog-import answered no JSON: %w", err)
	}
	if now.State == "failed" {
		return true, errors.New("the import failed")
	}
	return now.State != "running", nil
}

// show prints one line of progress.
func (f follower) show(answer []byte, at time.Time) {
	var now result
	if json.Unmarshal(answer, &now) != nil || now.Rows == 0 {
		return
	}
	rate := float64(now.Rows) / max(at.Sub(f.began).Seconds(), 1)
	fmt.Fprintf(f.progress, "%d rows, %.0f a second: %d created, %d updated, %d unchanged, %d rejected\n",
		now.Rows, rate, now.Created, now.Updated, now.Unchanged, now.Rejected)
}
