package accountdynamo

import (
	"context"
	"time"

	"jewelrydisplay.app/shared/account"
	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/person"
)

type consentRow struct {
	User      person.ID         `inv:"user_id,C71,key"`
	Purpose   inventory.Consent `inv:"purpose,C71,consent"`
	Granted   bool              `inv:"granted,C71,consent"`
	ChangedAt time.Time         `inv:"changed_at,C77,consent"`
	Version   string            `inv:"policy_version,C01,consent"`
	Revision  int64             `inv:"revision,C78,consent"`
}

// ConsentRecord is a consent as it stands.
var ConsentRecord = inventory.Declare[consentRow](inventory.Record{
	Name: "consent", Table: "Accounts", Key: "U#{user_id}/CONSENT#{purpose}", Owner: "user_id",
	Keep: inventory.WithPerson(), OnCancel: inventory.HoldUntilPurge,
})

type consentChangeRow struct {
	User      person.ID         `inv:"user_id,C71,key"`
	Purpose   inventory.Consent `inv:"purpose,C71,consent"`
	Revision  int64             `inv:"revision,C78,consent"`
	Granted   bool              `inv:"granted,C71,consent"`
	ChangedAt time.Time         `inv:"changed_at,C77,consent"`
	Version   string            `inv:"policy_version,C01,consent"`
}

// ConsentChangeRecord is the evidence of one change: what was processed before
// a withdrawal stays lawful, and this shows since when (C78).
var ConsentChangeRecord = inventory.Declare[consentChangeRow](inventory.Record{
	Name: "consent_change", Table: "Accounts", Key: "U#{user_id}/CONSENTED#{purpose}#{revision}", Owner: "user_id",
	Keep: inventory.WithPerson(), OnCancel: inventory.HoldUntilPurge,
})

// Consents returns the consents of the person that ever changed.
func (s *Store) Consents(ctx context.Context, user person.ID) ([]account.Consent, error) {
	page, err := s.consents.Query(ctx, dynamo.Query{Partition: partition(user), Prefix: "CONSENT#"})
	if err != nil {
		return nil, err
	}
	list := make([]account.Consent, len(page.Rows))
	for i, r := range page.Rows {
		list[i] = account.Consent{
			Purpose: r.Purpose, Granted: r.Granted, ChangedAt: r.ChangedAt, Version: r.Version, Revision: r.Revision,
		}
	}
	return list, nil
}

// SaveConsent writes the next revision with its evidence, and what login and
// notification know of it, in one transaction: a repeat after a lost answer
// finds the consent as it should be and writes nothing.
func (s *Store) SaveConsent(ctx context.Context, user person.ID, c account.Consent) error {
	writes := append(s.consentWrites(user, c), s.gate.ConsentWrite(user, c.Purpose, c.Granted))
	if c.Purpose == inventory.ConsentMarketingPush || c.Purpose == inventory.ConsentMarketingSMS {
		writes = append(writes, s.audience.ConsentWrite(user, c.Purpose, c.Granted))
	}
	return refused(s.db.Transact(ctx, "", writes...), account.ErrChanged)
}

// consentWrites are the next revision, if the stored one is that before it, and
// its evidence.
func (s *Store) consentWrites(user person.ID, c account.Consent) []dynamo.Write {
	return []dynamo.Write{
		s.consents.PutWrite(consentRow{
			User: user, Purpose: c.Purpose, Granted: c.Granted, ChangedAt: c.ChangedAt, Version: c.Version, Revision: c.Revision,
		}, atRevision(c.Revision-1)),
		s.changes.PutWrite(consentChangeRow{
			User: user, Purpose: c.Purpose, Granted: c.Granted, ChangedAt: c.ChangedAt, Version: c.Version, Revision: c.Revision,
		}),
	}
}

// atRevision holds for the row at the revision; 0: for no row.
func atRevision(n int64) dynamo.Cond {
	if n == 0 {
		return dynamo.Absent("pk")
	}
	return dynamo.Eq("revision", n)
}

// MinorWrites withdraws what a minor cannot consent to, and tells the audience,
// in the write by which a login finds the account to be a minor's (C94): the
// gate's part is login's. A consent that changes between here and that write
// refuses it: ErrCondition, read again.
func (s *Store) MinorWrites(ctx context.Context, user person.ID, version string, at time.Time) ([]dynamo.Write, error) {
	stored, err := s.Consents(ctx, user)
	if err != nil {
		return nil, err
	}
	writes := s.audience.MinorWrites(user)
	for _, known := range inventory.Consents {
		if !known.Consent.AdultOnly() {
			continue
		}
		state := account.Consent{Purpose: known.Consent}
		for _, c := range stored {
			if c.Purpose == known.Consent {
				state = c
			}
		}
		if !state.Granted {
			writes = append(writes, s.consents.CheckWrite(consentRow{User: user, Purpose: state.Purpose}, atRevision(state.Revision)))
			continue
		}
		state.Granted, state.ChangedAt, state.Version = false, at, version
		state.Revision++
		writes = append(writes, s.consentWrites(user, state)...)
	}
	return writes, nil
}
