package logindynamo_test

import (
	"testing"
	"time"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/login"
)

// A kill at any call of whatever ends sessions: made again, it is done, and no
// token lives.
// Clauses: C70.
func TestAKillAtAnyCallOfALogout(t *testing.T) {
	for name, end := range map[string]func(w *world, l login.Login, session string) error{
		"end":        func(w *world, l login.Login, session string) error { return w.sessions.End(w.ctx, l.User, session) },
		"end others": func(w *world, l login.Login, _ string) error { return w.sessions.EndOthers(w.ctx, l.User, "") },
		"reuse": func(w *world, l login.Login, _ string) error {
			_, err := w.sessions.Refresh(w.ctx, l.Refresh.Reveal(), device(2))
			if fault.Is(err, fault.Unauthenticated) {
				return nil
			}
			return err
		},
		"end_sessions": func(w *world, l login.Login, _ string) error {
			_, err := w.operate(login.Order{Action: login.ActionEndSessions, User: l.User})
			return err
		},
		"lost_number": func(w *world, l login.Login, _ string) error {
			_, err := w.operate(login.Order{Action: login.ActionLostNumber, User: l.User})
			return err
		},
	} {
		crashes(t, func(t *testing.T, arm func(*world), struck func(*world) bool) {
			w := start(t)
			l := w.login(phoneA, device(1))
			list, err := w.sessions.List(w.ctx, l.User)
			if err != nil {
				t.Fatal(err)
			}
			arm(w)
			err = end(w, l, list[0].ID)
			if !struck(w) {
				if err != nil {
					t.Fatalf("%s, without a kill: %v", name, err)
				}
				return
			}
			if err == nil {
				t.Errorf("%s: a killed process answered", name)
			}
			if err := end(w, l, list[0].ID); err != nil {
				t.Errorf("%s, made again: %v", name, err)
			}
			if _, err := w.sessions.Refresh(w.ctx, l.Refresh.Reveal(), device(1)); w.authenticated(l) || !fault.Is(err, fault.Unauthenticated) || w.rows()["session"] != 0 {
				t.Errorf("%s: a token lives, rows %v", name, w.rows())
			}
		})
	}
}

// A kill at any call of a number that starts anew, and of the owner's return: one
// account is left once, and comes back once.
// Clauses: C86.
func TestAKillAtAnyCallOfANumberThatStartsAnew(t *testing.T) {
	crashes(t, func(t *testing.T, arm func(*world), struck func(*world) bool) {
		w := start(t)
		old := w.login(phoneA, device(1))
		w.clk.Advance(91 * 24 * time.Hour)
		challenge, code := w.prove(asking(phoneA, device(2)))
		anew := opening(challenge, code, device(2))
		anew.StartAnew = true
		arm(w)
		first, err := w.sessions.Open(w.ctx, anew)
		if !struck(w) {
			if err != nil {
				t.Fatalf("without a kill: %v", err)
			}
			return
		}
		again, err2 := w.sessions.Open(w.ctx, anew)
		if err2 != nil || err == nil && again != first || !again.New || again.User == old.User {
			t.Errorf("made again: %v, after %v", err2, err)
		}
		w.left(old.User, w.clk.Now())
		if got := w.rows(); got["phone_claim"] != 1 || got["gate"] != 2 {
			t.Errorf("rows %v", got)
		}
	})
	crashes(t, func(t *testing.T, arm func(*world), struck func(*world) bool) {
		w := start(t)
		old := w.login(phoneA, device(1))
		if _, err := w.operate(login.Order{Action: login.ActionLostNumber, User: old.User}); err != nil {
			t.Fatal(err)
		}
		give := login.Order{Action: login.ActionGiveNumber, User: old.User, Phone: phoneB}
		arm(w)
		_, err := w.operate(give)
		if !struck(w) {
			if err != nil {
				t.Fatalf("without a kill: %v", err)
			}
			return
		}
		if r, err2 := w.operate(give); err2 != nil || r.State != login.Active || !r.HasNumber || w.rows()["phone_claim"] != 1 {
			t.Errorf("made again: %v, after %v", err2, err)
		}
		w.left(old.User, time.Time{})
	})
}
