package logindynamo_test

import (
	"context"
	"sync"
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
