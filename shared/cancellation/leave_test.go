package cancellation_test

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"jewelrydisplay.app/shared/cancellation"
	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/fault"
)

// leave shuts the account's gate and gives its number on, as a login that starts
// anew does, in one transaction.
func (w *world) leave(p someone) (next someone) {
	w.t.Helper()
	next = w.register("")
	_, writes, err := w.store.Leaves(rand.Reader)(p.id, w.clock.Now())
	w.must(err)
	w.must(w.db.Transact(context.Background(), "", append(writes,
		dynamo.Of(w.db, gateRecord).PutWrite(gate{User: p.id, State: "cancelled"}, dynamo.Eq("state", "active")),
		dynamo.Of(w.db, claimRecord).PutWrite(claim{Phone: p.phone, User: next.id}, dynamo.Eq("user_id", p.id)))...))
	return next
}

// An account that nobody can reach is not kept for ever: all of it to the last
// second of day 180, nothing of it one second later. Its number does not bring it
// back, and whoever has the number now is not touched.
//
// Clauses: C86.
func TestAnAccountThatNobodyCanReachIsErasedOnDay180(t *testing.T) {
	for _, awake := range []string{"sweep", "bell"} {
		w := newWorld(t, monday)
		p, other := w.register(""), w.register("")
		next := w.leave(p)
		before := w.others(p)
		held := func() []string {
			rows := w.rowsOf(p)
			if n := len(rows); n == 0 || !strings.HasPrefix(rows[n-1], "Privacy R#") {
				t.Fatalf("no timer: %q", rows)
			}
			return rows
		}
		rows := held()
		c := cancellation.Case(strings.TrimSuffix(strings.TrimPrefix(rows[len(rows)-1], "Privacy R#"), " TIMER"))
		timer, _, err := w.store.Timer(context.Background(), c)
		w.must(err)
		if want := monday.Add(180 * 24 * time.Hour); timer.Stage != cancellation.Held || !timer.Due.Equal(want) || !timer.PurgeAt.Equal(want) {
			t.Fatalf("timer %+v", timer)
		}
		if _, err := w.withdraw(p, w.code(p), ""); !fault.Is(err, fault.NotFound) {
			t.Errorf("withdrawn by the number: %v", err)
		}
		for _, at := range []time.Duration{2 * time.Minute, 8 * 24 * time.Hour, 180*24*time.Hour - time.Second} {
			w.to(monday.Add(at))
			w.sweep()
			equal(t, at.String(), held(), rows)
		}
		if r, _, err := w.store.Receipt(context.Background(), c); err != nil || r.State != cancellation.StateHeld {
			t.Errorf("the receipt says %+v, %v", r, err)
		}
		w.to(monday.Add(180 * 24 * time.Hour))
		if awake == "bell" {
			w.must(w.finisher.Finish(context.Background(), c))
		} else {
			w.sweep()
		}
		equal(t, "on day 180", w.rowsOf(p), nil)
		w.same(before, w.others(p))
		if r, _, err := w.store.Receipt(context.Background(), c); err != nil || r.State != cancellation.StateErased {
			t.Errorf("the receipt says %+v, %v", r, err)
		}
		if n := w.endpoints; n[p.id.Reveal()] != 0 || n[other.id.Reveal()] != 1 || n[next.id.Reveal()] != 1 {
			t.Errorf("endpoints %v", n)
		}
		if got, _, err := dynamo.Of(w.db, claimRecord).Get(context.Background(), claim{Phone: p.phone}); err != nil || got.User != next.id {
			t.Errorf("the number is not its next holder's: %v", err)
		}
	}
}

// An account that its number left comes back with all that is its own, once, until
// its erasure begins.
//
// Clauses: C86.
func TestAnAccountThatCameBackIsNotErased(t *testing.T) {
	w := newWorld(t, monday)
	ctx := context.Background()
	p := w.register("")
	rows := w.rowsOf(p)
	left, writes, err := w.store.Leaves(rand.Reader)(p.id, w.clock.Now())
	w.must(err)
	open := dynamo.Of(w.db, gateRecord).PutWrite(gate{User: p.id, State: "active"}, dynamo.Eq("state", "cancelled"))
	w.must(w.db.Transact(ctx, "", append(writes,
		dynamo.Of(w.db, gateRecord).PutWrite(gate{User: p.id, State: "cancelled"}, dynamo.Eq("state", "active")))...))
	w.to(monday.Add(100 * 24 * time.Hour))
	w.sweep()
	back, err := w.store.Returns(ctx, p.id, left)
	w.must(err)
	if _, err := w.store.Returns(ctx, w.register("").id, left); !fault.Is(err, fault.Conflict) {
		t.Errorf("somebody else's case: %v", err)
	}
	w.must(w.db.Transact(ctx, "", append(back, open)...))
	if err := w.db.Transact(ctx, "", back...); !errors.Is(err, dynamo.ErrCondition) {
		t.Errorf("made twice: %v", err)
	}
	if _, err := w.store.Returns(ctx, p.id, left); !fault.Is(err, fault.Conflict) {
		t.Errorf("asked for twice: %v", err)
	}
	if r, _, err := w.store.Receipt(ctx, cancellation.Case(left)); err != nil || r.State != cancellation.StateWithdrawn {
		t.Errorf("the receipt says %+v, %v", r, err)
	}
	w.to(monday.Add(181 * 24 * time.Hour))
	w.sweep()
	w.must(w.finisher.Finish(ctx, cancellation.Case(left)))
	equal(t, "on day 181", w.rowsOf(p), rows)
}
