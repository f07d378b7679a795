package logindynamo_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"pgregory.net/rapid"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/login"
)

// act is one call on a session with the tokens of a turn, and saw what it brought.
type act struct {
	what string // "refresh", "use", "end", "others" or "ban"
	turn int
}

type saw struct {
	ok    bool
	again bool // busy: nothing was done, it may be asked again
}

// life is a session as the rules have it, while the clock stands.
type life struct {
	turn  int
	ended bool
}

var sessionModel = porcupine.Model{
	Init: func() any { return life{} },
	Step: func(state, input, output any) (bool, any) {
		l, a, got := state.(life), input.(act), output.(saw)
		switch {
		case got.again:
			return true, l
		case a.what == "use":
			return got.ok == (!l.ended && a.turn == l.turn), l
		case a.what != "refresh": // the end of it
			l.ended = true
			return true, l
		case l.ended:
			return !got.ok, l
		case a.turn == l.turn:
			l.turn++
			return got.ok, l
		case a.turn == l.turn-1: // within the grace
			return got.ok, l
		default: // in two hands
			l.ended = true
			return !got.ok, l
		}
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v: %+v", input, output) },
}

// family is a session's tokens by their turns.
type family struct {
	mu     sync.Mutex
	tokens []login.Login
}

func (f *family) at(turn int) login.Login {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.tokens[turn]
}

func (f *family) latest() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.tokens) - 1
}

// bear notes the successors of a turn, which must always be the same ones.
func (f *family) bear(t *testing.T, turn int, l login.Login) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case turn == len(f.tokens):
		f.tokens = append(f.tokens, l)
	case turn < len(f.tokens) && (f.tokens[turn].Access != l.Access || f.tokens[turn].Refresh != l.Refresh):
		t.Errorf("turn %d has two generations", turn)
	}
}

// do makes a call.
func (w *world) do(t *testing.T, f *family, a act, session string) (saw, error) {
	l := f.at(a.turn)
	var err error
	switch a.what {
	case "use":
		_, err = w.auth.Authenticate(w.ctx, l.Access.Reveal())
	case "refresh":
		var next login.Login
		if next, err = w.sessions.Refresh(w.ctx, l.Refresh.Reveal(), device(1)); err == nil {
			f.bear(t, a.turn+1, next)
		}
	case "end":
		err = w.sessions.End(w.ctx, l.User, session)
	case "others":
		err = w.sessions.EndOthers(w.ctx, l.User, "")
	case "ban":
		_, err = w.operate(login.Order{Action: login.ActionBan, User: l.User})
	}
	got := saw{ok: err == nil, again: fault.Is(err, fault.Unavailable)}
	if fault.Is(err, fault.Unauthenticated) || got.again {
		err = nil
	}
	return got, err
}

// Whatever callers do to one session at once, what each of them sees is what they
// would have seen one after the other, in an order that their calls allow: after
// the end of it nothing opens.
//
// Clauses: C11, C36.
func TestTheLifeOfASessionIsLinearizable(t *testing.T) {
	for seed := range uint64(rounds(20, 400)) {
		w := startWith(t, newChance(seed))
		f := &family{tokens: []login.Login{w.login(phoneA, device(1))}}
		list, err := w.sessions.List(w.ctx, f.tokens[0].User)
		if err != nil || len(list) != 1 {
			t.Fatal(err)
		}
		var (
			ticks  atomic.Int64
			mu     sync.Mutex
			events []porcupine.Operation
			all    sync.WaitGroup
		)
		for client := range 6 {
			chance := rand.New(rand.NewPCG(seed, uint64(client)))
			all.Go(func() {
				for range 6 {
					a := act{what: []string{"refresh", "refresh", "use"}[chance.IntN(3)]}
					if chance.IntN(20) == 0 {
						a.what = []string{"end", "others", "ban"}[chance.IntN(3)]
					}
					a.turn = f.latest()
					if a.turn > 0 && chance.IntN(4) == 0 {
						a.turn -= min(a.turn, 1+chance.IntN(8)/7)
					}
					called := ticks.Add(1)
					got, err := w.do(t, f, a, list[0].ID)
					returned := ticks.Add(1)
					if err != nil {
						t.Errorf("seed %d: %v", seed, err)
						return
					}
					mu.Lock()
					events = append(events, porcupine.Operation{ClientId: client, Input: a, Call: called, Output: got, Return: returned})
					mu.Unlock()
				}
			})
		}
		all.Wait()
		if !porcupine.CheckOperations(sessionModel, events) {
			t.Errorf("seed %d: no order of these %d calls explains what they saw", seed, len(events))
		}
	}
}

