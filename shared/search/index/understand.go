package index

import (
	"unicode/utf8"

	"jewelrydisplay.app/shared/search/text"
)

// maxQuery is up to where a query's text is read, in bytes.
const maxQuery = 1024

// understood is what a scratch's clauses are of.
type understood struct {
	known     places // what of the query the index has at all
	asked     bool   // the query has a text
	corrected bool   // a word was taken for another one
}

// cut shortens a text to what is read of it, between two characters.
func cut(s string) string {
	if len(s) <= maxQuery {
		return s
	}
	end := maxQuery
	for end > maxQuery-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}

// understand looks a query's words up. A word that the index does not have is
// completed, when it is the last, or read as pinyin, or corrected. What it
// still does not have is left out.
func (x *Index) understand(s *scratch, query string) (u understood) {
	s.begin()
	query = cut(query)
	runs := s.reader.Read(query)
	for _, r := range query {
		u.asked = u.asked || r > ' '
	}
	at, apart := 0, 0
	for i, r := range runs {
		if apart--; apart > 0 {
			continue
		}
		size := 2
		if r.Han {
			size = min(r.Len(), maxPlaces-at)
		}
		if at+size > maxPlaces || size == 0 {
			break
		}
		if len(s.reads) > 0 {
			s.reads = append(s.reads, ' ')
		}
		if r.Han {
			x.chinese(s, r, size, at)
			s.reads = append(s.reads, r.Part(0, size)...)
		} else if apart = x.spellApart(s, runs[i:], at); apart > 0 {
			size = 2 * apart
		} else if x.word(s, r.Word(), at, i == len(runs)-1) {
			u.corrected = true
		}
		at += size
	}
	for i := range s.clauses {
		u.known |= s.clauses[i].covers
		x.weigh(s, &s.clauses[i])
	}
	return u
}

// weigh gives a clause its weight: as a word would have that all its terms'
// documents had.
func (x *Index) weigh(s *scratch, c *clause) {
	frequency := 0
	for _, t := range s.terms[c.first:c.last] {
		frequency += t.frequency
	}
	c.weight = max(1, x.rarity(min(frequency, x.total())))
}

// lookUp appends a term if a document has it.
func (x *Index) lookUp(s *scratch, what []byte, factor uint32) bool {
	from, frequency := len(s.ordinals), 0
	for i, segment := range x.segments {
		ord := segment.words.find(&s.walk, what)
		if ord >= 0 && !x.alive(i, ord) {
			ord = -1
		}
		if ord >= 0 {
			frequency += segment.frequency(ord)
		}
		s.ordinals = append(s.ordinals, ord)
	}
	if frequency == 0 {
		s.ordinals = s.ordinals[:from]
		return false
	}
	begin := len(s.texts)
	s.texts = append(s.texts, what...)
	s.terms = append(s.terms, term{frequency: frequency, factor: factor, text: [2]int32{int32(begin), int32(len(s.texts))}})
	return true
}

// only adds a clause of one term, if a document has it.
func (x *Index) only(s *scratch, what []byte, covers places, factor uint32) bool {
	if !x.lookUp(s, what, factor) {
		return false
	}
	s.clauses = append(s.clauses, clause{first: len(s.terms) - 1, last: len(s.terms), covers: covers})
	return true
}

// chinese looks up a run of Chinese: the trade's own words as a whole, and what
// stands between them by pairs of characters.
func (x *Index) chinese(s *scratch, r text.Run, length, at int) {
	for i := 0; i < length; {
		if n := x.lexicon.Longest(r, i); n > 0 && i+n <= length {
			x.only(s, r.Part(i, n), span(at+i, n), 100)
			i += n
			continue
		}
		from := i
		for i++; i < length && x.lexicon.Longest(r, i) == 0; {
			i++
		}
		x.pairs(s, r, from, i, at)
	}
}

// pairs looks up pairs of characters, and alone those that no known pair has.
func (x *Index) pairs(s *scratch, r text.Run, from, to, at int) {
	var known places
	for i := from; i+1 < to; i++ {
		if covers := span(at+i, 2); x.only(s, r.Part(i, 2), covers, 100) {
			known |= covers
		}
	}
	for i := from; i < to; i++ {
		if covers := span(at+i, 1); known&covers == 0 {
			x.only(s, r.Part(i, 1), covers, 50)
		}
	}
}

// rare is how few products a word may have to be taken for the beginning of
// another.
const rare = 20

// word looks a word up, and tells whether it was corrected.
func (x *Index) word(s *scratch, w []byte, at int, last bool) bool {
	covers := span(at, 2)
	if x.only(s, w, covers, 100) {
		s.reads = append(s.reads, w...)
		if t := s.terms[len(s.terms)-1]; last && t.frequency < rare {
			x.complete(s, w, &s.clauses[len(s.clauses)-1])
		}
		return false
	}
	from := len(s.terms)
	c := clause{first: from, covers: covers}
	if last && x.complete(s, w, &c) {
		s.clauses = append(s.clauses, c)
		s.reads = append(s.reads, w...)
		return false
	}
	if x.spell(s, w, covers) {
		s.reads = append(s.reads, w...)
		return false
	}
	if x.correct(s, w, &c) {
		s.clauses = append(s.clauses, c)
		s.reads = append(s.reads, s.textOf(s.terms[c.first])...)
		return true
	}
	s.reads = append(s.reads, w...)
	return false
}

