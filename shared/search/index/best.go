package index

import (
	"bytes"
	"math"
	"slices"

	"jewelrydisplay.app/shared/search"
)

// found is a document of a result. In every order equal keys stand by age, the
// newest first, then by id, which within a segment is by number.
type found struct {
	key      int64
	segment  int32
	document uint32
	covered  int32
}

// best keeps the first results behind a position: a heap whose root stands
// last.
type best struct {
	x       *Index
	after   *search.Position
	limit   int
	heap    []found
	offered int // that stand behind the position
}

func (b *best) begin(x *Index, q *search.Query) {
	b.x, b.after, b.limit, b.heap, b.offered = x, q.After, q.Limit, b.heap[:0], 0
	if b.limit <= 0 {
		b.limit = math.MaxInt
	}
}

// more tells whether there are results behind those kept.
func (b *best) more() bool { return b.offered > len(b.heap) }

// offer keeps a result if it is one of the first, and tells whether it did.
func (b *best) offer(f found) bool {
	if b.after != nil && b.passed(f) {
		return false
	}
	b.offered++
	if len(b.heap) < b.limit {
		b.heap = append(b.heap, f)
		if b.limit != math.MaxInt {
			b.up(len(b.heap) - 1)
		}
		return true
	}
	if f.key > b.heap[0].key || !b.before(f, b.heap[0]) {
		return false
	}
	b.heap[0] = f
	b.down()
	return true
}

// passed tells whether a result stands at the position or before it.
func (b *best) passed(f found) bool {
	if f.key != b.after.A {
		return f.key < b.after.A
	}
	s := b.x.segments[f.segment]
	if created := -s.createds[f.document]; created != b.after.B {
		return created < b.after.B
	}
	return string(s.id(f.document)) <= string(b.after.ID)
}

func (b *best) before(f, g found) bool { return b.compare(f, g) < 0 }

func (b *best) compare(f, g found) int {
	switch {
	case f.key != g.key:
		if f.key < g.key {
			return -1
		}
		return 1
	case f.segment == g.segment:
		return int(int64(f.document) - int64(g.document))
	}
	s, t := b.x.segments[f.segment], b.x.segments[g.segment]
	if a, c := s.createds[f.document], t.createds[g.document]; a != c {
		if a > c {
			return -1
		}
		return 1
	}
	return bytes.Compare(s.id(f.document), t.id(g.document))
}

func (b *best) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if !b.before(b.heap[parent], b.heap[i]) {
			return
		}
		b.heap[parent], b.heap[i] = b.heap[i], b.heap[parent]
		i = parent
	}
}

func (b *best) down() {
	for i := 0; ; {
		last := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(b.heap); child++ {
			if b.before(b.heap[last], b.heap[child]) {
				last = child
			}
		}
		if last == i {
			return
		}
		b.heap[last], b.heap[i] = b.heap[i], b.heap[last]
		i = last
	}
}

// ordered returns what was kept, the first first.
func (b *best) ordered() []found {
	slices.SortFunc(b.heap, b.compare)
	return b.heap
}
