package cancellation_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"jewelrydisplay.app/shared/cancellation"
	"jewelrydisplay.app/shared/cancellation/cancellationdynamo"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/person"
)

// Whoever holds a timer as it was read earlier changes nothing any more: not
// after another step, not after a withdrawal, and a withdrawal not after the
// door was shut.
func TestStaleTimerChangesNothing(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, monday)
	restorer := cancellationdynamo.NewRestorer(w.store, w.open, func(answer string) string { return answer })
	p, back := w.register(""), w.register("")
	r, backR := w.cancelled(p), w.cancelled(back)
	w.clock.Advance(2 * time.Minute)
	w.deliver()
	timer := func(r cancellation.Receipt) cancellation.Timer {
		got, found, err := w.store.Timer(ctx, cancellation.CaseOf(r.ID))
		if err != nil || !found || got.Stage != cancellation.Open {
			t.Fatalf("timer %v, %v, %v", got.Stage, found, err)
		}
		return got
	}
	open, backOpen := timer(r), timer(backR)
	shut := open
	shut.Stage = cancellation.Closing
	w.must(w.store.Advance(ctx, open, shut))
	if err := w.store.Advance(ctx, open, shut); !errors.Is(err, cancellation.ErrChanged) {
		t.Errorf("a step taken twice: %v", err)
	}
	proof := person.Proof{Phone: p.phone, Challenge: w.code(p)[len(p.phone.Reveal())+1:]}
	if _, err := restorer.Restore(ctx, open, cancellation.Device{}, proof); !errors.Is(err, cancellation.ErrChanged) {
		t.Errorf("a withdrawal through a shut door: %v", err)
	}
	if err := w.store.Close(ctx, open, cancellation.Receipt{}); !errors.Is(err, cancellation.ErrChanged) {
		t.Errorf("an end at another stage: %v", err)
	}
	if _, err := w.withdraw(back, w.code(back), backR.ID); err != nil {
		t.Fatal(err)
	}
	shut = backOpen
	shut.Stage = cancellation.Closing
	if err := w.store.Advance(ctx, backOpen, shut); !errors.Is(err, cancellation.ErrChanged) {
		t.Errorf("a step after the withdrawal: %v", err)
	}
	if _, found, _ := w.store.Timer(ctx, backOpen.Case); found {
		t.Error("the timer of a withdrawn cancellation came back")
	}
}

// A cancellation that was killed before its endpoints went is withdrawn at
// once: what goes with a cancellation is gone all the same.
func TestWithdrawalFinishesWhatGoesAtOnce(t *testing.T) {
	w := newWorld(t, monday)
	p := w.register("")
	challenge := w.code(p)
	for n := 1; ; n++ {
		w.wire.cut(n, false)
		_, err := w.cancel(p, challenge)
		w.wire.mend()
		if active, _ := w.Active(context.Background(), p.id); !active {
			if err == nil {
				t.Fatal("it was not killed")
			}
			break
		}
	}
	if w.endpoints[p.id.Reveal()] == 0 {
		t.Fatal("it was killed too late for this test")
	}
	r, err := w.cancel(someone{}, challenge)
	w.must(err)
	back := w.code(p)
	if _, err := w.withdraw(p, back, r.ID); err != nil {
		t.Fatal(err)
	}
	if w.endpoints[p.id.Reveal()] != 0 {
		t.Error("the endpoint is still there")
	}
	for _, row := range w.rowsOf(p) {
		if row == "Accounts U#· session#1" || row == "Notifications U#· device#1" {
			t.Errorf("%s is still there", row)
		}
	}
}

// restorer shows a timer that is over, as a store with a late clock might.
type restorer struct{ timer cancellation.Timer }

func (r restorer) Under(context.Context, person.Proof) ([]cancellation.Timer, error) {
	return []cancellation.Timer{r.timer}, nil
}

func (restorer) Restore(context.Context, cancellation.Timer, cancellation.Device, person.Proof) (string, error) {
	return "restored", nil
}

func (restorer) Repeat(context.Context, cancellation.Device, person.Proof) (string, error) {
	return "repeated", nil
}

func TestTimeIsOverByTheServicesOwnClock(t *testing.T) {
	w := newWorld(t, monday)
	p := w.register("")
	r := w.cancelled(p)
	timer, _, err := w.store.Timer(context.Background(), cancellation.CaseOf(r.ID))
	w.must(err)
	w.returns.Restorer = restorer{timer}
	w.to(r.WithdrawUntil)
	if answer, err := w.withdraw(p, w.code(p), r.ID); !fault.Is(err, fault.Gone) {
		t.Errorf("%q, %v", answer, err)
	}
}
