package loginfailover_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/login/loginfailover"
)

// provider answers as it is told, and counts what it sent, as the phone would.
type provider struct {
	answer  error
	asked   int
	sent    int
	swallow bool // sends, and answers as told all the same
	hangs   bool
}

func (p *provider) Send(ctx context.Context, _ login.SMS) error {
	p.asked++
	if p.answer == nil || p.swallow {
		p.sent++
	}
	if p.hangs {
		<-ctx.Done()
		return ctx.Err()
	}
	return p.answer
}

var (
	errOpen    = errors.New("no answer")
	errNotSent = fmt.Errorf("not reached: %w", login.ErrNotSent)
	errRefused = fmt.Errorf("bad number: %w", login.ErrRefused)
)

func over(first, second *provider) *loginfailover.Sender {
	return loginfailover.New(loginfailover.Standard(), loginfailover.Named{Name: "a", Sender: first}, loginfailover.Named{Name: "b", Sender: second})
}

func TestAMessageGoesOnOnlyWhenItWasSurelyNotSent(t *testing.T) {
	for _, c := range []struct {
		first, second *provider
		sent          int
		asked         bool // the second
		want          error
	}{
		{&provider{}, &provider{}, 1, false, nil},
		{&provider{answer: errNotSent}, &provider{}, 1, true, nil},
		{&provider{answer: errRefused}, &provider{}, 1, true, nil},
		{&provider{answer: errOpen}, &provider{}, 0, false, errOpen},
		{&provider{answer: errOpen, swallow: true}, &provider{}, 1, false, errOpen},
		{&provider{answer: errNotSent}, &provider{answer: errOpen, swallow: true}, 1, true, errOpen},
		{&provider{answer: errNotSent}, &provider{answer: errRefused}, 0, true, login.ErrNotSent},
	} {
		err := over(c.first, c.second).Send(context.Background(), login.SMS{})
		if got := c.first.sent + c.second.sent; got != c.sent || (c.second.asked > 0) != c.asked || !errors.Is(err, c.want) || (c.want == nil) != (err == nil) {
			t.Errorf("%+v and %+v: %v, %d SMS", c.first, c.second, err, got)
		}
		if c.want == errOpen && errors.Is(err, login.ErrNotSent) {
			t.Errorf("%v says that nothing was sent", err)
		}
	}
}

func TestASenderThatTimesOutAfterAcceptingIsNotFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := &provider{swallow: true, hangs: true}, &provider{}
		began := time.Now()
		err := over(first, second).Send(context.Background(), login.SMS{})
		if err == nil || errors.Is(err, login.ErrNotSent) || first.sent != 1 || second.asked != 0 {
			t.Errorf("%v, asked %d and %d", err, first.asked, second.asked)
		}
		if took := time.Since(began); took != loginfailover.Standard().Within {
			t.Errorf("took %v", took)
		}
	})
}

// A sender that fails five times in a row is left alone for half a minute, then
// tried by one message.
func TestASenderOutOfOrderIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := &provider{answer: errNotSent}, &provider{}
		s := over(first, second)
		send := func(n int) {
			for range n {
				if err := s.Send(context.Background(), login.SMS{}); err != nil {
					t.Fatal(err)
				}
			}
		}
		send(20)
		if first.asked != 5 || second.sent != 20 {
			t.Errorf("asked %d times, %d SMS by the other", first.asked, second.sent)
		}
		<-time.After(31 * time.Second)
		send(10)
		if first.asked != 6 {
			t.Errorf("asked %d times after its rest, want once more", first.asked)
		}
		<-time.After(31 * time.Second)
		first.answer = nil
		send(10)
		if first.sent != 10 || second.sent != 30 {
			t.Errorf("works again: %d and %d SMS", first.sent, second.sent)
		}
	})
}

// Guards against switching a sender off for everybody by asking for codes to
// numbers that it refuses.
func TestRefusalsDoNotSwitchASenderOff(t *testing.T) {
	first, second := &provider{answer: errRefused}, &provider{answer: errRefused}
	s := over(first, second)
	for range 50 {
		if err := s.Send(context.Background(), login.SMS{}); !errors.Is(err, login.ErrNotSent) {
			t.Fatal(err)
		}
	}
	first.answer = nil
	if err := s.Send(context.Background(), login.SMS{}); err != nil || first.sent != 1 {
		t.Errorf("%v", err)
	}
}

func TestAllSendersOutOfOrderIsToldAtOnce(t *testing.T) {
	first, second := &provider{answer: errOpen}, &provider{answer: errNotSent}
	s := over(first, second)
	for range 5 {
		_ = s.Send(context.Background(), login.SMS{})
	}
	for range 5 { // the first is left alone by now
		_ = s.Send(context.Background(), login.SMS{})
	}
	asked := first.asked + second.asked
	if err := s.Send(context.Background(), login.SMS{}); !errors.Is(err, login.ErrNotSent) || first.asked+second.asked != asked {
		t.Errorf("%v, asked %d times more", err, first.asked+second.asked-asked)
	}
}
