package logindynamo_test

import (
	"context"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"jewelrydisplay.app/shared/keys"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/login/logindynamo"
	"jewelrydisplay.app/shared/login/loginkeys"
	"jewelrydisplay.app/shared/person"
)

// vault is Secrets Manager: one secret's versions.
type vault struct {
	mu          sync.Mutex
	text, older string
	made        time.Time
}

func (v *vault) read() (string, string, time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.text, v.older, v.made
}

// turn makes a new version; the one before is kept.
func (v *vault) turn(at time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.older, v.text, v.made = v.text, "next "+v.text, at
}

// drop takes the older version away.
func (v *vault) drop() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.older = ""
}

// rotated is a world with functions that each see the secrets for themselves.
type rotated struct {
	*world
	vaults [4]*vault // pepper, index, token, service
}

func startRotated(t *testing.T) *rotated {
	r := &rotated{world: start(t)}
	for i := range r.vaults {
		r.vaults[i] = &vault{text: fmt.Sprintf("%-64d", i)}
	}
	return r
}

// function is one more process of the same service: it has its own view of the
// secrets.
func (r *rotated) function() *world {
	ring := func(i int) *keys.Ring { return keys.Turning(r.clk, r.vaults[i].read) }
	k := loginkeys.Keys{Pepper: ring(0), Index: ring(1), Token: ring(2), Service: ring(3)}
	f := &world{t: r.t, ctx: r.ctx, db: r.db, clk: r.clk, sms: r.sms, pushes: r.pushes, keys: k}
	o, c, s := r.store.Options, *r.codes, *r.sessions
	o.Service, o.Indexes, o.Tokens = k.Service, k, k
	f.store = logindynamo.New(r.db, o)
	c.Store, c.Keys, c.Indexes, c.Accounts = f.store, k, k, f.store
	f.codes = &c
	s.Codes, s.Accounts, s.Store, s.Tokens, s.Indexes = f.codes, f.store, f.store, k, k
	f.sessions, f.auth = &s, logindynamo.Authenticator{Store: f.store}
	return f
}

// rekey is the sweep.
func (r *rotated) rekey() map[string]int {
	r.t.Helper()
	f := r.function()
	left, err := logindynamo.Rekeyer{
		Store: f.store, Pepper: f.keys.Pepper, Index: f.keys.Index, Token: f.keys.Token,
		Besides: func(context.Context, func(string) bool) (int, error) { return 0, nil },
	}.Rekey(r.ctx)
	if err != nil {
		r.t.Fatal(err)
	}
	return left
}

func number(n int) string { return fmt.Sprintf("138%08d", n) }

// across logs in with the code asked for at one function and spent at another, and
// uses the session at both.
func across(asked, spent *world, n int) login.Login {
	asked.t.Helper()
	d := device(n)
	challenge, code := asked.ask(asking(number(n), d))
	if again, err := spent.codes.Request(spent.ctx, asking(number(n), d)); err != nil || again.Challenge == "" {
		asked.t.Fatalf("number %d: asked again elsewhere: %v", n, err)
	}
	if _, err := spent.sessions.Open(spent.ctx, opening(challenge, wrong(code), d)); err == nil {
		asked.t.Fatalf("number %d: a wrong code opens", n)
	}
	l, err := spent.sessions.Open(spent.ctx, opening(challenge, code, d))
	if err != nil {
		asked.t.Fatalf("number %d: %v", n, err)
	}
	if again, err := asked.sessions.Open(asked.ctx, opening(challenge, code, d)); err != nil || again != l {
		asked.t.Fatalf("number %d, the answer again: %v", n, err)
	}
	if !asked.authenticated(l) || !spent.authenticated(l) {
		asked.t.Fatalf("number %d: the token opens nothing", n)
	}
	next, err := asked.sessions.Refresh(asked.ctx, l.Refresh.Reveal(), d)
	if err != nil {
		asked.t.Fatalf("number %d, refresh: %v", n, err)
	}
	if again, err := spent.sessions.Refresh(spent.ctx, l.Refresh.Reveal(), d); err != nil || again.Refresh != next.Refresh {
		asked.t.Fatalf("number %d, the refresh again: %v", n, err)
	}
	return l
}

