package logindynamo_test

import (
	"errors"
	"testing"
	"time"

	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/person"
)

func (w *world) prove(a login.Asked) (challenge, code string) {
	w.t.Helper()
	w.clk.Advance(time.Minute)
	return w.ask(a)
}

func (w *world) moving(l login.Login, to string) login.Moving {
	w.t.Helper()
	challenge, code := w.prove(login.Asked{Purpose: login.PurposeChange, User: l.User, Device: device(1), Language: "en"})
	newChallenge, newCode := w.prove(login.Asked{Purpose: login.PurposeClaim, Phone: to, User: l.User, Device: device(1)})
	c, err := w.auth.Authenticate(w.ctx, l.Access.Reveal())
	if err != nil {
		w.t.Fatal(err)
	}
	return login.Moving{
		User: l.User, Session: c.Session, Device: device(1),
		Challenge: challenge, Code: code, NewChallenge: newChallenge, NewCode: newCode,
	}
}

// Clauses: C12.
func TestANumberMovesAndEveryOtherSessionEnds(t *testing.T) {
	w := start(t)
	other := w.login(phoneA, device(2))
	l := w.login(phoneA, device(1))
	m := w.moving(l, phoneB)
	for range 2 { // the answer was lost
		if err := w.sessions.Move(w.ctx, m); err != nil {
			t.Fatal(err)
		}
	}
	if !w.authenticated(l) || w.authenticated(other) {
		t.Error("this session lives on, and no other")
	}
	phone, err := w.store.Phone(w.ctx, l.User)
	if err != nil || phone.Reveal() != "+86"+phoneB {
		t.Errorf("the account's number: %v", err)
	}
	if got := w.login(phoneB, device(1)); got.User != l.User {
		t.Error("the new number does not open the account")
	}
	if got := w.login(phoneA, device(1)); !got.New {
		t.Error("the old number still opens the account")
	}
}

// A code to cancel that went to the number before cancels nothing: the number
// that the account has by now would stay taken.
//
// Clauses: C86.
func TestACancelCodeOfTheFormerNumberCancelsNothing(t *testing.T) {
	w := start(t)
	l := w.login(phoneA, device(1))
	challenge, code := w.prove(login.Asked{Purpose: login.PurposeCancel, User: l.User, Device: device(1)})
	if err := w.sessions.Move(w.ctx, w.moving(l, phoneB)); err != nil {
		t.Fatal(err)
	}
	proof, err := w.codes.Prove(w.ctx, challenge, code, device(1), login.PurposeCancel, l.User)
	if err != nil {
		t.Fatal(err)
	}
	writes := append([]dynamo.Write{w.store.SpendWrite(proof, "receipt")}, w.store.CancelWrites(l.User, proof)...)
	var refused *dynamo.ConditionError
	if err := w.db.Transact(w.ctx, "", writes...); !errors.As(err, &refused) || refused.Index != 2 {
		t.Errorf("got %v, want the claim to refuse", err)
	}
	if !w.authenticated(l) {
		t.Error("the account was cancelled")
	}
}

func TestANumberMovesOnlyWithBothCodes(t *testing.T) {
	for name, spoil := range map[string]func(m *login.Moving){
		"wrong old code": func(m *login.Moving) { m.Code = wrong(m.Code) },
		"wrong new code": func(m *login.Moving) { m.NewCode = wrong(m.NewCode) },
		"swapped": func(m *login.Moving) {
			m.Challenge, m.Code, m.NewChallenge, m.NewCode = m.NewChallenge, m.NewCode, m.Challenge, m.Code
		},
		"one twice":      func(m *login.Moving) { m.NewChallenge, m.NewCode = m.Challenge, m.Code },
		"another device": func(m *login.Moving) { m.Device = device(7) },
		"another person": func(m *login.Moving) { m.User = person.Of[person.ID]("aaaaaaaaaaaaaaaaaaaaaaaaaa") },
	} {
		w := start(t)
		l := w.login(phoneA, device(1))
		m := w.moving(l, phoneB)
		spoil(&m)
		if err := w.sessions.Move(w.ctx, m); !fault.Is(err, fault.CodeRejected) {
			t.Errorf("%s: %v", name, err)
		}
		if phone, _ := w.store.Phone(w.ctx, l.User); phone.Reveal() != "+86"+phoneA {
			t.Errorf("%s: the number moved", name)
		}
	}
}

// Two accounts claim one number at once: one wins.
func TestTwoAccountsClaimOneNumber(t *testing.T) {
	for seed := range uint64(rounds(5, 1000)) {
		w := startWith(t, newChance(seed))
		accounts := []login.Login{w.login(phoneA, device(1)), w.login(phoneB, device(1))}
		moves := []login.Moving{w.moving(accounts[0], "13700137000"), {}}
		// The second asks from a device of its own, or its code would replace the first's.
		a := login.Asked{Purpose: login.PurposeClaim, Phone: "13700137000", User: accounts[1].User, Device: device(2)}
		newChallenge, newCode := w.prove(a)
		challenge, code := w.prove(login.Asked{Purpose: login.PurposeChange, User: accounts[1].User, Device: device(2)})
		c, err := w.auth.Authenticate(w.ctx, accounts[1].Access.Reveal())
		if err != nil {
			t.Fatal(err)
		}
		moves[1] = login.Moving{
			User: accounts[1].User, Session: c.Session, Device: device(2),
			Challenge: challenge, Code: code, NewChallenge: newChallenge, NewCode: newCode,
		}
		won := parallel(2, func(i int) error {
			err := w.sessions.Move(w.ctx, moves[i])
			if err != nil && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.CodeRejected) && !fault.Is(err, fault.Unavailable) {
				t.Errorf("refused with %v", err)
			}
			return err
		})
		if won != 1 || w.rows()["phone_claim"] != 2 {
			t.Errorf("seed %d: %d winners, rows %v", seed, won, w.rows())
		}
	}
}

func TestATakenNumberIsAConflictAndNothingIsSpent(t *testing.T) {
	w := start(t)
	w.login(phoneB, device(3))
	l := w.login(phoneA, device(1))
	m := w.moving(l, phoneB)
	for range 2 {
		if err := w.sessions.Move(w.ctx, m); !fault.Is(err, fault.Conflict) {
			t.Errorf("got %v", err)
		}
	}
}
