package cancellation_test

import (
	"context"
	"testing"
	"time"

	"jewelrydisplay.app/shared/cancellation"
	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/person"
)

var monday = time.Date(2026, 3, 2, 4, 5, 6, 789e6, time.UTC)

// T13: withdrawn at 7 days less a second, refused at 7 days.
//
// Clauses: C18, C86.
func TestWithdrawnToTheLastSecondOfSevenDays(t *testing.T) {
	w := newWorld(t, monday)
	p, late := w.register(""), w.register("")
	before := w.dump()
	r, lateR := w.cancelled(p), w.cancelled(late)
	w.clock.Advance(2 * time.Minute)
	w.deliver()
	w.to(r.WithdrawUntil.Add(-time.Second))
	challenge, lateChallenge := w.code(p), w.code(late)
	answer, err := w.withdraw(p, challenge, r.ID)
	w.must(err)
	again, err := w.withdraw(p, challenge, r.ID)
	if err != nil || again != answer {
		t.Errorf("repeated: %q, %v; want %q", again, err, answer)
	}
	w.clock.Advance(time.Second)
	if _, err := w.withdraw(late, lateChallenge, lateR.ID); !fault.Is(err, fault.Gone) {
		t.Errorf("at 7 days with the receipt: %v", err)
	}
	if _, err := w.withdraw(late, lateChallenge, ""); !fault.Is(err, fault.NotFound) {
		t.Errorf("at 7 days without: %v", err)
	}
	after := w.dump()
	for _, key := range []string{"Accounts U#· GATE", "Accounts U#· account#1", "Engagement U#· favourite#1"} {
		key = named(key, p)
		if after[key] != before[key] {
			t.Errorf("%s was %s and is %s", key, before[key], after[key])
		}
	}
	equal(t, "after the withdrawal", w.rowsOf(p), []string{
		"Accounts P#" + p.phone.Reveal() + " CLAIM", "Accounts P#" + p.phone.Reveal() + " CODE#code3", "Accounts U#· GATE", "Accounts U#· account#1",
		"Accounts U#· session#code3", "Engagement U#· favourite#1", "Notifications U#· audience#1",
	})
	if got := w.state(r.ID, cancellation.StateWithdrawn); !got.EffectiveAt.IsZero() || got.Proof != "" {
		t.Errorf("the receipt of a withdrawal says %+v", got)
	}
	w.state(lateR.ID, cancellation.StateHeld)
}

func named(key string, p someone) string {
	const dot = "·"
	for i := range key {
		if len(key) >= i+len(dot) && key[i:i+len(dot)] == dot {
			return key[:i] + p.id.Reveal() + key[i+len(dot):]
		}
	}
	return key
}

// T24: cancelled, withdrawn, cancelled again: the first timer, whoever still
// holds it, purges nothing.
//
// Clauses: C18, C86.
func TestFirstTimerOfTwoCancellationsPurgesNothing(t *testing.T) {
	w := newWorld(t, monday)
	p := w.register("")
	first := w.cancelled(p)
	w.clock.Advance(3 * 24 * time.Hour)
	if _, err := w.withdraw(p, w.code(p), first.ID); err != nil {
		t.Fatal(err)
	}
	second := w.cancelled(p)
	w.to(first.PurgeAt)
	w.must(w.finisher.Finish(context.Background(), cancellation.CaseOf(first.ID)))
	w.deliver()
	w.sweep()
	equal(t, "on the first purge's day", w.rowsOf(p), withCase(ownRows, second, p, false))
	w.state(first.ID, cancellation.StateWithdrawn)
	w.to(second.PurgeAt)
	w.sweep()
	equal(t, "on the second's", w.rowsOf(p), nil)
	w.state(second.ID, cancellation.StateErased)
}

// A message or bell that comes while a withdrawal is being made must not erase
// what the account gets from it: the door is shut before anything behind it is.
func TestTimerReadBeforeAWithdrawalErasesNothing(t *testing.T) {
	w := newWorld(t, monday)
	p := w.register("")
	r := w.cancelled(p)
	stale := &staleRecords{Records: w.store}
	stale.timer, _, _ = w.store.Timer(context.Background(), cancellation.CaseOf(r.ID))
	if _, err := w.withdraw(p, w.code(p), r.ID); err != nil {
		t.Fatal(err)
	}
	before := w.dump()
	w.clock.Advance(8 * 24 * time.Hour)
	f := cancellation.NewFinisher(stale, w.eraser, w, w, w.clock)
	w.must(f.Finish(context.Background(), stale.timer.Case))
	w.same(before, w.dump())
}

