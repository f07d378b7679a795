package notification

import (
	"context"
	"errors"
	"io"
	"time"

	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/person"
)

// Errors of a Sender. Any other error leaves open whether the push was sent.
var (
	// ErrEndpointDead is an endpoint that the provider disabled or forgot.
	ErrEndpointDead = errors.New("notification: the endpoint is disabled")
	// ErrRejected is a push that the provider does not take.
	ErrRejected = errors.New("notification: the push was rejected")
	// ErrThrottled is a push that the provider did not take now.
	ErrThrottled = errors.New("notification: the provider is busy")
)

// Sender gives a push to the provider. Errors: see ErrEndpointDead,
// ErrRejected, ErrThrottled.
type Sender interface {
	Send(ctx context.Context, n Notice) error
}

// RecipientStore keeps what came of a campaign for each recipient, in the
// recipient's own rows.
type RecipientStore interface {
	// Members returns who is on the page of a campaign.
	Members(ctx context.Context, c Campaign, page int) ([]person.ID, error)
	// Recipients reads people and their outcomes as they are now.
	Recipients(ctx context.Context, campaign string, users []person.ID) ([]Recipient, error)
	// Record writes an outcome while the present one is from (Pending stands
	// for none too). It returns false when it is not, or when the person
	// is gone or leaving, or, for an intent to send marketing, does not consent
	// any more. It may be repeated.
	Record(ctx context.Context, c Campaign, user person.ID, from, to Outcome, at time.Time) (bool, error)
	// Deliver puts the message into the person's inbox; nothing happens when
	// it is there, or the person is gone or leaving.
	Deliver(ctx context.Context, user person.ID, m Message) error
}

// LeaseStore gives a page to one worker at a time.
type LeaseStore interface {
	// ClaimPage leases the page until then. ErrLease: somebody else holds it.
	// NotFound: there is no such page.
	ClaimPage(ctx context.Context, ref Ref, token string, now, until time.Time) (Page, error)
	// FinishPage writes the page back and gives it up. ErrLease: the lease was lost.
	FinishPage(ctx context.Context, p Page, token string) error
}

// Fanout sends pages.
type Fanout struct {
	campaigns  CampaignStore
	leases     LeaseStore
	recipients RecipientStore
	devices    DeviceStore
	registry   *Devices
	sender     Sender
	clock      clock.Clock
	random     io.Reader
	meter      Meter
}

// Meter counts for operators; no number says anything about a person.
type Meter interface {
	Note(name string, value float64)
}

// What is counted when a page is done.
const (
	PagesSent    = "PagesSent"
	PushesSent   = "PushesSent"   // people of the page who were pushed to
	PushesFailed = "PushesFailed" // people whose every push the provider refused
)

// Counting returns the fan-out with a meter.
func (f *Fanout) Counting(m Meter) *Fanout {
	counting := *f
	counting.meter = m
	return &counting
}

// count tells the meter of a page that is done, once: a page is done once.
func (f *Fanout) count(page Page) {
	if f.meter == nil || !page.Done {
		return
	}
	f.meter.Note(PagesSent, 1)
	f.meter.Note(PushesSent, float64(page.Counts[Sent]))
	f.meter.Note(PushesFailed, float64(page.Counts[Failed]))
}

// NewFanout returns the service. registry forgets dead endpoints.
func NewFanout(campaigns CampaignStore, leases LeaseStore, recipients RecipientStore, devices DeviceStore, registry *Devices, sender Sender, clk clock.Clock, random io.Reader) *Fanout {
	return &Fanout{campaigns: campaigns, leases: leases, recipients: recipients, devices: devices, registry: registry, sender: sender, clock: clk, random: random}
}

const (
	leaseTime  = 2 * time.Minute // longer than a worker lives
	slice      = 40              // people who are read at once, just before they are sent to
	perReceipt = 400             // people after whom a worker puts a page back, so that it ends in time
	settle     = 2 * time.Minute // how long the index of people may lag behind a launch
	retry      = time.Minute     // how long a page waits for a busy provider
)