// machine is a session with the clock that moves: the rules of the reference, one
// call after the other.
type machine struct {
	w            *world
	tokens       []login.Login
	used, ended  bool
	born, turned time.Time
	banned       bool
}

func (m *machine) alive() bool {
	now, set := m.w.clk.Now(), login.Standard()
	ends := m.turned.Add(set.RefreshIdle)
	if old := m.born.Add(set.SessionLife); old.Before(ends) {
		ends = old
	}
	return !m.ended && !m.banned && now.Before(ends)
}

// A session goes through any sequence of calls, devices and times as the rules
// say. Clauses: C11, C64.
func TestTheSessionsStateMachine(t *testing.T) {
	before := flag.Lookup("rapid.checks").Value.String()
	if err := flag.Set("rapid.checks", fmt.Sprint(rounds(15, 300))); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = flag.Set("rapid.checks", before) }()
	w := start(t)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		m := &machine{w: w}
		m.tokens = []login.Login{w.login(number(n), device(1))}
		m.born, m.turned = w.clk.Now(), w.clk.Now()
		set := login.Standard()
		rt.Repeat(map[string]func(*rapid.T){
			"wait": func(rt *rapid.T) {
				w.clk.Advance(rapid.SampledFrom([]time.Duration{time.Millisecond, 29 * time.Second, 31 * time.Second, 29 * time.Minute, time.Hour, 25 * time.Hour, 29 * 24 * time.Hour}).Draw(rt, "for"))
			},
			"use": func(rt *rapid.T) {
				at := rapid.IntRange(max(0, len(m.tokens)-2), len(m.tokens)-1).Draw(rt, "turn")
				want := m.alive() && at == len(m.tokens)-1 && w.clk.Now().Before(m.turned.Add(set.AccessLife))
				if got := w.authenticated(m.tokens[at]); got != want {
					rt.Fatalf("turn %d of %d opens: %v", at, len(m.tokens)-1, got)
				}
				m.used = m.used || want
			},
			"refresh": func(rt *rapid.T) {
				at := rapid.IntRange(max(0, len(m.tokens)-3), len(m.tokens)-1).Draw(rt, "turn")
				d := rapid.SampledFrom([]int{1, 1, 1, 1, 2}).Draw(rt, "device")
				l, err := w.sessions.Refresh(w.ctx, m.tokens[at].Refresh.Reveal(), device(d))
				m.refreshed(rt, at, d, l, err)
			},
			"end": func(rt *rapid.T) {
				if rapid.IntRange(0, 9).Draw(rt, "really") > 0 {
					return
				}
				if err := w.sessions.EndOthers(w.ctx, m.tokens[0].User, ""); err != nil {
					rt.Fatal(err)
				}
				m.ended = true
			},
		})
	})
}

// refreshed compares what a refresh brought with the rules, and follows them.
func (m *machine) refreshed(rt *rapid.T, at, d int, l login.Login, err error) {
	last, now, set := len(m.tokens)-1, m.w.clk.Now(), login.Standard()
	switch {
	case !m.alive():
	case d != 1 || at < last-1:
		m.ended = true
	case at == last:
		if err != nil {
			rt.Fatalf("a present token is refused: %v", err)
		}
		m.tokens, m.used, m.turned = append(m.tokens, l), false, now
		return
	case !m.used || now.Before(m.turned.Add(set.RefreshGrace)):
		if err != nil || l.Access != m.tokens[last].Access || l.Refresh != m.tokens[last].Refresh {
			rt.Fatalf("a spent token has another successor: %v", err)
		}
		return
	default:
		m.ended = true
	}
	if !fault.Is(err, fault.Unauthenticated) {
		rt.Fatalf("turn %d of %d from device %d: %v, want it refused", at, last, d, err)
	}
}
