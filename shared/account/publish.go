package account

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"slices"
	"time"
	"unicode/utf8"

	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/inventory"
)

// VersionName reports whether a text can be the name of a version, which stands
// in addresses and keys.
func VersionName(name string) bool {
	return inventory.Named(name, 40, "._-") && name != "current" && name != "next"
}

// MaxText is the longest text of a version, in bytes.
const MaxText = 256 << 10

// Hash returns the lower-case hexadecimal SHA-256 of a text's UTF-8 bytes.
func Hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// Publication is a version to be published.
type Publication struct {
	Version     string
	EffectiveAt time.Time
	Change      ChangeClass
	Texts       map[string]string // by language
}

// PublishStore keeps published versions.
type PublishStore interface {
	// Head returns all versions and how many publications there were.
	Head(ctx context.Context) (h History, revision int64, err error)
	// Hashes returns the hashes of a published version.
	Hashes(ctx context.Context, version string) (Hashes, error)
	// Publish writes the version, its texts and the next revision of the head,
	// or nothing. ErrChanged: somebody else published in the meantime.
	Publish(ctx context.Context, v Version, texts map[string]string, revision int64) error
}

// Publisher publishes versions of the privacy policy (C96).
type Publisher struct {
	store PublishStore
	clock clock.Clock
}

// NewPublisher returns the publisher of the store.
func NewPublisher(store PublishStore, clk clock.Clock) *Publisher {
	return &Publisher{store: store, clock: clk}
}

// Publish publishes a version and returns its hashes; dry, it only checks. A
// version that was published with the same content is published: the answer is
// the same. Errors: InvalidRequest; Conflict for a version that was published
// with other content (C99).
func (p *Publisher) Publish(ctx context.Context, pub Publication, dry bool) (Hashes, error) {
	if err := pub.check(); err != nil {
		return nil, err
	}
	hashes := Hashes{}
	for language, text := range pub.Texts {
		hashes[language] = Hash(text)
	}
	for range attempts {
		history, revision, err := p.store.Head(ctx)
		if err != nil {
			return nil, err
		}
		if old, found := history.Find(pub.Version); found {
			return hashes, p.same(ctx, pub, old, hashes)
		}
		if err := pub.fits(history, p.clock.Now()); err != nil || dry {
			return hashes, err
		}
		v := Version{Name: pub.Version, PublishedAt: p.clock.Now(), EffectiveAt: pub.EffectiveAt, Change: pub.Change}
		if err := p.store.Publish(ctx, v, pub.Texts, revision); !errors.Is(err, ErrChanged) {
			return hashes, err
		}
	}
	return nil, fault.Busy(ErrChanged)
}

// same asks that a published version is what is being published again.
func (p *Publisher) same(ctx context.Context, pub Publication, old Version, hashes Hashes) error {
	published, err := p.store.Hashes(ctx, old.Name)
	if err != nil {
		return err
	}
	if !old.EffectiveAt.Equal(pub.EffectiveAt) || old.Change != pub.Change || !maps.Equal(published, hashes) {
		return fault.New(fault.Conflict, "This version is published with other content; a published version never changes.")
	}
	return nil
}

// check is what can be said of a publication by itself.
func (pub Publication) check() error {
	var wrong []fault.Field
	add := func(location, message string) {
		wrong = append(wrong, fault.Field{Location: location, Message: message})
	}
	if !VersionName(pub.Version) {
		add("version", "is not 1 to 40 letters, digits, dots, dashes and underscores; current and next are taken")
	}
	if pub.EffectiveAt.IsZero() {
		add("effective_at", "is not an RFC 3339 time")
	}
	if _, ok := changeClasses[pub.Change]; !ok {
		add("change_class", "is none of business_model, subject, sharing, rights, contact, impact; absent for no major change")
	}
	if _, ok := pub.Texts["zh"]; !ok {
		add("texts.zh", "is required")
	}
	for _, language := range slices.Sorted(maps.Keys(pub.Texts)) {
		text := pub.Texts[language]
		switch {
		case language != "zh" && language != "en":
			add("texts", "holds a language other than zh and en")
		case text == "" || !utf8.ValidString(text):
			add("texts."+language, "is not a text in UTF-8")
		case len(text) > MaxText:
			add("texts."+language, "is longer than 256 KiB")
		}
	}
	if len(wrong) > 0 {
		return &fault.Error{Code: fault.InvalidRequest, Detail: "The publication is not valid.", Fields: wrong}
	}
	return nil
}

// fits asks that the version comes after the one in force: what was in force
// stays what it was.
func (pub Publication) fits(h History, now time.Time) error {
	if current, found := h.Current(now); found && !pub.EffectiveAt.After(current.EffectiveAt) {
		return fault.Invalid("effective_at", "is not after that of the version in force")
	}
	for _, v := range h {
		if v.EffectiveAt.Equal(pub.EffectiveAt) {
			return fault.Invalid("effective_at", "is that of another version")
		}
	}
	return nil
}