// All secrets turn while people log in, at functions that know of it and functions
// that do not yet: no login fails, nobody becomes two people or is told of a device
// that is their own, and when the sweep says that nothing is left, the older
// versions are not missed (test 15).
//
// Clauses: C11, C64.
func TestAllSecretsTurnWhilePeopleLogIn(t *testing.T) {
	r := startRotated(t)
	warm := r.function() // it runs all the time
	users := map[int]person.ID{}
	n, seen := 0, 0
	visit := func(asked, spent *world) {
		t.Helper()
		r.clk.Advance(2 * time.Second)
		n++
		users[n] = across(asked, spent, n).User
	}
	for range 3 {
		visit(warm, warm)
	}
	challenge, code := warm.ask(asking(number(90), device(90))) // under way
	for _, v := range r.vaults {
		v.turn(r.clk.Now())
	}
	cold := r.function()
	if _, err := cold.sessions.Open(r.ctx, opening(challenge, code, device(90))); err != nil {
		t.Errorf("a login that was under way: %v", err)
	}
	turned := r.clk.Now()
	for _, at := range []time.Duration{time.Second, 6 * time.Minute, 14*time.Minute + 50*time.Second, 15 * time.Minute, 16 * time.Minute, 40 * time.Minute} {
		if now := turned.Add(at); now.After(r.clk.Now()) {
			r.clk.Advance(now.Sub(r.clk.Now()))
		}
		for _, pair := range [][2]*world{{warm, cold}, {cold, warm}, {r.function(), warm}} {
			visit(pair[0], pair[1])
		}
		r.clk.Advance(time.Second)
		// Whoever came before is found again, with their device.
		seen++
		for _, i := range []int{seen, n} {
			r.clk.Advance(time.Minute)
			l := across(cold, warm, i)
			if l.User != users[i] || l.New || r.told(l.User) != 0 {
				t.Fatalf("at %v number %d is somebody else, or their device is", at, i)
			}
		}
	}
	if left := r.rekey(); left[logindynamo.SecretService] != 0 || left[logindynamo.SecretIndex] == 0 {
		t.Errorf("with codes of the day: %v left", left) // they go by themselves
	}
	before := r.rows()
	r.clk.Advance(25 * time.Hour)
	for i := range n { // the refresh tokens turn
		r.clk.Advance(time.Minute)
		across(warm, cold, i+1)
	}
	want := map[string]int{logindynamo.SecretPepper: 0, logindynamo.SecretIndex: 0, logindynamo.SecretToken: 0, logindynamo.SecretService: 0}
	r.clk.Advance(31 * 24 * time.Hour) // sessions that nobody used end
	if left := r.rekey(); !reflect.DeepEqual(left, want) {
		t.Fatalf("%v left, want nothing", left)
	}
	if after := r.rows(); after["phone_claim"] != before["phone_claim"] || after["known_device"] != before["known_device"] || after["account"] != before["account"] {
		t.Errorf("rows %v before, %v after", before, after)
	}
	for _, v := range r.vaults {
		v.drop()
	}
	last := r.function()
	for i, user := range users {
		r.clk.Advance(time.Minute)
		if l := across(last, last, i); l.User != user || r.told(user) != 0 {
			t.Errorf("number %d is missed", i)
		}
	}
}

