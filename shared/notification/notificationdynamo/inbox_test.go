package notificationdynamo_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/notification"
	"jewelrydisplay.app/shared/person"
)

func (w *world) page(user person.ID, before string, limit int) ([]notification.Message, bool, error) {
	part, err := w.inbox.Read(w.t.Context(), user, before, limit)
	return part.Messages, part.More, err
}

// titles reads a whole inbox in pages and returns the campaigns in order.
func (w *world) titles(user person.ID, limit int) []string {
	w.t.Helper()
	var out []string
	before := ""
	for {
		messages, more, err := w.page(user, before, limit)
		w.must(err)
		for _, m := range messages {
			out = append(out, m.Campaign)
		}
		if !more {
			return out
		}
		before = messages[len(messages)-1].ID
	}
}

// unread asks in every way in which the count is told.
func (w *world) unread(user person.ID, want int) {
	w.t.Helper()
	for _, limit := range []int{1, 2, 100} {
		if part, err := w.inbox.Read(w.t.Context(), user, "", limit); err != nil || part.Unread != want || !part.Counted {
			w.t.Errorf("%d unread by %d, want %d, %v", part.Unread, limit, want, err)
		}
	}
	if n, err := w.inbox.Unread(w.t.Context(), user); err != nil || n != want {
		w.t.Errorf("%d unread, want %d, %v", n, want, err)
	}
}

// Clauses: C29 (readable whatever pushes are refused).
func TestInboxMergesBroadcastsAndPersonalMessages(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.launch(campaign("before", notification.System, everybody))
	w.tick(time.Minute)
	user, other := w.person(false, false, ""), w.person(false, false, "")
	var want []string
	for i := range 9 {
		w.tick(time.Minute)
		id := fmt.Sprintf("c%d", i)
		audience := everybody
		if i%3 == 0 {
			audience = notification.Audience{Users: []person.ID{user}}
		}
		w.launch(campaign(id, notification.Discount, audience))
		w.must(w.drain())
		want = append([]string{id}, want...)
	}
	for _, limit := range []int{1, 2, 3, 8, 9, 10, 100} {
		if got := w.titles(user, limit); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("by %d: %v, want %v", limit, got, want)
		}
	}
	if got := w.titles(other, 10); len(got) != 6 {
		t.Errorf("the other person sees %v", got)
	}
	w.unread(user, 9)
	messages, _, err := w.page(user, "", 9)
	w.must(err)
	if m, err := w.inbox.SetRead(ctx, user, messages[0].ID, true); err != nil || !m.Read {
		t.Errorf("read %v, %v", m.Read, err)
	}
	w.unread(user, 8)
	if n, err := w.inbox.See(ctx, user, messages[4].At); err != nil || n != 3 {
		t.Errorf("%d unread after having seen up to the fifth, want 3, %v", n, err)
	}
	if n, err := w.inbox.See(ctx, user, messages[8].At); err != nil || n != 3 {
		t.Errorf("%d unread: the watermark went back, %v", n, err)
	}
	for range 2 { // a broadcast and a personal message, twice each
		w.must(w.inbox.Delete(ctx, user, messages[1].ID))
		w.must(w.inbox.Delete(ctx, user, messages[2].ID))
	}
	if got := w.titles(user, 2); fmt.Sprint(got) != fmt.Sprint(append(want[:1:1], want[3:]...)) {
		t.Errorf("after deleting: %v", got)
	}
	if _, err := w.inbox.SetRead(ctx, user, messages[1].ID, true); !fault.Is(err, fault.NotFound) {
		t.Errorf("read a deleted message: %v, want NotFound", err)
	}
	if got := w.titles(other, 10); len(got) != 6 {
		t.Errorf("the other person sees %v", got)
	}
	w.unread(user, 1)
	if n, err := w.inbox.See(ctx, user, w.clock.Now().Add(1000*time.Hour)); err != nil || n != 0 {
		t.Errorf("%d unread, %v", n, err)
	}
	w.tick(time.Minute)
	w.launch(campaign("later", notification.System, everybody))
	w.unread(user, 1)
}

