package index

import (
	"math"
	"slices"
	"sort"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/search"
	"jewelrydisplay.app/shared/search/text"
)

// Index answers from a base and the deltas laid over it. Any number of queries
// may run side by side. Once its last lease has ended it finds nothing.
type Index struct {
	*lease
	segments  []*Segment
	dead      [][]uint64 // of each segment the documents that a newer one replaced or removed; nil: none
	documents int        // that are not dead
	merchants []catalog.Merchant
	shops     map[catalog.MerchantID]catalog.Merchant
	facets    [columns]facetValues
	places    [][]*catalog.Location // of each segment's sets of merchants
	lexicon   *text.Lexicon
	pinyin    *text.Pinyin
	scratches chan *scratch // idle ones
}

// facetValues are a facet's values in every segment together, with their
// labels, and for each segment where its own values are among them.
type facetValues struct {
	values []string
	labels []catalog.Texts
	global [][]uint32
}

var _ search.Leased = (*Index)(nil)

// Join returns an index of a base and the deltas that change it, in the order
// in which they were made. It takes leases of its own on its segments, so that
// who opened them may release them; it panics when one of them has ended.
func Join(base *Segment, deltas ...*Segment) *Index {
	x := &Index{
		segments: append([]*Segment{base}, deltas...), shops: map[catalog.MerchantID]catalog.Merchant{},
		lexicon: text.NewLexicon(), pinyin: text.NewPinyin(),
	}
	for _, s := range x.segments {
		if !s.Retain() {
			panic("search index: joined a segment that has ended")
		}
		for _, m := range s.merchants {
			x.shops[m.ID] = m
		}
	}
	for _, m := range x.shops {
		x.merchants = append(x.merchants, m)
	}
	sort.Slice(x.merchants, func(i, j int) bool { return x.merchants[i].ID < x.merchants[j].ID })
	x.lease = newLease(func() {
		for _, s := range x.segments {
			s.Release()
		}
	})
	x.bury()
	for c := range x.facets {
		x.facets[c] = x.unite(c)
	}
	x.place()
	x.scratches = make(chan *scratch, idleScratches)
	return x
}

// idleScratches is how many are kept for queries to come: as many as a function
// ever answers at once. One takes up to a megabyte.
const idleScratches = 4

func (x *Index) takeScratch() *scratch {
	select {
	case s := <-x.scratches:
		return s
	default:
		return newScratch(x)
	}
}

func (x *Index) giveBack(s *scratch) {
	select {
	case x.scratches <- s:
	default:
	}
}

// bury marks what newer segments replaced or removed.
func (x *Index) bury() {
	x.dead = make([][]uint64, len(x.segments))
	for newer, s := range x.segments[1:] {
		for n := range s.documents {
			x.kill(newer+1, catalog.ProductID(s.id(uint32(n))))
		}
		for _, id := range s.tombstones {
			x.kill(newer+1, id)
		}
	}
	for i, s := range x.segments {
		x.documents += s.documents
		for n := range s.documents {
			if x.gone(i, uint32(n)) {
				x.documents--
			}
		}
	}
}

func (x *Index) kill(before int, id catalog.ProductID) {
	for i, s := range x.segments[:before] {
		if n, ok := s.find(id); ok {
			if x.dead[i] == nil {
				x.dead[i] = make([]uint64, s.documents/64+1)
			}
			x.dead[i][n/64] |= 1 << (n % 64)
		}
	}
}

func (x *Index) gone(segment int, document uint32) bool {
	dead := x.dead[segment]
	return dead != nil && dead[document/64]&(1<<(document%64)) != 0
}

// alive tells whether a document that is not gone has the term: nearly always
// the first one.
func (x *Index) alive(segment int, ord int32) bool {
	if x.dead[segment] == nil {
		return true
	}
	s := x.segments[segment]
	for c := s.lists[ord]; c < s.lists[ord+1]; c++ {
		for _, low := range s.lows[s.offsets[c]:s.offsets[c+1]] {
			if n := uint32(s.keys[c])*perContainer | uint32(low); int(n) < s.documents && !x.gone(segment, n) {
				return true
			}
		}
	}
	return false
}

// unite collects the values of a facet.
func (x *Index) unite(column int) facetValues {
	f := search.Facets[column]
	u := facetValues{global: make([][]uint32, len(x.segments))}
	known := map[string]uint32{}
	for i, s := range x.segments {
		for _, v := range s.facets[column].values {
			n, ok := known[v]
			if !ok {
				n = uint32(len(u.values))
				known[v] = n
				u.values = append(u.values, v)
				u.labels = append(u.labels, x.label(f, v))
			}
			u.global[i] = append(u.global[i], n)
		}
	}
	return u
}

// label returns what a reader sees for a facet's value.
func (x *Index) label(f search.Facet, value string) catalog.Texts {
	if f != search.MerchantFacet {
		return catalog.Label(catalog.Attribute(f), value)
	}
	if name := x.shops[catalog.MerchantID(value)].Name; !name.Empty() {
		return name
	}
	return catalog.Texts{ZH: value, EN: value}
}

// place finds where the merchants of each segment are now.
func (x *Index) place() {
	x.places = make([][]*catalog.Location, len(x.segments))
	for i, s := range x.segments {
		column := s.facets[merchantColumn]
		x.places[i] = make([]*catalog.Location, len(column.sets))
		for set, values := range column.sets {
			if len(values) == 1 {
				x.places[i][set] = x.shops[catalog.MerchantID(column.values[values[0]])].Location
			}
		}
	}
}

// rarity weighs a term by how few documents have it (BM25's inverse document
// frequency), in 256ths.
func (x *Index) rarity(frequency int) uint32 {
	n, df := float64(x.total()), float64(frequency)
	return uint32(256 * math.Log(1+max(0, n-df+0.5)/(df+0.5)))
}

// total is how many documents the files have, removed ones included: as the
// frequencies count them.
func (x *Index) total() (n int) {
	for _, s := range x.segments {
		n += s.documents
	}
	return n
}

// Documents returns how many products can be found.
func (x *Index) Documents() int { return x.documents }

// column returns a facet's place among the columns, or -1.
func column(f search.Facet) int { return slices.Index(search.Facets, f) }
