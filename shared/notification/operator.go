package notification

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/person"
)

// CampaignStore keeps campaigns.
type CampaignStore interface {
	// Create keeps a new campaign. ErrExists: the id is taken.
	Create(ctx context.Context, c Campaign) error
	// Campaign returns a campaign; false when there is none.
	Campaign(ctx context.Context, id string) (Campaign, bool, error)
	// Campaigns returns all campaigns, newest first.
	Campaigns(ctx context.Context) ([]Campaign, error)
	// Change moves a campaign from one of the states to another and returns it.
	// ErrState: it is in none of them. NotFound: there is none.
	Change(ctx context.Context, id string, from []CampaignState, to Change) (Campaign, error)
	// Publish shows a running campaign to everybody in their inbox, or takes it
	// out again. Both may be repeated; what is not running is not shown.
	Publish(ctx context.Context, c Campaign, shown bool) error
}

// Change is what changes with a campaign's state.
type Change struct {
	State   CampaignState
	Size    int       // set when the state becomes Scheduled
	Started time.Time // set when it becomes Running
}

// PageStore keeps campaigns' pages.
type PageStore interface {
	// Plan keeps the pages that are not kept yet.
	Plan(ctx context.Context, pages []Page) error
	// Pages returns the pages of a campaign in order.
	Pages(ctx context.Context, campaign string) ([]Page, error)
	// Queued notes that a page, as it was read, is in its queue.
	Queued(ctx context.Context, p Page) error
	// Wake makes the pages that are not done due at the time: those that were
	// lost on their way come again.
	Wake(ctx context.Context, campaign string, at time.Time) error
}

// AudienceStore finds people.
type AudienceStore interface {
	// Enlist writes down that a person is a recipient and returns their page;
	// false when there is no such person. It may be repeated.
	Enlist(ctx context.Context, c Campaign, user person.ID) (page int, known bool, err error)
	// CountPeople counts the people of a page who had joined by then, as one
	// entry a page.
	CountPeople(ctx context.Context, joined time.Time) ([]int, error)
}

// Followers knows who follows a merchant.
type Followers interface {
	Followers(ctx context.Context, merchant string) ([]person.ID, error)
}

// Queue takes pages to the workers, in the lane of the category.
type Queue interface {
	Send(ctx context.Context, category Category, pages []Ref) error
}

// Operator launches, pauses, resumes, cancels and inspects campaigns.
type Operator struct {
	campaigns CampaignStore
	pages     PageStore
	audience  AudienceStore
	followers Followers
	queue     Queue
	clock     clock.Clock
}

// NewOperator returns the service.
func NewOperator(campaigns CampaignStore, pages PageStore, audience AudienceStore, followers Followers, queue Queue, clk clock.Clock) *Operator {
	return &Operator{campaigns: campaigns, pages: pages, audience: audience, followers: followers, queue: queue, clock: clk}
}

// Report is a campaign with its progress. The outcomes add up to the audience.
type Report struct {
	Campaign Campaign
	Audience int
	Outcomes Counts
}

// Launch freezes a campaign and its audience and starts it when it is due. The
// same launch again answers the same campaign, and finishes what a broken one
// began. Conflict: the id is taken by another campaign. InvalidRequest: see
// Launch.
func (o *Operator) Launch(ctx context.Context, l Launch) (Report, error) {
	c, err := o.create(ctx, l)
	if err != nil {
		return Report{}, err
	}
	if c.State == Preparing {
		if c, err = o.prepare(ctx, c); err != nil {
			return Report{}, err
		}
	}
	return o.advance(ctx, c)
}

// create keeps the campaign, or finds it when the launch is repeated, however
// long after its time that is.
func (o *Operator) create(ctx context.Context, l Launch) (Campaign, error) {
	c, wrong := l.campaign(o.clock.Now())
	if wrong != nil && !campaignID(l.ID) {
		return c, wrong
	}
	var err error
	if c.Digest, err = digest(l); err != nil {
		return c, err
	}
	if wrong == nil {
		if err := o.campaigns.Create(ctx, c); !errors.Is(err, ErrExists) {
			return c, err
		}
		wrong = fault.New(fault.Conflict, "Another campaign has this id.")
	}
	kept, found, err := o.campaigns.Campaign(ctx, l.ID)
	if err == nil && (!found || kept.Digest != c.Digest) {
		err = wrong
	}
	kept.Audience.Users = l.Audience.Users
	return kept, err
}

