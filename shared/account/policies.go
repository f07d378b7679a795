package account

import (
	"context"
	"time"

	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/person"
)

// Hashes are the lower-case hexadecimal SHA-256 of a version's UTF-8 texts by
// language.
type Hashes map[string]string

// Check asks that the hash is one of the version's. The error is an
// InvalidRequest at the location.
func (h Hashes) Check(sha256, location string) error {
	for _, known := range h {
		if known == sha256 {
			return nil
		}
	}
	return fault.Invalid(location, "is not the hash of the version's text")
}

// Text is a version's text in one language.
type Text struct {
	Version  Version
	Language string // zh or en
	Text     string
	SHA256   string
}

// Acceptance is the evidence that a person accepted a version (C01).
type Acceptance struct {
	Version    string
	SHA256     string // of the text that was shown
	AcceptedAt time.Time
}

// PolicyStore reads policy versions and keeps acceptances.
type PolicyStore interface {
	// Versions returns all versions with their hashes.
	Versions(ctx context.Context) (History, map[string]Hashes, error)
	// Version returns the history, and one version's hashes, in one call.
	Version(ctx context.Context, name string) (History, Hashes, error)
	// Texts returns a version's texts by language; none for an unknown version.
	Texts(ctx context.Context, name string) (Version, map[string]string, error)
	// Acceptance returns the person's first acceptance of a version.
	Acceptance(ctx context.Context, user person.ID, version string) (Acceptance, bool, error)
	// SaveAcceptance writes the evidence and, unless a later version was
	// accepted before, what the person's gate says they accepted.
	// Unauthenticated: the account is not active any more.
	SaveAcceptance(ctx context.Context, user person.ID, a Acceptance, latest bool) error
}

// Policies shows the versions of the privacy policy and takes their acceptance.
type Policies struct {
	store PolicyStore
	clock clock.Clock
}

// NewPolicies returns the policies of the store.
func NewPolicies(store PolicyStore, clk clock.Clock) *Policies {
	return &Policies{store: store, clock: clk}
}

// List returns all versions, the newest first, with their hashes by version
// and language (C99).
func (p *Policies) List(ctx context.Context) (History, map[string]Hashes, error) {
	h, hashes, err := p.store.Versions(ctx)
	if err != nil {
		return nil, nil, err
	}
	sorted := h.Sorted()
	for i, j := 0, len(sorted)-1; i < j; i, j = i+1, j-1 {
		sorted[i], sorted[j] = sorted[j], sorted[i]
	}
	return sorted, hashes, nil
}

// Text returns the text of a version by its name, or of the version in force
// ("current") or the one that comes into force next ("next"), in the language
// or else in Chinese. NotFound: there is no such version.
func (p *Policies) Text(ctx context.Context, name, language string) (Text, error) {
	none := fault.New(fault.NotFound, "There is no such version of the privacy policy.")
	if name == "current" || name == "next" {
		history, _, err := p.store.Version(ctx, "")
		if err != nil {
			return Text{}, err
		}
		v, _ := history.Current(p.clock.Now())
		if name == "next" {
			v, _ = history.Next(p.clock.Now())
		}
		name = v.Name
	}
	if !VersionName(name) {
		return Text{}, none
	}
	version, texts, err := p.store.Texts(ctx, name)
	if err != nil {
		return Text{}, err
	}
	if _, ok := texts[language]; !ok {
		language = "zh"
	}
	text, ok := texts[language]
	if !ok {
		return Text{}, none
	}
	return Text{Version: version, Language: language, Text: text, SHA256: Hash(text)}, nil
}

// Accept records that the person accepts a version, the current one or one that
// comes later (C01, C97). Repeated, the first acceptance is the answer. Errors:
// InvalidRequest for an unknown version or a wrong hash, ConsentRequired with
// policy_version for a superseded one.
func (p *Policies) Accept(ctx context.Context, who Person, version, sha256 string) (Acceptance, error) {
	now := p.clock.Now()
	history, hashes, err := p.store.Version(ctx, version)
	if err != nil {
		return Acceptance{}, err
	}
	v, err := history.InAdvance(version, now)
	if err != nil {
		return Acceptance{}, err
	}
	if err := hashes.Check(sha256, "body.sha256"); err != nil {
		return Acceptance{}, err
	}
	last, accepted := history.Find(who.Accepted)
	latest := !accepted || v.EffectiveAt.After(last.EffectiveAt)
	if !latest {
		if first, found, err := p.store.Acceptance(ctx, who.ID, version); err != nil || found {
			return first, err
		}
	}
	a := Acceptance{Version: version, SHA256: sha256, AcceptedAt: now}
	return a, p.store.SaveAcceptance(ctx, who.ID, a, latest)
}
