package text

import (
	"strings"

	"jewelrydisplay.app/shared/catalog"
)

// Matched is what a query matched: folded words and Chinese; and how Chinese
// sounds, as pairs of syllables with a space between, the second maybe only
// begun, or as initials without a space.
type Matched struct {
	Words      []string
	Beginnings []string // of words
	Sounds     []string
	Readings   Readings // nil: sounds are not marked
}

// Highlight cuts a text into pieces, hit where it matches. It returns nil when
// nothing does.
func (m Matched) Highlight(s string) []catalog.Marked {
	looked := make(map[string]bool, len(m.Words))
	for _, w := range m.Words {
		looked[w] = true
	}
	h := marker{hit: make([]bool, len(s))}
	var r Reader
	LexiconOf(m.Words...).Tokens(&r, s, func(t Token) {
		if looked[string(t.Text)] || (t.Kind == Word && m.begun(t.Text)) {
			h.mark(t.Start, t.End)
		}
	})
	if m.Readings != nil && len(m.Sounds) > 0 {
		for _, run := range r.Read(s) {
			h.sounds(run, m)
		}
	}
	if !h.any {
		return nil
	}
	return h.pieces(s)
}

// begun tells whether the word begins as one of those that are only begun.
func (m Matched) begun(word []byte) bool {
	for _, b := range m.Beginnings {
		if len(word) >= len(b) && string(word[:len(b)]) == b {
			return true
		}
	}
	return false
}

// marker notes which bytes of a text are hit.
type marker struct {
	hit []bool
	any bool
}

func (h *marker) mark(start, end int) {
	h.any = true
	for i := start; i < end; i++ {
		h.hit[i] = true
	}
}

// sounds marks the Chinese that sounds as was typed.
func (h *marker) sounds(run Run, m Matched) {
	if !run.Han {
		return
	}
	for i := range run.Len() {
		for _, s := range m.Sounds {
			if n := sounding(run, i, s, m.Readings); n > 0 {
				h.mark(run.Place(i, n))
			}
		}
	}
}

// sounding returns how many characters from the i-th sound like s; 0: they do
// not.
func sounding(run Run, i int, s string, readings Readings) int {
	first, second, pair := strings.Cut(s, " ")
	if pair {
		if i+1 < run.Len() && readings.Reading(run.Rune(i)) == first &&
			strings.HasPrefix(readings.Reading(run.Rune(i+1)), second) {
			return 2
		}
		return 0
	}
	if i+len(s) > run.Len() {
		return 0
	}
	for j := range len(s) {
		if reading := readings.Reading(run.Rune(i + j)); reading == "" || reading[0] != s[j] {
			return 0
		}
	}
	return len(s)
}

func (h *marker) pieces(s string) []catalog.Marked {
	var pieces []catalog.Marked
	start := 0
	for i := 1; i <= len(s); i++ {
		if i == len(s) || h.hit[i] != h.hit[start] {
			pieces = append(pieces, catalog.Marked{Text: s[start:i], Hit: h.hit[start]})
			start = i
		}
	}
	return pieces
}
