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
	x     *Index
	after *search.Position
	limit int
	heap  []found
	more  bool // there are results behind those kept
}

func (b *best) begin(x *Index, q *search.Query) {
	b.x, b.after, b.limit, b.heap, b.more = x, q.After, q.Limit, b.heap[:0], false
	if b.limit <= 0 {
		b.limit = math.MaxInt
	}
}

func (b *best) offer(f found) {
	full := len(b.heap) == b.limit
	if full && f.key > b.heap[0].key {
		if !b.more {
			b.more = b.after == nil || !b.passed(f)
		}
		return
	}
	if b.after != nil && b.passed(f) {
		return
	}
	if !full {
		b.heap = append(b.heap, f)
		if b.limit != math.MaxInt {
			b.up(len(b.heap) - 1)
		}
		return
	}
	b.more = true
	if b.before(f, b.heap[0]) {
		b.heap[0] = f
		b.down()
	}
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
