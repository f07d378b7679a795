package logindynamo_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/aws/smithy-go/middleware"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/login"
)

// crash breaks the n-th DynamoDB call from now on: before it reaches the
// engine, or after the engine has done it and the answer is lost.
type crash struct {
	mu    sync.Mutex
	in    int // calls to go; 0: none breaks
	after bool
	hit   bool
}

var errCrash = errors.New("crash")

func (c *crash) arm(n int, after bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.in, c.after, c.hit = n, after, false
}

// disarm reports whether it struck.
func (c *crash) disarm() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.in = 0
	return c.hit
}

func (c *crash) strikes() (bool, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.in == 0 {
		return false, false
	}
	c.in--
	if c.in == 0 {
		c.hit = true
	}
	return c.hit && c.in == 0, c.after
}

func (c *crash) middleware(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("crash", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
		strikes, after := c.strikes()
		if strikes && !after {
			return middleware.InitializeOutput{}, middleware.Metadata{}, errCrash
		}
		out, meta, err := next.HandleInitialize(ctx, in)
		if strikes {
			return middleware.InitializeOutput{}, meta, errCrash
		}
		return out, meta, err
	}), middleware.Before)
}

// crashes runs f once for every call that can be the one that breaks, and both
// ways, until none is left to break.
func crashes(t *testing.T, f func(t *testing.T, arm func(w *world), struck func(w *world) bool)) {
	t.Helper()
	for _, after := range []bool{false, true} {
		for n, more := 1, true; more; n++ {
			f(t, func(w *world) { w.crash.arm(n, after) }, func(w *world) bool {
				more = w.crash.disarm()
				return more
			})
			if n > 20 {
				t.Fatal("the calls never end")
			}
		}
	}
}

// A crash at any call of a login leaves no half-made account, sends no second
// SMS and spends nothing twice; the same calls made again go through.
func TestACrashAtAnyCallOfALogin(t *testing.T) {
	points := 0
	crashes(t, func(t *testing.T, arm func(*world), struck func(*world) bool) {
		w := start(t)
		arm(w)
		sent, err := w.codes.Request(w.ctx, asking(phoneA, device(1)))
		if err != nil {
			before := w.sms.count()
			w.clk.Advance(time.Minute)
			if sent, err = w.codes.Request(w.ctx, asking(phoneA, device(1))); err != nil || w.sms.count() != before+1 {
				t.Fatalf("asked again after a minute: %v", err)
			}
		}
		if w.sms.count() != 1 {
			t.Errorf("%d SMS", w.sms.count())
		}
		code := w.sms.code()
		first, err := w.sessions.Open(w.ctx, opening(sent.Challenge, code, device(1)))
		if !struck(w) {
			if err != nil {
				t.Fatalf("without a crash: %v", err)
			}
			return
		}
		points++
		again, err2 := w.sessions.Open(w.ctx, opening(sent.Challenge, code, device(1)))
		if err2 != nil || (err == nil && again != first) || !w.authenticated(again) {
			t.Errorf("made again: %v, after %v", err2, err)
		}
		if got := w.rows(); fmt.Sprint(got) != "map[account:1 audit:1 codes:1 gate:1 known_device:1 phone_claim:1 session:1]" {
			t.Errorf("rows %v", got)
		}
	})
	if points != 2*5 {
		t.Errorf("%d points of crash, want each of 5 calls twice", points)
	}
}

// The same for a refresh, and for a change of number.
func TestACrashAtAnyCallOfARefresh(t *testing.T) {
	crashes(t, func(t *testing.T, arm func(*world), struck func(*world) bool) {
		w := start(t)
		l := w.login(phoneA, device(1))
		w.clk.Advance(25 * time.Hour)
		arm(w)
		first, err := w.sessions.Refresh(w.ctx, l.Refresh.Reveal(), device(1))
		if !struck(w) {
			return
		}
		again, err2 := w.sessions.Refresh(w.ctx, l.Refresh.Reveal(), device(1))
		if err2 != nil || (err == nil && again != first) || !w.authenticated(again) {
			t.Errorf("made again: %v, after %v", err2, err)
		}
	})
}

func TestACrashAtAnyCallOfAMove(t *testing.T) {
	crashes(t, func(t *testing.T, arm func(*world), struck func(*world) bool) {
		w := start(t)
		l := w.login(phoneA, device(1))
		m := w.moving(l, phoneB)
		arm(w)
		err := w.sessions.Move(w.ctx, m)
		if !struck(w) {
			return
		}
		if err2 := w.sessions.Move(w.ctx, m); err2 != nil {
			t.Errorf("made again: %v, after %v", err2, err)
		}
		if got := w.login(phoneB, device(1)); got.User != l.User || w.rows()["phone_claim"] != 1 {
			t.Errorf("the number did not move, rows %v", w.rows())
		}
	})
}

// And for an operator's order: done or not, never half, and it can be given
// again.
func TestACrashAtAnyCallOfABan(t *testing.T) {
	crashes(t, func(t *testing.T, arm func(*world), struck func(*world) bool) {
		w := start(t)
		l := w.login(phoneA, device(1))
		order := login.Order{Action: login.ActionBan, Phone: phoneA}
		arm(w)
		_, err := w.operate(order)
		if !struck(w) {
			return
		}
		if r, err2 := w.operate(order); err2 != nil || r.State != login.Banned || w.authenticated(l) {
			t.Errorf("given again: %+v, %v, after %v", r, err2, err)
		}
		if _, err := w.sessions.Refresh(w.ctx, l.Refresh.Reveal(), device(1)); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("refresh: %v", err)
		}
	})
}
