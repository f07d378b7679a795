package notificationdynamo_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/notification"
	"jewelrydisplay.app/shared/person"
)

// stalls is a sender that reports to the test in the middle of a push.
type stalls struct {
	notification.Sender
	before, after func() error
}

func (s stalls) Send(ctx context.Context, n notification.Notice) error {
	if s.before != nil {
		if err := s.before(); err != nil {
			return err
		}
	}
	if err := s.Sender.Send(ctx, n); err != nil {
		return err
	}
	if s.after != nil {
		return s.after()
	}
	return nil
}

// kill ends the worker, as a crash does: by a panic that only the test catches.
func kill() error { panic(errBroken) }

func (w *world) crash(sender notification.Sender, ref notification.Ref) {
	w.t.Helper()
	defer func() {
		if recover() == nil {
			w.t.Error("the worker did not crash")
		}
	}()
	_ = w.worker(sender).Send(w.t.Context(), ref)
}

func (w *world) onePage(l notification.Launch) notification.Ref {
	w.t.Helper()
	w.launch(l)
	refs := w.queue.take()
	if len(refs) != 1 {
		w.t.Fatalf("%d pages, want 1", len(refs))
	}
	return refs[0]
}

// Marketing: a crash between intent and push leaves one unknown, and nobody is
// sent anything twice.
func TestDiscountIsSentAtMostOnceOverCrashes(t *testing.T) {
	for name, sender := range map[string]stalls{"before the push": {before: kill}, "after the push": {after: kill}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			user := w.person(false, true, "token")
			ref := w.onePage(campaign("sale", notification.Discount, notification.Audience{Users: []person.ID{user}}))
			sender.Sender = w.provider
			w.crash(sender, ref)
			sent := w.provider.sent["token"]
			if err := w.fanout.Send(t.Context(), ref); !errors.Is(err, notification.ErrLease) {
				t.Errorf("while the crashed worker's lease runs: %v, want ErrLease", err)
			}
			w.clock.Advance(3 * time.Minute)
			for range 3 {
				w.must(w.fanout.Send(t.Context(), ref))
			}
			if w.provider.sent["token"] != sent {
				t.Errorf("sent again after the crash")
			}
			w.outcomes("sale", notification.Counts{notification.Unknown: 1})
		})
	}
}

// System messages: a crash after the push sends once more, never loses one.
func TestSystemMessageIsSentAtLeastOnceOverCrashes(t *testing.T) {
	for name, c := range map[string]struct {
		sender stalls
		want   int
	}{"before the push": {stalls{before: kill}, 1}, "after the push": {stalls{after: kill}, 2}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			user := w.person(false, true, "token")
			ref := w.onePage(campaign("outage", notification.System, notification.Audience{Users: []person.ID{user}}))
			c.sender.Sender = w.provider
			w.crash(c.sender, ref)
			w.clock.Advance(3 * time.Minute)
			for range 3 {
				w.must(w.fanout.Send(t.Context(), ref))
			}
			if got := w.provider.sent["token"]; got != c.want {
				t.Errorf("sent %d times, want %d", got, c.want)
			}
			w.outcomes("outage", notification.Counts{notification.Sent: 1})
			if messages, _, err := w.page(user, "", 10); err != nil || len(messages) != 1 {
				t.Errorf("%d messages in the inbox, want 1, %v", len(messages), err)
			}
		})
	}
}

// A worker whose lease ran out writes nothing over the one that took over.
func TestLostLeaseWritesNothing(t *testing.T) {
	w := newWorld(t)
	user := w.person(false, true, "token")
	ref := w.onePage(campaign("sale", notification.Discount, notification.Audience{Users: []person.ID{user}}))
	slow := stalls{Sender: w.provider, after: func() error {
		w.clock.Advance(3 * time.Minute)
		return w.fanout.Send(t.Context(), ref)
	}}
	if err := w.worker(slow).Send(t.Context(), ref); !errors.Is(err, notification.ErrLease) {
		t.Errorf("the slow worker ended with %v, want ErrLease", err)
	}
	if w.provider.sent["token"] != 1 {
		t.Errorf("sent %d times", w.provider.sent["token"])
	}
	// The counts are the second worker's, which found the intent; the row knows better.
	w.outcomes("sale", notification.Counts{notification.Unknown: 1})
}

// neighbours are two people on one page, in the order in which they are sent to.
func (w *world) neighbours(l notification.Launch) (first, second person.ID, ref notification.Ref) {
	w.t.Helper()
	first = w.person(false, true, "first")
	for i := range 200 {
		second = w.person(false, true, "second")
		l.ID = "pair-" + string(rune('a'+i%26)) + string(rune('a'+i/26))
		l.Audience = notification.Audience{Users: []person.ID{first, second}}
		w.launch(l)
		if refs := w.queue.take(); len(refs) == 1 {
			if first.Reveal() > second.Reveal() {
				first, second = second, first
			}
			return first, second, refs[0]
		}
		_, err := w.operator.Cancel(w.t.Context(), l.ID)
		w.must(err)
	}
	w.t.Fatal("no two people share a page")
	return first, second, ref
}

// Who withdraws the consent, or cancels, while the slice they are in is being
// sent gets no marketing any more.
//
// Clauses: C78, C88.
func TestMarketingIsRecheckedInTheVeryWriteOfTheIntent(t *testing.T) {
	for name, c := range map[string]struct {
		write func(w *world, user person.ID) error
		want  notification.Outcome
	}{
		"consent withdrawn": {func(w *world, user person.ID) error {
			return w.db.Transact(w.t.Context(), "", w.store.ConsentWrite(user, inventory.ConsentMarketingPush, false))
		}, notification.NoConsent},
		"account cancelled": {func(w *world, user person.ID) error {
			return w.db.Transact(w.t.Context(), "", w.store.CancelWrite(user))
		}, notification.AccountCancelled},
		"account banned": {func(w *world, user person.ID) error {
			return w.db.Transact(w.t.Context(), "", w.store.BanWrite(user, true))
		}, notification.AccountCancelled},
		"erased": {func(w *world, user person.ID) error {
			w.erase(user)
			return nil
		}, notification.AccountCancelled},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			_, second, ref := w.neighbours(campaign("", notification.Discount, notification.Audience{}))
			sends := 0
			sender := stalls{Sender: w.provider, before: func() error {
				sends++
				return c.write(w, second)
			}}
			w.must(w.worker(sender).Send(t.Context(), ref))
			want := notification.Counts{notification.Sent: 1}
			want[c.want]++
			w.outcomes(ref.Campaign, want)
			if sends != 1 {
				t.Errorf("%d sends, want 1", sends)
			}
		})
	}
}