func TestMessagesOfOthersAreNotThere(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.launch(campaign("before", notification.System, everybody))
	w.must(w.drain())
	early, _ := w.operator.List(ctx)
	w.tick(time.Minute)
	user, other := w.person(false, false, ""), w.person(false, false, "")
	w.launch(campaign("mine", notification.System, notification.Audience{Users: []person.ID{user}}))
	w.must(w.drain())
	messages, _, err := w.page(user, "", 10)
	w.must(err)
	for name, id := range map[string]string{
		"another's": messages[0].ID, "before joining": early[0].Message().ID, "no id": "1", "unknown": notification.MessageID(noon, "unknown"),
	} {
		if _, err := w.inbox.SetRead(ctx, other, id, true); !fault.Is(err, fault.NotFound) {
			t.Errorf("read %s: %v, want NotFound", name, err)
		}
		if err := w.inbox.Delete(ctx, other, id); !fault.Is(err, fault.NotFound) {
			t.Errorf("delete %s: %v, want NotFound", name, err)
		}
	}
}

// Clauses: C64, C94.
func TestMessagesAreKeptByCategoryAndMarketingIsNotForMinors(t *testing.T) {
	w := newWorld(t)
	adult, minor, found := w.person(false, true, ""), w.person(true, true, ""), w.person(false, true, "")
	w.must(w.db.Transact(t.Context(), "", w.store.MinorWrites(found)...))
	if p, err := w.store.Person(t.Context(), found); err != nil || p.Marketing || !p.Minor {
		t.Errorf("who turned out to be a minor is marketed to: %v, %v", p.Marketing, err)
	}
	for category := range notification.Rules {
		w.launch(campaign(string(category), category, everybody))
	}
	w.must(w.drain())
	if got := w.titles(minor, 10); len(got) != 3 {
		t.Errorf("the minor sees %v", got)
	}
	if got := w.titles(found, 10); len(got) != 3 {
		t.Errorf("who turned out to be a minor sees %v", got)
	}
	// A millisecond before its end a message is there, at its end it is not.
	const day = 24 * time.Hour
	for _, step := range []struct {
		after time.Duration
		want  int
	}{{0, 5}, {30*day - time.Millisecond, 5}, {30 * day, 3}, {90*day - time.Millisecond, 3}, {90 * day, 2}, {180*day - time.Millisecond, 2}, {180 * day, 0}} {
		w.clock.Advance(noon.Add(step.after).Sub(w.clock.Now()))
		if got := w.titles(adult, 10); len(got) != step.want {
			t.Errorf("after %v: %v, want %d", step.after, got, step.want)
		}
	}
	w.unread(adult, 0)
}

func TestPreferences(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	user := w.person(false, true, "")
	p, err := w.inbox.Preferences(ctx, user)
	w.must(err)
	if start, end, off := p.Hours.Shown(); start != "22:00" || end != "08:00" || off || !p.Choices.Allows(notification.Event, notification.SMS) {
		t.Errorf("before any choice: %v", p)
	}
	hours, err := notification.ParseQuietHours("23:30", "06:00")
	w.must(err)
	for range 2 {
		_, err = w.inbox.Choose(ctx, user, notification.Choices{"event_push": false}, &hours)
		w.must(err)
	}
	p, err = w.inbox.Choose(ctx, user, notification.Choices{"discount_sms": false}, nil)
	w.must(err)
	if p.Choices.Allows(notification.Event, notification.Push) || p.Choices.Allows(notification.Discount, notification.SMS) ||
		!p.Choices.Allows(notification.Event, notification.SMS) || p.Hours != hours {
		t.Errorf("after the choices: %+v", p)
	}
}

// Clauses: C29, C36.
func TestANewDeviceIsASystemMessage(t *testing.T) {
	w := newWorld(t)
	user, minor := w.person(false, false, ""), w.person(true, false, "")
	w.tick(time.Minute)
	at := w.clock.Now()
	for range 2 {
		w.must(w.db.Transact(t.Context(), "", w.store.NewDeviceWrite(user, at), w.store.NewDeviceWrite(minor, at)))
	}
	for _, who := range []person.ID{user, minor} {
		w.unread(who, 1)
		messages, _, err := w.page(who, "", 10)
		if err != nil || len(messages) != 1 || messages[0].Category != notification.System || !messages[0].At.Equal(at) {
			t.Fatalf("%v, %v", messages, err)
		}
		for language, word := range map[string]string{"zh": "新设备", "en": "new device", "fr": "新设备"} {
			if text := messages[0].Text(language); !strings.Contains(text.Body+text.Title, word) {
				t.Errorf("%s: %q", language, text)
			}
		}
		if m, err := w.inbox.SetRead(t.Context(), who, messages[0].ID, true); err != nil || !m.Read {
			t.Errorf("set read: %v", err)
		}
		w.must(w.inbox.Delete(t.Context(), who, messages[0].ID))
		w.unread(who, 0)
	}
}
