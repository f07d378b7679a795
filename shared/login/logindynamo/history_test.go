package logindynamo_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/anishathalye/porcupine"

	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/person"
)

// use is one call on a code's row, and took what it brought.
type use struct {
	what  string // "count", "recount", "spend" or "resend"
	nonce string
	as    string // spend: the result; resend: the next nonce
}

type took struct {
	found, spent bool
	n            int64  // tries or repeats counted
	result       string // that a repeat found
}

// code is the row of one code as the rules have it: what any number of callers
// may see of it, one after the other.
type code struct {
	nonce             string
	attempts, repeats int64
	failures          int64
	result            string
	replaced          int
}

// codeModel is the rules of a code's use (NIST SP 800-63B-4 3.1.3): five tries are
// counted, each before its compare, one spends it, five repeats find what that
// brought, and a resend ends all of it.
var codeModel = porcupine.Model{
	Init: func() any { return code{nonce: "n0"} },
	Step: func(state, input, output any) (bool, any) {
		c, u, got := state.(code), input.(use), output.(took)
		mine := u.nonce == c.nonce
		switch u.what {
		case "count":
			spent := mine && c.result != ""
			if !mine || spent || c.attempts >= 5 || c.failures >= 20 {
				return !got.found && got.spent == spent, c
			}
			c.attempts++
			c.failures++
			return got.found && got.n == c.attempts, c
		case "recount":
			if !mine || c.result == "" || c.repeats >= 5 {
				return !got.found, c
			}
			c.repeats++
			return got.found && got.n == c.repeats && got.result == c.result, c
		case "spend":
			if !mine || c.result != "" {
				return !got.found, c
			}
			c.result, c.failures = u.as, 0
			return got.found, c
		default: // a resend is written only when nothing changed since it was read
			if !got.found {
				return true, c
			}
			return true, code{nonce: u.as, failures: c.failures, replaced: c.replaced + 1}
		}
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v: %+v", input, output) },
}

// Whatever callers do to one code at once, what each of them sees is what they
// would have seen one after the other, in an order that their calls allow.
// Clauses: C11.
func TestUseOfACodeIsLinearizable(t *testing.T) {
	for seed := range uint64(rounds(4, 200)) {
		w := startWith(t, newChance(seed))
		phone := w.keys.Phone(person.Of[person.PhoneNumber]("+86" + phoneA))
		const slot = "s"
		send := func(nonce string) error {
			box, err := w.store.Outbox(w.ctx, phone, person.Hash{})
			if err != nil {
				return err
			}
			box.Open[slot] = login.Challenge{Nonce: nonce, MAC: person.Of[person.Hash]("m"), SentAt: t0, EndsAt: t0.Add(login.Standard().CodeLife)}
			return w.store.Send(w.ctx, box, t0.Add(login.Standard().FailureWindow))
		}
		if err := send("n0"); err != nil {
			t.Fatal(err)
		}
		var (
			time   atomic.Int64
			mu     sync.Mutex
			events []porcupine.Operation
			all    sync.WaitGroup
			latest atomic.Value
		)
		latest.Store("n0")
		for client := range 8 {
			chance := rand.New(rand.NewPCG(seed, uint64(client)))
			all.Go(func() {
				for i := range 6 {
					u := use{what: []string{"count", "count", "count", "recount", "spend", "resend"}[chance.IntN(6)], nonce: latest.Load().(string)}
					if u.what == "resend" && chance.IntN(3) > 0 {
						u.what = "count"
					}
					u.as = fmt.Sprintf("c%dx%d", client, i)
					called := time.Add(1)
					got, err := w.use(phone, slot, u, send)
					returned := time.Add(1)
					if err != nil {
						t.Error(err)
						return
					}
					if u.what == "resend" && got.found {
						latest.Store(u.as)
					}
					mu.Lock()
					events = append(events, porcupine.Operation{ClientId: client, Input: u, Call: called, Output: got, Return: returned})
					mu.Unlock()
				}
			})
		}
		all.Wait()
		if !porcupine.CheckOperations(codeModel, events) {
			t.Errorf("seed %d: no order of these %d calls explains what they saw", seed, len(events))
		}
	}
}

func (w *world) use(phone person.Hash, slot string, u use, send func(string) error) (got took, err error) {
	now := w.clk.Now()
	var c login.Challenge
	switch u.what {
	case "count":
		c, got.found, got.spent, err = w.store.Count(w.ctx, phone, slot, u.nonce, now)
		got.n = c.Attempts
	case "recount":
		c, got.found, err = w.store.Recount(w.ctx, phone, slot, u.nonce, now)
		got.n, got.result = c.Replays, c.Result
	case "spend":
		err = w.db.Transact(w.ctx, "", w.store.SpendWrite(person.Proof{Challenge: slot + "." + u.nonce, Phone: phone}, u.as))
		got.found = err == nil
		if errors.Is(err, dynamo.ErrCondition) {
			err = nil
		}
	default:
		err = send(u.as)
		got.found = err == nil
		if errors.Is(err, login.ErrRaced) {
			err = nil
		}
	}
	return got, err
}

// The check itself must see what is wrong: two who both spent a code, and a sixth
// try.
func TestTheModelRefusesWhatMustNotHappen(t *testing.T) {
	spend := func(client int, at int64) porcupine.Operation {
		return porcupine.Operation{ClientId: client, Input: use{what: "spend", nonce: "n0", as: fmt.Sprint(client)}, Call: at, Output: took{found: true}, Return: at + 5}
	}
	if porcupine.CheckOperations(codeModel, []porcupine.Operation{spend(1, 1), spend(2, 2)}) {
		t.Error("a code was spent twice")
	}
	var tries []porcupine.Operation
	for i := range int64(6) {
		tries = append(tries, porcupine.Operation{ClientId: int(i), Input: use{what: "count", nonce: "n0"}, Call: i, Output: took{found: true, n: i + 1}, Return: i + 10})
	}
	if !porcupine.CheckOperations(codeModel, tries[:5]) || porcupine.CheckOperations(codeModel, tries) {
		t.Error("five tries are allowed, and six are not")
	}
}
