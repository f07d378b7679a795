package cancellation_test

import (
	"context"
	"crypto/rand"
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
	writes, err := w.store.Leaves(rand.Reader)(p.id, p.phone, w.clock.Now())
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
