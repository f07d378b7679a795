package logindynamo_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/person"
)

// apart notes the calls of the counts that many people share by themselves.
type apart struct {
	login.Budgets
	w  *world
	mu sync.Mutex
}

func (a *apart) apart(do func() error) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.w.own = append(a.w.own, a.w.db.TakeCalls()...)
	err := do()
	a.w.shared = append(a.w.shared, a.w.db.TakeCalls()...)
	return err
}

func (a *apart) Tallies(ctx context.Context, rows []person.Hash) (t []login.Tally, err error) {
	err = a.apart(func() error { t, err = a.Budgets.Tallies(ctx, rows); return err })
	return t, err
}

func (a *apart) WriteTally(ctx context.Context, row person.Hash, t login.Tally, keepUntil time.Time) error {
	return a.apart(func() error { return a.Budgets.WriteTally(ctx, row, t, keepUntil) })
}

func (a *apart) AddTally(ctx context.Context, row person.Hash, hour int64, add login.Hour, keepUntil time.Time) error {
	return a.apart(func() error { return a.Budgets.AddTally(ctx, row, hour, add, keepUntil) })
}

// takeCalls returns the DynamoDB calls since the last time: those of the counts
// that many people share, and the others.
func (w *world) takeCalls() (own, shared []dynamo.Call) {
	own, shared = append(w.own, w.db.TakeCalls()...), w.shared
	w.own, w.shared = nil, nil
	return own, shared
}

// calls returns the names of the DynamoDB calls since the last time, without
// those of the counts that many people share.
func (w *world) calls() []string {
	own, _ := w.takeCalls()
	return names(own)
}

func names(calls []dynamo.Call) []string {
	var list []string
	for _, c := range calls {
		list = append(list, c.Action)
	}
	return list
}

// What each call of the common paths consumes: of its own, and of the counts that
// many people share.
func TestEachOperationHasItsCapacity(t *testing.T) {
	w := start(t)
	capacity := func(what string, own, shared float64) {
		t.Helper()
		gotOwn, gotShared := w.takeCalls()
		sum := func(calls []dynamo.Call) (units float64) {
			for _, c := range calls {
				units += c.Capacity
			}
			return units
		}
		if sum(gotOwn) != own || sum(gotShared) != shared {
			t.Errorf("%s: %v and %v units, want %v and %v: %+v, shared %+v", what, sum(gotOwn), sum(gotShared), own, shared, gotOwn, gotShared)
		}
	}
	challenge, code := w.ask(asking(phoneA, device(1)))
	capacity("ask for a code", 3, 7)
	l, err := w.sessions.Open(w.ctx, opening(challenge, code, device(1)))
	if err != nil {
		t.Fatal(err)
	}
	capacity("register", 16, 2)
	w.clk.Advance(time.Minute)
	challenge, code = w.ask(asking(phoneA, device(1)))
	capacity("ask again", 3, 7)
	if _, err := w.sessions.Open(w.ctx, opening(challenge, code, device(1))); err != nil {
		t.Fatal(err)
	}
	capacity("log in", 14, 2)
	w.authenticated(l)
	capacity("first use", 3, 0)
	w.authenticated(l)
	capacity("authenticate", 2, 0)
	w.clk.Advance(time.Hour)
	if _, err = w.sessions.Refresh(w.ctx, l.Refresh.Reveal(), device(1)); err != nil {
		t.Fatal(err)
	}
	capacity("refresh", 3, 0)
}