// Send sends a page: once for each recipient who may have it now. It may be
// repeated, and goes on where it broke off: system and logistics messages at
// least once, marketing at most once. ErrLease: another worker is at it.
func (f *Fanout) Send(ctx context.Context, ref Ref) error {
	c, found, err := f.campaigns.Campaign(ctx, ref.Campaign)
	if err != nil || !found || c.State == Stopped || c.State == Done {
		return err // of a campaign that is over nothing is to be done
	}
	token, err := person.Token(f.random, 16)
	if err != nil {
		return err
	}
	now := f.clock.Now()
	page, err := f.leases.ClaimPage(ctx, ref, token, now, now.Add(leaseTime))
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if page.Done {
		return f.leases.FinishPage(ctx, page, token)
	}
	if err := f.work(ctx, c, &page); err != nil {
		return err
	}
	if err := f.leases.FinishPage(ctx, page, token); err != nil {
		return err
	}
	f.count(page)
	return nil
}

// work goes through a page's people in slices and sums up what came of it.
func (f *Fanout) work(ctx context.Context, c Campaign, page *Page) error {
	users, err := f.recipients.Members(ctx, c, page.Number)
	if err != nil {
		return err
	}
	run := &run{fanout: f, campaign: c, counts: Counts{}}
	for start := 0; start < len(users) && !run.stopped; start += slice {
		if err := run.slice(ctx, users[start:min(start+slice, len(users))]); err != nil {
			return err
		}
	}
	page.Counts, page.Next, page.Done = run.counts, run.next, false
	now := f.clock.Now()
	switch missing := page.Planned - len(users); {
	case run.stopped:
		if run.next.IsZero() {
			page.Next = now
		}
	case missing > 0 && now.Before(c.Started.Add(settle)):
		page.Next = c.Started.Add(settle)
	case missing > 0:
		page.Counts[Erased] += missing
		page.Done = run.next.IsZero()
	default:
		page.Done = run.next.IsZero()
	}
	return nil
}

// run is one pass over a page.
type run struct {
	fanout   *Fanout
	campaign Campaign
	counts   Counts
	next     time.Time // when the page is to be tried again
	handled  int
	stopped  bool
}

// slice reads campaign and people anew, which is the recheck of pause,
// cancellation, consent and preference, and then sends to them.
func (r *run) slice(ctx context.Context, users []person.ID) error {
	c, found, err := r.fanout.campaigns.Campaign(ctx, r.campaign.ID)
	if err != nil {
		return err
	}
	if !found || c.State != Running || r.handled >= perReceipt {
		r.stopped = true
		return nil
	}
	recipients, err := r.fanout.recipients.Recipients(ctx, c.ID, users)
	if err != nil {
		return err
	}
	for i, recipient := range recipients {
		outcome := recipient.Outcome
		if !outcome.final() {
			r.handled++
			if outcome, err = r.recipient(ctx, users[i], recipient); err != nil {
				return err
			}
		}
		r.counts[outcome]++
	}
	return nil
}

// wait asks for the page to be tried again at the time.
func (r *run) wait(until time.Time) {
	if r.next.IsZero() || until.Before(r.next) {
		r.next = until
	}
}

// recipient does what is to be done for one person and returns the outcome.
func (r *run) recipient(ctx context.Context, user person.ID, recipient Recipient) (Outcome, error) {
	f, now := r.fanout, r.fanout.clock.Now()
	outcome := verdict(r.campaign, recipient, now)
	if outcome == AccountCancelled {
		return outcome, nil // nothing is written any more about who leaves
	}
	if outcome != MinorRefused && !r.campaign.Audience.everybody() {
		if err := f.recipients.Deliver(ctx, user, r.campaign.Message()); err != nil {
			return "", err
		}
	}
	if outcome != "" {
		return r.record(ctx, user, outcome)
	}
	devices, err := f.devices.Devices(ctx, user)
	if err != nil {
		return "", err
	}
	if len(devices) == 0 {
		return r.record(ctx, user, NoDevice)
	}
	ready, wake := awake(r.campaign, recipient.Person, devices, now)
	switch {
	case len(ready) > 0:
		return r.send(ctx, user, ready)
	case wake.Before(r.campaign.Expires):
		r.wait(wake)
		return Pending, nil
	default:
		return r.record(ctx, user, Quiet)
	}
}

