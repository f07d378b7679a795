package account

import (
	"context"
	"errors"

	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/person"
)

// ProfileStore keeps profiles.
type ProfileStore interface {
	// Overview returns the person's profile, empty when they never wrote one,
	// and the policy's history.
	Overview(ctx context.Context, who Person) (Profile, History, error)
	// SaveProfile writes the profile's next revision, and marks the account as
	// a minor's if asked, or nothing. ErrChanged: the stored revision is not
	// the one before p's. Unauthenticated: the account is not active any more.
	SaveProfile(ctx context.Context, who Person, p Profile, minor bool) error
}

// Phones knows a person's phone number.
type Phones interface {
	// Phone returns the number that the person logs in with.
	Phone(ctx context.Context, user person.ID) (person.PhoneNumber, error)
}

// Overview is what the app shows under "My".
type Overview struct {
	Profile     Profile
	PhoneMasked string
	Minor       bool
	Accepted    string // policy versions
	Current     string
	Next        string
	Notice      Notice
}

// Profiles shows and changes profiles (C12, C70, C72, C73).
type Profiles struct {
	store    ProfileStore
	phones   Phones
	consents *Consents
	clock    clock.Clock
}

// NewProfiles returns the profiles of the store. Consents are needed because
// minors cannot give all of them.
func NewProfiles(store ProfileStore, phones Phones, consents *Consents, clk clock.Clock) *Profiles {
	return &Profiles{store: store, phones: phones, consents: consents, clock: clk}
}

// Show returns the person's own profile (C70).
func (p *Profiles) Show(ctx context.Context, who Person) (Overview, error) {
	profile, history, err := p.store.Overview(ctx, who)
	if err != nil {
		return Overview{}, err
	}
	return p.overview(ctx, who, profile, history)
}

func (p *Profiles) overview(ctx context.Context, who Person, profile Profile, history History) (Overview, error) {
	phone, err := p.phones.Phone(ctx, who.ID)
	if err != nil {
		return Overview{}, err
	}
	now := p.clock.Now()
	current, _ := history.Current(now)
	next, _ := history.Next(now)
	return Overview{
		Profile: profile, PhoneMasked: MaskPhone(phone), Minor: who.Minor,
		Accepted: who.Accepted, Current: current.Name, Next: next.Name, Notice: history.Notice(who.Accepted),
	}, nil
}

// Change applies a merge patch and returns the profile as it is afterwards. A
// patch that changes nothing writes nothing. Errors: those of Profile.Apply;
// ConsentRequired when the patch stores anything while a policy version is due.
//
// A birthday that shows a minor sets the account's minor flag, which stays,
// and before that withdraws what a minor cannot consent to: killed in between,
// fewer consents are left, never more (C94).
func (p *Profiles) Change(ctx context.Context, who Person, patch Patch) (Overview, error) {
	if patch.Collects() {
		if err := who.mayCollect(); err != nil {
			return Overview{}, err
		}
	}
	for range attempts {
		old, history, err := p.store.Overview(ctx, who)
		if err != nil {
			return Overview{}, err
		}
		profile, minor, err := old.Apply(patch, p.clock.Now())
		if err != nil {
			return Overview{}, err
		}
		err = p.save(ctx, &who, old, profile, minor)
		if errors.Is(err, ErrChanged) {
			continue
		}
		if err != nil {
			return Overview{}, err
		}
		return p.overview(ctx, who, profile, history)
	}
	return Overview{}, fault.Busy(ErrChanged)
}

func (p *Profiles) save(ctx context.Context, who *Person, old, profile Profile, minor bool) error {
	grows := minor && !who.Minor
	if profile.Equal(old) && !grows {
		return nil
	}
	if minor {
		if err := p.consents.withdrawAdultOnly(ctx, *who); err != nil {
			return err
		}
	}
	profile.Revision = old.Revision + 1
	if err := p.store.SaveProfile(ctx, *who, profile, grows); err != nil {
		return err
	}
	who.Minor = who.Minor || minor
	return nil
}
