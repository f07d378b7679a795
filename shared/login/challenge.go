package login

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"jewelrydisplay.app/shared/person"
)

// Ticket is what a challenge id says to us, sealed: nothing of it is on disk
// before an account exists (C01).
type Ticket struct {
	Phone    person.PhoneNumber
	Nonce    string // tells this challenge from the one before
	Purpose  string
	User     person.ID // who asked, for purposes of who is logged in
	Version  string    // of the policy that was accepted with it
	Hash     string    // SHA-256 of the policy's text
	Age      AgeGroup
	Guardian bool // a minor says that a guardian agreed (C94)
}

// Challenge is an open challenge as its phone's row holds it.
type Challenge struct {
	Nonce    string
	MAC      person.Hash // of the code, under the pepper
	Holder   person.ID   // who held the number when the code was sent; zero: nobody
	Address  person.Hash // the rows that count its SMS; zero: none do
	Country  person.Hash
	SentAt   time.Time
	EndsAt   time.Time
	Attempts int64  // tries counted, each before its compare
	Replays  int64  // repeats of the spent code
	Result   string // what spending it brought; empty: not spent
}

// Outbox is what a phone's row holds: its open challenges by slot (a slot is a
// purpose and a device), when SMS were sent, and the failures.
type Outbox struct {
	Phone    person.Hash // where it is written
	Before   person.Hash // where it may lie besides, during a rotation; zero otherwise
	Lies     person.Hash // where it was found; zero: nowhere
	Holder   person.ID   // who holds the number now
	Open     map[string]Challenge
	Sends    []time.Time
	Failures int64
	FailedAt time.Time
	Revision int64 // 0: there is no such row yet
}

// next returns from when on the phone may get another SMS.
func (o Outbox) next(s Settings) time.Time {
	var at time.Time
	for _, w := range s.Sends {
		if n := len(o.Sends) - w.Count; n >= 0 {
			if free := o.Sends[n].Add(w.Span); free.After(at) {
				at = free
			}
		}
	}
	if o.Failures >= s.Failures {
		if free := o.FailedAt.Add(s.FailureWindow); free.After(at) {
			at = free
		}
	}
	return at
}

// tidy forgets what no rule asks for any more.
func (o Outbox) tidy(now time.Time, s Settings) Outbox {
	var longest time.Duration
	for _, w := range s.Sends {
		longest = max(longest, w.Span)
	}
	kept := make([]time.Time, 0, len(o.Sends)+1)
	for _, at := range o.Sends {
		if at.Add(longest).After(now) {
			kept = append(kept, at)
		}
	}
	open := map[string]Challenge{}
	for slot, c := range o.Open {
		if c.EndsAt.After(now) {
			open[slot] = c
		}
	}
	o.Sends, o.Open = kept, open
	if !o.FailedAt.Add(s.FailureWindow).After(now) {
		o.Failures, o.FailedAt = 0, time.Time{}
	}
	return o
}

// CodeStore keeps the outboxes.
type CodeStore interface {
	// Outbox reads a phone's row and who holds the number, in one call. before is
	// the phone under the other version of the index; zero: there is none.
	Outbox(ctx context.Context, phone, before person.Hash) (Outbox, error)
	// Send writes the outbox if its row is still at the revision that was
	// read, and where it was. ErrRaced: it is not. keepUntil is when the row says nothing any
	// more.
	Send(ctx context.Context, o Outbox, keepUntil time.Time) error
	// Count adds one attempt to an open challenge that is not spent, before
	// anything is compared, and returns it. found is false when the slot's
	// challenge is another, has ended, or has no tries left; spent tells that
	// it was spent.
	Count(ctx context.Context, phone person.Hash, slot, nonce string, now time.Time) (c Challenge, found, spent bool, err error)
	// Recount does the same for a challenge that is spent.
	Recount(ctx context.Context, phone person.Hash, slot, nonce string, now time.Time) (c Challenge, found bool, err error)
}

// CodeKeys does what needs the service's secrets.
type CodeKeys interface {
	// Seal makes the challenge id of a ticket: the same for the same ticket.
	Seal(t Ticket) (string, error)
	// Unseal opens a challenge id. Anything else is ErrRejected.
	Unseal(ctx context.Context, challengeID string) (Ticket, error)
	// MAC is what is stored of a code: it covers phone, purpose, challenge and
	// device.
	MAC(code string, t Ticket, device person.DeviceID) person.Hash
	// Matches compares in constant time.
	Matches(ctx context.Context, mac person.Hash, code string, t Ticket, device person.DeviceID) (bool, error)
}

// Index is one version of the keyed hashes by which phones and devices are found.
type Index interface {
	Phone(p person.PhoneNumber) person.Hash
	Device(d person.DeviceID) person.Hash
	// Seed is what a device's hash is made from, and Seeded the hash.
	Seed(d person.DeviceID) person.DeviceSeed
	Seeded(s person.DeviceSeed) person.Hash
	// Slot is where a phone's row keeps the challenge of a purpose and device.
	Slot(purpose string, d person.DeviceID) string
}

// Indexes are the versions of the keyed hashes.
type Indexes interface {
	// Versions returns the versions that a row may lie under; what is written
	// goes under the first. There is one, or two during a rotation.
	Versions(ctx context.Context) ([]Index, error)
	// Network is the client addresses that count as one.
	Network(n netip.Prefix) person.Hash
}

// Numbers reads phone numbers as people write them.
type Numbers interface {
	// Parse returns the number in E.164 form, or an InvalidRequest for the
	// field at location: no number, a landline, a premium number, a country
	// that is not served.
	Parse(location, written string) (person.PhoneNumber, error)
}

// Plans are numbers with their countries' numbering plans.
type Plans interface {
	Numbers
	// Region returns the country of a number that Parse returned (ISO 3166-1
	// alpha-2).
	Region(p person.PhoneNumber) string
}

// SMS is one message with a code. Providers that only send texts which they
// approved before make it from Purpose, Language and Code.
type SMS struct {
	ID       string // the same for the same message: whoever gets two of one ID has sent it already
	To       person.PhoneNumber
	Text     string
	Code     string
	Purpose  string
	Language string // "zh" or "en"
}

// ErrNotSent is in the error of a sender that surely did not send: another may.
// Any other error leaves open whether the SMS was sent.
var ErrNotSent = errors.New("login: the SMS was not sent")

// ErrRefused is an ErrNotSent of a provider that works and does not take this one
// message.
var ErrRefused = fmt.Errorf("%w: it was refused", ErrNotSent)

// Sender sends one SMS, and does not try twice.
type Sender interface {
	Send(ctx context.Context, m SMS) error
}
