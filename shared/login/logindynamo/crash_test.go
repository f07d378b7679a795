package logindynamo_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/smithy-go/middleware"

	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/keys"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/login/logindynamo"
	"jewelrydisplay.app/shared/login/loginfailover"
	"jewelrydisplay.app/shared/login/loginwebhook"
	"jewelrydisplay.app/shared/login/loginwebhook/receiver"
	"jewelrydisplay.app/shared/person"
)

// crash kills the process at the n-th call from now on, to DynamoDB or to the
// sender: before it reaches the other side, or after the other side has done it
// and the answer is lost. Whatever the killed process would still do is not done.
type crash struct {
	mu     sync.Mutex
	in     int // calls to go; 0: none kills
	after  bool
	killed bool
	calls  int // counted since the last arm
}

var errCrash = errors.New("crash")

func (c *crash) arm(n int, after bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.in, c.after, c.killed, c.calls = n, after, false, 0
}

// disarm starts the process anew, and reports whether it was killed.
func (c *crash) disarm() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	killed := c.killed
	c.in, c.killed = 0, false
	return killed
}

// made is how many calls were made since the last arm.
func (c *crash) made() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.calls
}

// call makes a call, or dies with it.
func (c *crash) call(do func() error) error {
	c.mu.Lock()
	if c.killed {
		c.mu.Unlock()
		return errCrash
	}
	c.calls++
	strikes := c.in > 0 && c.calls == c.in
	c.killed = strikes
	before := strikes && !c.after
	c.mu.Unlock()
	if before {
		return errCrash
	}
	if err := do(); err != nil || !strikes {
		return err
	}
	return errCrash
}

func (c *crash) middleware(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("crash", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (out middleware.InitializeOutput, meta middleware.Metadata, err error) {
		err = c.call(func() error {
			out, meta, err = next.HandleInitialize(ctx, in)
			return err
		})
		if errors.Is(err, errCrash) {
			out = middleware.InitializeOutput{}
		}
		return out, meta, err
	}), middleware.Before)
}

// crashes runs f once for every call that can be the one that kills, and both
// ways, until none is left to kill; the run without a crash counts the calls, and
// every one of them must have killed twice.
func crashes(t *testing.T, f func(t *testing.T, arm func(w *world), struck func(w *world) bool)) {
	t.Helper()
	for _, after := range []bool{false, true} {
		kills, calls := 0, 0
		for n, more := 1, true; more; n++ {
			f(t, func(w *world) { w.crash.arm(n, after) }, func(w *world) bool {
				calls = w.crash.made()
				if more = w.crash.disarm(); more {
					kills++
				}
				return more
			})
			if n > 40 {
				t.Fatal("the calls never end")
			}
		}
		if kills == 0 || kills != calls {
			t.Errorf("%d kills (after %v), and %d calls", kills, after, calls)
		}
	}
}

