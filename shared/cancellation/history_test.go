package cancellation_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/erasure/scan"
	"jewelrydisplay.app/shared/inventory"
)

// Each history runs against the real engine: 25 are enough for every run of
// the tests, and -rapid.checks asks for more.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "25"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// life is what a history knows of a person.
type life struct {
	someone
	receipt   string    // of the cancellation that holds; empty: active
	cancelled time.Time // when
	rows      map[string]bool
}

// history drives a world at random and knows what must come of it.
type history struct {
	*world
	t      *rapid.T
	people []*life
	n      int
}

var kinds = []*inventory.Type[thing]{accountRecord, sessionRecord, deviceRecord, likeRecord}

func (h *history) newcomer() {
	phone := ""
	if len(h.people) > 0 && rapid.Bool().Draw(h.t, "the number of somebody who left") {
		for _, p := range h.people {
			if p.receipt != "" && !h.taken(p) {
				phone = p.phone.Reveal()
			}
		}
	}
	p := &life{someone: h.register(phone), rows: map[string]bool{}}
	for _, r := range append(kinds[:len(kinds):len(kinds)], audienceRecord) {
		p.rows[r.Schema().Name+"#1"] = true
	}
	h.people = append(h.people, p)
}

// taken reports whether somebody else opens an account by the person's number.
func (h *history) taken(p *life) bool {
	for _, other := range h.people {
		if other.phone == p.phone && other.receipt == "" {
			return true
		}
	}
	return false
}

func (h *history) somebody(active bool) *life {
	var list []*life
	for _, p := range h.people {
		if (p.receipt == "") == active {
			list = append(list, p)
		}
	}
	if len(list) == 0 {
		return nil
	}
	return rapid.SampledFrom(list).Draw(h.t, "who")
}

func (h *history) write() {
	p := h.somebody(true)
	if p == nil {
		return
	}
	h.n++
	r, id := rapid.SampledFrom(kinds).Draw(h.t, "what"), fmt.Sprint("r", h.n)
	h.put(p.someone, r, id)
	p.rows[r.Schema().Name+"#"+id] = true
}

// leave cancels, killed somewhere or not, and repeats until there is an answer.
func (h *history) leave() {
	p := h.somebody(true)
	if p == nil {
		return
	}
	challenge := h.code(p.someone)
	if rapid.Bool().Draw(h.t, "killed") {
		h.wire.cut(rapid.IntRange(1, 14).Draw(h.t, "at call"), rapid.Bool().Draw(h.t, "before"))
		_, _ = h.cancel(p.someone, challenge)
		h.wire.mend()
	}
	r, err := h.cancel(p.someone, challenge)
	h.must(err)
	p.receipt, p.cancelled = r.ID, r.EffectiveAt
}

// back takes a cancellation back, which succeeds exactly within the 7 days and
// while the number is free.
func (h *history) back() {
	p := h.somebody(false)
	if p == nil {
		return
	}
	may := h.clock.Now().Before(p.cancelled.Add(7*24*time.Hour)) && !h.taken(p)
	challenge := h.code(p.someone)
	_, err := h.withdraw(p.someone, challenge, p.receipt)
	if may != (err == nil) {
		h.t.Fatalf("a withdrawal %v after the cancellation: %v", h.clock.Now().Sub(p.cancelled), err)
	}
	if err != nil {
		return
	}
	p.receipt = ""
	for row := range p.rows {
		if strings.HasPrefix(row, "session#") || strings.HasPrefix(row, "device#") {
			delete(p.rows, row)
		}
	}
	p.rows["session#"+challenge[strings.Index(challenge, " ")+1:]] = true
}

// pass lets time go by; messages, sweeps and kills come as they may.
func (h *history) pass() {
	h.clock.Advance(time.Duration(rapid.SampledFrom([]int64{
		1, int64(time.Minute), int64(2 * time.Hour), int64(3 * 24 * time.Hour), int64(7*24*time.Hour - time.Second), int64(60 * 24 * time.Hour),
	}).Draw(h.t, "time")))
	switch rapid.IntRange(0, 3).Draw(h.t, "then") {
	case 0:
		h.deliver()
	case 1:
		h.sweep()
	case 2:
		h.wire.cut(rapid.IntRange(1, 20).Draw(h.t, "at call"), rapid.Bool().Draw(h.t, "before"))
		for _, c := range h.messages {
			_ = h.finisher.Finish(context.Background(), c)
		}
		h.wire.mend()
	}
}

// check compares the tables with what must be there.
func (h *history) check() {
	rows := h.dump()
	for _, p := range h.people {
		if p.receipt != "" {
			h.forgotten(p, rows)
			continue
		}
		for name := range p.rows {
			found := false
			for _, table := range []string{"Accounts", "Engagement", "Notifications"} {
				_, ok := rows[table+" U#"+p.id.Reveal()+" "+name]
				found = found || ok
			}
			if !found {
				h.t.Errorf("the %s of somebody who stays is gone", name)
			}
		}
		g, found, err := dynamo.Of(h.db, gateRecord).Get(context.Background(), gate{User: p.id})
		if err != nil || !found || g.State != "active" {
			h.t.Errorf("somebody who stays: %v %v %v", found, g.State, err)
		}
	}
}

func (h *history) forgotten(p *life, rows map[string]string) {
	s, err := scan.New(scan.Identifier{Name: "user id", Value: p.id.Reveal()})
	h.must(err)
	for key, row := range rows {
		if leaks := s.Bytes("a table", []byte(key+row)); len(leaks) > 0 {
			h.t.Errorf("%v in a row of %s", leaks[0], strings.ReplaceAll(key, p.id.Reveal(), "·"))
		}
	}
	if h.endpoints[p.id.Reveal()] != 0 {
		h.t.Errorf("an endpoint is left")
	}
}

// T15 in small: whatever people do, cancel, take back, register again, and
// whatever is killed on the way, 180 days and 48 hours later those who left are
// in no row, and those who stayed have every row of theirs.
//
// Clauses: C18, C86, C88.
func TestHistories(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := &history{world: newWorld(t, monday), t: rt}
		h.newcomer()
		for range rapid.IntRange(5, 30).Draw(rt, "steps") {
			rapid.SampledFrom([]func(){h.newcomer, h.write, h.write, h.leave, h.back, h.pass, h.pass}).Draw(rt, "step")()
		}
		h.clock.Advance(180*24*time.Hour + 48*time.Hour)
		h.sweep()
		h.deliver()
		h.check()
		if due := h.due(); len(due) > 0 {
			rt.Errorf("%d erasures are still due", len(due))
		}
	})
}
