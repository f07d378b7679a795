package accountdynamo

import (
	"context"
	"slices"
	"time"

	"jewelrydisplay.app/shared/account"
	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/person"
)

// headRow is what every authenticated call reads: the versions without their
// texts.
type headRow struct {
	Versions []headVersion `inv:"versions,C96,policy"`
	Revision int64         `inv:"revision,C99,operation"` // counts publications
}

type headVersion struct {
	Version     string    `inv:"version,C96,policy"`
	PublishedAt time.Time `inv:"published_at,C96,policy"`
	EffectiveAt time.Time `inv:"effective_at,C96,policy"`
	ChangeClass string    `inv:"change_class,C98,policy"`
}

// HeadRecord is the one row that knows every policy version.
var HeadRecord = inventory.Declare[headRow](inventory.Record{
	Name: "policy_head", Table: "Accounts", Key: "POLICY/HEAD",
	Keep: inventory.Always("old policy versions stay readable"), OnCancel: inventory.NotPersonal,
})

// versionRow is a published version; it is written once (C99).
type versionRow struct {
	Version     string            `inv:"version,C96,policy"`
	PublishedAt time.Time         `inv:"published_at,C96,policy"`
	EffectiveAt time.Time         `inv:"effective_at,C96,policy"`
	ChangeClass string            `inv:"change_class,C98,policy"`
	Hashes      map[string]string `inv:"hashes,C01,policy"` // language to SHA-256, hexadecimal
}

// VersionRecord is a published policy version.
var VersionRecord = inventory.Declare[versionRow](inventory.Record{
	Name: "policy_version", Table: "Accounts", Key: "POLICY/V#{version}",
	Keep: inventory.Always("old policy versions stay readable"), OnCancel: inventory.NotPersonal,
})

// textRow is a version's text in one language; it is written once (C99).
type textRow struct {
	Version  string `inv:"version,C99,policy"`
	Language string `inv:"language,C99,policy"`
	Text     string `inv:"text,C99,policy"`
}

// TextRecord is the text of a policy version in one language.
var TextRecord = inventory.Declare[textRow](inventory.Record{
	Name: "policy_text", Table: "Accounts", Key: "POLICY#{version}/TEXT#{language}",
	Keep: inventory.Always("old policy versions stay readable"), OnCancel: inventory.NotPersonal,
})

// acceptanceRow is the evidence that a person accepted a version (C01).
type acceptanceRow struct {
	User       person.ID `inv:"user_id,C01,key"`
	Version    string    `inv:"version,C01,policy"`
	SHA256     string    `inv:"sha256,C01,policy"` // of the text that was shown
	AcceptedAt time.Time `inv:"accepted_at,C01,policy"`
	Channel    string    `inv:"channel,C01,policy"` // login or settings
}

// AcceptanceRecord is the evidence of an acceptance, held like the account.
var AcceptanceRecord = inventory.Declare[acceptanceRow](inventory.Record{
	Name: "policy_acceptance", Table: "Accounts", Key: "U#{user_id}/ACCEPTED#{version}#{accepted_at}", Owner: "user_id",
	Keep: inventory.WithPerson(), OnCancel: inventory.HoldUntilPurge,
})

// Policies reads and publishes the versions of the privacy policy.
type Policies struct {
	db          *dynamo.DB
	clock       clock.Clock
	heads       dynamo.Table[headRow]
	versions    dynamo.Table[versionRow]
	texts       dynamo.Table[textRow]
	acceptances dynamo.Table[acceptanceRow]
}

// NewPolicies returns the policies of the database.
func NewPolicies(db *dynamo.DB, clk clock.Clock) *Policies {
	return &Policies{
		db: db, clock: clk,
		heads: dynamo.Of(db, HeadRecord), versions: dynamo.Of(db, VersionRecord),
		texts: dynamo.Of(db, TextRecord), acceptances: dynamo.Of(db, AcceptanceRecord),
	}
}

// PolicyDue puts the head row into a batch and returns how to ask, once the
// batch ran, which version a person who accepted the given one must accept
// before anything more is collected about them; empty: none (C97).
func (p *Policies) PolicyDue(b *dynamo.Batch) (func(accepted string) string, error) {
	head, err := p.heads.From(b, headRow{})
	if err != nil {
		return nil, err
	}
	return func(accepted string) string {
		row, _ := head.Row()
		return row.history().Due(accepted, p.clock.Now())
	}, nil
}

// CheckVersion checks that a version may be accepted at a login and that the
// hash is that of its text in one of its languages. One call. Errors:
// InvalidRequest for an unknown version or a wrong hash, ConsentRequired with
// policy_version for a superseded one.
func (p *Policies) CheckVersion(ctx context.Context, version, sha256 string) error {
	history, hashes, err := p.read(ctx, version)
	if err != nil {
		return err
	}
	if _, err := history.AtLogin(version, p.clock.Now()); err != nil {
		return err
	}
	return checkHash(hashes, sha256, "body.policy.sha256")
}

func checkHash(hashes map[string]string, sha256, location string) error {
	for _, h := range hashes {
		if h == sha256 {
			return nil
		}
	}
	return fault.Invalid(location, "is not the hash of the version's text")
}

// AcceptanceWrites writes the evidence of an acceptance at a login. The time is
// in the key: evidence is added, never overwritten, and the same acceptance
// written twice is one row.
func (p *Policies) AcceptanceWrites(user person.ID, version, sha256 string, at time.Time) []dynamo.Write {
	return []dynamo.Write{p.acceptances.PutWrite(acceptanceRow{
		User: user, Version: version, SHA256: sha256, AcceptedAt: at, Channel: "login",
	})}
}

// read returns the history and the hashes of one version, in one call.
func (p *Policies) read(ctx context.Context, version string) (account.History, map[string]string, error) {
	if !account.VersionName(version) {
		return nil, nil, nil
	}
	batch := p.db.Batch()
	head, err := p.heads.From(batch, headRow{})
	if err != nil {
		return nil, nil, err
	}
	row, err := p.versions.From(batch, versionRow{Version: version})
	if err != nil {
		return nil, nil, err
	}
	if err := batch.Run(ctx); err != nil {
		return nil, nil, err
	}
	known, _ := head.Row()
	found, _ := row.Row()
	return known.history(), found.Hashes, nil
}

func (r headRow) history() account.History {
	h := make(account.History, len(r.Versions))
	for i, v := range r.Versions {
		h[i] = account.Version{
			Name: v.Version, PublishedAt: v.PublishedAt, EffectiveAt: v.EffectiveAt, Change: account.ChangeClass(v.ChangeClass),
		}
	}
	return h
}

func (r headRow) with(v account.Version) headRow {
	r.Versions = append(slices.Clone(r.Versions), headVersion{
		Version: v.Name, PublishedAt: v.PublishedAt, EffectiveAt: v.EffectiveAt, ChangeClass: string(v.Change),
	})
	r.Revision++
	return r
}