// Two functions, one that writes under the older version still and one under the
// new, register one number at once: one account, whoever is first.
func TestOneNumberIsRegisteredUnderTwoVersions(t *testing.T) {
	for round := range 10 {
		r := startRotated(t)
		behind := r.function()
		r.vaults[1].turn(r.clk.Now())
		r.clk.Advance(14*time.Minute + 59*time.Second)
		if _, err := behind.keys.Versions(r.ctx); err != nil { // its view is fresh, and its clock is a second behind
			t.Fatal(err)
		}
		late := clocked{behind.clk.Now()}
		behind.keys.Index = keys.Turning(late, r.vaults[1].read)
		behind.codes.Indexes, behind.sessions.Indexes, behind.store.Indexes, behind.sessions.Tokens = behind.keys, behind.keys, behind.keys, behind.keys
		r.clk.Advance(time.Second)
		ahead := r.function()
		functions := []*world{behind, ahead}
		var challenges, codes [2]string
		for i, f := range functions {
			r.clk.Advance(time.Minute)
			challenges[i], codes[i] = f.ask(asking(phoneA, device(i)))
		}
		var users [2]person.ID
		parallel(2, func(i int) error {
			at := (i + round) % 2
			l, err := functions[at].sessions.Open(r.ctx, opening(challenges[at], codes[at], device(at)))
			if err != nil {
				t.Errorf("round %d, function %d: %v", round, at, err)
			}
			users[at] = l.User
			return err
		})
		if got := r.rows(); users[0] != users[1] || got["phone_claim"] != 1 || got["codes"] != 1 {
			t.Fatalf("round %d: two accounts, rows %v", round, got)
		}
	}
}

// clocked is a clock that stands.
type clocked struct{ now time.Time }

func (c clocked) Now() time.Time { return c.now }

