package index

import (
	"context"
	"math"
	"slices"
	"sort"

	"jewelrydisplay.app/shared/catalog"
)

func writeMerchant(w *writer, m catalog.Merchant) {
	for _, s := range []string{string(m.ID), m.Name.ZH, m.Name.EN, m.City.ZH, m.City.EN, m.Logo} {
		w.text(s)
	}
	if m.Location == nil {
		w.count(0)
		return
	}
	w.count(1)
	w.signed(m.Location.LatE2)
	w.signed(m.Location.LonE2)
}

// openMerchants reads the merchants into memory: answers hold them.
func openMerchants(part []byte, err *error) []catalog.Merchant {
	d := decoder{rest: part}
	all := make([]catalog.Merchant, 0, d.count()/6)
	for !d.failed && len(d.rest) > 0 {
		m := catalog.Merchant{ID: catalog.MerchantID(d.text())}
		m.Name = catalog.Texts{ZH: d.text(), EN: d.text()}
		m.City = catalog.Texts{ZH: d.text(), EN: d.text()}
		m.Logo = d.text()
		if d.number() == 1 {
			m.Location = &catalog.Location{LatE2: d.signed(), LonE2: d.signed()}
		}
		all = append(all, m)
	}
	if d.failed && *err == nil {
		*err = damaged("the merchants are not whole")
	}
	return all
}

// Merchant implements search.Searcher.
func (x *Index) Merchant(_ context.Context, id catalog.MerchantID) (catalog.Merchant, error) {
	if m, ok := x.shops[id]; ok {
		return m, nil
	}
	return catalog.Merchant{}, catalog.ErrNoMerchant
}

// Merchants implements search.Searcher.
func (x *Index) Merchants(_ context.Context, near *catalog.Location, radiusKM int) ([]catalog.Merchant, error) {
	if near == nil {
		return slices.Clone(x.merchants), nil
	}
	type found struct {
		merchant catalog.Merchant
		metres   int
	}
	var all []found
	for _, m := range x.merchants {
		if m.Location == nil {
			continue
		}
		if metres := between(*near, *m.Location); radiusKM == 0 || metres <= radiusKM*1000 {
			all = append(all, found{m, metres})
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].metres < all[j].metres })
	list := make([]catalog.Merchant, len(all))
	for i, f := range all {
		list[i] = f.merchant
	}
	return list, nil
}

// Of a round earth (IUGG's mean radius).
const (
	earthMetres     = 6_371_008.8
	metresPerDegree = earthMetres * math.Pi / 180
)

// between returns the metres between two places along a great circle, to the
// nearest hundred: the places are no finer. It holds at the poles and across
// the antimeridian.
func between(a, b catalog.Location) int {
	rad := func(e2 int) float64 { return float64(e2) / 100 * math.Pi / 180 }
	dLat, dLon := rad(b.LatE2-a.LatE2), rad(b.LonE2-a.LonE2)
	s, t := math.Sin(dLat/2), math.Sin(dLon/2)
	h := s*s + math.Cos(rad(a.LatE2))*math.Cos(rad(b.LatE2))*t*t
	return int(math.Round(2*earthMetres*math.Asin(math.Min(1, math.Sqrt(h)))/100)) * 100
}
