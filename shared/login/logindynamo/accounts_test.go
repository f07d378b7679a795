package logindynamo_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/person"
)

// Clauses: C01, C08, C94.
func TestConsentComesBeforeTheFirstRow(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(a *login.Asked)
		want fault.Code
	}{
		{"no policy", func(a *login.Asked) { a.Version, a.Hash = "", "" }, fault.InvalidRequest},
		{"wrong hash", func(a *login.Asked) { a.Hash = strings.Repeat("1", 64) }, fault.InvalidRequest},
		{"superseded", func(a *login.Asked) { a.Version = "v0" }, fault.ConsentRequired},
		{"no age", func(a *login.Asked) { a.Age = "" }, fault.InvalidRequest},
		{"child", func(a *login.Asked) { a.Age, a.Guardian = login.Child, true }, fault.GuardianRequired},
		{"minor alone", func(a *login.Asked) { a.Age = login.Minor }, fault.GuardianRequired},
		{"no phone", func(a *login.Asked) { a.Phone = " " }, fault.InvalidRequest},
		{"landline", func(a *login.Asked) { a.Phone = "010-12345678" }, fault.InvalidRequest},
		{"unknown purpose", func(a *login.Asked) { a.Purpose = "steal" }, fault.Unauthenticated},
		{"cancel without login", func(a *login.Asked) { a.Purpose = login.PurposeCancel }, fault.Unauthenticated},
		{"claim without login", func(a *login.Asked) { a.Purpose = login.PurposeClaim }, fault.Unauthenticated},
	} {
		w := start(t)
		a := asking(phoneA, device(1))
		c.make(&a)
		if _, err := w.codes.Request(w.ctx, a); !fault.Is(err, c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
		if n := w.rows(); len(n) != 0 || w.sms.count() != 0 {
			t.Errorf("%s: rows %v, %d SMS; want nothing", c.name, n, w.sms.count())
		}
	}
}

// Clauses: C94.
func TestAMinorStaysAMinor(t *testing.T) {
	w := start(t)
	a := asking(phoneA, device(1))
	a.Age, a.Guardian = login.Minor, true
	challenge, code := w.ask(a)
	if _, err := w.sessions.Open(w.ctx, opening(challenge, code, device(1))); err != nil {
		t.Fatal(err)
	}
	l := w.login(phoneA, device(1)) // says adult by now
	c, err := w.auth.Authenticate(w.ctx, l.Access.Reveal())
	if err != nil || !c.Minor {
		t.Errorf("minor %v, %v", c.Minor, err)
	}
}

// Clauses: C94.
func TestAnAdultWhoTurnsOutAMinorGrantsNoMarketingAnyMore(t *testing.T) {
	w := start(t)
	l := w.login(phoneA, device(1))
	grant := func(c inventory.Consent) error {
		return w.db.Transact(w.ctx, "", w.store.ConsentWrite(l.User, c, true))
	}
	for _, known := range inventory.Consents {
		if err := grant(known.Consent); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		w.clk.Advance(time.Minute)
		a := asking(phoneA, device(1))
		a.Age, a.Guardian = login.Minor, true
		challenge, code := w.ask(a)
		if _, err := w.sessions.Open(w.ctx, opening(challenge, code, device(1))); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{l.User.Reveal() + " v1"}; !slices.Equal(w.minors, want) {
		t.Errorf("told of %q, want %q", w.minors, want)
	}
	s, err := w.store.Subject(w.ctx, l.User)
	if err != nil {
		t.Fatal(err)
	}
	for _, known := range inventory.Consents {
		c := known.Consent
		if s.Granted[c] == c.AdultOnly() {
			t.Errorf("a minor's %s: granted %v", c, s.Granted[c])
		}
		if err := grant(c); errors.Is(err, dynamo.ErrCondition) != c.AdultOnly() || err != nil && !c.AdultOnly() {
			t.Errorf("a minor grants %s: %v", c, err)
		}
	}
}

// Clauses: C86.
func TestTheNumberOfACancelledAccountIsANewPerson(t *testing.T) {
	w := start(t)
	first := w.login(phoneA, device(1))
	if err := w.cancel(first, phoneA); err != nil {
		t.Fatal(err)
	}
	if w.authenticated(first) {
		t.Error("a token of a cancelled account opens")
	}
	if _, err := w.sessions.Refresh(w.ctx, first.Refresh.Reveal(), device(1)); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("refresh: %v", err)
	}
	if list, err := w.sessions.List(w.ctx, first.User); err != nil || len(list) != 0 {
		t.Errorf("%d dead sessions are listed, %v", len(list), err)
	}
	second := w.login(phoneA, device(1))
	if !second.New || second.User == first.User {
		t.Error("the number opens the cancelled account")
	}
	if err := w.cancel(first, phoneA); !errors.Is(err, dynamo.ErrCondition) {
		t.Errorf("cancelling twice: %v", err)
	}
	if !w.authenticated(second) {
		t.Error("the second cancellation of the first account touched the second")
	}
}

