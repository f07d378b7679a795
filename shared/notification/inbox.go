package notification

import (
	"context"
	"time"

	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/person"
)

// Mark is what a person did to a message.
type Mark struct {
	Read    bool
	Deleted bool
}

// Span is a stretch of an inbox: messages from a time on and before a message
// id (empty: from the newest), newest first.
type Span struct {
	From   time.Time
	Before string
	Limit  int
}

// InboxStore keeps inboxes: what was sent to everybody is kept once and merged
// in on reading.
type InboxStore interface {
	// Broadcasts returns what was sent to everybody.
	Broadcasts(ctx context.Context, s Span) ([]Message, error)
	// Personal returns what was sent to the person.
	Personal(ctx context.Context, user person.ID, s Span) ([]Message, error)
	// Message returns one message that the person can see; false when there is
	// none under the id.
	Message(ctx context.Context, user person.ID, id string) (Message, bool, error)
	// Marks returns what the person did to each of the messages.
	Marks(ctx context.Context, user person.ID, ids []string) (map[string]Mark, error)
	// Mark notes what the person did to a message; a deleted personal message
	// is gone with it. Unauthenticated: the account was cancelled meanwhile.
	Mark(ctx context.Context, user person.ID, m Message, mark Mark) error
}

// PersonStore keeps what a person chose.
type PersonStore interface {
	// Person returns the person. Unauthenticated: the account is cancelled.
	Person(ctx context.Context, user person.ID) (Person, error)
	// Choose sets switches, and quiet hours unless they are nil, and returns
	// the person afterwards. It may be repeated. Unauthenticated: as above.
	Choose(ctx context.Context, user person.ID, choices Choices, hours *QuietHours) (Person, error)
	// See moves the watermark of seen messages forward, never back. It may be
	// repeated. Unauthenticated: as above.
	See(ctx context.Context, user person.ID, upTo time.Time) (Person, error)
}

// Inbox is "my message": readable whatever pushes are refused (C29).
type Inbox struct {
	store  InboxStore
	people PersonStore
	clock  clock.Clock
}

// NewInbox returns the service.
func NewInbox(store InboxStore, people PersonStore, clk clock.Clock) *Inbox {
	return &Inbox{store: store, people: people, clock: clk}
}

// countLimit is how many unread messages are counted; no app shows more.
const countLimit = 100

// Part is a part of an inbox.
type Part struct {
	Messages []Message // newest first
	More     bool      // there are others behind them
	Unread   int       // of the whole inbox, up to 100
	Counted  bool      // false: the unread ones could not be counted now
}

// Read returns messages before a message id (empty: from the newest). It
// serves them even when the unread ones cannot be counted.
func (i *Inbox) Read(ctx context.Context, user person.ID, before string, limit int) (Part, error) {
	p, err := i.people.Person(ctx, user)
	if err != nil {
		return Part{}, err
	}
	var part Part
	part.Messages, err = i.read(ctx, p, Span{From: p.Joined, Before: before, Limit: limit + 1})
	if err != nil {
		return Part{}, err
	}
	if part.More = len(part.Messages) > limit; part.More {
		part.Messages = part.Messages[:limit]
	}
	if before == "" && (!part.More || !part.Messages[limit-1].At.After(p.Seen)) {
		part.Unread, part.Counted = p.unreadOf(part.Messages), true // what matters is all there
		return part, nil
	}
	part.Unread, err = i.unread(ctx, p)
	part.Counted = err == nil
	return part, nil
}

// unreadOf counts the messages that the person neither saw nor read.
func (p Person) unreadOf(messages []Message) int {
	n := 0
	for _, m := range messages {
		if !m.Read && m.At.After(p.Seen) {
			n++
		}
	}
	return min(n, countLimit)
}

// read merges both kinds and leaves out what the person deleted, until the
// span's limit is reached or there is no more.
func (i *Inbox) read(ctx context.Context, p Person, s Span) ([]Message, error) {
	var out []Message
	for len(out) < s.Limit {
		some, err := i.merge(ctx, p.User, s)
		if err != nil {
			return nil, err
		}
		if len(some) == 0 {
			break
		}
		marks, err := i.store.Marks(ctx, p.User, ids(some))
		if err != nil {
			return nil, err
		}
		for _, m := range some {
			if mark := marks[m.ID]; !mark.Deleted && p.mayRead(m) && len(out) < s.Limit {
				m.Read = mark.Read
				out = append(out, m)
			}
		}
		if len(some) < s.Limit {
			break
		}
		s.Before = some[len(some)-1].ID
	}
	return out, nil
}

