package cancellation

import (
	"context"
	"errors"
	"fmt"

	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/person"
)

// Records hold the cancellations under way and the receipts.
type Records interface {
	// Timer returns a cancellation under way, strongly consistent.
	Timer(ctx context.Context, c Case) (Timer, bool, error)
	// Advance replaces the timer by its next stage. ErrChanged: it is not at
	// the stage of from any more. A step into Closing also forgets how the
	// person's number leads to the case.
	Advance(ctx context.Context, from, to Timer) error
	// Close deletes the timer, and all that leads from the case to the person,
	// and leaves the receipt, in one transaction. ErrChanged: the timer is not
	// at this stage any more.
	Close(ctx context.Context, t Timer, r Receipt) error
}

// Eraser deletes a person's rows. The erasure context implements it.
type Eraser interface {
	// Erase deletes what is due with the stage, and returns nil only when
	// nothing due is left. It may be repeated.
	Erase(ctx context.Context, user person.ID, upTo inventory.Disposition) error
}

// Endpoints are a person's addresses at the push provider.
type Endpoints interface {
	// EndAll deletes them there and here. It may be repeated.
	EndAll(ctx context.Context, user person.ID) error
}

// Gate tells whether an account serves its person.
type Gate interface {
	// Active reports whether the account is active; false for one that is
	// cancelled, banned or not there.
	Active(ctx context.Context, user person.ID) (bool, error)
}

// Finisher does what is due of a cancellation. Whoever wakes it — a bell of
// the stream, a message, the sweep — it trusts only the records: called too
// early, too often, twice at once or for a cancellation that was withdrawn, it
// does nothing wrong; killed anywhere, the next call goes on from there.
type Finisher struct {
	records   Records
	eraser    Eraser
	endpoints Endpoints
	gate      Gate
	clock     clock.Clock
}

// NewFinisher returns a Finisher.
func NewFinisher(records Records, eraser Eraser, endpoints Endpoints, gate Gate, clk clock.Clock) *Finisher {
	return &Finisher{records: records, eraser: eraser, endpoints: endpoints, gate: gate, clock: clk}
}

// steps is more than the stages a timer can go through in one call.
const steps = 12

// Finish takes every step of the case that is due.
func (f *Finisher) Finish(ctx context.Context, c Case) error {
	for range steps {
		t, found, err := f.records.Timer(ctx, c)
		if err != nil || !found || f.clock.Now().Before(t.Due) {
			return err
		}
		if err := f.step(ctx, t); err != nil && !errors.Is(err, ErrChanged) {
			return err
		}
	}
	return fmt.Errorf("cancellation: still being changed after %d steps", steps)
}

// Start is Finish for who knows a case only as a text: the sweep.
func (f *Finisher) Start(ctx context.Context, c string) error { return f.Finish(ctx, Case(c)) }

// step does the work of the timer's stage and moves it on.
func (f *Finisher) step(ctx context.Context, t Timer) error {
	if err := f.erase(ctx, t); err != nil {
		return err
	}
	if t.Stage == Purging {
		return f.records.Close(ctx, t, Erased(t.Case, t.PurgeAt, f.clock.Now()))
	}
	return f.records.Advance(ctx, t, t.next())
}

// erase deletes what the timer's stage is there to delete. The gate is asked
// first: an account that serves its person is not erased, whatever a timer says.
func (f *Finisher) erase(ctx context.Context, t Timer) error {
	upTo, ok := erasing(t.Stage)
	if !ok {
		return nil
	}
	active, err := f.gate.Active(ctx, t.User)
	if err != nil {
		return err
	}
	if active {
		return f.stale(ctx, t)
	}
	if err := f.endpoints.EndAll(ctx, t.User); err != nil {
		return err
	}
	return f.eraser.Erase(ctx, t.User, upTo)
}

// stale is an active account with a timer: the timer was read before a
// withdrawal that happened since, or something is badly wrong.
func (f *Finisher) stale(ctx context.Context, t Timer) error {
	now, found, err := f.records.Timer(ctx, t.Case)
	if err != nil {
		return err
	}
	if !found || now.Stage != t.Stage {
		return ErrChanged
	}
	return errors.New("cancellation: a timer runs for an account that is active; nothing was erased")
}

// erasing returns what a stage erases.
func erasing(s Stage) (inventory.Disposition, bool) {
	switch s {
	case AtOnce:
		return inventory.EraseAtOnce, true
	case Closing:
		return inventory.EraseAfterWithdrawal, true
	case Purging:
		return inventory.HoldUntilPurge, true
	default:
		return "", false
	}
}
