package notificationdynamo

import (
	"context"
	"errors"
	"time"

	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/notification"
	"jewelrydisplay.app/shared/person"
)

var (
	_ notification.InboxStore  = (*Store)(nil)
	_ notification.PersonStore = (*Store)(nil)
)

// span writes a stretch of an inbox as a query; false: there is nothing in it.
func span(partition, prefix string, s notification.Span) (dynamo.Query, bool) {
	q := dynamo.Query{
		Partition: partition, From: prefix + notification.MessageID(s.From, ""), To: prefix + "~",
		Limit: s.Limit, Backward: true,
	}
	if s.Before != "" {
		q.After = prefix + s.Before
	}
	return q, s.Before == "" || q.After > q.From
}

// Broadcasts is notification.InboxStore's.
func (s *Store) Broadcasts(ctx context.Context, in notification.Span) ([]notification.Message, error) {
	q, some := span("BROADCASTS", "", in)
	if !some {
		return nil, nil
	}
	page, err := s.broadcasts.Query(ctx, q)
	messages := make([]notification.Message, len(page.Rows))
	for i, row := range page.Rows {
		messages[i] = toBroadcast(row)
	}
	return messages, err
}

// Personal is notification.InboxStore's.
func (s *Store) Personal(ctx context.Context, user person.ID, in notification.Span) ([]notification.Message, error) {
	q, some := span("U#"+user.Reveal(), "I#", in)
	if !some {
		return nil, nil
	}
	page, err := s.messages.Query(ctx, q)
	messages := make([]notification.Message, len(page.Rows))
	for i, row := range page.Rows {
		messages[i] = toMessage(row)
	}
	return messages, err
}

// Message is notification.InboxStore's: one consistent batch read.
func (s *Store) Message(ctx context.Context, user person.ID, id string) (notification.Message, bool, error) {
	b := s.db.Batch()
	all, err := s.broadcasts.From(b, broadcastRow{ID: id})
	if err != nil {
		return notification.Message{}, false, err
	}
	own, err := s.messages.From(b, messageRow{User: user, ID: id})
	if err != nil {
		return notification.Message{}, false, err
	}
	if err := b.Run(ctx); err != nil {
		return notification.Message{}, false, err
	}
	if row, found := own.Row(); found {
		return toMessage(row), true, nil
	}
	row, found := all.Row()
	return toBroadcast(row), found, nil
}

// Marks is notification.InboxStore's.
func (s *Store) Marks(ctx context.Context, user person.ID, ids []string) (map[string]notification.Mark, error) {
	b := s.db.Batch()
	pending := make([]*dynamo.Pending[markRow], len(ids))
	for i, id := range ids {
		var err error
		if pending[i], err = s.marks.From(b, markRow{User: user, ID: id}); err != nil {
			return nil, err
		}
	}
	if err := b.Run(ctx); err != nil {
		return nil, err
	}
	marks := map[string]notification.Mark{}
	for i, id := range ids {
		if row, found := pending[i].Row(); found {
			marks[id] = notification.Mark{Read: row.Read, Deleted: row.Deleted}
		}
	}
	return marks, nil
}

// Mark is notification.InboxStore's: one transaction.
func (s *Store) Mark(ctx context.Context, user person.ID, m notification.Message, mark notification.Mark) error {
	writes := []dynamo.Write{
		s.alive(user),
		s.marks.PutWrite(markRow{User: user, ID: m.ID, Read: mark.Read, Deleted: mark.Deleted, Ends: m.Ends}),
	}
	if mark.Deleted {
		writes = append(writes, s.messages.DeleteWrite(messageRow{User: user, ID: m.ID}))
	}
	return cancelled(s.db.Transact(ctx, "", writes...))
}

// cancelled tells a failed condition as what it means: the account is gone.
func cancelled(err error) error {
	if errors.Is(err, dynamo.ErrCondition) {
		return errInactive
	}
	return err
}

// Person is notification.PersonStore's.
func (s *Store) Person(ctx context.Context, user person.ID) (notification.Person, error) {
	row, found, err := s.people.Get(ctx, personRow{User: user})
	if err != nil {
		return notification.Person{}, err
	}
	if !found || row.State != string(notification.Active) {
		return notification.Person{}, errInactive
	}
	return toPerson(row)
}

// Choose is notification.PersonStore's: one conditional update.
func (s *Store) Choose(ctx context.Context, user person.ID, choices notification.Choices, hours *notification.QuietHours) (notification.Person, error) {
	set := map[string]any{}
	for name, on := range choices {
		set["choices."+name] = on
	}
	if hours != nil {
		set["quiet_hours"] = hours.String()
	}
	if len(set) == 0 {
		return s.Person(ctx, user)
	}
	row, err := s.people.Update(ctx, personRow{User: user}, dynamo.Update{Set: set, If: []dynamo.Cond{isActive()}})
	if err != nil {
		return notification.Person{}, cancelled(err)
	}
	return toPerson(row)
}

// See is notification.PersonStore's: one conditional update.
func (s *Store) See(ctx context.Context, user person.ID, upTo time.Time) (notification.Person, error) {
	row, err := s.people.Update(ctx, personRow{User: user}, dynamo.Update{
		Set: map[string]any{"seen_at": upTo},
		If:  []dynamo.Cond{isActive(), dynamo.Any(dynamo.Absent("seen_at"), dynamo.Less("seen_at", upTo))},
	})
	if errors.Is(err, dynamo.ErrCondition) { // seen further than that, or cancelled
		return s.Person(ctx, user)
	}
	if err != nil {
		return notification.Person{}, err
	}
	return toPerson(row)
}