// digest recognises a launch that is repeated.
func digest(l Launch) (string, error) {
	users := make([]string, len(l.Audience.Users))
	for i, u := range l.Audience.Users {
		users[i] = u.Reveal()
	}
	b, err := json.Marshal([]any{l.ID, l.Category, l.Templates, l.Variables, l.Target, l.Audience.All, l.Audience.Follows, users, l.NotBefore.UTC(), l.Expires.UTC()})
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), err
}

// prepare writes down who is meant, page by page. Each step may be repeated.
func (o *Operator) prepare(ctx context.Context, c Campaign) (Campaign, error) {
	planned, err := o.enlist(ctx, c)
	if err != nil {
		return c, err
	}
	var pages []Page
	size := 0
	for n, count := range planned {
		size += count
		// The index of people lags: an empty page of everybody is looked at too.
		if count > 0 || c.Audience.everybody() {
			pages = append(pages, Page{Campaign: c.ID, Number: n, Planned: count, Next: c.NotBefore})
		}
	}
	if err := o.pages.Plan(ctx, pages); err != nil {
		return c, err
	}
	changed, err := o.campaigns.Change(ctx, c.ID, []CampaignState{Preparing}, Change{State: Scheduled, Size: size})
	if errors.Is(err, ErrState) { // another launch of the same campaign was first
		changed, _, err = o.campaigns.Campaign(ctx, c.ID)
	}
	return changed, err
}

func (o *Operator) enlist(ctx context.Context, c Campaign) ([]int, error) {
	if c.Audience.everybody() {
		return o.audience.CountPeople(ctx, c.Created)
	}
	users := c.Audience.Users
	if c.Audience.Follows != "" {
		var err error
		if users, err = o.followers.Followers(ctx, c.Audience.Follows); err != nil {
			return nil, err
		}
	}
	var planned []int
	seen := map[person.ID]bool{}
	for _, user := range users {
		if seen[user] {
			continue
		}
		seen[user] = true
		page, known, err := o.audience.Enlist(ctx, c, user)
		if err != nil {
			return nil, err
		}
		for len(planned) <= page {
			planned = append(planned, 0)
		}
		if known {
			planned[page]++
		}
	}
	return planned, nil
}

// Pause holds a campaign back; what is just being sent ends with its slice.
// Pausing a paused campaign changes nothing. Conflict: it is over.
func (o *Operator) Pause(ctx context.Context, id string) (Report, error) {
	return o.change(ctx, id, []CampaignState{Scheduled, Running, Paused}, Change{State: Paused})
}

// Resume lets a paused campaign go on. On a running one it sends pages again
// that were lost on their way.
func (o *Operator) Resume(ctx context.Context, id string) (Report, error) {
	if !campaignID(id) {
		return Report{}, errNoCampaign
	}
	if err := o.pages.Wake(ctx, id, o.clock.Now()); err != nil {
		return Report{}, err
	}
	return o.change(ctx, id, []CampaignState{Paused, Scheduled, Running}, Change{State: Scheduled})
}

// Cancel stops a campaign for good and takes it out of everybody's inbox; what
// was delivered to single people stays theirs. Cancelling twice changes
// nothing. Conflict: it is done.
func (o *Operator) Cancel(ctx context.Context, id string) (Report, error) {
	r, err := o.change(ctx, id, []CampaignState{Preparing, Scheduled, Running, Paused, Stopped}, Change{State: Stopped})
	if err != nil {
		return r, err
	}
	if r.Campaign.Started.IsZero() || !r.Campaign.Audience.everybody() {
		return r, nil
	}
	return r, o.campaigns.Publish(ctx, r.Campaign, false)
}

func (o *Operator) change(ctx context.Context, id string, from []CampaignState, to Change) (Report, error) {
	if !campaignID(id) {
		return Report{}, errNoCampaign
	}
	c, err := o.campaigns.Change(ctx, id, from, to)
	if errors.Is(err, ErrState) {
		return Report{}, fault.New(fault.Conflict, "The campaign's state does not allow this any more.")
	}
	if err != nil {
		return Report{}, err
	}
	return o.advance(ctx, c)
}