// mayRead reports whether a message is for the person at all: marketing to
// everybody is not for minors (C94).
func (p Person) mayRead(m Message) bool { return !p.Minor || !m.Category.Marketing() }

func ids(messages []Message) []string {
	out := make([]string, len(messages))
	for n, m := range messages {
		out[n] = m.ID
	}
	return out
}

// merge returns up to the span's limit of both kinds, newest first.
func (i *Inbox) merge(ctx context.Context, user person.ID, s Span) ([]Message, error) {
	all, err := i.store.Broadcasts(ctx, s)
	if err != nil {
		return nil, err
	}
	own, err := i.store.Personal(ctx, user, s)
	if err != nil {
		return nil, err
	}
	var out []Message
	for len(out) < s.Limit && len(all)+len(own) > 0 {
		if len(own) == 0 || len(all) > 0 && all[0].ID > own[0].ID {
			out, all = append(out, all[0]), all[1:]
		} else {
			out, own = append(out, own[0]), own[1:]
		}
	}
	return out, nil
}

// Unread counts the messages that the person neither saw nor read, up to 100.
func (i *Inbox) Unread(ctx context.Context, user person.ID) (int, error) {
	p, err := i.people.Person(ctx, user)
	if err != nil {
		return 0, err
	}
	return i.unread(ctx, p)
}

func (i *Inbox) unread(ctx context.Context, p Person) (int, error) {
	from := p.Joined
	if next := p.Seen.Add(time.Millisecond); !p.Seen.IsZero() && next.After(from) {
		from = next
	}
	messages, err := i.read(ctx, p, Span{From: from, Limit: countLimit})
	return p.unreadOf(messages), err
}

// See notes that the person saw the messages up to a time and returns how many
// are unread. A time to come counts as now: what arrives later was not seen.
func (i *Inbox) See(ctx context.Context, user person.ID, upTo time.Time) (int, error) {
	if now := i.clock.Now(); upTo.After(now) {
		upTo = now
	}
	if upTo.UnixMilli() <= 0 {
		return i.Unread(ctx, user)
	}
	p, err := i.people.See(ctx, user, upTo)
	if err != nil {
		return 0, err
	}
	return i.unread(ctx, p)
}

// SetRead marks a message as read or unread and returns it. NotFound: the
// person has no such message.
func (i *Inbox) SetRead(ctx context.Context, user person.ID, id string, read bool) (Message, error) {
	m, mark, err := i.find(ctx, user, id)
	if err != nil {
		return m, err
	}
	if mark.Deleted {
		return m, errNoMessage
	}
	m.Read = read
	if mark.Read == read {
		return m, nil
	}
	return m, i.store.Mark(ctx, user, m, Mark{Read: read})
}

// Delete takes a message out of the person's inbox. Deleting it again changes
// nothing. NotFound: the person never had such a message.
func (i *Inbox) Delete(ctx context.Context, user person.ID, id string) error {
	m, mark, err := i.find(ctx, user, id)
	if err != nil || mark.Deleted {
		return err
	}
	return i.store.Mark(ctx, user, m, Mark{Deleted: true})
}

// find returns a message and what was done to it. One that the person deleted
// is found by its mark alone.
func (i *Inbox) find(ctx context.Context, user person.ID, id string) (Message, Mark, error) {
	at, err := ParseMessageID(id)
	if err != nil {
		return Message{}, Mark{}, err
	}
	p, err := i.people.Person(ctx, user)
	if err != nil {
		return Message{}, Mark{}, err
	}
	marks, err := i.store.Marks(ctx, user, []string{id})
	if err != nil || marks[id].Deleted {
		return Message{}, marks[id], err
	}
	m, found, err := i.store.Message(ctx, user, id)
	if err == nil && (!found || at.Before(p.Joined) || !p.mayRead(m)) {
		err = errNoMessage
	}
	return m, marks[id], err
}

// Preferences returns what the person chose.
func (i *Inbox) Preferences(ctx context.Context, user person.ID) (Person, error) {
	return i.people.Person(ctx, user)
}

// Choose sets switches, and quiet hours unless they are nil.
func (i *Inbox) Choose(ctx context.Context, user person.ID, choices Choices, hours *QuietHours) (Person, error) {
	return i.people.Choose(ctx, user, choices, hours)
}
