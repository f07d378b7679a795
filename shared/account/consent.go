package account

import (
	"context"
	"errors"
	"time"

	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/person"
)

// ErrChanged is a write refused because somebody else changed the row since it
// was read: read again and try again.
var ErrChanged = errors.New("account: changed in the meantime")

// attempts is how often a change is tried against concurrent ones.
const attempts = 4

// Consent is one authorisation as it stands (C71).
type Consent struct {
	Purpose   inventory.Consent
	Granted   bool
	ChangedAt time.Time // zero: never changed, as before the first grant
	Version   string    // the policy version under which it was last changed
	Revision  int64     // counts the changes
}

// ConsentStore keeps consents.
type ConsentStore interface {
	// Consents returns those of the person that ever changed.
	Consents(ctx context.Context, user person.ID) ([]Consent, error)
	// SaveConsent writes the consent's next revision, the evidence of the
	// change and whatever must take notice of it at once, or nothing.
	// ErrChanged: the stored revision is not the one before c's.
	// Unauthenticated: the account is not active any more.
	SaveConsent(ctx context.Context, user person.ID, c Consent) error
}

// Consents grants and withdraws authorisations (C10, C71, C77, C78).
type Consents struct {
	store ConsentStore
	clock clock.Clock
}

// NewConsents returns the consents of the store.
func NewConsents(store ConsentStore, clk clock.Clock) *Consents {
	return &Consents{store: store, clock: clk}
}

// All returns every consent there is, in the order in which the app shows them.
func (c *Consents) All(ctx context.Context, who Person) ([]Consent, error) {
	changed, err := c.store.Consents(ctx, who.ID)
	if err != nil {
		return nil, err
	}
	list := make([]Consent, len(inventory.Consents))
	for i, known := range inventory.Consents {
		list[i].Purpose = known.Consent
		for _, state := range changed {
			if state.Purpose == known.Consent {
				list[i] = state
			}
		}
	}
	return list, nil
}

// Set grants or withdraws a consent; as it stands already, nothing is written
// and the answer is the same as the first time. Withdrawing is always possible
// and takes effect with the next request (C78). Errors: NotFound for an unknown
// purpose; ConsentRequired for a grant while a policy version is due; Forbidden
// for a grant that a minor cannot give (C94).
func (c *Consents) Set(ctx context.Context, who Person, purpose inventory.Consent, granted bool) (Consent, error) {
	if !known(purpose) {
		return Consent{}, fault.New(fault.NotFound, "There is no such consent.")
	}
	if granted {
		if err := who.mayCollect(); err != nil {
			return Consent{}, err
		}
		if who.Minor && purpose.AdultOnly() {
			return Consent{}, fault.New(fault.Forbidden, "This is not offered to people under 18.")
		}
	}
	for range attempts {
		state, err := c.one(ctx, who, purpose)
		if err != nil || state.Granted == granted {
			return state, err
		}
		state.Granted, state.ChangedAt, state.Version = granted, c.clock.Now(), who.Accepted
		state.Revision++
		if err := c.store.SaveConsent(ctx, who.ID, state); !errors.Is(err, ErrChanged) {
			return state, err
		}
	}
	return Consent{}, fault.Busy(ErrChanged)
}

// withdrawAdultOnly withdraws what a minor cannot consent to (C94).
func (c *Consents) withdrawAdultOnly(ctx context.Context, who Person) error {
	for _, known := range inventory.Consents {
		if known.Consent.AdultOnly() {
			if _, err := c.Set(ctx, who, known.Consent, false); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *Consents) one(ctx context.Context, who Person, purpose inventory.Consent) (Consent, error) {
	all, err := c.All(ctx, who)
	if err != nil {
		return Consent{}, err
	}
	for _, state := range all {
		if state.Purpose == purpose {
			return state, nil
		}
	}
	return Consent{Purpose: purpose}, nil
}

func known(purpose inventory.Consent) bool {
	for _, k := range inventory.Consents {
		if k.Consent == purpose {
			return true
		}
	}
	return false
}
