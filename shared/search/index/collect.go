package index

import (
	"slices"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/search"
)

// collector takes what matches a query's text, counts what meets its filters,
// and keeps the best.
type collector struct {
	x       *Index
	q       *search.Query
	order   order
	matched int // by text alone, before filters
	total   int
	whole   int // how much of the query there is to match
	best    best
	wanted  []int             // columns that are counted
	counts  [columns][]uint32 // by value, of all segments
	filters []filter
	pinned  []pin
	tastes  [columns][]uint16 // of the current segment: by set, in hundredths
	tasted  bool

	least, most price
	limited     bool
	plain       bool   // every document that matches the text is counted
	simple      bool   // and nothing but its score and quality decides where it stands
	floor       uint32 // when simple: what scores less does not come into the page

	number  int // of the current segment
	segment *Segment
	dead    []uint64
	sets    [columns][]uint32 // of the current segment: counts by set
	metres  []int32           // of the current segment: by set of merchants; notYet
}

// filter is a facet that is narrowed.
type filter struct {
	column int
	values []string
	passes []bool // of the current segment: by set
}

// pin is a product that comes first.
type pin struct {
	segment  int
	document uint32
}

const notYet = -2

// order is an order of results.
type order uint8

const (
	byRelevance order = iota
	byPrice
	byPriceDown
	byAge
	byDistance
)

// orderOf returns the query's order: by relevance when it says none, or wants
// the nearest to nowhere.
func orderOf(q *search.Query) order {
	switch {
	case q.Sort == search.PriceAsc:
		return byPrice
	case q.Sort == search.PriceDesc:
		return byPriceDown
	case q.Sort == search.Newest:
		return byAge
	case q.Sort == search.Distance && q.Near != nil:
		return byDistance
	default:
		return byRelevance
	}
}

// begin takes a new query.
func (c *collector) begin(q *search.Query, u understood) {
	c.q, c.order, c.whole, c.floor = q, orderOf(q), u.known.count(), 0
	c.least, c.most, c.limited = priceRange(q)
	c.matched, c.total = 0, 0
	c.best.begin(c.x, q)
	c.want(q)
	c.filters = c.filters[:0]
	for f, values := range q.Filters {
		if len(values) == 0 {
			continue
		}
		if len(c.filters) < cap(c.filters) {
			c.filters = c.filters[:len(c.filters)+1]
		} else {
			c.filters = append(c.filters, filter{})
		}
		last := &c.filters[len(c.filters)-1]
		last.column, last.values = column(f), values
	}
	c.tasted = len(q.Tastes) > 0 && c.order == byRelevance
	c.pin(q)
	c.plain = len(c.filters) == 0 && !c.limited && (q.Near == nil || (q.RadiusKM == 0 && c.order != byDistance)) &&
		len(c.pinned) == 0
	c.simple = c.plain && !c.tasted && len(c.wanted) == 0 && c.order == byRelevance && q.After == nil
}

// want notes which facets are counted.
func (c *collector) want(q *search.Query) {
	c.wanted = c.wanted[:0]
	for i, f := range search.Facets {
		if q.Facets == nil || slices.Contains(q.Facets, f) {
			c.wanted = append(c.wanted, i)
			c.counts[i] = zeroed(c.counts[i], len(c.x.facets[i].values))
		}
	}
}

func zeroed[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	s = s[:n]
	clear(s)
	return s
}

// pin finds the pinned products.
func (c *collector) pin(q *search.Query) {
	c.pinned = c.pinned[:0]
	if c.order != byRelevance {
		return
	}
	for _, id := range q.Pinned {
		for i := len(c.x.segments) - 1; i >= 0; i-- {
			if n, ok := c.x.segments[i].find(id); ok {
				if !c.x.gone(i, n) && !c.isPinned(i, n) {
					c.pinned = append(c.pinned, pin{i, n})
				}
				break
			}
		}
	}
}

func (c *collector) isPinned(segment int, document uint32) bool {
	for _, p := range c.pinned {
		if p.document == document && p.segment == segment {
			return true
		}
	}
	return false
}

// enter begins a segment.
func (c *collector) enter(number int) {
	c.number, c.segment, c.dead = number, c.x.segments[number], c.x.dead[number]
	for _, i := range c.wanted {
		c.sets[i] = zeroed(c.sets[i], len(c.segment.facets[i].sets))
	}
	for i := range c.filters {
		c.filters[i].enter(c.segment)
	}
	if c.q.Near != nil {
		c.metres = zeroed(c.metres, len(c.x.places[number]))
		for i := range c.metres {
			c.metres[i] = notYet
		}
	}
	if c.tasted {
		c.taste()
	}
}

// enter finds which sets of a segment have one of the values.
func (f *filter) enter(s *Segment) {
	if f.column < 0 { // no such facet: nothing has a value of it
		return
	}
	facet := &s.facets[f.column]
	f.passes = zeroed(f.passes, len(facet.sets))
	for i, set := range facet.sets {
		for _, v := range set {
			for _, wanted := range f.values {
				f.passes[i] = f.passes[i] || facet.values[v] == wanted
			}
		}
	}
}

func (f *filter) passing(r *row) bool { return f.column >= 0 && f.passes[r[f.column]] }

