package index

import (
	"slices"

	"jewelrydisplay.app/shared/search/text"
)

// candidate is a word that may have been meant.
type candidate struct {
	text      [2]int32 // from, to in scratch.texts
	edits     int
	frequency int
}

// maxCorrections is how many words a misspelt one may have been.
const maxCorrections = 3

// correct adds the words that are nearest to a misspelt one, the most found
// first, to a clause.
func (x *Index) correct(s *scratch, w []byte, c *clause) bool {
	allowed := text.Forgiven(len(w))
	if allowed == 0 || !text.Spelt(w) {
		return false
	}
	s.spelt = s.spelt[:0]
	for _, segment := range x.segments {
		s.near = segment.typos.near(w, allowed > 1, s.near[:0])
		for _, ord := range s.near {
			word := segment.words.at(&s.second, int(ord))
			if edits := text.Edits(w, word, allowed); edits <= allowed && len(word) > 0 {
				s.propose(word, edits, segment.frequency(int32(ord)))
			}
		}
	}
	slices.SortFunc(s.spelt, func(a, b candidate) int {
		if a.edits != b.edits {
			return a.edits - b.edits
		}
		if a.frequency != b.frequency {
			return b.frequency - a.frequency
		}
		return slices.Compare(s.texts[a.text[0]:a.text[1]], s.texts[b.text[0]:b.text[1]])
	})
	for i, found := range s.spelt {
		if i == maxCorrections || found.edits > s.spelt[0].edits {
			break
		}
		s.buffer = append(s.buffer[:0], s.texts[found.text[0]:found.text[1]]...)
		x.lookUp(s, s.buffer, 60)
	}
	c.last = len(s.terms)
	return c.last > c.first
}

// propose adds a candidate, or to one that another segment has too.
func (s *scratch) propose(word []byte, edits, frequency int) {
	for i := range s.spelt {
		if at := s.spelt[i].text; string(s.texts[at[0]:at[1]]) == string(word) {
			s.spelt[i].frequency += frequency
			return
		}
	}
	begin := int32(len(s.texts))
	s.texts = append(s.texts, word...)
	s.spelt = append(s.spelt, candidate{[2]int32{begin, int32(len(s.texts))}, edits, frequency})
}
