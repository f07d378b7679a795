package searchtest

import (
	"context"
	"slices"
	"testing"

	"jewelrydisplay.app/shared/search"
)

// Recalled is the least part of the twenty best that a page must hold, for each
// class of query.
const Recalled = 0.98

// Recall asks queries of every class and compares with the oracle: as many
// results, and on the page the oracle's best. A hit is one of the best when the
// oracle scores it no more than a hundredth below its twentieth: an index may
// round.
func Recall(t *testing.T, l *Large, each int, build Build) {
	snapshot := l.Snapshot()
	o, s := newOracle(snapshot), build(snapshot)
	for _, class := range append(slices.Clone(Classes), Twice, Initials, Wide, Partial, Synonym) {
		t.Run(string(class), func(t *testing.T) {
			hits, wanted := 0, 0
			for i := range each {
				d := newDice(uint64(i)*13 + 3)
				a := l.asked(class, l.Document(d.below(l.Size)), d)
				best := o.answer(a)
				if class == Filtered || class == Nearby {
					a.Query.Facets, a.Query.Filters, a.Query.PriceMin, a.Query.PriceMax = nil, nil, nil, nil
					a.Query.Near, a.Query.RadiusKM, a.Query.Sort = nil, 0, search.Relevance // these are compared exactly in Contract
				}
				var r search.Result
				if err := s.Search(context.Background(), a.Query, &r); err != nil {
					t.Fatal(err)
				}
				if r.Total != len(best) {
					t.Errorf("%q finds %d, the oracle %d", a.Query.Text, r.Total, len(best))
				}
				hits += o.among(best, r.Hits)
				wanted += min(20, len(best))
			}
			if recall := float64(hits) / float64(max(1, wanted)); recall < Recalled || wanted < each {
				t.Errorf("recall %.4f of %d", recall, wanted)
			} else {
				t.Logf("recall %.4f of %d", recall, wanted)
			}
		})
	}
}

// among counts the hits that are among the oracle's twenty best.
func (o *oracle) among(best []scored, hits []search.Hit) (n int) {
	if len(best) == 0 {
		return 0
	}
	last := best[min(20, len(best))-1]
	for _, h := range hits {
		at := slices.IndexFunc(best, func(s scored) bool { return s.document.ID == h.ID })
		if at >= 0 && (best[at].covered > last.covered || (best[at].covered == last.covered && best[at].score >= 0.99*last.score)) {
			n++
		}
	}
	return n
}