// maxCompletions is how many words a beginning of four letters or more stands
// for in each segment.
const maxCompletions = 256

// complete adds the words that begin so to a clause, and the Chinese of which
// these are the initials.
func (x *Index) complete(s *scratch, w []byte, c *clause) bool {
	from := len(s.terms)
	if len(w) <= shortPrefix && w[len(w)-1] < utf8.RuneSelf {
		s.buffer = append(append(s.buffer[:0], prefixTerm), w...)
		x.lookUp(s, s.buffer, 80)
	} else if len(w) < maxTerm {
		for _, segment := range x.segments {
			for ok, n := segment.words.seek(&s.second, w), 0; ok && n < maxCompletions; n++ {
				begun := s.second.term
				if len(begun) < len(w) || string(begun[:len(w)]) != string(w) {
					break
				}
				if len(begun) > len(w) && !s.has(from, begun) {
					x.lookUp(s, begun, 80)
				}
				ok = segment.words.next(&s.second)
			}
		}
	}
	if initial(w) {
		s.buffer = append(append(s.buffer[:0], initialsTerm), w...)
		x.lookUp(s, s.buffer, 70)
	}
	c.last = len(s.terms)
	return c.last > from
}

// initial tells whether a word may be the initials of some Chinese.
func initial(w []byte) bool { return 2 <= len(w) && len(w) <= 4 }

// has tells whether one of the terms from the given one on is this.
func (s *scratch) has(from int, what []byte) bool {
	for _, t := range s.terms[from:] {
		if string(s.textOf(t)) == string(what) {
			return true
		}
	}
	return false
}

// spell reads a word as pinyin: as syllables, of which each pair of neighbours
// must be known, or as initials.
func (x *Index) spell(s *scratch, w []byte, covers places) bool {
	clauses, terms := len(s.clauses), len(s.terms)
	cuts, begun := x.pinyin.Split(w, s.cuts[:0])
	if cuts != nil {
		s.cuts = cuts
	}
	from := 0
	for i := 0; i+1 < len(cuts); i++ {
		middle, to := int(cuts[i]), int(cuts[i+1])
		s.buffer = append(append(append(append(s.buffer[:0], pairTerm), w[from:middle]...), ' '), w[middle:to]...)
		c := clause{first: len(s.terms), covers: covers}
		if !begun || i+2 < len(cuts) {
			x.lookUp(s, s.buffer, 90)
		} else {
			x.begunPair(s)
		}
		if c.last = len(s.terms); c.last == c.first {
			s.clauses, s.terms = s.clauses[:clauses], s.terms[:terms]
			s.ordinals = s.ordinals[:terms*len(x.segments)]
			break
		}
		s.clauses = append(s.clauses, c)
		from = middle
	}
	if len(s.clauses) > clauses {
		return true
	}
	if !initial(w) {
		return false
	}
	s.buffer = append(append(s.buffer[:0], initialsTerm), w...)
	return x.only(s, s.buffer, covers, 70)
}

// spellApart reads words that are a syllable each as pinyin, zuan shi, if not
// all of them are words that products have. It returns how many it read.
func (x *Index) spellApart(s *scratch, runs []text.Run, at int) (n int) {
	var spelt [48]byte
	joined, unknown := spelt[:0], false
	for n < len(runs) && !runs[n].Han && at+2*n+2 <= maxPlaces && x.pinyin.Syllable(runs[n].Text()) &&
		len(joined)+len(runs[n].Text()) <= len(spelt) {
		joined = append(joined, runs[n].Text()...)
		unknown = unknown || !x.holds(s, runs[n].Text())
		n++
	}
	from := len(s.clauses)
	if n < 2 || !unknown || !x.spell(s, joined, span(at, 2*n)) {
		return 0
	}
	if s.terms[s.clauses[from].first].factor < 90 { // as initials only, or begun: that is no reading of whole syllables
		s.terms, s.ordinals, s.clauses = s.terms[:s.clauses[from].first], s.ordinals[:s.clauses[from].first*len(x.segments)], s.clauses[:from]
		return 0
	}
	for i, r := range runs[:n] {
		if i > 0 {
			s.reads = append(s.reads, ' ')
		}
		s.reads = append(s.reads, r.Text()...)
	}
	return n
}

// holds tells whether a document has the word.
func (x *Index) holds(s *scratch, word []byte) bool {
	for _, segment := range x.segments {
		if segment.words.find(&s.walk, word) >= 0 {
			return true
		}
	}
	return false
}

// begunPair looks up the pairs of syllables that begin as the buffer does.
func (x *Index) begunPair(s *scratch) {
	from := len(s.terms)
	var begun [maxTerm]byte // lookUp leaves the buffer alone, and the walk has one of its own
	n := copy(begun[:], s.buffer)
	for _, segment := range x.segments {
		for ok := segment.words.seek(&s.second, begun[:n]); ok; ok = segment.words.next(&s.second) {
			pair := s.second.term
			if len(pair) < n || string(pair[:n]) != string(begun[:n]) {
				break
			}
			if !s.has(from, pair) {
				x.lookUp(s, pair, 80)
			}
		}
	}
}
