package catalog

import "time"

// Edition is a published state of the catalogue that can be searched: which
// snapshot it is, and how fresh. Editions only move forward.
type Edition struct {
	Version     int       // grows by one with each edition; 0: none yet
	Key         string    // the snapshot's object
	Previous    string    // the snapshot before, kept for readers who still hold it
	Digest      string    // SHA-256 of the snapshot's content in hex
	AsOf        time.Time // when reading the catalogue for it began, or was last found unchanged
	PublishedAt time.Time
	ChangedAt   time.Time // when products were last about to change; later than AsOf: not in the edition yet
}

// settle is how long after being noted a change may still be written: an
// import's invocation lives no longer.
const settle = 16 * time.Minute

// Current tells whether the edition surely holds every change that was noted.
func (e Edition) Current() bool {
	return e.Version > 0 && e.ChangedAt.Add(settle).Before(e.AsOf)
}

// staleAfter is how old a change may be before answers say that they do not
// hold it.
const staleAfter = time.Minute

// Stale tells whether at now an answer from what was read as of asOf should
// say so: a change is known since a minute, and not in it.
func (e Edition) Stale(asOf, now time.Time) bool {
	return e.ChangedAt.After(asOf) && now.Sub(e.ChangedAt) > staleAfter
}
