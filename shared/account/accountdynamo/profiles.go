package accountdynamo

import (
	"context"

	"jewelrydisplay.app/shared/account"
	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/person"
)

type profileRow struct {
	User     person.ID       `inv:"user_id,C12,key"`
	Nickname person.Nickname `inv:"nickname,C12,account"`
	Gender   person.Detail   `inv:"gender,C12,account"`
	Locale   string          `inv:"locale,C12,account"`
	TimeZone string          `inv:"time_zone,C12,account"`
	Revision int64           `inv:"revision,C72,account"`
}

// ProfileRecord is what a person says about themselves as part of managing
// their account.
var ProfileRecord = inventory.Declare[profileRow](inventory.Record{
	Name: "profile", Table: "Accounts", Key: "U#{user_id}/PROFILE", Owner: "user_id",
	Keep: inventory.WithPerson(), OnCancel: inventory.HoldUntilPurge,
})

type optionalRow struct {
	User       person.ID       `inv:"user_id,C17,key"`
	Birthday   person.Detail   `inv:"birthday,C17,optional_profile"`
	Region     person.Detail   `inv:"region,C17,optional_profile"`
	Occupation person.Detail   `inv:"occupation,C17,optional_profile"`
	Hobbies    []person.Detail `inv:"hobbies,C17,optional_profile"`
}

// OptionalProfileRecord is the part of the profile that is an additional
// function: it goes as soon as a cancellation cannot be withdrawn any more
// (C18), before the rest does.
var OptionalProfileRecord = inventory.Declare[optionalRow](inventory.Record{
	Name: "optional_profile", Table: "Accounts", Key: "U#{user_id}/PROFILE_OPTIONAL", Owner: "user_id",
	Keep: inventory.WithPerson(), OnCancel: inventory.EraseAfterWithdrawal,
})

// Overview returns the profile and the policy's history in one call.
func (s *Store) Overview(ctx context.Context, who account.Person) (account.Profile, account.History, error) {
	batch := s.db.Batch()
	profile, err := s.profiles.For(who.Subject).From(batch, profileRow{User: who.ID})
	if err != nil {
		return account.Profile{}, nil, err
	}
	optional, err := s.optional.For(who.Subject).From(batch, optionalRow{User: who.ID})
	if err != nil {
		return account.Profile{}, nil, err
	}
	head, err := s.heads.From(batch, headRow{})
	if err != nil {
		return account.Profile{}, nil, err
	}
	if err := batch.Run(ctx); err != nil {
		return account.Profile{}, nil, err
	}
	r, _ := profile.Row()
	o, _ := optional.Row()
	known, _ := head.Row()
	return account.Profile{
		Nickname: r.Nickname, Gender: r.Gender, Birthday: o.Birthday, Region: o.Region, Occupation: o.Occupation,
		Hobbies: o.Hobbies, Locale: r.Locale, TimeZone: r.TimeZone, Revision: r.Revision,
	}, known.history(), nil
}

// SaveProfile writes the next revision: a repeat after a lost answer finds the
// profile as it should be and writes nothing.
func (s *Store) SaveProfile(ctx context.Context, who account.Person, p account.Profile, minor bool) error {
	unchanged := dynamo.Absent("pk")
	if p.Revision > 1 {
		unchanged = dynamo.Eq("revision", p.Revision-1)
	}
	gate := []dynamo.Write{s.gate.ActiveWrite(who.ID)}
	if minor {
		gate = append(s.audience.MinorWrites(who.ID), s.gate.MinorWrite(who.ID))
	}
	profile := s.profiles.For(who.Subject).PutWrite(profileRow{
		User: who.ID, Nickname: p.Nickname, Gender: p.Gender, Locale: p.Locale, TimeZone: p.TimeZone, Revision: p.Revision,
	}, unchanged)
	err := s.db.Transact(ctx, "", append([]dynamo.Write{profile, s.optionalWrite(who, p)}, gate...)...)
	return refused(err, account.ErrChanged)
}

// optionalWrite writes the optional part, or removes its row when nothing is
// left of it.
func (s *Store) optionalWrite(who account.Person, p account.Profile) dynamo.Write {
	if p.Birthday.IsZero() && p.Region.IsZero() && p.Occupation.IsZero() && len(p.Hobbies) == 0 {
		return s.optional.DeleteWrite(optionalRow{User: who.ID})
	}
	return s.optional.For(who.Subject).PutWrite(optionalRow{
		User: who.ID, Birthday: p.Birthday, Region: p.Region, Occupation: p.Occupation, Hobbies: p.Hobbies,
	})
}
