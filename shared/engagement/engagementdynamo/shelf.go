package engagementdynamo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/engagement"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/person"
)

// row is the shape that the rows of all shelves have.
type row struct {
	User person.ID
	ID   string
	At   time.Time
}

// shelf is one shelf's two kinds of row.
type shelf[T any] struct {
	db      *dynamo.DB
	entries dynamo.Table[T]
	order   dynamo.Table[T]
	from    func(row) T
	to      func(T) row
	time    string        // the attribute that holds the time
	prefix  string        // of the order rows' sort keys
	renew   bool          // a later time replaces an earlier one
	kept    time.Duration // 0: without end
	alive   Alive
}

// tries is how often a write is tried that others race with.
const tries = 5

// keep puts an entry on the shelf: both rows, or none.
func (s shelf[T]) keep(ctx context.Context, user person.ID, e engagement.Entry) error {
	next := row{User: user, ID: e.ID, At: e.At}
	for range tries {
		old, found, err := s.entries.Get(ctx, s.from(row{User: user, ID: e.ID}))
		if err != nil {
			return err
		}
		was := s.to(old)
		if found && (!s.renew || !was.At.Before(e.At)) {
			return nil
		}
		err = s.db.Transact(ctx, "", s.writes(next, was, found)...)
		var refused *dynamo.ConditionError
		switch {
		case !errors.As(err, &refused):
			return err
		case refused.Index >= 2+boolInt(found):
			return errCancelled
		}
	}
	return fault.Busy(errors.New("engagement: an entry was written too often at once"))
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// writes puts both rows, removes the old place, and asks last that the person
// is still there.
func (s shelf[T]) writes(next, was row, found bool) []dynamo.Write {
	unseen := dynamo.Absent("pk")
	if s.kept > 0 {
		// A row whose time ran out may still be there: expiry is a fact before
		// it is swept.
		unseen = dynamo.Any(unseen, dynamo.AtMost(s.time, next.At.Add(-s.kept)))
	}
	if !found {
		return append([]dynamo.Write{s.entries.PutWrite(s.from(next), unseen), s.order.PutWrite(s.from(next))}, s.check(next.User)...)
	}
	return append([]dynamo.Write{
		s.entries.PutWrite(s.from(next), dynamo.Eq(s.time, was.At)),
		s.order.PutWrite(s.from(next)),
		s.order.DeleteWrite(s.from(was)),
	}, s.check(next.User)...)
}

func (s shelf[T]) check(user person.ID) []dynamo.Write {
	if s.alive == nil {
		return nil
	}
	return []dynamo.Write{s.alive(user)}
}

func (s shelf[T]) entry(ctx context.Context, user person.ID, id string) (engagement.Entry, bool, error) {
	found, ok, err := s.entries.Get(ctx, s.from(row{User: user, ID: id}))
	r := s.to(found)
	return engagement.Entry{ID: r.ID, At: r.At}, ok, err
}

// drop removes both rows of an entry.
func (s shelf[T]) drop(ctx context.Context, user person.ID, id string) error {
	for range tries {
		found, ok, err := s.entries.Get(ctx, s.from(row{User: user, ID: id}))
		if err != nil || !ok {
			return err
		}
		err = s.db.Transact(ctx, "",
			s.entries.DeleteWrite(found, dynamo.Any(dynamo.Absent("pk"), dynamo.Eq(s.time, s.to(found).At))),
			s.order.DeleteWrite(found))
		if !errors.Is(err, dynamo.ErrCondition) {
			return err
		}
	}
	return fault.Busy(errors.New("engagement: an entry was written too often at once"))
}

// clear removes the entries one by one: a run that breaks off is finished by
// the next.
func (s shelf[T]) clear(ctx context.Context, user person.ID) error {
	page, err := s.order.Query(ctx, dynamo.Query{Partition: "U#" + user.Reveal(), Prefix: s.prefix})
	if err != nil {
		return err
	}
	for _, found := range page.Rows {
		if err := s.drop(ctx, user, s.to(found).ID); err != nil {
			return err
		}
	}
	return nil
}

func (s shelf[T]) page(ctx context.Context, user person.ID, after engagement.Position, limit int) ([]engagement.Entry, bool, error) {
	q := dynamo.Query{Partition: "U#" + user.Reveal(), Prefix: s.prefix, Limit: limit, Backward: true}
	if after.ID != "" {
		q.After = fmt.Sprintf("%s%013d#%s", s.prefix, after.At.UnixMilli(), after.ID)
	}
	page, err := s.order.Query(ctx, q)
	entries := make([]engagement.Entry, len(page.Rows))
	for i, found := range page.Rows {
		r := s.to(found)
		entries[i] = engagement.Entry{ID: r.ID, At: r.At}
	}
	return entries, page.Last != "", err
}