// Numbers move, accounts are cancelled and come back during a rotation.
//
// Clauses: C12, C86.
func TestMovingAndLeavingDuringARotation(t *testing.T) {
	r := startRotated(t)
	f := r.function()
	l := f.login(phoneA, device(1))
	gone := f.login("13600136000", device(3))
	r.vaults[1].turn(r.clk.Now())
	r.clk.Advance(time.Hour)
	f = r.function()
	l2, err := f.sessions.Refresh(r.ctx, l.Refresh.Reveal(), device(1))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.sessions.Move(r.ctx, f.moving(l2, phoneB)); err != nil {
		t.Fatalf("move: %v", err)
	}
	if got := f.login(phoneB, device(1)); got.User != l.User {
		t.Error("the new number does not open the account")
	}
	if got := f.login(phoneA, device(2)); !got.New {
		t.Error("the old number still opens the account")
	}
	prove := func(purpose string, user person.ID) person.Proof {
		t.Helper()
		a := login.Asked{Purpose: purpose, User: user, Device: device(3)}
		if user.IsZero() {
			a.Phone = "13600136000"
		}
		challenge, code := f.prove(a)
		p, err := f.codes.Prove(r.ctx, challenge, code, device(3), purpose, user)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	p := prove(login.PurposeCancel, gone.User)
	if err := r.db.Transact(r.ctx, "", append(f.store.CancelWrites(gone.User, p), f.store.SpendWrite(p, "r"))...); err != nil {
		t.Fatalf("cancel: %v", err)
	}
	if got := r.rows()["phone_claim"]; got != 2 {
		t.Errorf("%d claims, want the number free", got)
	}
	p = prove(login.PurposeWithdraw, person.ID{})
	_, writes, err := f.store.OpenWrites(r.ctx, gone.User, opening("", "", device(3)).Device, p)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.db.Transact(r.ctx, "", append(f.store.RestoreWrites(gone.User, p), writes...)...); err != nil {
		t.Fatalf("withdraw: %v", err)
	}
	if got := f.login("13600136000", device(3)); got.User != gone.User || r.told(gone.User) != 0 {
		t.Error("the account did not come back, or its device is unknown")
	}
	if r, err := f.operate(login.Order{Action: login.ActionFind, Phone: "13600136000"}); err != nil || r.User != gone.User {
		t.Errorf("find: %v", err)
	}
}

// What a rotation costs: one write more where a row is in the other place, and
// nothing when there is none.
func TestARotationHasItsCountOfCalls(t *testing.T) {
	r := startRotated(t)
	f := r.function()
	f.login(phoneA, device(1))
	r.vaults[1].turn(r.clk.Now())
	r.clk.Advance(time.Hour)
	f = r.function()
	r.calls()
	expect := func(what string, want ...string) {
		t.Helper()
		if got := r.calls(); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	challenge, code := f.ask(asking(phoneA, device(1)))
	expect("ask for a code", "BatchGetItem", "TransactWriteItems")
	if _, err := f.sessions.Open(r.ctx, opening(challenge, code, device(1))); err != nil {
		t.Fatal(err)
	}
	expect("log in", "UpdateItem", "BatchGetItem", "TransactWriteItems")
}

// What the sweep cannot move it counts until it is gone: a code of which the answer
// may be asked for, a session
// whose refresh token is older, or whose answer may be asked for again by an older
// one. What it moves works at once without the older version.
func TestTheSweepCountsWhatItCannotMove(t *testing.T) {
	r := startRotated(t)
	f := r.function()
	l, other := f.login(phoneA, device(1)), f.login(phoneB, device(2))
	r.clk.Advance(time.Minute)
	f.ask(asking(phoneA, device(1)))
	for _, v := range r.vaults {
		v.turn(r.clk.Now().Add(-time.Hour)) // settled
	}
	f = r.function()
	if got, err := f.operate(login.Order{Action: login.ActionFind, Phone: phoneA}); err != nil || got.User != l.User {
		t.Errorf("find: %v", err)
	}
	if left := r.rekey(); left[logindynamo.SecretPepper] != 2 || left[logindynamo.SecretToken] != 2 || left[logindynamo.SecretService] != 0 || left[logindynamo.SecretIndex] != 2 {
		t.Errorf("%v left, want two codes, two sessions, and two phones' codes", left)
	}
	r.clk.Advance(6 * time.Minute)
	next, err := f.sessions.Refresh(r.ctx, l.Refresh.Reveal(), device(1))
	if err != nil {
		t.Fatal(err)
	}
	if left := r.rekey(); left[logindynamo.SecretPepper] != 0 || left[logindynamo.SecretToken] != 2 {
		t.Errorf("%v left, want the session whose token may come again, and the other", left)
	}
	r.vaults[1].drop()
	r.vaults[3].drop()
	f = r.function()
	if next, err = f.sessions.Refresh(r.ctx, next.Refresh.Reveal(), device(1)); err != nil {
		t.Errorf("refresh without the older index: %v", err)
	}
	if _, err = f.sessions.Refresh(r.ctx, other.Refresh.Reveal(), device(2)); err != nil {
		t.Errorf("refresh without the older index: %v", err)
	}
	r.clk.Advance(time.Minute)
	f.authenticated(next)
	if left := r.rekey(); left[logindynamo.SecretToken] != 1 {
		t.Errorf("%v left, want the session that was refreshed once", left)
	}
}

// Two functions of which each writes under another version are asked for a code at
// once: one row, one SMS.
func TestOneCodeUnderTwoVersions(t *testing.T) {
	for range 10 {
		r := startRotated(t)
		r.vaults[1].turn(r.clk.Now().Add(-time.Hour))
		ahead, behind := r.function(), r.function()
		behind.keys.Index = keys.Turning(clocked{r.clk.Now().Add(-time.Hour)}, r.vaults[1].read)
		behind.codes.Indexes = behind.keys
		functions := []*world{ahead, behind}
		parallel(20, func(i int) error {
			_, err := functions[i%2].codes.Request(r.ctx, asking(phoneA, device(1)))
			return err
		})
		if n := r.rows()["codes"]; n != 1 || r.sms.count() != 1 {
			t.Fatalf("%d rows, %d SMS", n, r.sms.count())
		}
	}
}