// outstanding is what the address and the country of a test were counted for.
func (w *world) outstanding() (sent, verified int64) {
	w.t.Helper()
	err := w.db.Scan(w.ctx, "Accounts", func(r dynamo.Raw) error {
		if r.Record() != logindynamo.TallyRecord.Schema().Name {
			return nil
		}
		tallies, err := w.store.Tallies(w.ctx, []person.Hash{person.Of[person.Hash](strings.TrimPrefix(r.Key.PK, "T#"))})
		if err != nil {
			return err
		}
		for _, h := range tallies[0].Hours {
			sent, verified = sent+h.Sent, verified+h.Verified
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return sent, verified
}

// A kill at any call of a request for a code sends no code twice, forgets no SMS
// that went out, and the same request made again goes through: at once, or when
// the minute is over that a lost SMS costs.
// Clauses: C11, C36.
func TestAKillAtAnyCallOfARequest(t *testing.T) {
	crashes(t, func(t *testing.T, arm func(*world), struck func(*world) bool) {
		w := start(t)
		arm(w)
		_, err := w.codes.Request(w.ctx, asking(phoneA, device(1)))
		if !struck(w) {
			if err != nil || w.sms.count() != 1 {
				t.Fatalf("without a kill: %v, %d SMS", err, w.sms.count())
			}
			return
		}
		if err == nil {
			t.Error("a killed process answered")
		}
		before := w.sms.count()
		sent, err := w.codes.Request(w.ctx, asking(phoneA, device(1)))
		if err != nil || w.sms.count() > 1 {
			t.Errorf("made again at once: %v, %d SMS", err, w.sms.count())
		}
		if w.sms.count() == before { // the SMS was written down, and perhaps not sent
			w.clk.Advance(time.Minute)
			if sent, err = w.codes.Request(w.ctx, asking(phoneA, device(1))); err != nil || w.sms.count() != before+1 {
				t.Fatalf("made again after a minute: %v, %d SMS", err, w.sms.count())
			}
		}
		codes := map[string]bool{}
		for _, text := range w.sms.sent {
			codes[text] = true
		}
		if len(codes) != w.sms.count() {
			t.Error("a code was sent twice")
		}
		if n, _ := w.outstanding(); n < 2*int64(w.sms.count()) {
			t.Errorf("%d counts for %d SMS: each is one of an address and one of a country", n, w.sms.count())
		}
		if _, err := w.sessions.Open(w.ctx, opening(sent.Challenge, w.sms.code(), device(1))); err != nil {
			t.Errorf("the code: %v", err)
		}
	})
}

// dying is a sender whose calls kill the process as those to the database do.
type dying struct {
	login.Sender
	dies *crash
}

func (d dying) Send(ctx context.Context, m login.SMS) error {
	return d.dies.call(func() error { return d.Sender.Send(ctx, m) })
}

// outOfOrder is a sender that sends nothing, and says so.
type outOfOrder struct{}

func (outOfOrder) Send(context.Context, login.SMS) error { return login.ErrNotSent }

// The same with two senders, of which the first is out of order and the second is
// a webhook: one request brings one SMS at most, wherever the process is killed.
func TestAKillAtAnyCallOfARequestByTheSecondSender(t *testing.T) {
	var got atomic.Int64
	secret := strings.Repeat("s", 64)
	crashes(t, func(t *testing.T, arm func(*world), struck func(*world) bool) {
		w := start(t)
		got.Store(0)
		server := httptest.NewServer(&receiver.Handler{Secrets: []string{secret}, Now: w.clk.Now, Send: func(receiver.Message) error {
			got.Add(1)
			return nil
		}})
		defer server.Close()
		w.codes.Sender = loginfailover.New(loginfailover.Standard(),
			loginfailover.Named{Name: "first", Sender: dying{outOfOrder{}, &w.crash}},
			loginfailover.Named{Name: "second", Sender: dying{loginwebhook.New(server.URL, keys.Fixed(secret), w.clk), &w.crash}})
		arm(w)
		_, err := w.codes.Request(w.ctx, asking(phoneA, device(1)))
		if !struck(w) {
			if err != nil || got.Load() != 1 {
				t.Fatalf("without a kill: %v, %d SMS", err, got.Load())
			}
			return
		}
		if err == nil || got.Load() > 1 {
			t.Errorf("killed: %v, %d SMS", err, got.Load())
		}
		if _, err := w.codes.Request(w.ctx, asking(phoneA, device(1))); err != nil || got.Load() > 1 {
			t.Errorf("made again at once: %v, %d SMS", err, got.Load())
		}
	})
}

// A kill at any call of a login leaves no half-made account and spends nothing
// twice; the same call made again gets its answer.
// Clauses: C11.
func TestAKillAtAnyCallOfALogin(t *testing.T) {
	for _, known := range []bool{false, true} {
		crashes(t, func(t *testing.T, arm func(*world), struck func(*world) bool) {
			w := start(t)
			want := map[string]int{"account": 1, "audit": 1, "codes": 1, "gate": 1, "known_device": 1, "phone_claim": 1, "session": 1}
			if known {
				w.login(phoneA, device(1))
				w.clk.Advance(time.Minute)
				want["audit"], want["session"] = 2, 2
			}
			challenge, code := w.ask(asking(phoneA, device(1)))
			arm(w)
			first, err := w.sessions.Open(w.ctx, opening(challenge, code, device(1)))
			if !struck(w) {
				if err != nil {
					t.Fatalf("without a kill: %v", err)
				}
				return
			}
			again, err2 := w.sessions.Open(w.ctx, opening(challenge, code, device(1)))
			if err2 != nil || (err == nil && again != first) || again.New == known || !w.authenticated(again) {
				t.Errorf("made again: %v, after %v", err2, err)
			}
			if got := w.rows(); !reflect.DeepEqual(got, want) {
				t.Errorf("rows %v, want %v", got, want)
			}
			if sent, verified := w.outstanding(); verified > sent {
				t.Errorf("%d of %d codes came back", verified, sent)
			}
		})
	}
}

// The same for a refresh, and for a change of number.
func TestACrashAtAnyCallOfARefresh(t *testing.T) {
	crashes(t, func(t *testing.T, arm func(*world), struck func(*world) bool) {
		w := start(t)
		l := w.login(phoneA, device(1))
		w.clk.Advance(25 * time.Hour)
		arm(w)
		first, err := w.sessions.Refresh(w.ctx, l.Refresh.Reveal(), device(1))
		if !struck(w) {
			return
		}
		again, err2 := w.sessions.Refresh(w.ctx, l.Refresh.Reveal(), device(1))
		if err2 != nil || (err == nil && again != first) || !w.authenticated(again) {
			t.Errorf("made again: %v, after %v", err2, err)
		}
	})
}

func TestACrashAtAnyCallOfAMove(t *testing.T) {
	crashes(t, func(t *testing.T, arm func(*world), struck func(*world) bool) {
		w := start(t)
		l := w.login(phoneA, device(1))
		m := w.moving(l, phoneB)
		arm(w)
		err := w.sessions.Move(w.ctx, m)
		if !struck(w) {
			return
		}
		if err2 := w.sessions.Move(w.ctx, m); err2 != nil {
			t.Errorf("made again: %v, after %v", err2, err)
		}
		if got := w.login(phoneB, device(1)); got.User != l.User || w.rows()["phone_claim"] != 1 {
			t.Errorf("the number did not move, rows %v", w.rows())
		}
	})
}

// And for an operator's order: done or not, never half, and it can be given
// again.
func TestACrashAtAnyCallOfABan(t *testing.T) {
	crashes(t, func(t *testing.T, arm func(*world), struck func(*world) bool) {
		w := start(t)
		l := w.login(phoneA, device(1))
		order := login.Order{Action: login.ActionBan, Phone: phoneA}
		arm(w)
		_, err := w.operate(order)
		if !struck(w) {
			return
		}
		if r, err2 := w.operate(order); err2 != nil || r.State != login.Banned || w.authenticated(l) {
			t.Errorf("given again: %+v, %v, after %v", r, err2, err)
		}
		if _, err := w.sessions.Refresh(w.ctx, l.Refresh.Reveal(), device(1)); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("refresh: %v", err)
		}
	})
}
