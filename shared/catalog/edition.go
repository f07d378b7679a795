package catalog

import (
	"slices"
	"time"
)

// Edition is a published state of the catalogue that can be searched: which
// objects it consists of, and how fresh it is. Editions only move forward.
type Edition struct {
	Version     int       // grows by one with each edition; 0: none yet
	Base        Part      // the whole catalogue as of BuiltAt
	Deltas      []Part    // what changed since, the newest last
	Open        bool      // the last delta takes up further changes
	Pins        Part      // what operators show first for queries
	Retired     []string  // objects that left the newest editions, kept for who still loads them
	AsOf        time.Time // changes that were noted until then are in it
	BuiltAt     time.Time // when reading the catalogue for the base began
	PublishedAt time.Time
	ChangedAt   time.Time // when products were last about to change; later than AsOf: not in the edition yet
}

// Part is one object of an edition. The zero Part is none.
type Part struct {
	Key    string
	Digest string // SHA-256 of its content in hex
}

// kept is how many objects that left an edition are kept for readers.
const kept = 8

// Parts returns the objects of the edition.
func (e Edition) Parts() []Part {
	var parts []Part
	for _, p := range append([]Part{e.Base, e.Pins}, e.Deltas...) {
		if p.Key != "" {
			parts = append(parts, p)
		}
	}
	return parts
}

// Next returns the edition that follows: the same content at the next version,
// to be changed and published.
func (e Edition) Next(now time.Time) Edition {
	e.Version++
	e.PublishedAt = now
	e.Deltas = slices.Clone(e.Deltas)
	return e
}

// Retiring returns the edition with the objects that was had and it has not
// among the retired ones.
func (e Edition) Retiring(was Edition) Edition {
	e.Retired = slices.Clone(was.Retired)
	for _, p := range was.Parts() {
		if !slices.Contains(e.Parts(), p) {
			e.Retired = append(e.Retired, p.Key)
		}
	}
	e.Retired = e.Retired[max(0, len(e.Retired)-kept):]
	return e
}

// Keys returns the objects that must be kept: the edition's, and the retired.
func (e Edition) Keys() []string {
	keys := slices.Clone(e.Retired)
	for _, p := range e.Parts() {
		keys = append(keys, p.Key)
	}
	return keys
}

// staleAfter is how old a change may be before answers say that they do not
// hold it.
const staleAfter = time.Minute

// Stale tells whether at now an answer from what was read as of asOf should
// say so: a change is known since a minute, and not in it.
func (e Edition) Stale(asOf, now time.Time) bool {
	return e.ChangedAt.After(asOf) && now.Sub(e.ChangedAt) > staleAfter
}
