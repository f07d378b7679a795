package index

import (
	"context"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/search"
)

// likenesses weighs what two pieces have in common.
var likenesses = []struct {
	facet  search.Facet
	weight int64
}{
	{"category", 4},
	{"stone", 4},
	{"metal", 2},
	{"fineness", 1},
	{"cut", 1},
	{"style", 1},
	{"occasion", 1},
}

// leastAlike is how much related pieces have in common.
const leastAlike = 3

// Related implements search.Searcher: of the most alike the newest come first.
// It looks at every document's row, which takes no longer than a millisecond at
// half a million.
func (x *Index) Related(_ context.Context, id catalog.ProductID, limit int) ([]catalog.ProductID, error) {
	if limit <= 0 || !x.Retain() {
		return nil, nil
	}
	defer x.Release()
	in, given, ok := x.lookFor(id)
	if !ok {
		return nil, nil
	}
	var b best
	b.begin(x, &search.Query{Limit: limit})
	for i, s := range x.segments {
		shared := x.sharing(in, given, s)
		lower, upper := around(x.segments[in].prices[given])
		for n := range s.documents {
			if x.gone(i, uint32(n)) || (i == in && uint32(n) == given) {
				continue
			}
			var alike int64
			for c, weights := range shared {
				if weights != nil {
					alike += weights[s.rows[n][c]]
				}
			}
			if alike > 0 && s.prices[n] >= lower && s.prices[n] <= upper {
				alike += 2
			}
			if alike > 0 && s.qualities[n] >= 100 { // it can be had
				alike++
			}
			if alike >= leastAlike {
				b.offer(found{key: -alike, segment: int32(i), document: uint32(n)})
			}
		}
	}
	var ids []catalog.ProductID
	for _, f := range b.ordered() {
		ids = append(ids, catalog.ProductID(x.segments[f.segment].id(f.document)))
	}
	return ids, nil
}

// lookFor finds the document with the id that is not dead.
func (x *Index) lookFor(id catalog.ProductID) (segment int, document uint32, ok bool) {
	for i, s := range x.segments {
		if n, there := s.find(id); there && !x.gone(i, n) {
			return i, n, true
		}
	}
	return 0, 0, false
}

// sharing returns for each facet that weighs, by the sets of a segment, the
// facet's weight where a set has a value of the given document's.
func (x *Index) sharing(in int, given uint32, s *Segment) (shared [columns][]int64) {
	for _, l := range likenesses {
		c := column(l.facet)
		own := &x.segments[in].facets[c]
		has := map[string]bool{}
		for _, v := range own.sets[x.segments[in].rows[given][c]] {
			has[own.values[v]] = true
		}
		facet := &s.facets[c]
		shared[c] = make([]int64, len(facet.sets))
		for set, values := range facet.sets {
			for _, v := range values {
				if has[facet.values[v]] {
					shared[c][set] = l.weight
				}
			}
		}
	}
	return shared
}

// around returns the prices within 30 hundredths of a price; none for one on
// request.
func around(p price) (lower, upper price) {
	if p == onRequest {
		return 1, 0
	}
	amount := p & maxAmount
	return p - amount + amount*7/10, p - amount + min(amount*13/10, maxAmount)
}