// record writes an outcome. When it cannot be written the person left, or
// another worker was quicker; either way nothing is sent.
func (r *run) record(ctx context.Context, user person.ID, outcome Outcome) (Outcome, error) {
	written, err := r.fanout.recipients.Record(ctx, r.campaign, user, Pending, outcome, r.fanout.clock.Now())
	if err != nil || written {
		return outcome, err
	}
	return r.present(ctx, user)
}

// present is the outcome that stands.
func (r *run) present(ctx context.Context, user person.ID) (Outcome, error) {
	now, err := r.fanout.recipients.Recipients(ctx, r.campaign.ID, []person.ID{user})
	if err != nil {
		return "", err
	}
	switch {
	case now[0].Outcome.final():
		return now[0].Outcome, nil
	case !now[0].Known || now[0].Person.State != Active:
		return AccountCancelled, nil
	case r.campaign.Category.Marketing(): // the consent was withdrawn between the read and the intent
		_, err = r.fanout.recipients.Record(ctx, r.campaign, user, Pending, NoConsent, r.fanout.clock.Now())
		return NoConsent, err
	default:
		r.wait(r.fanout.clock.Now().Add(retry))
		return Pending, nil
	}
}

// send pushes to a person's devices. Marketing writes its intent first: what
// breaks off in between stays unknown and is never sent again. The rest writes
// afterwards: what breaks off is sent again.
func (r *run) send(ctx context.Context, user person.ID, devices []Device) (Outcome, error) {
	f := r.fanout
	if !r.campaign.Category.Marketing() {
		outcome := r.push(ctx, devices)
		if outcome == Pending {
			return Pending, nil
		}
		return r.record(ctx, user, outcome)
	}
	intended, err := f.recipients.Record(ctx, r.campaign, user, Pending, Unknown, f.clock.Now())
	if err != nil {
		return "", err
	}
	if !intended {
		return r.present(ctx, user)
	}
	outcome := r.push(ctx, devices)
	if outcome == Unknown {
		return outcome, nil
	}
	written, err := f.recipients.Record(ctx, r.campaign, user, Unknown, outcome, f.clock.Now())
	if err != nil || !written {
		return Unknown, err
	}
	return outcome, nil
}

// push gives the message to every device and sums up: sent when one took it.
func (r *run) push(ctx context.Context, devices []Device) Outcome {
	f, marketing := r.fanout, r.campaign.Category.Marketing()
	results := Counts{}
	for _, d := range devices {
		n := Notice{Device: d, Message: r.campaign.Message().ID, Campaign: r.campaign, Once: marketing}
		switch err := f.sender.Send(ctx, n); {
		case err == nil:
			results[Sent]++
		case errors.Is(err, ErrEndpointDead):
			results[EndpointDead]++
			// A dead endpoint that cannot be forgotten now is found dead again.
			_ = f.registry.forget(ctx, d)
		case errors.Is(err, ErrRejected):
			results[Failed]++
		case errors.Is(err, ErrThrottled), !marketing:
			results[Pending]++
		default:
			results[Unknown]++
		}
	}
	for _, outcome := range []Outcome{Sent, Unknown, Pending, Failed} {
		if results[outcome] > 0 {
			if outcome == Pending {
				r.wait(f.clock.Now().Add(retry))
			}
			return outcome
		}
	}
	return EndpointDead
}