// staleRecords shows the timer once more after it is gone.
type staleRecords struct {
	cancellation.Records
	timer cancellation.Timer
	shown bool
}

func (s *staleRecords) Timer(ctx context.Context, c cancellation.Case) (cancellation.Timer, bool, error) {
	if !s.shown {
		s.shown = true
		return s.timer, true, nil
	}
	return s.Records.Timer(ctx, c)
}

// A timer for an account that is active is a fault of ours: nothing is erased,
// and it is told.
func TestActiveAccountIsNeverErased(t *testing.T) {
	w := newWorld(t, monday)
	p := w.register("")
	r := w.cancelled(p)
	w.must(dynamo.Of(w.db, gateRecord).Put(context.Background(), gate{User: p.id, State: "active"}))
	before := w.dump()
	w.to(r.WithdrawUntil)
	if err := w.finisher.Finish(context.Background(), cancellation.CaseOf(r.ID)); err == nil {
		t.Error("it was not told")
	}
	w.same(before, w.dump())
}

// T12 and the recycled number: who gets the number takes nothing over, and a
// code alone brings nothing back.
//
// Clauses: C80, C86.
func TestNumberAloneBringsNothingBack(t *testing.T) {
	w := newWorld(t, monday)
	old := w.register("")
	r := w.cancelled(old)
	stranger := cancellation.Withdrawal{Challenge: w.code(old), Code: "123456", Device: cancellation.Device{ID: person.Of[person.DeviceID]("a new device")}}
	if _, err := w.returns.Withdraw(context.Background(), stranger); !fault.Is(err, fault.NotFound) {
		t.Errorf("number alone: %v", err)
	}
	stranger.Receipt = "another receipt"
	if _, err := w.returns.Withdraw(context.Background(), stranger); !fault.Is(err, fault.NotFound) {
		t.Errorf("with a wrong receipt: %v", err)
	}
	heir := w.register(old.phone.Reveal())
	if _, err := w.withdraw(old, w.code(old), r.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("after the number registered again: %v", err)
	}
	before := w.rowsOf(heir)
	w.clock.Advance(91 * 24 * time.Hour)
	w.sweep()
	if _, err := w.withdraw(old, w.code(old), ""); !fault.Is(err, fault.NotFound) {
		t.Errorf("on day 91: %v", err)
	}
	w.to(r.PurgeAt)
	w.sweep()
	equal(t, "the old account", w.rowsOf(old), nil)
	equal(t, "the heir's", w.rowsOf(heir), before)
}

// Without the receipt a device that the account knew is enough.
func TestKnownDeviceBringsTheAccountBack(t *testing.T) {
	w := newWorld(t, monday)
	p := w.register("")
	w.cancelled(p)
	known := cancellation.Withdrawal{
		Challenge: w.code(p), Code: "123456",
		Device: cancellation.Device{ID: person.Of[person.DeviceID]("device of " + p.id.Reveal())},
	}
	if answer, err := w.returns.Withdraw(context.Background(), known); err != nil || answer == "" {
		t.Errorf("%q, %v", answer, err)
	}
	w.deliver()
	if active, _ := w.Active(context.Background(), p.id); !active {
		t.Error("the account is not active")
	}
}

// Of 8 who withdraw at once with codes of their own, one does.
func TestOneOfManyWithdrawalsIsMade(t *testing.T) {
	w := newWorld(t, monday)
	p := w.register("")
	r := w.cancelled(p)
	const n = 8
	results := make(chan error, n)
	for range n {
		challenge := w.code(p)
		go func() {
			_, err := w.withdraw(p, challenge, r.ID)
			results <- err
		}()
	}
	made := 0
	for range n {
		err := <-results
		switch {
		case err == nil:
			made++
		case !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Unavailable):
			t.Errorf("refused with %v", err)
		}
	}
	if made != 1 {
		t.Errorf("%d withdrawals were made", made)
	}
}