// Clauses: C86.
func TestDormantAccounts(t *testing.T) {
	for _, c := range []struct {
		name    string
		idle    time.Duration
		device  int
		dormant bool
	}{
		{"a millisecond before, unknown device", 90*24*time.Hour - time.Minute - time.Millisecond, 2, false},
		{"90 days, unknown device", 90*24*time.Hour - time.Minute, 2, true},
		{"91 days, known device", 91 * 24 * time.Hour, 1, false},
	} {
		w := start(t)
		old := w.login(phoneA, device(1))
		w.clk.Advance(c.idle)
		w.clk.Advance(time.Minute)
		challenge, code := w.ask(asking(phoneA, device(c.device)))
		l, err := w.sessions.Open(w.ctx, opening(challenge, code, device(c.device)))
		if !c.dormant {
			if err != nil || l.User != old.User {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if !fault.Is(err, fault.DormantAccount) {
			t.Errorf("%s: %v", c.name, err)
		}
		w.left(old.User, time.Time{})
		anew := opening(challenge, code, device(c.device))
		anew.StartAnew = true
		l, err = w.sessions.Open(w.ctx, anew) // the code is not spent
		if err != nil || !l.New || l.User == old.User {
			t.Errorf("%s, start anew: %v", c.name, err)
		}
		if want := []string{"all but "}; !slices.Equal(w.pushes.ended, want) {
			t.Errorf("%s, start anew: pushes ended %q, want those of the old account", c.name, w.pushes.ended)
		}
		if again, err := w.sessions.Open(w.ctx, anew); err != nil || again != l {
			t.Errorf("%s, start anew again: %v", c.name, err)
		}
		w.left(old.User, w.clk.Now())
		if !strings.Contains(w.audits(), "number went on") {
			t.Errorf("%s: no audit of it in %q", c.name, w.audits())
		}
		if w.login(phoneA, device(c.device)).User != l.User {
			t.Errorf("%s: the number opens another account", c.name)
		}
		if w.rows()["gate"] != 2 {
			t.Errorf("%s: the old account is gone", c.name)
		}
	}
}

// A session that is refreshed keeps its account from going dormant.
func TestRefreshingIsUse(t *testing.T) {
	w := start(t)
	l := w.login(phoneA, device(1))
	for range 4 {
		w.clk.Advance(25 * 24 * time.Hour)
		var err error
		if l, err = w.sessions.Refresh(w.ctx, l.Refresh.Reveal(), device(1)); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.login(phoneA, device(2)); got.User != l.User {
		t.Error("a used account went dormant")
	}
}

// A cancellation is taken back: the account opens again, with a session of the
// device that asked, and only for that code.
// Clauses: C86.
func TestRestoreOpensASession(t *testing.T) {
	w := start(t)
	l := w.login(phoneA, device(1))
	if err := w.cancel(l, phoneA); err != nil {
		t.Fatal(err)
	}
	challenge, code := w.prove(login.Asked{Purpose: login.PurposeWithdraw, Phone: phoneA, Device: device(1)})
	d := login.Device{ID: device(1), Name: person.Of[person.DeviceName]("x"), Platform: "android"}
	restore := func() (login.Login, error) {
		proof, err := w.codes.Prove(w.ctx, challenge, code, device(1), login.PurposeWithdraw, person.ID{})
		if err != nil {
			return login.Login{}, err
		}
		got, writes, err := w.store.OpenWrites(w.ctx, l.User, d, proof)
		if err != nil || len(writes) == 0 {
			return got, err
		}
		return got, w.db.Transact(w.ctx, "", append(writes, w.store.RestoreWrites(l.User, proof)...)...)
	}
	if known, err := w.store.KnowsDevice(w.ctx, l.User, device(1)); err != nil || !known {
		t.Errorf("the device is not known: %v", err)
	}
	if known, err := w.store.KnowsDevice(w.ctx, l.User, device(2)); err != nil || known {
		t.Errorf("a strange device is known: %v", err)
	}
	first, err := restore()
	if err != nil || first.User != l.User || !w.authenticated(first) || w.authenticated(l) {
		t.Fatalf("restored: %v", err)
	}
	again, err := restore()
	if err != nil || again != first {
		t.Errorf("the lost answer: %v", err)
	}
	if got := w.login(phoneA, device(1)); got.User != l.User {
		t.Error("the number does not open the account again")
	}
}

// Clauses: C86.
func TestRestoreYieldsToANewRegistration(t *testing.T) {
	w := start(t)
	l := w.login(phoneA, device(1))
	if err := w.cancel(l, phoneA); err != nil {
		t.Fatal(err)
	}
	w.login(phoneA, device(2))
	e164, _ := w.codes.Numbers.Parse("phone", phoneA)
	err := w.db.Transact(w.ctx, "", w.store.RestoreWrites(l.User, person.Proof{Phone: w.keys.Phone(e164)})...)
	var refused *dynamo.ConditionError
	if !errors.As(err, &refused) || refused.Index != 1 {
		t.Errorf("got %v, want the claim to refuse", err)
	}
}

// Clauses: C21, C70.
func TestSessionsAreListedAndEnded(t *testing.T) {
	w := start(t)
	a, b, c := w.login(phoneA, device(1)), w.login(phoneA, device(2)), w.login(phoneA, device(3))
	stranger := w.login(phoneB, device(1))
	caller, err := w.auth.Authenticate(w.ctx, a.Access.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	list, err := w.sessions.List(w.ctx, a.User)
	if err != nil || len(list) != 3 || list[0].ID != caller.Session || list[0].Name.Reveal() != "小王的 iPhone" {
		t.Fatalf("%d sessions, %v", len(list), err)
	}
	foreign, err := w.sessions.List(w.ctx, stranger.User)
	if err != nil || len(foreign) != 1 {
		t.Fatal(err)
	}
	for _, id := range []string{foreign[0].ID, "nonsense", "", strings.Repeat("a", 26)} {
		if err := w.sessions.End(w.ctx, a.User, id); !fault.Is(err, fault.NotFound) {
			t.Errorf("ending %q: %v, want not found", id, err)
		}
	}
	for range 2 {
		if err := w.sessions.End(w.ctx, a.User, list[1].ID); err != nil { // the latest after a: c
			t.Errorf("ending a session: %v", err)
		}
	}
	if w.authenticated(c) || !w.authenticated(b) || !w.authenticated(a) || !w.authenticated(stranger) {
		t.Error("one session ends, and no other")
	}
	for range 2 {
		if err := w.sessions.EndOthers(w.ctx, a.User, caller.Session); err != nil {
			t.Fatal(err)
		}
	}
	if w.authenticated(b) || !w.authenticated(a) || !w.authenticated(stranger) {
		t.Error("all others end, and only those")
	}
	want := []string{list[1].ID, list[1].ID, "all but " + caller.Session, "all but " + caller.Session}
	if !reflect.DeepEqual(w.pushes.ended, want) {
		t.Errorf("pushes ended: %v", w.pushes.ended)
	}
	if next, err := w.sessions.Refresh(w.ctx, a.Refresh.Reveal(), device(1)); err != nil || !w.authenticated(next) {
		t.Errorf("the kept session refreshes: %v", err)
	}
}

// Whoever repeats a call after it killed their token has no user any more: a
// spent code proves again for the same device, and an unspent one never.
func TestASpentCodeProvesAgainWithoutItsToken(t *testing.T) {
	w := start(t)
	l := w.login(phoneA, device(1))
	challenge, code := w.prove(login.Asked{Purpose: login.PurposeCancel, User: l.User, Device: device(1)})
	prove := func(code string, d int, user person.ID) (person.Proof, error) {
		return w.codes.Prove(w.ctx, challenge, code, device(d), login.PurposeCancel, user)
	}
	if _, err := prove(code, 1, person.ID{}); !fault.Is(err, fault.CodeRejected) {
		t.Errorf("an unspent code without its user: %v", err)
	}
	proof, err := prove(code, 1, l.User)
	if err != nil || proof.Spent {
		t.Fatalf("with its user: %v", err)
	}
	if err := w.db.Transact(w.ctx, "", w.store.SpendWrite(proof, "receipt")); err != nil {
		t.Fatal(err)
	}
	if again, err := prove(code, 1, person.ID{}); err != nil || !again.Spent || again.Result != "receipt" {
		t.Errorf("spent, without its user: %+v, %v", again, err)
	}
	if _, err := prove(wrong(code), 1, person.ID{}); !fault.Is(err, fault.CodeRejected) {
		t.Errorf("spent, another code: %v", err)
	}
	if _, err := prove(code, 2, person.ID{}); !fault.Is(err, fault.CodeRejected) {
		t.Errorf("spent, another device: %v", err)
	}
}
