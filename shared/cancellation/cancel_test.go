package cancellation_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"jewelrydisplay.app/shared/cancellation"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/person"
)

type (
	timeT     = time.Time
	attribute = types.AttributeValue
)

func text(v attribute) string { return v.(*types.AttributeValueMemberS).Value }

// The rows that name a person at each stage, · standing for their id.
var (
	heldRows = []string{
		"Accounts U#· GATE", "Accounts U#· account#1", "Engagement U#· favourite#1", "Notifications U#· audience#1",
	}
	ownRows = heldRows[:2]
)

// withCase adds the rows of the case, which is only known from the receipt.
func withCase(rows []string, r cancellation.Receipt, p someone, open bool) []string {
	c := string(cancellation.CaseOf(r.ID))
	list := append(append([]string{}, rows...), "Privacy R#"+c+" TIMER")
	if open {
		list = append(list, "Privacy W#"+p.phone.Reveal()+" C#"+c)
	}
	return list
}

// T1 and T2 of the reference, and the life of a cancellation to its end: held
// to the last second of day 180, erased one second later, others untouched.
//
// Clauses: C18, C86, C88.
func TestHeldToTheLastSecondAndErasedOneLater(t *testing.T) {
	for _, at := range []struct{ cancel, purge int64 }{{1672502400, 1688054400}, {1709193600, 1724745600}} {
		w := newWorld(t, time.Unix(at.cancel, 0))
		p, other := w.register(""), w.register("")
		before := w.others(p)
		r := w.cancelled(p)
		if r.PurgeAt.Unix() != at.purge || r.WithdrawUntil.Unix() != at.cancel+7*86400 || r.EffectiveAt.Unix() != at.cancel {
			t.Fatalf("receipt %+v, want the purge at %d", r, at.purge)
		}
		equal(t, "after the cancellation", w.rowsOf(p), withCase(heldRows, r, p, true))
		if w.endpoints[p.id.Reveal()] != 0 || w.endpoints[other.id.Reveal()] != 1 {
			t.Errorf("endpoints %v", w.endpoints)
		}
		w.clock.Advance(2 * time.Minute)
		w.deliver()
		w.to(r.WithdrawUntil.Add(-time.Second))
		w.sweep()
		equal(t, "a second before the 7 days are over", w.rowsOf(p), withCase(heldRows, r, p, true))
		w.to(r.WithdrawUntil)
		w.sweep()
		equal(t, "after the 7 days", w.rowsOf(p), withCase(ownRows, r, p, false))
		w.to(r.PurgeAt.Add(-time.Second))
		w.sweep()
		equal(t, "a second before the purge", w.rowsOf(p), withCase(ownRows, r, p, false))
		w.state(r.ID, cancellation.StateHeld)
		w.to(r.PurgeAt)
		w.sweep()
		equal(t, "after the purge", w.rowsOf(p), nil)
		w.same(before, w.others(p))
		got := w.state(r.ID, cancellation.StateErased)
		if got.Proof == "" || got.PurgeAt.Hour() != 0 || !got.EffectiveAt.IsZero() || !got.WithdrawUntil.IsZero() || got.ErasedAt != r.PurgeAt.Truncate(24*time.Hour) {
			t.Errorf("the receipt of an erasure says %+v", got)
		}
	}
}

func (w *world) to(at time.Time) { w.clock.Advance(at.Sub(w.clock.Now())) }

func (w *world) state(receipt string, want cancellation.State) cancellation.Receipt {
	w.t.Helper()
	r, err := w.service.Receipt(context.Background(), receipt)
	if err != nil || r.State != want {
		w.t.Errorf("the receipt says %q, %v; want %s", r.State, err, want)
	}
	return r
}

// Clauses: C86.
func TestRepeatedCancellationGivesItsFirstAnswerAlsoToADeadToken(t *testing.T) {
	w := newWorld(t, time.Now())
	p := w.register("")
	challenge := w.code(p)
	first, err := w.cancel(p, challenge)
	w.must(err)
	again, err := w.cancel(p, challenge)
	w.must(err)
	dead, err := w.cancel(someone{}, challenge)
	w.must(err)
	if again != first || dead != first {
		t.Errorf("first %v, again %v, with a dead token %v", first, again, dead)
	}
	if _, err := w.cancel(someone{}, w.code(p)); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("a dead token with a fresh code: %v", err)
	}
	if _, err := w.cancel(p, w.code(p)); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("a second cancellation: %v", err)
	}
	w.clock.Advance(codeLife)
	if _, err := w.cancel(someone{}, challenge); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("after the challenge: %v", err)
	}
	if _, err := w.cancel(p, "no challenge"); !fault.Is(err, fault.CodeRejected) {
		t.Errorf("a wrong challenge: %v", err)
	}
	if _, err := w.service.Receipt(context.Background(), "unknown"); !fault.Is(err, fault.NotFound) {
		t.Errorf("an unknown receipt: %v", err)
	}
}

type order struct{ until time.Time }

func (o order) Blockers(context.Context, person.ID) ([]cancellation.Blocker, error) {
	return []cancellation.Blocker{{Kind: "open_order", Until: o.until}}, nil
}

// T14: blockers are listed and refuse; cleared, or when their time is over,
// the same code cancels.
//
// Clauses: C87.
func TestBlockersAreListedAndBoundInTime(t *testing.T) {
	w := newWorld(t, time.Now())
	p := w.register("")
	w.service.Blockers = []cancellation.Blockers{order{w.clock.Now().Add(time.Minute)}}
	preview, err := w.service.Preview(context.Background(), p.id)
	if err != nil || len(preview.Blockers) != 1 {
		t.Errorf("blockers %v, %v", preview.Blockers, err)
	}
	challenge := w.code(p)
	_, err = w.cancel(p, challenge)
	if !fault.Is(err, fault.CancellationBlocked) {
		t.Fatalf("with an open order: %v", err)
	}
	if active, _ := w.Active(context.Background(), p.id); !active {
		t.Error("a blocked cancellation changed the account")
	}
	w.clock.Advance(time.Minute)
	if _, err := w.cancel(p, challenge); err != nil {
		t.Errorf("after its time: %v", err)
	}
}

// Clauses: C87.
func TestPreviewTellsWhatGoesWhenFromTheInventory(t *testing.T) {
	w := newWorld(t, time.Unix(1672502400, 0))
	p, err := w.service.Preview(context.Background(), w.register("").id)
	w.must(err)
	names := func(list []cancellation.Kept) (out []string) {
		for _, k := range list {
			out = append(out, k.Record)
		}
		return out
	}
	equal(t, "at once", names(p.ErasedAtOnce), []string{"claim", "session", "device"})
	equal(t, "after withdrawal", names(p.ErasedAfterWithdrawal), []string{"favourite", "audience"})
	equal(t, "at purge", names(p.HeldUntilPurge), []string{"gate", "account"})
	if p.PurgeAt.Unix() != 1688054400 || len(p.ErasedAtOnce[1].Purposes) == 0 {
		t.Errorf("preview %+v", p)
	}
}
