package cancellation_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"jewelrydisplay.app/shared/cancellation"
	"jewelrydisplay.app/shared/dynamo"
)

// eachCut runs a step again and again, killed at its first call, its second
// and so on, before the call arrives and after it did, until a run is killed no
// more. prepare makes what the step works on; check sees it after the kill.
func eachCut(t *testing.T, w *world, prepare func() func(), step func(), check func(where string, killed bool)) {
	t.Helper()
	for _, before := range []bool{true, false} {
		for n := 1; ; n++ {
			undo := prepare()
			w.wire.cut(n, before)
			step()
			killed := w.wire.dead
			w.wire.mend()
			check(fmt.Sprintf("killed at call %d, before %v", n, before), killed)
			if undo != nil {
				undo()
			}
			if t.Failed() {
				return
			}
			if !killed {
				if n < 4 {
					t.Errorf("the step makes %d calls only", n-1)
				}
				break
			}
		}
	}
}

// A cancellation that is killed anywhere either did not happen, or is finished
// by its message or by the sweep; the repeated call gets the one answer.
//
// Clauses: C88.
func TestKilledCancellationIsWholeOrNotAtAll(t *testing.T) {
	for _, finish := range []string{"message", "sweep"} {
		w := newWorld(t, monday)
		var p someone
		var challenge string
		eachCut(t, w, func() func() {
			p = w.register("")
			w.messages = nil
			challenge = w.code(p)
			return nil
		}, func() { _, _ = w.cancel(p, challenge) }, func(where string, killed bool) {
			active, err := w.Active(context.Background(), p.id)
			w.must(err)
			if active && !killed {
				t.Errorf("%s: the account is active", where)
			}
			if active && w.endpoints[p.id.Reveal()] == 0 {
				t.Errorf("%s: active without its endpoint", where)
			}
			r, err := w.cancel(p, challenge)
			if err != nil {
				t.Fatalf("%s: repeated: %v", where, err)
			}
			w.clock.Advance(2 * time.Minute)
			if finish == "message" {
				w.deliver()
			} else {
				w.clock.Advance(time.Hour)
				w.sweep()
			}
			equal(t, where, w.rowsOf(p), withCase(heldRows, r, p, true))
			if w.endpoints[p.id.Reveal()] != 0 {
				t.Errorf("%s: an endpoint is left", where)
			}
		})
	}
}

// An erasure that is killed anywhere is finished by the next call; what belongs
// to others is not touched. So at the end of the 7 days and on day 180.
//
// Clauses: C86, C88.
func TestKilledErasureIsFinishedByTheNext(t *testing.T) {
	w := newWorld(t, monday)
	other := w.register("")
	others := w.rowsOf(other)
	for _, stage := range []struct {
		name string
		left func(r cancellation.Receipt, p someone) []string
		at   func(r cancellation.Receipt) time.Time
	}{
		{
			"7 days", func(r cancellation.Receipt, p someone) []string { return withCase(ownRows, r, p, false) },
			func(r cancellation.Receipt) time.Time { return r.WithdrawUntil },
		},
		{
			"180 days", func(cancellation.Receipt, someone) []string { return nil },
			func(r cancellation.Receipt) time.Time { return r.PurgeAt },
		},
	} {
		var p someone
		var r cancellation.Receipt
		eachCut(t, w, func() func() {
			p = w.register("")
			r = w.cancelled(p)
			w.to(stage.at(r).Add(-time.Second))
			w.must(w.finisher.Finish(context.Background(), cancellation.CaseOf(r.ID)))
			w.clock.Advance(time.Second)
			return nil
		}, func() {
			_ = w.finisher.Finish(context.Background(), cancellation.CaseOf(r.ID))
		}, func(where string, _ bool) {
			w.sweep()
			equal(t, stage.name+" "+where, w.rowsOf(p), stage.left(r, p))
			equal(t, stage.name+" "+where+": the other's rows", w.rowsOf(other), others)
			if stage.left(r, p) == nil {
				w.state(r.ID, cancellation.StateErased)
			}
			w.must(w.finisher.Finish(context.Background(), cancellation.CaseOf(r.ID)))
		})
	}
}

// A withdrawal that is killed anywhere happened whole or not at all, and is
// repeated with the same answer.
func TestKilledWithdrawalIsWholeOrNotAtAll(t *testing.T) {
	w := newWorld(t, monday)
	var p someone
	var r cancellation.Receipt
	var challenge string
	eachCut(t, w, func() func() {
		p = w.register("")
		r = w.cancelled(p)
		challenge = w.code(p)
		return nil
	}, func() { _, _ = w.withdraw(p, challenge, r.ID) }, func(where string, _ bool) {
		answer, err := w.withdraw(p, challenge, r.ID)
		if err != nil || answer == "" {
			t.Fatalf("%s: repeated: %v", where, err)
		}
		w.clock.Advance(2 * time.Minute)
		w.deliver()
		w.sweep()
		if active, _ := w.Active(context.Background(), p.id); !active {
			t.Errorf("%s: the account is not active", where)
		}
		row, found, err := dynamo.Of(w.db, sessionRecord).Get(context.Background(), thing{User: p.id, ID: challenge[len(p.phone.Reveal())+1:]})
		if err != nil || !found || row.Text != answer {
			t.Errorf("%s: the session of the withdrawal is gone", where)
		}
		w.state(r.ID, cancellation.StateWithdrawn)
	})
}

// T23: neither bell nor message came, for days: the sweep does it all, from
// the timer, which has no TTL.
//
// Clauses: C64, C86.
func TestSweepAloneErases(t *testing.T) {
	w := newWorld(t, monday)
	p := w.register("")
	r := w.cancelled(p)
	w.messages = nil
	w.to(r.PurgeAt.Add(25 * time.Hour))
	w.sweep()
	equal(t, "after one sweep", w.rowsOf(p), nil)
	if due := w.due(); len(due) != 0 {
		t.Errorf("still due: %v", due)
	}
	w.state(r.ID, cancellation.StateErased)
}

// T22: writes that were held up and arrive when the account is cancelled, and
// a message replayed after the purge.
//
// Clauses: C88.
func TestLateWritesAreGoneAfterAgain(t *testing.T) {
	w := newWorld(t, monday)
	p := w.register("")
	r := w.cancelled(p)
	messages := w.messages
	w.put(p, sessionRecord, "late")
	w.put(p, deviceRecord, "late")
	w.clock.Advance(90 * time.Second)
	w.deliver()
	equal(t, "after the second pass", w.rowsOf(p), withCase(heldRows, r, p, true))
	w.put(p, likeRecord, "late")
	w.to(r.WithdrawUntil)
	w.sweep()
	equal(t, "after the 7 days", w.rowsOf(p), withCase(ownRows, r, p, false))
	w.to(r.PurgeAt)
	w.sweep()
	w.to(r.PurgeAt.Add(24 * time.Hour))
	w.messages = messages
	w.deliver()
	equal(t, "after the purge and a replayed message", w.rowsOf(p), nil)
}
