package notificationdynamo

import (
	"context"
	"errors"
	"slices"
	"time"

	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/notification"
	"jewelrydisplay.app/shared/person"
)

var (
	_ notification.CampaignStore = (*Store)(nil)
	_ notification.PageStore     = (*Store)(nil)
	_ notification.AudienceStore = (*Store)(nil)
)

// Create is notification.CampaignStore's: one conditional write.
func (s *Store) Create(ctx context.Context, c notification.Campaign) error {
	err := s.campaigns.Put(ctx, fromCampaign(c), dynamo.Absent("pk"))
	if errors.Is(err, dynamo.ErrCondition) {
		return notification.ErrExists
	}
	return err
}

// Campaign returns a campaign; false when there is none.
func (s *Store) Campaign(ctx context.Context, id string) (notification.Campaign, bool, error) {
	row, found, err := s.campaigns.Get(ctx, campaignRow{ID: id})
	return toCampaign(row), found, err
}

// Campaigns returns all campaigns, newest first.
func (s *Store) Campaigns(ctx context.Context) ([]notification.Campaign, error) {
	page, err := s.campaigns.Query(ctx, dynamo.Query{Partition: "CAMPAIGNS"})
	campaigns := make([]notification.Campaign, len(page.Rows))
	for i, row := range page.Rows {
		campaigns[i] = toCampaign(row)
	}
	slices.SortStableFunc(campaigns, func(a, b notification.Campaign) int { return b.Created.Compare(a.Created) })
	return campaigns, err
}

// Change is notification.CampaignStore's: one conditional update.
func (s *Store) Change(ctx context.Context, id string, from []notification.CampaignState, to notification.Change) (notification.Campaign, error) {
	set := map[string]any{"state": string(to.State)}
	if to.Size > 0 {
		set["size"] = to.Size
	}
	if !to.Started.IsZero() {
		set["started_at"] = to.Started
	}
	allowed := make([]dynamo.Cond, len(from))
	for i, state := range from {
		allowed[i] = dynamo.Eq("state", string(state))
	}
	row, err := s.campaigns.Update(ctx, campaignRow{ID: id}, dynamo.Update{Set: set, If: []dynamo.Cond{dynamo.Any(allowed...)}})
	if errors.Is(err, dynamo.ErrCondition) {
		if _, found := s.campaigns.Old(err); !found {
			return notification.Campaign{}, fault.New(fault.NotFound, "There is no such campaign.")
		}
		return notification.Campaign{}, notification.ErrState
	}
	return toCampaign(row), err
}

// Publish is notification.CampaignStore's.
func (s *Store) Publish(ctx context.Context, c notification.Campaign, shown bool) error {
	row := fromBroadcast(c.Message())
	if !shown {
		return s.broadcasts.Delete(ctx, row)
	}
	if _, found, err := s.broadcasts.Get(ctx, row); err != nil || found {
		return err
	}
	err := s.db.Transact(ctx, "",
		s.campaigns.CheckWrite(campaignRow{ID: c.ID}, dynamo.Eq("state", string(notification.Running))),
		s.broadcasts.PutWrite(row))
	if errors.Is(err, dynamo.ErrCondition) { // paused or cancelled meanwhile
		return nil
	}
	return err
}

// Plan is notification.PageStore's: one conditional write a page.
func (s *Store) Plan(ctx context.Context, planned []notification.Page) error {
	for _, p := range planned {
		row := pageRow{Campaign: p.Campaign, Page: pageName(p.Number), Planned: p.Planned, Next: p.Next, Created: p.Next}
		if err := s.pages.Put(ctx, row, dynamo.Absent("pk")); err != nil && !errors.Is(err, dynamo.ErrCondition) {
			return err
		}
	}
	return nil
}

// Pages returns the pages of a campaign in order.
func (s *Store) Pages(ctx context.Context, campaign string) ([]notification.Page, error) {
	found, err := s.pages.Query(ctx, dynamo.Query{Partition: "CAMPAIGN#" + campaign, Prefix: "PAGE#"})
	if err != nil {
		return nil, err
	}
	list := make([]notification.Page, len(found.Rows))
	for i, row := range found.Rows {
		if list[i], err = toPage(row); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Queued is notification.PageStore's. A page that moved on meanwhile is left
// as it is.
func (s *Store) Queued(ctx context.Context, p notification.Page) error {
	_, err := s.pages.Update(ctx, pageKey(p.Campaign, p.Number), dynamo.Update{
		Remove: []string{"next_at"}, If: []dynamo.Cond{dynamo.Eq("next_at", p.Next)},
	})
	if errors.Is(err, dynamo.ErrCondition) {
		return nil
	}
	return err
}

// Wake is notification.PageStore's.
func (s *Store) Wake(ctx context.Context, campaign string, at time.Time) error {
	list, err := s.Pages(ctx, campaign)
	if err != nil {
		return err
	}
	for _, p := range list {
		_, err := s.pages.Update(ctx, pageKey(campaign, p.Number), dynamo.Update{
			Set: map[string]any{"next_at": at}, If: []dynamo.Cond{dynamo.Eq("done", false)},
		})
		if err != nil && !errors.Is(err, dynamo.ErrCondition) {
			return err
		}
	}
	return nil
}

func pageKey(campaign string, n int) pageRow { return pageRow{Campaign: campaign, Page: pageName(n)} }

// Enlist is notification.AudienceStore's: the recipient's row is written if it
// is not there, and only for who is there.
func (s *Store) Enlist(ctx context.Context, c notification.Campaign, user person.ID) (int, bool, error) {
	page := pageNumber(user)
	err := s.db.Transact(ctx, "",
		s.people.CheckWrite(personRow{User: user}, dynamo.Exists("pk")),
		s.outcomes.PutWrite(s.outcome(c, user, notification.Pending, c.Created), dynamo.Absent("pk")))
	var refused *dynamo.ConditionError
	if errors.As(err, &refused) {
		return page, refused.Index == 1, nil
	}
	return page, err == nil, err
}

// outcome is a recipient's row; only where the audience is named is it found
// by the campaign's page.
func (s *Store) outcome(c notification.Campaign, user person.ID, outcome notification.Outcome, at time.Time) outcomeRow {
	row := outcomeRow{User: user, Campaign: c.ID, Outcome: string(outcome), At: at}
	if !c.Audience.All {
		row.Page = pageOf(user)
	}
	return row
}

// CountPeople is notification.AudienceStore's.
func (s *Store) CountPeople(ctx context.Context, joined time.Time) ([]int, error) {
	counts := make([]int, pageCount)
	for n := range counts {
		users, err := s.peopleOf(ctx, n, joined)
		if err != nil {
			return nil, err
		}
		counts[n] = len(users)
	}
	return counts, nil
}

func (s *Store) peopleOf(ctx context.Context, page int, joined time.Time) ([]person.ID, error) {
	found, err := s.people.Query(ctx, dynamo.Query{Index: "page", Partition: "PEOPLE#" + pageName(page)})
	var users []person.ID
	for _, row := range found.Rows {
		if !row.Joined.After(joined) {
			users = append(users, row.User)
		}
	}
	return users, err
}