// taste computes how much the sets of a segment are liked.
func (c *collector) taste() {
	for i := range c.tastes {
		c.tastes[i] = c.tastes[i][:0]
	}
	for _, t := range c.q.Tastes {
		i := column(t.Facet)
		if i < 0 || !(t.Weight > 0) {
			continue
		}
		facet := &c.segment.facets[i]
		if len(c.tastes[i]) == 0 {
			c.tastes[i] = zeroed(c.tastes[i], len(facet.sets))
		}
		for set, values := range facet.sets {
			for _, v := range values {
				if facet.values[v] == t.Value {
					c.tastes[i][set] += uint16(50 * min(t.Weight, 1))
				}
			}
		}
	}
}

// leave adds the segment's counts to the others'.
func (c *collector) leave() {
	for _, i := range c.wanted {
		facet, global := &c.segment.facets[i], c.x.facets[i].global[c.number]
		for set, n := range c.sets[i] {
			if n > 0 {
				for _, v := range facet.sets[set] {
					c.counts[i][global[v]] += n
				}
			}
		}
	}
}

// add takes a document that matches the text: score is how well, covered how
// much of the query.
func (c *collector) add(document, score uint32, covered int) {
	if int(document) >= c.segment.documents { // a damaged list
		return
	}
	if c.dead != nil && c.dead[document/64]&(1<<(document%64)) != 0 {
		return
	}
	c.matched++
	if len(c.pinned) > 0 && c.isPinned(c.number, document) {
		return // counted with the pinned
	}
	c.count(document, score, covered, -1)
}

// count counts a document and keeps it if it is one of the best. pinned is its
// place among the pinned, or -1.
func (c *collector) count(document, score uint32, covered, pinned int) {
	r := &c.segment.rows[document]
	if !c.plain {
		missed, misses := c.misses(document, r)
		if misses == 1 && missed >= 0 && slices.Contains(c.wanted, missed) {
			c.sets[missed][r[missed]]++
		}
		if misses > 0 {
			return
		}
	}
	c.total++
	for _, i := range c.wanted {
		c.sets[i][r[i]]++
	}
	if c.best.offer(found{key: c.key(document, r, score, covered, pinned), segment: int32(c.number), document: document, covered: int32(covered)}) {
		c.raise(covered)
	}
}

// raise computes the floor from what stands last on a full page.
func (c *collector) raise(covered int) {
	if c.simple && len(c.best.heap) == c.best.limit {
		last := -c.best.heap[0].key - int64(covered)<<48
		c.floor = uint32(max(0, last/maxQuality))
	}
}

// below counts documents that score less than the floor.
func (c *collector) below(n int) {
	c.matched += n
	c.total += n
	c.best.offered += n
}

// misses returns how many conditions a document does not meet, and the facet
// that is narrowed to others, when that is the only one: -1 for the rest.
func (c *collector) misses(document uint32, r *row) (missed, misses int) {
	if c.limited && !c.segment.prices[document].within(c.least, c.most) {
		return -1, 1
	}
	if c.q.Near != nil && c.q.RadiusKM != 0 {
		if m := c.distance(r); m == search.Unknown || int(m) > c.q.RadiusKM*1000 {
			return -1, 1
		}
	}
	for i := range c.filters {
		if f := &c.filters[i]; !f.passing(r) {
			missed = f.column
			misses++
		}
	}
	return missed, misses
}

// distance returns how far the document's merchant is: metres or Unknown.
func (c *collector) distance(r *row) int32 {
	set := r[merchantColumn]
	if m := c.metres[set]; m != notYet {
		return m
	}
	m := int32(search.Unknown)
	if place := c.x.places[c.number][set]; place != nil {
		m = c.reach(*place)
	}
	c.metres[set] = m
	return m
}

// reach computes a distance, unless the latitudes alone are beyond the radius.
func (c *collector) reach(place catalog.Location) int32 {
	if c.q.RadiusKM != 0 && c.order != byDistance {
		apart := float64(place.LatE2-c.q.Near.LatE2) / 100 * metresPerDegree
		if max(apart, -apart) > float64(c.q.RadiusKM)*1000+1000 {
			return int32(c.q.RadiusKM)*1000 + 1000
		}
	}
	return int32(between(*c.q.Near, place))
}

// key is where a document stands in the order asked for: lower comes first.
func (c *collector) key(document uint32, r *row, score uint32, covered, pinned int) int64 {
	switch c.order {
	case byPrice:
		return c.segment.prices[document].signed()
	case byPriceDown:
		return c.segment.prices[document].descending().signed()
	case byAge:
		return -c.segment.createds[document]
	case byDistance:
		if m := c.distance(r); m != search.Unknown {
			return int64(m)
		}
		return 1 << 60
	}
	if pinned >= 0 {
		return -1<<62 + int64(pinned)
	}
	relevance := int64(max(score, 1)) * int64(c.segment.qualities[document])
	if c.tasted {
		liked := 0
		for i := range c.tastes {
			if len(c.tastes[i]) > 0 {
				liked += int(c.tastes[i][r[i]])
			}
		}
		relevance = relevance * int64(100+min(liked, 100)) / 100
	}
	return -(int64(covered)<<48 + relevance)
}
