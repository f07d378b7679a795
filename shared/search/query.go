package search

import (
	"context"
	"sort"

	"jewelrydisplay.app/shared/catalog"
)

// Search implements Searcher.
func (x *Index) Search(_ context.Context, q Query, r *Result) error {
	u := x.understand(q.Text)
	*r = Result{DidYouMean: u.reads}
	for _, t := range u.terms {
		r.Match.Words = append(r.Match.Words, t.text)
	}
	counts := map[Facet]map[string]int{}
	for _, f := range Facets {
		counts[f] = map[string]int{}
	}
	var hits []Hit
	for _, m := range x.matches(q.Text, u) {
		d := x.documents[m.document]
		distance, within := x.reach(q, m.document)
		if !within || !priced(q, d) {
			continue
		}
		missed, misses := q.missed(d)
		for _, f := range Facets {
			if misses == 0 || (misses == 1 && missed == f) {
				for _, v := range d.values(f) {
					counts[f][v]++
				}
			}
		}
		if misses == 0 {
			hits = append(hits, Hit{
				ID: d.ID, DistanceM: distance, Whole: m.covered == u.known.count(), Position: q.position(d, m, distance),
			})
		}
	}
	r.Total = len(hits)
	r.Facets = x.counted(counts)
	r.Hits, r.Next = q.page(hits)
	return nil
}

// missed returns how many facets' filters the document does not meet, and one
// of them.
func (q Query) missed(d Document) (Facet, int) {
	var missed Facet
	misses := 0
	for f, wanted := range q.Filters {
		if len(wanted) > 0 && !share(d.values(f), wanted) {
			missed = f
			misses++
		}
	}
	return missed, misses
}

func share(has, wanted []string) bool {
	for _, h := range has {
		for _, w := range wanted {
			if h == w {
				return true
			}
		}
	}
	return false
}

// priced tells whether the document's price lies in the query's range. What is
// on request, or in another currency than the range's, does not.
func priced(q Query, d Document) bool {
	if q.PriceMin == nil && q.PriceMax == nil {
		return true
	}
	if d.Price == nil || d.Price.Currency != catalog.DefaultCurrency {
		return false
	}
	return (q.PriceMin == nil || d.Price.Amount >= *q.PriceMin) && (q.PriceMax == nil || d.Price.Amount <= *q.PriceMax)
}

// reach returns how far the document's merchant is, and whether that is within
// the query's radius.
func (x *Index) reach(q Query, document int32) (int, bool) {
	if q.Near == nil {
		return Unknown, true
	}
	place := x.places[document]
	if place == nil {
		return Unknown, q.RadiusKM == 0
	}
	metres := between(*q.Near, *place)
	return metres, q.RadiusKM == 0 || metres <= q.RadiusKM*1000
}

// last stands behind every other key of an order.
const last = int64(1) << 60

// position returns where the document stands in the query's order.
func (q Query) position(d Document, m match, distance int) Position {
	p := Position{ID: d.ID}
	switch q.Sort {
	case PriceAsc, PriceDesc:
		p.A, p.B = priceKeys(d.Price, q.Sort == PriceDesc)
	case Newest:
		p.A = -d.Created
	case Distance:
		p.A = last
		if distance != Unknown {
			p.A = int64(distance)
		}
	default:
		score := m.score
		if !d.Available {
			score = score * 8 / 10
		}
		p.A, p.B = -(int64(m.covered)<<48 + score), -d.Created
	}
	return p
}

// priceKeys orders by currency, the yuan first, then by amount.
func priceKeys(price *catalog.Money, descending bool) (int64, int64) {
	if price == nil {
		return last, 0
	}
	amount := price.Amount
	if descending {
		amount = -amount
	}
	if price.Currency == catalog.DefaultCurrency {
		return 0, amount
	}
	var code int64
	for _, c := range []byte(price.Currency) {
		code = code<<8 | int64(c)
	}
	return code, amount
}

func (p Position) before(o Position) bool {
	if p.A != o.A {
		return p.A < o.A
	}
	if p.B != o.B {
		return p.B < o.B
	}
	return p.ID < o.ID
}

// page orders the hits and cuts out those behind q.After.
func (q Query) page(hits []Hit) ([]Hit, *Position) {
	sort.Slice(hits, func(i, j int) bool { return hits[i].Position.before(hits[j].Position) })
	if q.After != nil {
		behind := sort.Search(len(hits), func(i int) bool { return q.After.before(hits[i].Position) })
		hits = hits[behind:]
	}
	if q.Limit <= 0 || len(hits) <= q.Limit {
		return hits, nil
	}
	hits = hits[:q.Limit]
	next := hits[len(hits)-1].Position
	return hits, &next
}

// counted orders each facet's counts, the greatest first.
func (x *Index) counted(counts map[Facet]map[string]int) []Counts {
	var facets []Counts
	for _, f := range Facets {
		list := make([]Count, 0, len(counts[f]))
		for v, n := range counts[f] {
			list = append(list, Count{Value: v, Label: x.label(f, v), Count: n})
		}
		sort.Slice(list, func(i, j int) bool {
			if list[i].Count != list[j].Count {
				return list[i].Count > list[j].Count
			}
			return list[i].Value < list[j].Value
		})
		facets = append(facets, Counts{f, list[:min(MaxCounts, len(list))]})
	}
	return facets
}

// Related implements Searcher.
func (x *Index) Related(_ context.Context, id catalog.ProductID, limit int) ([]catalog.ProductID, error) {
	n, ok := x.byID[id]
	if !ok {
		return nil, nil
	}
	given := x.documents[n]
	var hits []Hit
	for _, d := range x.documents {
		if likeness := alikeness(given, d); likeness >= 3 && d.ID != id {
			hits = append(hits, Hit{ID: d.ID, Position: Position{A: -likeness, B: -d.Created, ID: d.ID}})
		}
	}
	hits, _ = Query{Limit: limit}.page(hits)
	ids := make([]catalog.ProductID, len(hits))
	for i, h := range hits {
		ids[i] = h.ID
	}
	return ids, nil
}

// likenesses weighs what two pieces have in common.
var likenesses = []struct {
	attribute catalog.Attribute
	weight    int64
}{
	{catalog.Category, 4},
	{catalog.Stone, 4},
	{catalog.Metal, 2},
	{catalog.Fineness, 1},
	{catalog.Cut, 1},
	{catalog.Style, 1},
	{catalog.Occasion, 1},
}

func alikeness(a, b Document) int64 {
	var sum int64
	for _, l := range likenesses {
		if share(a.Attributes[l.attribute], b.Attributes[l.attribute]) {
			sum += l.weight
		}
	}
	if sum > 0 && a.Price != nil && b.Price != nil && a.Price.Currency == b.Price.Currency &&
		b.Price.Amount*10 >= a.Price.Amount*7 && b.Price.Amount*10 <= a.Price.Amount*13 {
		sum += 2
	}
	if sum > 0 && b.Available {
		sum++
	}
	return sum
}
