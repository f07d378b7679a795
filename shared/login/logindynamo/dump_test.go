package logindynamo_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/keys"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/person"
)

// Whoever has the table, knows the number and the device and holds the challenge
// id's key, but not the pepper, recovers no code by trying all of them.
// Clauses: C11, C62.
func TestADumpWithoutThePepperRecoversNoCode(t *testing.T) {
	w := start(t)
	challenge, code := w.ask(asking(phoneA, device(1)))
	ticket, err := w.keys.Unseal(w.ctx, challenge)
	if err != nil {
		t.Fatal(err)
	}
	box, err := w.store.Outbox(w.ctx, w.keys.Phone(ticket.Phone), person.Hash{})
	if err != nil {
		t.Fatal(err)
	}
	stored := box.Open[w.keys.Slot(login.PurposeLogin, device(1))].MAC
	thief := w.keys
	thief.Pepper = secret("a guess at the pepper")
	var first int
	if _, err := fmt.Sscan(code, &first); err != nil {
		t.Fatal(err)
	}
	recovered := 0
	for i := range rounds(5_000, 1_000_000) { // the right one among them
		guess := fmt.Sprintf("%06d", (first+i)%1_000_000)
		if thief.MAC(guess, ticket, device(1)) == stored {
			recovered++
		}
	}
	if recovered != 0 {
		t.Errorf("%d codes recovered", recovered)
	}
	if w.keys.MAC(code, ticket, device(1)) != stored {
		t.Error("with the pepper it is not found either: this test proves nothing")
	}
	other := ticket
	other.Purpose = login.PurposeWithdraw
	if w.keys.MAC(code, other, device(1)) == stored || w.keys.MAC(code, ticket, device(2)) == stored {
		t.Error("the code is worth something for another purpose or device")
	}
}

// turning is login's keys while an operator rotates the pepper.
type turning struct {
	login.CodeKeys
	now *atomic.Pointer[login.CodeKeys]
}

func (k turning) MAC(code string, t login.Ticket, d person.DeviceID) person.Hash {
	return (*k.now.Load()).MAC(code, t, d)
}

// Peppers are rotated while many log in: nobody's login fails.
func TestPeppersRotateWhileManyLogIn(t *testing.T) {
	w := start(t)
	w.codes.Settings.CountryUnverified.Least, w.codes.Settings.AddressUnverified.Least = 10_000, 10_000
	pepper := func(n int) string { return fmt.Sprintf("%-64d", n) }
	var now atomic.Pointer[login.CodeKeys]
	turn := func(n int) {
		k := w.keys
		k.Pepper = keys.Fixed(pepper(n), pepper(n-1)) // the current one and the one before
		var ck login.CodeKeys = k
		now.Store(&ck)
		w.codes.Keys = turning{ck, &now}
	}
	failed := 0
	for round := range rounds(3, 50) {
		turn(round + 1)
		type open struct{ challenge, code string }
		var waiting []open
		for i := range 4 {
			challenge, code := w.ask(asking(mainland(round*10+i), device(i)))
			waiting = append(waiting, open{challenge, code})
		}
		turn(round + 2)
		for i, o := range waiting {
			if _, err := w.sessions.Open(w.ctx, opening(o.challenge, o.code, device(i))); err != nil {
				failed++
				t.Errorf("round %d: %v", round, err)
			}
		}
	}
	if failed != 0 {
		t.Errorf("%d logins failed", failed)
	}
}

// A clock that steps back a second, or an hour, between a request and what follows
// harms nobody.
func TestAClockThatStepsBack(t *testing.T) {
	for _, step := range []time.Duration{time.Millisecond, time.Second, time.Hour} {
		w := start(t)
		w.clk.Advance(time.Date(2026, 1, 2, 4, 0, 0, 0, time.UTC).Sub(w.clk.Now())) // into another hour
		challenge, code := w.ask(asking(phoneA, device(1)))
		w.clk.Advance(-step)
		if again, err := w.codes.Request(w.ctx, asking(phoneA, device(1))); err != nil || again.Challenge != challenge || w.sms.count() != 1 {
			t.Errorf("%v back: asked again: %v, %d SMS", step, err, w.sms.count())
		}
		l, err := w.sessions.Open(w.ctx, opening(challenge, code, device(1)))
		if err != nil || !w.authenticated(l) {
			t.Errorf("%v back: %v", step, err)
		}
		if sent, verified := w.outstanding(); sent != 2 || verified != 2 {
			t.Errorf("%v back: %d counted, %d verified, want 2 and 2", step, sent, verified)
		}
		w.clk.Advance(2 * step)
		if again, err := w.sessions.Open(w.ctx, opening(challenge, code, device(1))); step < time.Hour && (err != nil || again.Refresh != l.Refresh) {
			t.Errorf("%v forth: %v", step, err)
		}
		w.clk.Advance(-step)
		if _, err := w.sessions.Refresh(w.ctx, l.Refresh.Reveal(), device(1)); err != nil && !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("refresh: %v", err)
		}
	}
}
