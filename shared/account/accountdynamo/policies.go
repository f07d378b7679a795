package accountdynamo

import (
	"context"
	"errors"
	"slices"
	"time"

	"jewelrydisplay.app/shared/account"
	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/dynamo"
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

var _ account.PublishStore = (*Policies)(nil)

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
	history, hashes, err := p.Version(ctx, version)
	if err != nil {
		return err
	}
	if _, err := history.AtLogin(version, p.clock.Now()); err != nil {
		return err
	}
	return hashes.Check(sha256, "body.policy.sha256")
}

// AcceptanceWrites writes the evidence of an acceptance at a login. The time is
// in the key: evidence is added, never overwritten, and the same acceptance
// written twice is one row.
func (p *Policies) AcceptanceWrites(user person.ID, version, sha256 string, at time.Time) []dynamo.Write {
	return []dynamo.Write{p.acceptances.PutWrite(acceptanceRow{
		User: user, Version: version, SHA256: sha256, AcceptedAt: at, Channel: "login",
	})}
}

// Version returns the history and the hashes of one version, in one call.
func (p *Policies) Version(ctx context.Context, name string) (account.History, account.Hashes, error) {
	batch := p.db.Batch()
	head, err := p.heads.From(batch, headRow{})
	if err != nil {
		return nil, nil, err
	}
	if !account.VersionName(name) {
		err := batch.Run(ctx)
		row, _ := head.Row()
		return row.history(), nil, err
	}
	version, err := p.versions.From(batch, versionRow{Version: name})
	if err != nil {
		return nil, nil, err
	}
	if err := batch.Run(ctx); err != nil {
		return nil, nil, err
	}
	known, _ := head.Row()
	found, _ := version.Row()
	return known.history(), found.Hashes, nil
}

// Versions returns all versions with their hashes. What is not in the head is
// not published.
func (p *Policies) Versions(ctx context.Context) (account.History, map[string]account.Hashes, error) {
	page, err := p.versions.Query(ctx, dynamo.Query{Partition: "POLICY", Prefix: "V#"})
	if err != nil {
		return nil, nil, err
	}
	history, hashes := account.History{}, map[string]account.Hashes{}
	for _, row := range page.Rows {
		history = append(history, row.version())
		hashes[row.Version] = row.Hashes
	}
	return history, hashes, nil
}

// Texts returns a version's texts by language; none for an unknown version.
func (p *Policies) Texts(ctx context.Context, name string) (account.Version, map[string]string, error) {
	batch := p.db.Batch()
	version, err := p.versions.From(batch, versionRow{Version: name})
	if err != nil {
		return account.Version{}, nil, err
	}
	pending := map[string]*dynamo.Pending[textRow]{}
	for _, language := range []string{"zh", "en"} {
		if pending[language], err = p.texts.From(batch, textRow{Version: name, Language: language}); err != nil {
			return account.Version{}, nil, err
		}
	}
	if err := batch.Run(ctx); err != nil {
		return account.Version{}, nil, err
	}
	texts := map[string]string{}
	for language, text := range pending {
		if row, found := text.Row(); found {
			texts[language] = row.Text
		}
	}
	row, _ := version.Row()
	return row.version(), texts, nil
}

// Head returns all versions and how many publications there were.
func (p *Policies) Head(ctx context.Context) (account.History, int64, error) {
	row, _, err := p.heads.Get(ctx, headRow{})
	return row.history(), row.Revision, err
}

// Hashes returns the hashes of a published version.
func (p *Policies) Hashes(ctx context.Context, version string) (account.Hashes, error) {
	row, _, err := p.versions.Get(ctx, versionRow{Version: version})
	return row.Hashes, err
}

// Publish writes the version, its texts and the next revision of the head in
// one transaction, each only if nobody wrote it before: published twice, it is
// published once. account.ErrChanged: somebody else published in the meantime.
func (p *Policies) Publish(ctx context.Context, v account.Version, texts map[string]string, revision int64) error {
	head, _, err := p.heads.Get(ctx, headRow{})
	if err != nil {
		return err
	}
	unchanged := dynamo.Absent("pk")
	if revision > 0 {
		unchanged = dynamo.Eq("revision", revision)
	}
	row := versionRow{
		Version: v.Name, PublishedAt: v.PublishedAt, EffectiveAt: v.EffectiveAt,
		ChangeClass: string(v.Change), Hashes: map[string]string{},
	}
	writes := []dynamo.Write{p.heads.PutWrite(head.with(v), unchanged)}
	for language, text := range texts {
		row.Hashes[language] = account.Hash(text)
		writes = append(writes, p.texts.PutWrite(textRow{Version: v.Name, Language: language, Text: text}, dynamo.Absent("pk")))
	}
	writes = append(writes, p.versions.PutWrite(row, dynamo.Absent("pk")))
	err = p.db.Transact(ctx, "", writes...)
	if errors.Is(err, dynamo.ErrCondition) {
		return account.ErrChanged
	}
	return err
}

func (r versionRow) version() account.Version {
	return account.Version{
		Name: r.Version, PublishedAt: r.PublishedAt, EffectiveAt: r.EffectiveAt, Change: account.ChangeClass(r.ChangeClass),
	}
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
