package accountdynamo

import (
	"context"
	"errors"

	"jewelrydisplay.app/shared/account"
	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/person"
)

// Gate is the writes of the login context that join this one's: each holds only
// while the account is active, so nothing is written for a person who is gone.
type Gate interface {
	ActiveWrite(user person.ID) dynamo.Write
	ConsentWrite(user person.ID, c inventory.Consent, granted bool) dynamo.Write
	AcceptanceWrite(user person.ID, version string) dynamo.Write
	MinorWrite(user person.ID) dynamo.Write
	SpendWrite(p person.Proof, result string) dynamo.Write
}

// Audience is the writes of the notification context that take notice of a
// marketing consent, and of a minor, whose marketing consent ends with it, in
// the same moment.
type Audience interface {
	ConsentWrite(user person.ID, c inventory.Consent, granted bool) dynamo.Write
	MinorWrites(user person.ID) []dynamo.Write
}

// Store keeps what a person's account holds, in the Accounts table.
type Store struct {
	*Policies
	gate     Gate
	audience Audience
	schemas  []*inventory.Schema
	consents dynamo.Table[consentRow]
	changes  dynamo.Table[consentChangeRow]
	profiles dynamo.Table[profileRow]
	optional dynamo.Table[optionalRow]
	exports  dynamo.Table[exportRow]
}

var (
	_ account.PolicyStore  = (*Store)(nil)
	_ account.ConsentStore = (*Store)(nil)
	_ account.ProfileStore = (*Store)(nil)
	_ account.ExportStore  = (*Store)(nil)
)

// NewStore returns the store. schemas are the records of every context, for the
// copy of everything that is held.
func NewStore(db *dynamo.DB, clk clock.Clock, gate Gate, audience Audience, schemas []*inventory.Schema) *Store {
	return &Store{
		Policies: NewPolicies(db, clk), gate: gate, audience: audience, schemas: schemas,
		consents: dynamo.Of(db, ConsentRecord), changes: dynamo.Of(db, ConsentChangeRecord),
		profiles: dynamo.Of(db, ProfileRecord), optional: dynamo.Of(db, OptionalProfileRecord), exports: dynamo.Of(db, ExportRecord),
	}
}

// refused tells what a refused transaction means: our own row, the first of the
// writes, was changed by somebody else; or the account is not active any more.
func refused(err, ours error) error {
	var failed *dynamo.ConditionError
	switch {
	case !errors.As(err, &failed):
		return err
	case failed.Index == 0:
		return ours
	default:
		return fault.New(fault.Unauthenticated, "Log in, or refresh the access token.")
	}
}

// Acceptance returns the person's first acceptance of a version.
func (s *Store) Acceptance(ctx context.Context, user person.ID, version string) (account.Acceptance, bool, error) {
	page, err := s.acceptances.Query(ctx, dynamo.Query{
		Partition: partition(user), Prefix: "ACCEPTED#" + version + "#", Limit: 1,
	})
	if err != nil || len(page.Rows) == 0 {
		return account.Acceptance{}, false, err
	}
	row := page.Rows[0]
	return account.Acceptance{Version: row.Version, SHA256: row.SHA256, AcceptedAt: row.AcceptedAt}, true, nil
}

// SaveAcceptance adds the evidence; written twice it is one row.
func (s *Store) SaveAcceptance(ctx context.Context, user person.ID, a account.Acceptance, latest bool) error {
	gate := s.gate.ActiveWrite(user)
	if latest {
		gate = s.gate.AcceptanceWrite(user, a.Version)
	}
	err := s.db.Transact(ctx, "", s.acceptances.PutWrite(acceptanceRow{
		User: user, Version: a.Version, SHA256: a.SHA256, AcceptedAt: a.AcceptedAt, Channel: "settings",
	}), gate)
	return refused(err, err)
}

func partition(user person.ID) string { return "U#" + user.Reveal() }
