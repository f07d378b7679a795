package logindynamo_test

import (
	"errors"
	"reflect"
	"sync"
	"testing"
	"time"

	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/keys"
	"jewelrydisplay.app/shared/lambdahttp"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/login/logindynamo"
	"jewelrydisplay.app/shared/person"
)

// The calls of the common paths do not depend on the machine.
// Clauses: C11.
func TestEachOperationHasItsCountOfCalls(t *testing.T) {
	w := start(t)
	expect := func(what string, want ...string) {
		t.Helper()
		if got := w.calls(); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	challenge, code := w.ask(asking(phoneA, device(1)))
	expect("ask for a code", "BatchGetItem", "PutItem") // and the policy's, which is account's
	l, err := w.sessions.Open(w.ctx, opening(challenge, code, device(1)))
	if err != nil {
		t.Fatal(err)
	}
	expect("register", "UpdateItem", "BatchGetItem", "TransactWriteItems")
	if again, err := w.sessions.Open(w.ctx, opening(challenge, code, device(1))); err != nil || again != l {
		t.Errorf("a repeat gives another answer: %v", err)
	}
	expect("repeat", "UpdateItem", "UpdateItem", "BatchGetItem")
	w.authenticated(l)
	expect("first use", "BatchGetItem", "UpdateItem")
	w.authenticated(l)
	expect("authenticate", "BatchGetItem")
	w.clk.Advance(time.Hour)
	if l, err = w.sessions.Refresh(w.ctx, l.Refresh.Reveal(), device(1)); err != nil {
		t.Fatal(err)
	}
	expect("refresh", "BatchGetItem", "UpdateItem")
	w.clk.Advance(24 * time.Hour)
	if _, err = w.sessions.Refresh(w.ctx, l.Refresh.Reveal(), device(1)); err != nil {
		t.Fatal(err)
	}
	expect("refresh on another day", "BatchGetItem", "TransactWriteItems")
	w.login(phoneA, device(2))
	expect("log in", "BatchGetItem", "PutItem", "UpdateItem", "BatchGetItem", "TransactWriteItems")
	if _, err := w.auth.Authenticate(w.ctx, "jda_nonsense"); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("nonsense: %v", err)
	}
	expect("nonsense")
}

// Guards against refreshes that log people out when an answer is lost or two
// come at once.
func TestParallelRefreshesHaveOneSuccessor(t *testing.T) {
	w := start(t)
	l := w.login(phoneA, device(1))
	var (
		mu    sync.Mutex
		pairs = map[string]bool{}
	)
	ok := parallel(100, func(int) error {
		next, err := w.sessions.Refresh(w.ctx, l.Refresh.Reveal(), device(1))
		if err != nil {
			if !fault.Is(err, fault.Unavailable) {
				t.Errorf("refused with %v", err)
			}
			return err
		}
		mu.Lock()
		pairs[next.Access.Reveal()+next.Refresh.Reveal()] = true
		mu.Unlock()
		return nil
	})
	if ok != 100 || len(pairs) != 1 {
		t.Errorf("%d answers, %d different; want 100 and 1", ok, len(pairs))
	}
}

func TestSpentRefreshTokens(t *testing.T) {
	const grace = 30 * time.Second
	for _, c := range []struct {
		name   string
		use    bool          // the successor's access token is used
		after  time.Duration // since the refresh
		device int
		want   bool // the same child again; otherwise the session ends
	}{
		{"used, within the grace", true, grace - time.Millisecond, 1, true},
		{"used, after the grace", true, grace, 1, false},
		{"unused, much later", false, 20 * 24 * time.Hour, 1, true},
		{"another device, at once", false, 0, 2, false},
	} {
		w := start(t)
		l := w.login(phoneA, device(1))
		child, err := w.sessions.Refresh(w.ctx, l.Refresh.Reveal(), device(1))
		if err != nil {
			t.Fatal(err)
		}
		if c.use && !w.authenticated(child) {
			t.Fatal("the child does not open")
		}
		w.clk.Advance(c.after)
		again, err := w.sessions.Refresh(w.ctx, l.Refresh.Reveal(), device(c.device))
		switch {
		case c.want && (err != nil || again.Access != child.Access || again.Refresh != child.Refresh):
			t.Errorf("%s: %v, want the same child", c.name, err)
		case !c.want && !fault.Is(err, fault.Unauthenticated):
			t.Errorf("%s: %v, want unauthenticated", c.name, err)
		case !c.want:
			if _, err := w.sessions.Refresh(w.ctx, child.Refresh.Reveal(), device(1)); !fault.Is(err, fault.Unauthenticated) {
				t.Errorf("%s: the session still refreshes: %v", c.name, err)
			}
			if w.authenticated(child) || len(w.pushes.ended) != 1 {
				t.Errorf("%s: the session still opens, or its pushes go on", c.name)
			}
		}
	}
}

