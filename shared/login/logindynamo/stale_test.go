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

// entry is a login of the phone that a service decided on a moment ago.
func (w *world) entry(a login.Asked, h login.Holder) login.Entry {
	w.t.Helper()
	challenge, code := w.prove(a)
	proof, err := w.codes.Prove(w.ctx, challenge, code, a.Device, login.PurposeLogin, person.ID{})
	if err != nil {
		w.t.Fatal(err)
	}
	user := h.User
	if user.IsZero() {
		if user, err = person.NewID(w.store.Random); err != nil {
			w.t.Fatal(err)
		}
	}
	d := opening("", "", a.Device).Device
	s, _, err := login.Begin(w.ctx, w.keys, w.store.Random, login.Standard(), user, d, w.keys.Device(a.Device), proof, w.clk.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	s.Generation = h.Generation
	e164, _ := w.codes.Numbers.Parse("phone", a.Phone)
	return login.Entry{
		Proof: proof, Ticket: login.Ticket{Phone: e164, Version: "v1", Hash: hash, Age: login.Adult},
		Device: d, DeviceHash: w.keys.Device(a.Device), Holder: h, Session: s,
	}
}

// What was decided on rows that changed meanwhile is refused by the write
// itself, whatever came between.
func TestStaleDecisionsAreRefused(t *testing.T) {
	w := start(t)
	e := w.entry(asking(phoneA, device(2)), login.Holder{})
	l := w.login(phoneA, device(1)) // somebody was faster
	if err := w.store.Register(w.ctx, e); !errors.Is(err, login.ErrRaced) {
		t.Errorf("the number was claimed: %v", err)
	}
	holder, err := w.store.Holder(w.ctx, e.Proof, l.User, []person.Hash{w.keys.Device(device(2))})
	if err != nil || holder.User != l.User || holder.Known {
		t.Fatalf("holder: %v", err)
	}
	if hinted, err := w.store.Holder(w.ctx, e.Proof, person.ID{}, []person.Hash{w.keys.Device(device(1))}); err != nil || hinted.User != l.User || !hinted.Known {
		t.Errorf("holder without a hint: %v", err)
	}
	e = w.entry(asking(phoneA, device(2)), holder)
	if _, err := w.operate(login.Order{Action: login.ActionEndSessions, User: l.User}); err != nil {
		t.Fatal(err)
	}
	if err := w.store.Enter(w.ctx, e); !errors.Is(err, login.ErrRaced) {
		t.Errorf("the gate changed: %v", err)
	}

	l = w.login(phoneA, device(1))
	c, err := w.auth.Authenticate(w.ctx, l.Access.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	s, _, _, err := w.store.Load(w.ctx, l.User, c.Session)
	if err != nil {
		t.Fatal(err)
	}
	s.Turn, s.Parent = s.Turn+1, s.Key
	for i, want := range []error{nil, login.ErrRaced} {
		if err := w.store.Turn(w.ctx, s, i == 1); !errors.Is(err, want) {
			t.Errorf("turn %d: %v, want %v", i, err, want)
		}
	}
}

// An account that its person uses while its number starts anew is not left, nor is
// one that was banned meanwhile left as an active one.
//
// Clauses: C86.
func TestAnAccountThatChangedMeanwhileIsNotLeft(t *testing.T) {
	for name, change := range map[string]func(w *world, old login.Login) error{
		"used": func(w *world, old login.Login) error {
			_, err := w.sessions.Refresh(w.ctx, old.Refresh.Reveal(), device(1))
			return err
		},
		"banned": func(w *world, old login.Login) error {
			_, err := w.operate(login.Order{Action: login.ActionBan, User: old.User})
			return err
		},
	} {
		w := start(t)
		old := w.login(phoneA, device(1))
		w.clk.Advance(20 * 24 * time.Hour)
		h, err := w.store.Holder(w.ctx, person.Proof{Phone: w.keys.Phone(person.Of[person.PhoneNumber]("+86" + phoneA))}, old.User, []person.Hash{w.keys.Device(device(2))})
		if err != nil || h.User != old.User {
			t.Fatal(err)
		}
		e := w.entry(asking(phoneA, device(2)), login.Holder{})
		e.Leaves = h
		if err := change(w, old); err != nil {
			t.Fatal(err)
		}
		if err := w.store.Register(w.ctx, e); !errors.Is(err, login.ErrRaced) {
			t.Errorf("%s: %v, want ErrRaced", name, err)
		}
		w.left(old.User, time.Time{})
	}
}

// A proof that was taken before a resend spends nothing after it.
func TestAProofOfBeforeAResendIsRefused(t *testing.T) {
	w := start(t)
	challenge, code := w.prove(asking(phoneA, device(1)))
	proof, err := w.codes.Prove(w.ctx, challenge, code, device(1), login.PurposeLogin, person.ID{})
	if err != nil {
		t.Fatal(err)
	}
	w.prove(asking(phoneA, device(1)))
	if err := w.db.Transact(w.ctx, "", w.store.SpendWrite(proof, "x")); !errors.Is(err, dynamo.ErrCondition) {
		t.Errorf("spent after a resend: %v", err)
	}
}

// Two devices register one number at once: one account, and both are in it.
func TestTwoDevicesRegisterOneNumber(t *testing.T) {
	for seed := range uint64(rounds(5, 1000)) {
		w := startWith(t, newChance(seed))
		var (
			challenges, codes [2]string
			logins            [2]login.Login
		)
		for i := range 2 {
			challenges[i], codes[i] = w.prove(asking(phoneA, device(i)))
		}
		parallel(2, func(i int) error {
			var err error
			if logins[i], err = w.sessions.Open(w.ctx, opening(challenges[i], codes[i], device(i))); err != nil {
				t.Errorf("seed %d: %v", seed, err)
			}
			return err
		})
		if got := w.rows(); logins[0].User != logins[1].User || logins[0].New == logins[1].New || got["gate"] != 1 || got["session"] != 2 {
			t.Errorf("seed %d: new %v and %v, rows %v", seed, logins[0].New, logins[1].New, got)
		}
	}
}

func TestRepeatsOfASpentCodeAreCountedToo(t *testing.T) {
	w := start(t)
	counted := &compares{CodeKeys: w.keys}
	w.codes.Keys = counted
	challenge, code := w.ask(asking(phoneA, device(1)))
	if _, err := w.sessions.Open(w.ctx, opening(challenge, code, device(1))); err != nil {
		t.Fatal(err)
	}
	counted.n = 0
	parallel(50, func(int) error {
		_, err := w.sessions.Open(w.ctx, opening(challenge, wrong(code), device(1)))
		return err
	})
	if _, err := w.sessions.Open(w.ctx, opening(challenge, code, device(1))); !fault.Is(err, fault.CodeRejected) || counted.n != 5 {
		t.Errorf("%v after %d compares, want a rejection after 5", err, counted.n)
	}
}

// Several codes that are open at once do not add up to more than the day's
// failures.
func TestOpenCodesShareTheDaysFailures(t *testing.T) {
	w := start(t)
	counted := &compares{CodeKeys: w.keys}
	w.codes.Keys = counted
	var challenges, codes [5]string
	for i := range challenges {
		if i > 0 {
			w.clk.Advance(time.Minute)
		}
		challenges[i], codes[i] = w.ask(asking(phoneA, device(i)))
	}
	for i := range challenges {
		for range 5 {
			_, _ = w.sessions.Open(w.ctx, opening(challenges[i], wrong(codes[i]), device(i)))
		}
	}
	if counted.n != 20 {
		t.Errorf("%d compares, want 20", counted.n)
	}
}

func TestTheFirstAnswerIsNotGivenAgainForAnEndedSession(t *testing.T) {
	for name, end := range map[string]func(w *world, l login.Login) error{
		"logged out": func(w *world, l login.Login) error { return w.sessions.EndOthers(w.ctx, l.User, "") },
		"cancelled":  func(w *world, l login.Login) error { return w.cancel(l, phoneA) },
		"refreshed": func(w *world, l login.Login) error {
			_, err := w.sessions.Refresh(w.ctx, l.Refresh.Reveal(), device(1))
			return err
		},
	} {
		w := start(t)
		challenge, code := w.ask(asking(phoneA, device(1)))
		l, err := w.sessions.Open(w.ctx, opening(challenge, code, device(1)))
		if err != nil {
			t.Fatal(err)
		}
		if err := end(w, l); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := w.sessions.Open(w.ctx, opening(challenge, code, device(1))); !fault.Is(err, fault.CodeRejected) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A number that passed to somebody else is not theirs to lose by a cancellation
// of the account before.
// Clauses: C86.
func TestCancellingLeavesTheNumbersNextHolderAlone(t *testing.T) {
	w := start(t)
	old := w.login(phoneA, device(1))
	if _, err := w.operate(login.Order{Action: login.ActionLostNumber, User: old.User}); err != nil {
		t.Fatal(err)
	}
	next := w.login(phoneA, device(2))
	if err := w.cancel(old, phoneA); !errors.Is(err, dynamo.ErrCondition) {
		t.Errorf("got %v", err)
	}
	if got := w.login(phoneA, device(2)); got.User != next.User {
		t.Error("the next holder lost the number")
	}
}
