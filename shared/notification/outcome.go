package notification

import (
	"time"
)

// Outcome is what came of a campaign for one recipient.
type Outcome string

// The outcomes. A recipient without one, or with Pending, is still to come.
const (
	Pending          Outcome = "pending"
	Sent             Outcome = "sent"               // the provider took it, on one device at least
	Unknown          Outcome = "unknown"            // marketing that may have been sent: never tried again
	Failed           Outcome = "failed"             // the provider refused it
	NoDevice         Outcome = "no_device"          // nothing to push to; it is in the inbox
	EndpointDead     Outcome = "endpoint_dead"      // every endpoint was disabled; pruned
	Refused          Outcome = "preference"         // the person switched the category's pushes off
	Quiet            Outcome = "quiet_hours"        // expired before the quiet hours ended
	NoConsent        Outcome = "no_consent"         // marketing without the consent
	MinorRefused     Outcome = "minor"              // marketing to a minor (C94)
	Late             Outcome = "expired"            // its time was over
	AccountCancelled Outcome = "account_cancelled"  // the person is leaving, or banned
	CampaignStopped  Outcome = "campaign_cancelled" // the operator cancelled it before
	Erased           Outcome = "erased"             // the person is gone, and their row with them
)

// Recipient is a person of a campaign's page as they are just now.
type Recipient struct {
	Person  Person
	Known   bool // false: the person is gone
	Outcome Outcome
}

// final reports whether nothing is left to do for the recipient.
func (o Outcome) final() bool { return o != "" && o != Pending }

// verdict decides about a recipient before their devices are read: an outcome
// that needs no push, or the empty one.
func verdict(c Campaign, r Recipient, now time.Time) Outcome {
	switch {
	case !r.Known || r.Person.State != Active:
		return AccountCancelled
	case c.Category.Marketing() && r.Person.Minor:
		return MinorRefused
	case c.Category.Marketing() && !r.Person.Marketing:
		return NoConsent
	case !r.Person.Choices.Allows(c.Category, Push):
		return Refused
	case !now.Before(c.Expires):
		return Late
	default:
		return ""
	}
}

// awake divides a person's devices into those that may show the message now
// and, for the others, the earliest moment at which one may.
func awake(c Campaign, p Person, devices []Device, now time.Time) (ready []Device, wake time.Time) {
	for _, d := range devices {
		zone, err := Zone(d.Zone)
		if err != nil {
			zone = time.UTC // a zone that the database dropped since
		}
		until := p.Hours.Until(now, c.Category, zone)
		if until.IsZero() {
			ready = append(ready, d)
		} else if wake.IsZero() || until.Before(wake) {
			wake = until
		}
	}
	return ready, wake
}

// Page is a campaign's unit of work: some of its recipients, one queue
// message, one holder at a time.
type Page struct {
	Campaign string
	Number   int
	Planned  int       // recipients counted at launch
	Counts   Counts    // outcomes so far
	Next     time.Time // when it is to be queued; zero: it is queued, or done
	Done     bool
}

// Counts counts recipients by outcome.
type Counts map[Outcome]int

// total is how many recipients are counted.
func (c Counts) total() int {
	n := 0
	for _, count := range c {
		n += count
	}
	return n
}

// Ref names a page in a queue: ids only.
type Ref struct {
	Campaign string
	Page     int
}

// Notice is what goes to a device: the text, and what the app needs to open it.
type Notice struct {
	Device  Device
	Message string // the message's id, stable over repeats
	Campaign
	Once bool // must not be tried a second time by anything on its way
}

// Shown returns the text in the device's language.
func (n Notice) Shown() Text { return textIn(n.Texts, n.Device.Language) }
