package logindynamo_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/login/logindynamo"
	"jewelrydisplay.app/shared/person"
)

func (w *world) operate(o login.Order) (login.Report, error) {
	ops := login.Operations{Store: w.store, Numbers: w.codes.Numbers, Pushes: w.pushes, Clock: w.clk}
	if o.Reason == "" {
		o.Reason = "ticket from customer service"
	}
	return ops.Do(w.ctx, o)
}

// audits returns the events that are on record, in no order.
func (w *world) audits() string {
	w.t.Helper()
	var events []string
	err := w.db.Scan(w.ctx, "Accounts", func(r dynamo.Raw) error {
		if r.Record() == "audit" {
			events = append(events, r.Text("event"))
			if at, ok := r.ExpiresAt(); !ok || at.Sub(w.clk.Now()) > 184*24*time.Hour+time.Second {
				w.t.Errorf("an audit row is kept until %v", at)
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return strings.Join(events, " ")
}

// Clauses: C36, C79.
func TestABanTakesEffectAtOnceAndEnds(t *testing.T) {
	w := start(t)
	l := w.login(phoneA, device(1))
	until := w.clk.Now().Add(48 * time.Hour)
	for range 2 {
		r, err := w.operate(login.Order{Action: login.ActionBan, Phone: phoneA, Until: until})
		if err != nil || r.State != login.Banned || !r.BannedUntil.Equal(until) || r.Sessions != 0 {
			t.Fatalf("ban: %+v, %v", r, err)
		}
	}
	if w.authenticated(l) {
		t.Error("a token of a banned account opens")
	}
	if !w.banned(l.User) {
		t.Error("the audience does not know of the ban")
	}
	if _, err := w.sessions.Refresh(w.ctx, l.Refresh.Reveal(), device(1)); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("refresh: %v", err)
	}
	w.clk.Advance(time.Minute)
	challenge, code := w.ask(asking(phoneA, device(1)))
	if _, err := w.sessions.Open(w.ctx, opening(challenge, wrong(code), device(1))); !fault.Is(err, fault.CodeRejected) {
		t.Errorf("a wrong code tells of the ban: %v", err)
	}
	if _, err := w.sessions.Open(w.ctx, opening(challenge, code, device(1))); !fault.Is(err, fault.Forbidden) {
		t.Errorf("log in: %v", err)
	}
	w.clk.Advance(48 * time.Hour)
	if got := w.login(phoneA, device(1)); got.User != l.User || !w.authenticated(got) {
		t.Error("the ban has no end")
	}
	if w.banned(l.User) {
		t.Error("the audience does not know that the ban is over")
	}
	if r, err := w.operate(login.Order{Action: login.ActionFind, User: l.User}); err != nil || r.State != login.Active {
		t.Errorf("after the ban: %+v, %v", r, err)
	}
	for _, event := range []string{"ban", "find", "logged in", "registered"} {
		if !strings.Contains(w.audits(), event) {
			t.Errorf("no audit of %q in %q", event, w.audits())
		}
	}
}

// Clauses: C86.
func TestUnbanEndSessionsAndLostNumber(t *testing.T) {
	w := start(t)
	l := w.login(phoneA, device(1))
	do := func(o login.Order) login.Report {
		t.Helper()
		r, err := w.operate(o)
		if err != nil {
			t.Fatalf("%s: %v", o.Action, err)
		}
		return r
	}
	do(login.Order{Action: login.ActionBan, User: l.User})
	if !w.banned(l.User) {
		t.Error("the audience does not know of the ban")
	}
	if r := do(login.Order{Action: login.ActionUnban, User: l.User}); r.State != login.Active || w.banned(l.User) {
		t.Errorf("unban: %+v", r)
	}
	l = w.login(phoneA, device(1))
	w.pushes.ended = nil
	if r := do(login.Order{Action: login.ActionEndSessions, Phone: phoneA}); r.Sessions != 0 || w.authenticated(l) || len(w.pushes.ended) != 1 {
		t.Errorf("end_sessions: %+v, pushes ended %q", r, w.pushes.ended)
	}
	l = w.login(phoneA, device(1))
	w.pushes.ended = nil
	w.left(l.User, time.Time{})
	lost := w.clk.Now()
	for range 2 {
		if r := do(login.Order{Action: login.ActionLostNumber, User: l.User}); r.HasNumber || r.State != login.Cancelled || w.authenticated(l) {
			t.Errorf("lost_number: %+v", r)
		}
		w.left(l.User, lost)
		w.clk.Advance(time.Hour)
	}
	do(login.Order{Action: login.ActionFind, User: l.User})
	if want := []string{"all but ", "all but "}; !slices.Equal(w.pushes.ended, want) {
		t.Errorf("lost_number: pushes ended %q, want %q", w.pushes.ended, want)
	}
	finder := w.login(phoneA, device(2))
	if !finder.New {
		t.Error("the lost number still opens the account")
	}
	if _, err := w.operate(login.Order{Action: login.ActionFind, Phone: phoneB}); !fault.Is(err, fault.NotFound) {
		t.Errorf("nobody's number: %v", err)
	}
	if err := w.cancel(finder, phoneA); err != nil {
		t.Fatal(err)
	}
	if _, err := w.operate(login.Order{Action: login.ActionBan, User: finder.User}); !fault.Is(err, fault.Conflict) {
		t.Errorf("a cancelled account: %v", err)
	}
}

func TestOrdersThatAreRefused(t *testing.T) {
	w := start(t)
	l := w.login(phoneA, device(1))
	before := w.audits()
	for name, o := range map[string]login.Order{
		"no such action":    {Action: "delete", User: l.User},
		"nobody":            {Action: login.ActionFind},
		"both":              {Action: login.ActionFind, Phone: phoneA, User: l.User},
		"no number":         {Action: login.ActionFind, Phone: "12"},
		"number in reason":  {Action: login.ActionFind, User: l.User, Reason: "caller 138-0013-8000"},
		"address in reason": {Action: login.ActionFind, User: l.User, Reason: "a@b.cn"},
		"long reason":       {Action: login.ActionFind, User: l.User, Reason: strings.Repeat("长", 201)},
		"blank reason":      {Action: login.ActionFind, User: l.User, Reason: "  "},
		"until of a find":   {Action: login.ActionFind, User: l.User, Until: t0.Add(time.Hour)},
		"until yesterday":   {Action: login.ActionBan, User: l.User, Until: t0},
	} {
		if _, err := w.operate(o); !fault.Is(err, fault.InvalidRequest) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if w.audits() != before || !w.authenticated(l) {
		t.Error("a refused order did something")
	}
}

// The audit outlives the account, so nothing in it says whose it is once the
// gate with the pseudonym is gone.
// Clauses: C06, C36.
func TestAuditRowsNameNobody(t *testing.T) {
	w := start(t)
	l := w.login(phoneA, device(1))
	err := w.db.Scan(w.ctx, "Accounts", func(r dynamo.Raw) error {
		if r.Record() != "audit" {
			return nil
		}
		v, err := r.Decode(logindynamo.AuditRecord.Schema(), inventory.Subject{})
		if err != nil {
			return err
		}
		for i := range v.NumField() {
			if text, ok := v.Field(i).Interface().(person.Hash); ok && strings.Contains(text.Reveal(), l.User.Reveal()) {
				t.Error("the pseudonym is the person's id")
			}
		}
		if strings.Contains(r.Key.PK+r.Key.SK, l.User.Reveal()) {
			t.Error("the key names the person")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Whoever had the number before it started anew, or lost it, comes back by
// customer service with a number that they proved there: to all that was theirs.
//
// Clauses: C79, C86.
func TestAnAccountThatItsNumberLeftComesBack(t *testing.T) {
	for name, leave := range map[string]func(w *world, old login.Login){
		"started anew": func(w *world, _ login.Login) {
			w.clk.Advance(91 * 24 * time.Hour)
			challenge, code := w.prove(asking(phoneA, device(2)))
			anew := opening(challenge, code, device(2))
			anew.StartAnew = true
			if _, err := w.sessions.Open(w.ctx, anew); err != nil {
				t.Fatal(err)
			}
		},
		"lost": func(w *world, old login.Login) {
			if _, err := w.operate(login.Order{Action: login.ActionLostNumber, User: old.User}); err != nil {
				t.Fatal(err)
			}
			w.login(phoneA, device(2))
		},
	} {
		w := start(t)
		old := w.login(phoneA, device(1))
		give := login.Order{Action: login.ActionGiveNumber, User: old.User, Phone: phoneB}
		if _, err := w.operate(give); !fault.Is(err, fault.Conflict) {
			t.Errorf("%s, before: %v", name, err)
		}
		leave(w, old)
		if r, err := w.operate(login.Order{Action: login.ActionFind, User: old.User}); err != nil || !r.Left || r.HasNumber {
			t.Errorf("%s: found %+v, %v", name, r, err)
		}
		taken := give
		taken.Phone = phoneA
		if _, err := w.operate(taken); !fault.Is(err, fault.Conflict) {
			t.Errorf("%s, by the number that opens another account: %v", name, err)
		}
		for range 2 { // the answer was lost
			r, err := w.operate(give)
			if err != nil || r.State != login.Active || !r.HasNumber || r.Left || r.Sessions != 0 {
				t.Fatalf("%s: %+v, %v", name, r, err)
			}
		}
		w.left(old.User, time.Time{})
		if w.authenticated(old) {
			t.Errorf("%s: a token of before opens", name)
		}
		if got := w.login(phoneB, device(3)); got.User != old.User {
			t.Errorf("%s: the number opens another account", name)
		}
		if got := w.login(phoneA, device(2)); got.User == old.User || got.New {
			t.Errorf("%s: the former number does not open its next holder's account", name)
		}
		if phone, err := w.store.Phone(w.ctx, old.User); err != nil || phone.Reveal() != "+86"+phoneB {
			t.Errorf("%s: the account's number, %v", name, err)
		}
		if !strings.Contains(w.audits(), "give_number") {
			t.Errorf("%s: no audit of it in %q", name, w.audits())
		}
	}
}

// An account that its person cancelled does not come back by an operator.
//
// Clauses: C86.
func TestACancelledAccountIsGivenNoNumber(t *testing.T) {
	w := start(t)
	l := w.login(phoneA, device(1))
	if err := w.cancel(l, phoneA); err != nil {
		t.Fatal(err)
	}
	if _, err := w.operate(login.Order{Action: login.ActionGiveNumber, User: l.User, Phone: phoneA}); !fault.Is(err, fault.Conflict) {
		t.Errorf("got %v", err)
	}
	for name, o := range map[string]login.Order{"no user": {Phone: phoneA}, "no phone": {User: l.User}} {
		o.Action = login.ActionGiveNumber
		if _, err := w.operate(o); !fault.Is(err, fault.InvalidRequest) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
