package notificationdynamo

import (
	"context"
	"errors"
	"time"

	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/notification"
	"jewelrydisplay.app/shared/person"
)

var (
	_ notification.RecipientStore = (*Store)(nil)
	_ notification.LeaseStore     = (*Store)(nil)
)

// Members is notification.RecipientStore's.
func (s *Store) Members(ctx context.Context, c notification.Campaign, page int) ([]person.ID, error) {
	if c.Audience.All {
		return s.peopleOf(ctx, page, c.Created)
	}
	found, err := s.outcomes.Query(ctx, dynamo.Query{Index: "page", Partition: "CAMPAIGN#" + c.ID + "#" + pageName(page)})
	users := make([]person.ID, len(found.Rows))
	for i, row := range found.Rows {
		users[i] = row.User
	}
	return users, err
}

// Recipients is notification.RecipientStore's: one consistent batch read.
func (s *Store) Recipients(ctx context.Context, campaign string, users []person.ID) ([]notification.Recipient, error) {
	b := s.db.Batch()
	people := make([]*dynamo.Pending[personRow], len(users))
	outcomes := make([]*dynamo.Pending[outcomeRow], len(users))
	for i, user := range users {
		var err error
		if people[i], err = s.people.From(b, personRow{User: user}); err != nil {
			return nil, err
		}
		if outcomes[i], err = s.outcomes.From(b, outcomeRow{User: user, Campaign: campaign}); err != nil {
			return nil, err
		}
	}
	if err := b.Run(ctx); err != nil {
		return nil, err
	}
	recipients := make([]notification.Recipient, len(users))
	for i := range users {
		row, known := people[i].Row()
		p, err := toPerson(row)
		if err != nil {
			return nil, err
		}
		outcome, _ := outcomes[i].Row()
		recipients[i] = notification.Recipient{Person: p, Known: known, Outcome: notification.Outcome(outcome.Outcome)}
	}
	return recipients, nil
}

// Record is notification.RecipientStore's: one transaction.
func (s *Store) Record(ctx context.Context, c notification.Campaign, user person.ID, from, to notification.Outcome, at time.Time) (bool, error) {
	may := []dynamo.Cond{isActive()}
	if to == notification.Unknown {
		may = append(may, dynamo.Eq("marketing_push", true))
	}
	before := dynamo.Eq("outcome", string(from))
	if from == notification.Pending {
		before = dynamo.Any(dynamo.Absent("pk"), before)
	}
	err := s.db.Transact(ctx, "",
		s.people.CheckWrite(personRow{User: user}, may...),
		s.outcomes.PutWrite(s.outcome(c, user, to, at), before))
	if errors.Is(err, dynamo.ErrCondition) {
		return false, nil
	}
	return err == nil, err
}

// Deliver is notification.RecipientStore's: one transaction. A message that
// the person did something to, deleting it included, is not put again.
func (s *Store) Deliver(ctx context.Context, user person.ID, m notification.Message) error {
	err := s.db.Transact(ctx, "", s.alive(user),
		s.marks.CheckWrite(markRow{User: user, ID: m.ID}, dynamo.Absent("pk")),
		s.messages.PutWrite(fromMessage(user, m), dynamo.Absent("pk")))
	if errors.Is(err, dynamo.ErrCondition) {
		return nil
	}
	return err
}

// ClaimPage is notification.LeaseStore's: one conditional update.
func (s *Store) ClaimPage(ctx context.Context, ref notification.Ref, token string, now, until time.Time) (notification.Page, error) {
	row, err := s.pages.Update(ctx, pageKey(ref.Campaign, ref.Page), dynamo.Update{
		Set: map[string]any{"lease": token, "leased_until": until},
		If: []dynamo.Cond{
			dynamo.Exists("pk"),
			dynamo.Any(dynamo.Absent("leased_until"), dynamo.AtMost("leased_until", now)),
		},
	})
	if errors.Is(err, dynamo.ErrCondition) {
		if _, found := s.pages.Old(err); !found {
			return notification.Page{}, fault.New(fault.NotFound, "There is no such page.")
		}
		return notification.Page{}, notification.ErrLease
	}
	if err != nil {
		return notification.Page{}, err
	}
	return toPage(row)
}

// FinishPage is notification.LeaseStore's: one conditional update.
func (s *Store) FinishPage(ctx context.Context, p notification.Page, token string) error {
	counts := map[string]int{}
	for outcome, n := range p.Counts {
		counts[string(outcome)] = n
	}
	u := dynamo.Update{
		Set: map[string]any{"counts": counts, "done": p.Done}, Remove: []string{"lease", "leased_until"},
		If: []dynamo.Cond{dynamo.Eq("lease", token)},
	}
	if p.Next.IsZero() {
		u.Remove = append(u.Remove, "next_at")
	} else {
		u.Set["next_at"] = p.Next
	}
	_, err := s.pages.Update(ctx, pageKey(p.Campaign, p.Number), u)
	if errors.Is(err, dynamo.ErrCondition) {
		return notification.ErrLease
	}
	return err
}