func TestAnOldRefreshTokenEndsTheSession(t *testing.T) {
	w := start(t)
	l := w.login(phoneA, device(1))
	child, err := w.sessions.Refresh(w.ctx, l.Refresh.Reveal(), device(1))
	if err != nil {
		t.Fatal(err)
	}
	grandchild, err := w.sessions.Refresh(w.ctx, child.Refresh.Reveal(), device(1))
	if err != nil {
		t.Fatal(err)
	}
	if w.authenticated(child) || !w.authenticated(grandchild) {
		t.Error("the present turn's access token opens, and no other")
	}
	if _, err := w.sessions.Refresh(w.ctx, l.Refresh.Reveal(), device(1)); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("got %v", err)
	}
	if w.authenticated(grandchild) {
		t.Error("the session outlives the reuse of its token")
	}
}

// Clauses: C64.
func TestTokensEndAtTheirMillisecond(t *testing.T) {
	w := start(t)
	l := w.login(phoneA, device(1))
	w.clk.Advance(30*time.Minute - time.Millisecond)
	if !w.authenticated(l) {
		t.Error("the access token ends early")
	}
	w.clk.Advance(time.Millisecond)
	if w.authenticated(l) {
		t.Error("the access token outlives its 30 minutes")
	}
	w.clk.Advance(30*24*time.Hour - 30*time.Minute - time.Millisecond)
	next, err := w.sessions.Refresh(w.ctx, l.Refresh.Reveal(), device(1))
	if err != nil {
		t.Errorf("a millisecond before 30 idle days: %v", err)
	}
	w.clk.Advance(30 * 24 * time.Hour)
	if _, err := w.sessions.Refresh(w.ctx, next.Refresh.Reveal(), device(1)); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("after 30 idle days: %v", err)
	}
}

func TestASessionEndsAfter180DaysOfUse(t *testing.T) {
	w := start(t)
	l := w.login(phoneA, device(1))
	for range 179 / 20 {
		w.clk.Advance(20 * 24 * time.Hour)
		var err error
		if l, err = w.sessions.Refresh(w.ctx, l.Refresh.Reveal(), device(1)); err != nil {
			t.Fatal(err)
		}
	}
	w.clk.Advance(20 * 24 * time.Hour)
	if _, err := w.sessions.Refresh(w.ctx, l.Refresh.Reveal(), device(1)); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("on day 180: %v", err)
	}
}

// cancel takes the account out of reach as the cancellation does.
func (w *world) cancel(l login.Login, phone string) error {
	e164, err := w.codes.Numbers.Parse("phone", phone)
	if err != nil {
		return err
	}
	return w.db.Transact(w.ctx, "", w.store.CancelWrites(l.User, person.Proof{Phone: w.keys.Phone(e164)})...)
}

// A refresh races the end of its session; whatever the order, nothing opens
// afterwards.
// Clauses: C70, C86.
func TestRefreshRacingTheEnd(t *testing.T) {
	ops := map[string]func(w *world, l login.Login) error{
		"log out": func(w *world, l login.Login) error {
			list, err := w.sessions.List(w.ctx, l.User)
			if err != nil || len(list) != 1 {
				return errors.Join(err, errors.New("no session to end"))
			}
			return w.sessions.End(w.ctx, l.User, list[0].ID)
		},
		"ban": func(w *world, l login.Login) error {
			_, err := login.Operations{Store: w.store, Pushes: w.pushes, Clock: w.clk}.Do(w.ctx, login.Order{Action: "ban", User: l.User, Reason: "fraud"})
			return err
		},
		"cancel": func(w *world, l login.Login) error { return w.cancel(l, phoneA) },
	}
	for name, end := range ops {
		w := start(t)
		for range rounds(20, 3_400) { // of three kinds
			l := w.login(phoneA, device(1))
			var next login.Login
			parallel(2, func(i int) error {
				if i == 0 {
					next, _ = w.sessions.Refresh(w.ctx, l.Refresh.Reveal(), device(1))
					return nil
				}
				if err := end(w, l); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				return nil
			})
			for _, token := range []login.Login{l, next} {
				if token.User.IsZero() {
					continue
				}
				if w.authenticated(token) {
					t.Fatalf("%s: a token is alive", name)
				}
				if _, err := w.sessions.Refresh(w.ctx, token.Refresh.Reveal(), device(1)); err == nil {
					t.Fatalf("%s: a token refreshes", name)
				}
			}
			if name == "ban" {
				if _, err := (login.Operations{Store: w.store, Pushes: w.pushes, Clock: w.clk}).Do(w.ctx, login.Order{Action: "unban", User: l.User, Reason: "appeal"}); err != nil {
					t.Fatal(err)
				}
			}
			w.clk.Advance(25 * time.Hour)
		}
	}
}

