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
	unchanged := dynamo.Absent("pk")
	if c.Revision > 1 {
		unchanged = dynamo.Eq("revision", c.Revision-1)
	}
	writes := []dynamo.Write{
		s.consents.PutWrite(consentRow{
			User: user, Purpose: c.Purpose, Granted: c.Granted, ChangedAt: c.ChangedAt, Version: c.Version, Revision: c.Revision,
		}, unchanged),
		s.changes.PutWrite(consentChangeRow{
			User: user, Purpose: c.Purpose, Granted: c.Granted, ChangedAt: c.ChangedAt, Version: c.Version, Revision: c.Revision,
		}),
		s.gate.ConsentWrite(user, c.Purpose, c.Granted),
	}
	if c.Purpose == inventory.ConsentMarketingPush || c.Purpose == inventory.ConsentMarketingSMS {
		writes = append(writes, s.audience.ConsentWrite(user, c.Purpose, c.Granted))
	}
	return refused(s.db.Transact(ctx, "", writes...), account.ErrChanged)
}
