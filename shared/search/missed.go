package search

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Misses counts the searches that found nothing, without who searched (C31).
type Misses interface {
	// Count notes that a query found nothing. Counting is not idempotent: a
	// request that is sent again is another search.
	Count(ctx context.Context, query string) error
}

// Missed is a query that found nothing, and how often in a month.
type Missed struct {
	Query string `json:"query"`
	Count int    `json:"count"`
}

// MissesShown is how often a query must have found nothing in one month before
// its words are written down: what fewer people type may be a name. Until then
// only a keyed hash is counted.
const MissesShown = 20

const (
	longestMissed = 32 // letters; longer is a text, not the name of a thing
	mostDigits    = 5  // a telephone number, a card or an address has more
)

// Countable returns the form in which a query that found nothing is counted.
// What may hold a telephone number, an address of a mailbox or of a page, or
// prose, is not counted at all.
func Countable(query string) (string, bool) {
	if strings.ContainsAny(query, "@＠/") {
		return "", false
	}
	folded, digits, letters := Fold(query), 0, 0
	for _, r := range folded {
		switch {
		case unicode.IsDigit(r) || strings.ContainsRune("〇零一二三四五六七八九两幺", r):
			digits++
		case unicode.IsLetter(r):
			letters++
		}
	}
	return folded, letters > 1 && digits <= mostDigits && utf8.RuneCountInString(folded) <= longestMissed
}

// narrowed tells whether something besides its words keeps results out.
func (q Query) narrowed() bool {
	for _, values := range q.Filters {
		if len(values) > 0 {
			return true
		}
	}
	return q.PriceMin != nil || q.PriceMax != nil || q.Near != nil
}
