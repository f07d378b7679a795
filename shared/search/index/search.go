package index

import (
	"context"
	"slices"
	"strings"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/search"
)

// Search implements search.Searcher. It never fails.
func (x *Index) Search(_ context.Context, q search.Query, r *search.Result) error {
	r.Hits, r.Total, r.DidYouMean, r.Next = r.Hits[:0], 0, "", nil
	r.Match.Words, r.Match.Sounds, r.Match.Beginnings, r.Match.Readings = r.Match.Words[:0], r.Match.Sounds[:0], r.Match.Beginnings[:0], nil
	if !x.Retain() {
		r.Facets = r.Facets[:0]
		return nil
	}
	defer x.Release()
	s := x.takeScratch()
	defer x.giveBack(s)
	u := x.understand(s, q.Text)
	c := &s.collect
	x.collect(s, &q, u)
	r.Total = c.total
	x.page(s, &q, r)
	x.facetsOf(c, &q, r)
	s.describe(x, u, r)
	return nil
}

// collect matches the query against every segment.
func (x *Index) collect(s *scratch, q *search.Query, u understood) {
	c := &s.collect
	c.begin(q, u)
	switch {
	case !u.asked:
		x.everything(c)
	case len(s.clauses) > 0:
		for i := range x.segments {
			x.run(s, i, u, false)
		}
		if c.matched < plenty && s.partial(u) {
			c.begin(q, u)
			for i := range x.segments {
				x.run(s, i, u, true)
			}
		}
	}
	for i, p := range c.pinned {
		c.enter(p.segment)
		c.count(p.document, 1, c.whole, i)
		c.leave()
	}
}

// everything collects all documents.
func (x *Index) everything(c *collector) {
	for i, segment := range x.segments {
		c.enter(i)
		for n := range segment.documents {
			c.add(uint32(n), 1, 0)
		}
		c.leave()
	}
}

// page fills in the hits. Their ids are parts of one text: they outlive the
// files, at the price of one allocation.
func (x *Index) page(s *scratch, q *search.Query, r *search.Result) {
	hits := s.collect.best.ordered()
	s.buffer = s.buffer[:0]
	for _, f := range hits {
		s.buffer = append(s.buffer, x.segments[f.segment].id(f.document)...)
	}
	ids := string(s.buffer)
	for _, f := range hits {
		segment := x.segments[f.segment]
		n := len(segment.id(f.document))
		h := search.Hit{ID: catalog.ProductID(ids[:n]), DistanceM: search.Unknown, Whole: int(f.covered) == s.collect.whole}
		ids = ids[n:]
		h.Position = search.Position{A: f.key, B: -segment.createds[f.document], ID: h.ID}
		if q.Near != nil {
			if place := x.places[f.segment][segment.rows[f.document][merchantColumn]]; place != nil {
				h.DistanceM = between(*q.Near, *place)
			}
		}
		r.Hits = append(r.Hits, h)
	}
	if s.collect.best.more() {
		next := r.Hits[len(r.Hits)-1].Position
		r.Next = &next
	}
}

// facetsOf fills in the counts, each facet's greatest first.
func (x *Index) facetsOf(c *collector, q *search.Query, r *search.Result) {
	wanted := q.Facets
	if wanted == nil {
		wanted = search.Facets
	}
	if cap(r.Facets) < len(wanted) {
		r.Facets = append(r.Facets[:cap(r.Facets)], make([]search.Counts, len(wanted)-cap(r.Facets))...)
	}
	r.Facets = r.Facets[:len(wanted)]
	for i, f := range wanted {
		r.Facets[i].Facet, r.Facets[i].Counts = f, r.Facets[i].Counts[:0]
		if n := column(f); n >= 0 {
			r.Facets[i].Counts = x.facets[n].counted(c.counts[n], r.Facets[i].Counts)
		}
	}
}

// counted appends the values that have a count, the greatest first, as many as
// an answer holds.
func (u *facetValues) counted(counts []uint32, out []search.Count) []search.Count {
	least := uint32(0)
	for v, n := range counts {
		if n == 0 || (len(out) == search.MaxCounts && n < least) {
			continue
		}
		out = append(out, search.Count{Value: u.values[v], Label: u.labels[v], Count: int(n)})
		if len(out) == 2*search.MaxCounts { // now and then the lower half goes
			slices.SortFunc(out, byCount)
			out = out[:search.MaxCounts]
			least = uint32(out[len(out)-1].Count)
		}
	}
	slices.SortFunc(out, byCount)
	return out[:min(len(out), search.MaxCounts)]
}

func byCount(a, b search.Count) int {
	if a.Count != b.Count {
		return b.Count - a.Count
	}
	return strings.Compare(a.Value, b.Value)
}

// describe fills in how the query was understood.
func (s *scratch) describe(x *Index, u understood, r *search.Result) {
	if u.corrected {
		r.DidYouMean = string(s.reads)
	}
	if len(s.terms) == 0 {
		return
	}
	texts := string(s.texts)
	for _, c := range s.clauses {
		for _, t := range s.terms[c.first:c.last] {
			switch said := texts[t.text[0]:t.text[1]]; said[0] {
			case pairTerm, initialsTerm:
				r.Match.Sounds = append(r.Match.Sounds, said[1:])
				r.Match.Readings = x.segments[0].sounds
			case prefixTerm:
				r.Match.Beginnings = append(r.Match.Beginnings, said[1:])
			default:
				r.Match.Words = append(r.Match.Words, said)
			}
		}
	}
}
