package notification

import (
	"context"
	"errors"

	"jewelrydisplay.app/shared/fault"
)

// Inspect returns a campaign with its progress. NotFound: there is none.
func (o *Operator) Inspect(ctx context.Context, id string) (Report, error) {
	if !campaignID(id) {
		return Report{}, errNoCampaign
	}
	c, found, err := o.campaigns.Campaign(ctx, id)
	if err != nil {
		return Report{}, err
	}
	if !found {
		return Report{}, errNoCampaign
	}
	pages, err := o.pages.Pages(ctx, id)
	if err != nil {
		return Report{}, err
	}
	return report(c, pages), nil
}

var errNoCampaign = fault.New(fault.NotFound, "There is no such campaign.")

// List returns all campaigns, newest first, without their progress.
func (o *Operator) List(ctx context.Context) ([]Campaign, error) { return o.campaigns.Campaigns(ctx) }

// Tick starts the campaigns that are due, queues their pages that are due and
// ends those whose pages are done. It may run twice at once: a page that is
// queued twice is sent once.
func (o *Operator) Tick(ctx context.Context) error {
	campaigns, err := o.campaigns.Campaigns(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, c := range campaigns {
		if c.State == Scheduled || c.State == Running {
			_, err := o.advance(ctx, c)
			failed = append(failed, err) // one broken campaign holds no other back
		}
	}
	return errors.Join(failed...)
}

// advance takes a campaign as far as it can go now. Each step may be repeated:
// a run that breaks off is finished by the next.
func (o *Operator) advance(ctx context.Context, c Campaign) (Report, error) {
	now := o.clock.Now()
	if c.State == Scheduled && !now.Before(c.NotBefore) {
		started := c.Started
		if started.IsZero() {
			started = now
		}
		changed, err := o.campaigns.Change(ctx, c.ID, []CampaignState{Scheduled}, Change{State: Running, Started: started})
		if errors.Is(err, ErrState) {
			return o.Inspect(ctx, c.ID)
		}
		if err != nil {
			return Report{}, err
		}
		c = changed
	}
	pages, err := o.pages.Pages(ctx, c.ID)
	if err != nil || c.State != Running {
		return report(c, pages), err
	}
	if c.Audience.everybody() {
		if err := o.campaigns.Publish(ctx, c, true); err != nil {
			return Report{}, err
		}
	}
	if err := o.enqueue(ctx, c, pages); err != nil {
		return Report{}, err
	}
	if !done(pages) {
		return report(c, pages), nil
	}
	changed, err := o.campaigns.Change(ctx, c.ID, []CampaignState{Running}, Change{State: Done})
	if errors.Is(err, ErrState) {
		return o.Inspect(ctx, c.ID)
	}
	return report(changed, pages), err
}

// enqueue sends the pages that are due, then notes it: a page whose note is
// lost is sent again, which its lease and its recipients' outcomes bear.
func (o *Operator) enqueue(ctx context.Context, c Campaign, pages []Page) error {
	var due []Page
	var refs []Ref
	for _, p := range pages {
		if !p.Done && !p.Next.IsZero() && !o.clock.Now().Before(p.Next) {
			due = append(due, p)
			refs = append(refs, Ref{Campaign: c.ID, Page: p.Number})
		}
	}
	if len(due) == 0 {
		return nil
	}
	if err := o.queue.Send(ctx, c.Category, refs); err != nil {
		return err
	}
	for _, p := range due {
		if err := o.pages.Queued(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

func done(pages []Page) bool {
	for _, p := range pages {
		if !p.Done {
			return false
		}
	}
	return true
}

// report adds the pages up. What is not decided is pending, or cancelled when
// the campaign is. A page may have found more people than were counted at the
// launch, because the index of people lags; then the audience is larger.
func report(c Campaign, pages []Page) Report {
	r := Report{Campaign: c, Outcomes: Counts{}}
	for _, p := range pages {
		for outcome, n := range p.Counts {
			r.Outcomes[outcome] += n
		}
		r.Audience += max(p.Planned, p.Counts.total())
	}
	open := r.Audience - r.Outcomes.total() + r.Outcomes[Pending]
	delete(r.Outcomes, Pending)
	if c.State == Stopped {
		r.Outcomes[CampaignStopped] += open
	} else {
		r.Outcomes[Pending] = open
	}
	return r
}
