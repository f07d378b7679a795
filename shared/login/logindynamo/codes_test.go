package logindynamo_test

import (
	"context"
	"errors"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/person"
)

// compares counts what reaches the compare.
type compares struct {
	login.CodeKeys
	mu sync.Mutex
	n  int
}

func (c *compares) Matches(ctx context.Context, mac person.Hash, code string, t login.Ticket, d person.DeviceID) (bool, error) {
	c.mu.Lock()
	c.n++
	c.mu.Unlock()
	return c.CodeKeys.Matches(ctx, mac, code, t, d)
}

// parallel runs f n times at once and returns how often it gave nil.
func parallel(n int, f func(i int) error) int {
	var (
		wg sync.WaitGroup
		mu sync.Mutex
		ok int
	)
	for i := range n {
		wg.Go(func() {
			if f(i) == nil {
				mu.Lock()
				ok++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return ok
}

// Guards against parallel guesses that are compared before they are counted.
// Clauses: C11, C36.
func TestParallelGuessesReachFiveComparesAndThenTheRightCodeFailsToo(t *testing.T) {
	for seed := range uint64(rounds(2, 100)) {
		w := startWith(t, newChance(seed))
		counted := &compares{CodeKeys: w.keys}
		w.codes.Keys = counted
		challenge, code := w.ask(asking(phoneA, device(1)))
		if n := parallel(rounds(100, 1000), func(int) error {
			_, err := w.sessions.Open(w.ctx, opening(challenge, wrong(code), device(1)))
			return err
		}); n != 0 || counted.n != 5 {
			t.Errorf("seed %d: %d logins, %d compares; want 0 and 5", seed, n, counted.n)
		}
		if _, err := w.sessions.Open(w.ctx, opening(challenge, code, device(1))); !fault.Is(err, fault.CodeRejected) {
			t.Errorf("seed %d: the right code after five wrong ones: %v", seed, err)
		}
		if got := w.rows(); got["session"] != 0 || got["gate"] != 0 {
			t.Errorf("seed %d: rows %v", seed, got)
		}
	}
}

func TestParallelRightSubmissionsMakeOneAccount(t *testing.T) {
	w := start(t)
	challenge, code := w.ask(asking(phoneA, device(1)))
	var (
		mu     sync.Mutex
		tokens = map[string]bool{}
	)
	ok := parallel(200, func(i int) error {
		l, err := w.sessions.Open(w.ctx, opening(challenge, code, device(1+i%2)))
		if err != nil {
			if !fault.Is(err, fault.CodeRejected) && !fault.Is(err, fault.Unavailable) {
				t.Errorf("refused with %v", err)
			}
			return err
		}
		if i%2 == 1 {
			t.Error("another device was let in")
		}
		mu.Lock()
		tokens[l.Access.Reveal()+l.Refresh.Reveal()+l.User.Reveal()] = true
		mu.Unlock()
		return nil
	})
	if ok < 1 || len(tokens) != 1 {
		t.Errorf("%d answers, %d different; want at least one, all the same", ok, len(tokens))
	}
	want := map[string]int{"gate": 1, "account": 1, "phone_claim": 1, "session": 1, "audit": 1, "known_device": 1, "codes": 1}
	if got := w.rows(); !reflect.DeepEqual(got, want) {
		t.Errorf("rows %v, want %v", got, want)
	}
}

func TestTwentyFailuresADayOverAllCodesDevicesAndAddresses(t *testing.T) {
	w := start(t)
	counted := &compares{CodeKeys: w.keys}
	w.codes.Keys = counted
	var refused int
	for i := range 10 {
		w.clk.Advance(61 * time.Minute)
		a := asking(phoneA, device(i))
		a.Address = netip.AddrFrom4([4]byte{203, 0, 113, byte(i)})
		sent, err := w.codes.Request(w.ctx, a)
		if fault.Is(err, fault.TooManyRequests) {
			refused++
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for range 4 {
			_, _ = w.sessions.Open(w.ctx, opening(sent.Challenge, wrong(w.sms.code()), device(i)))
		}
	}
	if counted.n != 20 || refused != 5 {
		t.Errorf("%d compares, %d requests refused; want 20 and 5", counted.n, refused)
	}
	w.clk.Advance(24 * time.Hour)
	w.login(phoneA, device(1))
}

func TestParallelRequestsSendOneSMS(t *testing.T) {
	w := start(t)
	challenges := make([]string, rounds(200, 500))
	ok := parallel(len(challenges), func(i int) error {
		sent, err := w.codes.Request(w.ctx, asking(phoneA, device(i%2)))
		challenges[i] = sent.Challenge
		if err != nil && !fault.Is(err, fault.TooManyRequests) && !fault.Is(err, fault.Unavailable) {
			t.Errorf("refused with %v", err)
		}
		return err
	})
	slices.Sort(challenges)
	if n := len(slices.Compact(challenges)); w.sms.count() != 1 || ok < 1 || n != 2 {
		t.Errorf("%d SMS, %d answers, %d different; want 1 SMS and one challenge (and none)", w.sms.count(), ok, n)
	}
}

// A simulated day of asking every ten seconds: the carriers' limits hold, and
// Retry-After is exact.
func TestADayOfAskingKeepsTheLimits(t *testing.T) {
	w := start(t)
	var sent []time.Time
	until := t0.Add(24 * time.Hour)
	for n := 0; w.clk.Now().Before(until); n++ {
		before := w.sms.count()
		_, err := w.codes.Request(w.ctx, asking(phoneA, device(n%3)))
		if w.sms.count() > before {
			sent = append(sent, w.clk.Now())
		}
		var f *fault.Error
		if errors.As(err, &f) {
			if f.Code != fault.TooManyRequests || f.RetryAfter <= 0 {
				t.Fatalf("refused with %v", err)
			}
			w.clk.Advance(f.RetryAfter - time.Millisecond)
			if _, err := w.codes.Request(w.ctx, asking(phoneA, device(100+n))); !fault.Is(err, fault.TooManyRequests) {
				t.Fatalf("a millisecond before Retry-After ends: %v", err)
			}
			w.clk.Advance(time.Millisecond)
			continue
		}
		w.clk.Advance(10 * time.Second)
	}
	for _, limit := range login.Standard().Sends {
		for i := range sent {
			if j := i + limit.Count; j < len(sent) && sent[j].Sub(sent[i]) < limit.Span {
				t.Errorf("more than %d SMS in %v: %v and %v", limit.Count, limit.Span, sent[i], sent[j])
			}
		}
	}
	if len(sent) != 10 {
		t.Errorf("%d SMS in a day, want the 10 that are allowed", len(sent))
	}
}

func TestSameRequestBeforeResendIsTheSameAnswer(t *testing.T) {
	w := start(t)
	first, err := w.codes.Request(w.ctx, asking(phoneA, device(1)))
	if err != nil {
		t.Fatal(err)
	}
	w.clk.Advance(59 * time.Second)
	again, err := w.codes.Request(w.ctx, asking("+86 138-0013-8000", device(1)))
	if err != nil || again.Challenge != first.Challenge || !again.ExpiresAt.Equal(first.ExpiresAt) || w.sms.count() != 1 {
		t.Errorf("same challenge %v, %d SMS, %v", again.Challenge == first.Challenge, w.sms.count(), err)
	}
	if again.ResendIn != time.Second || again.ExpiresIn != 4*time.Minute+time.Second {
		t.Errorf("resend in %v, expires in %v", again.ResendIn, again.ExpiresIn)
	}
	old := w.sms.code()
	w.clk.Advance(time.Second)
	next, err := w.codes.Request(w.ctx, asking(phoneA, device(1)))
	if err != nil || next.Challenge == first.Challenge || w.sms.count() != 2 {
		t.Fatalf("after resend_at: %v, %d SMS", err, w.sms.count())
	}
	if _, err := w.sessions.Open(w.ctx, opening(first.Challenge, old, device(1))); !fault.Is(err, fault.CodeRejected) {
		t.Errorf("the code before a resend: %v", err)
	}
	if _, err := w.sessions.Open(w.ctx, opening(next.Challenge, w.sms.code(), device(1))); err != nil {
		t.Errorf("the code after a resend: %v", err)
	}
}

// Clauses: C11, C64.
func TestACodeEndsAtItsMillisecond(t *testing.T) {
	for _, c := range []struct {
		after time.Duration
		want  bool
	}{{5*time.Minute - time.Millisecond, true}, {5 * time.Minute, false}, {5*time.Minute + time.Second, false}} {
		w := start(t)
		challenge, code := w.ask(asking(phoneA, device(1)))
		w.clk.Advance(c.after)
		_, err := w.sessions.Open(w.ctx, opening(challenge, code, device(1)))
		if (err == nil) != c.want || (err != nil && !fault.Is(err, fault.CodeRejected)) {
			t.Errorf("after %v: %v", c.after, err)
		}
	}
}

// A resend races a verification: once the new code is committed, the old one
// never works.
func TestResendRacingVerify(t *testing.T) {
	for seed := range uint64(rounds(4, 200)) {
		w := startWith(t, newChance(seed))
		challenge, code := w.ask(asking(phoneA, device(1)))
		w.clk.Advance(time.Minute)
		var resent, opened error
		parallel(2, func(i int) error {
			if i == 0 {
				_, resent = w.codes.Request(w.ctx, asking(phoneA, device(1)))
				return resent
			}
			_, opened = w.sessions.Open(w.ctx, opening(challenge, code, device(1)))
			return opened
		})
		if resent != nil {
			t.Fatalf("resend: %v", resent)
		}
		if _, err := w.sessions.Open(w.ctx, opening(challenge, code, device(1))); !fault.Is(err, fault.CodeRejected) {
			t.Errorf("seed %d: the old code after the resend: %v (opened before: %v)", seed, err, opened)
		}
		if got := w.rows()["session"]; (opened == nil) != (got == 1) {
			t.Errorf("seed %d: %d sessions, opened: %v", seed, got, opened)
		}
	}
}

// Whoever asks and never finishes leaves nothing after a day, and nothing that
// says who they are before.
// Clauses: C01.
func TestNobodyIsOnDiskBeforeTheyFinish(t *testing.T) {
	w := start(t)
	w.ask(asking(phoneA, device(1)))
	if got := w.rows(); !reflect.DeepEqual(got, map[string]int{"codes": 1}) {
		t.Fatalf("rows %v, want the codes alone", got)
	}
	var dumped bool
	err := w.db.Scan(w.ctx, "Accounts", func(r dynamo.Raw) error {
		dumped = true
		if r.Key.SK != "CODES" && r.Key.SK != "TALLY" {
			t.Errorf("a row %s", r.Key.SK)
		}
		at, ok := r.ExpiresAt()
		if !ok || at.After(t0.Add(24*time.Hour+time.Second)) {
			t.Errorf("the row is kept until %v", at)
		}
		if strings.Contains(r.Key.PK+r.Key.SK, "138") {
			t.Error("the key shows the number")
		}
		return nil
	})
	if err != nil || !dumped {
		t.Fatalf("scan: %v", err)
	}
}

func TestASenderThatTimesOutCostsTheBudgetAndIsNotAskedAgain(t *testing.T) {
	w := start(t)
	w.sms.fail = errors.New("time-out")
	var f *fault.Error
	if _, err := w.codes.Request(w.ctx, asking(phoneA, device(1))); !errors.As(err, &f) || f.Code != fault.Unavailable || f.RetryAfter != time.Minute {
		t.Errorf("got %v, want unavailable until another SMS may be sent", err)
	}
	if _, err := w.codes.Request(w.ctx, asking(phoneA, device(1))); err != nil || w.sms.count() != 1 {
		t.Errorf("asked again at once: %v, %d SMS", err, w.sms.count())
	}
	if sent, verified := w.outstanding(); sent != 2 || verified != 0 {
		t.Errorf("%d counted, want 2, of address and country: nothing is given back", sent)
	}
	w.sms.fail = nil
	w.login(phoneA, device(1))
}
