package index

import (
	"math/bits"

	"jewelrydisplay.app/shared/search/text"
)

// places is a set of a query's places: a Chinese character is one, a word two,
// so that a word weighs what two characters do.
type places uint64

const maxPlaces = 64

func span(from, n int) places { return (1<<n - 1) << from }

func (p places) count() int { return bits.OnesCount64(uint64(p)) }

// term is something that is looked up, in 100ths as sure as its clause. Its
// ordinals in the segments are in the scratch, and its text too.
type term struct {
	frequency int
	factor    uint32
	text      [2]int32 // from, to in scratch.texts
}

// clause is a part of a query: any of its terms matches it. Its weight is by
// how few documents have one of them.
type clause struct {
	first, last int // of scratch.terms
	covers      places
	weight      uint32
}

// scratch is what a query works with, used again by later ones. Answers keep
// nothing of it.
type scratch struct {
	reader   text.Reader
	walk     walk
	second   walk
	cuts     []uint8
	buffer   []byte
	texts    []byte
	terms    []term
	ordinals []int32 // of each term in each segment, -1: not there
	clauses  []clause
	spelt    []candidate
	near     []uint32
	reads    []byte // the query as it was understood

	lists   []list16
	cursors []cursor
	merge   merger
	loose   loose
	collect collector
}

func newScratch(x *Index) *scratch {
	s := &scratch{buffer: make([]byte, 0, 2*maxTerm)}
	s.collect.x = x
	return s
}

func (s *scratch) begin() {
	s.texts, s.terms, s.ordinals, s.clauses, s.reads = s.texts[:0], s.terms[:0], s.ordinals[:0], s.clauses[:0], s.reads[:0]
}

func (s *scratch) textOf(t term) []byte { return s.texts[t.text[0]:t.text[1]] }