// Clauses: C71, C94, C97.
func TestTheCallerIsWhatTheGateSays(t *testing.T) {
	w := start(t)
	l := w.login(phoneA, device(1))
	consents := []dynamo.Write{
		w.store.ConsentWrite(l.User, inventory.ConsentMarketingPush, true),
		w.store.AcceptanceWrite(l.User, "v0"),
		w.store.MinorWrite(l.User),
	}
	for _, write := range consents {
		if err := w.db.Transact(w.ctx, "", write); err != nil {
			t.Fatal(err)
		}
	}
	c, err := w.auth.Authenticate(w.ctx, l.Access.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	if c.User != l.User || !c.Minor || c.Accepted != "v0" || c.PolicyDue != "v1" || c.Device != w.keys.Device(device(1)) {
		t.Errorf("caller %+v", c)
	}
	if !c.Subject.Granted[inventory.ConsentMarketingPush] || c.Subject.Granted[inventory.ConsentLocation] || c.Subject.Key == nil {
		t.Errorf("consents %v", c.Subject.Granted)
	}
	if err := w.db.Transact(w.ctx, "", w.store.ConsentWrite(l.User, inventory.ConsentMarketingPush, false)); err != nil {
		t.Fatal(err)
	}
	if c, err = w.auth.Authenticate(w.ctx, l.Access.Reveal()); err != nil || c.Subject.Granted[inventory.ConsentMarketingPush] {
		t.Errorf("withdrawn on the very next request: %v, %v", c.Subject.Granted, err)
	}
	subject, err := w.store.Subject(w.ctx, l.User)
	if err != nil || subject.Key == nil {
		t.Errorf("subject: %v", err)
	}
	if _, err := w.store.Subject(w.ctx, person.Of[person.ID]("aaaaaaaaaaaaaaaaaaaaaaaaaa")); !errors.Is(err, logindynamo.ErrNobody) {
		t.Errorf("subject of nobody: %v", err)
	}
}

var _ lambdahttp.Authenticator = logindynamo.Authenticator{}

// A rotation of pepper and token key in the middle breaks nothing.
func TestKeysRotateInTheMiddle(t *testing.T) {
	w := start(t)
	challenge, code := w.ask(asking(phoneA, device(1)))
	old, next := "old-token"+string(make([]byte, 55)), "new-token"+string(make([]byte, 55))
	rotated := w.keys
	rotated.Pepper = keys.Fixed(string(make([]byte, 64)), "pepper                                                          ")
	w.codes.Keys = rotated
	before, after := w.keys, w.keys
	before.Token, after.Token = keys.Fixed(old), keys.Fixed(next, old)
	w.sessions.Tokens, w.store.Tokens = before, before
	l, err := w.sessions.Open(w.ctx, opening(challenge, code, device(1)))
	if err != nil {
		t.Fatalf("code: %v", err)
	}
	w.sessions.Tokens, w.store.Tokens = after, after
	w.auth = logindynamo.Authenticator{Store: w.store}
	if again, err := w.sessions.Open(w.ctx, opening(challenge, code, device(1))); err != nil || again != l {
		t.Errorf("the first answer after the rotation: %v", err)
	}
	if !w.authenticated(l) {
		t.Error("the access token died with the rotation")
	}
	child, err := w.sessions.Refresh(w.ctx, l.Refresh.Reveal(), device(1))
	if err != nil {
		t.Fatal(err)
	}
	if again, err := w.sessions.Refresh(w.ctx, l.Refresh.Reveal(), device(1)); err != nil || again.Refresh != child.Refresh {
		t.Errorf("the same child after the rotation: %v", err)
	}
	if list, err := w.sessions.List(w.ctx, l.User); err != nil || len(list) != 1 {
		t.Errorf("sessions: %d, %v", len(list), err)
	} else if err := w.sessions.End(w.ctx, l.User, list[0].ID); err != nil {
		t.Errorf("a session of before the rotation cannot be ended: %v", err)
	}
}

// Who did not log in themselves learns of it (C36): of each device that is new to
// the account, once, and of no device that it knows.
//
// Clauses: C29, C36.
func TestANewDeviceIsToldOnce(t *testing.T) {
	w := start(t)
	l := w.login(phoneA, device(1))
	if n := w.told(l.User); n != 0 {
		t.Errorf("the device that registers is told of, %d times", n)
	}
	w.login(phoneA, device(1))
	w.clk.Advance(time.Minute)
	challenge, code := w.ask(asking(phoneA, device(2)))
	for range 2 { // the answer was lost
		if _, err := w.sessions.Open(w.ctx, opening(challenge, code, device(2))); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.told(l.User); n != 1 {
		t.Errorf("told %d times, want of the one new device", n)
	}
	w.login(phoneA, device(2))
	if n := w.told(l.User); n != 1 {
		t.Errorf("told again of a device that is known: %d", n)
	}
}
