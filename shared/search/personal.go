package search

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/person"
)

// Asker is for whom results are ranked. The zero Asker is nobody in particular,
// or a person who did not consent to personalisation, or switched it off (C19):
// nothing of theirs is read.
type Asker struct {
	Person person.ID
}

// Interests is where it is read what a person keeps and looked at.
type Interests interface {
	// Recent returns the ids of a person's favourite products, followed
	// merchants and viewed products, the newest first, up to limit of each.
	Recent(ctx context.Context, user person.ID, limit int) (favourites, follows, viewed []string, err error)
}

const (
	// recent is how many of each shelf make a taste.
	recent = 20
	// mostTastes is how many values make a taste.
	mostTastes = 8
	// patience is how long an answer waits for a taste.
	patience = 300 * time.Millisecond

	weighsFavourite = 3.0
	weighsViewed    = 1.0

	// A searcher lets tastes double what a product counts and no more: these leave
	// room for several, so that who has more of them still comes first.
	greatest = 0.6 // of the strongest value
	follow   = 0.5 // of a followed merchant
)

// tasteful lists the facets in which a taste shows, with how much they say.
var tasteful = map[Facet]float64{"stone": 1, "style": 1, "category": 0.6, "metal": 0.6, "cut": 0.4, "occasion": 0.4}

// tastes returns what the asker likes: only for a first page by relevance; a
// following page brings what the first was ordered by. When it cannot be read,
// the order is everybody's.
func (l *Live) tastes(ctx context.Context, q Query, who Asker) []Taste {
	if who.Person.IsZero() || l.Interests == nil || !q.relevance() || q.After != nil {
		return q.Tastes
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tastes, err := l.taste(ctx, who.Person)
	if err != nil {
		l.Log.WarnContext(ctx, "ranked without a taste: it cannot be read", "error", err.Error())
		return nil
	}
	return tastes
}

func (l *Live) taste(ctx context.Context, user person.ID) ([]Taste, error) {
	favourites, follows, viewed, err := l.Interests.Recent(ctx, user, recent)
	if err != nil || len(favourites)+len(follows)+len(viewed) == 0 {
		return nil, err
	}
	ids := distinct(append(products(favourites), products(viewed)...))
	var page map[catalog.ProductID]catalog.Product
	if len(ids) > 0 {
		if page, _, err = l.Catalog.Page(ctx, ids); err != nil {
			return nil, err
		}
	}
	sums := map[Taste]float64{} // by facet and value
	weigh(sums, page, products(favourites), weighsFavourite)
	weigh(sums, page, products(viewed), weighsViewed)
	return append(followed(follows), strongest(sums)...), nil
}

// weigh adds what the products have in common with what is searched; the
// newest says most.
func weigh(sums map[Taste]float64, page map[catalog.ProductID]catalog.Product, ids []catalog.ProductID, weight float64) {
	for i, id := range ids {
		for f, says := range tasteful {
			for _, v := range page[id].Attributes[catalog.Attribute(f)] {
				sums[Taste{Facet: f, Value: v}] += weight * says / (1 + float64(i)/10)
			}
		}
	}
}

// strongest returns the values with the greatest sums, in hundredths.
func strongest(sums map[Taste]float64) []Taste {
	all := make([]Taste, 0, len(sums))
	for t, sum := range sums {
		t.Weight = sum
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b Taste) int {
		return cmp.Or(cmp.Compare(b.Weight, a.Weight), cmp.Compare(a.Facet, b.Facet), cmp.Compare(a.Value, b.Value))
	})
	all = all[:min(len(all), mostTastes)]
	for i := len(all) - 1; i >= 0; i-- {
		all[i].Weight = math.Round(100*greatest*all[i].Weight/all[0].Weight) / 100
	}
	return all
}

// followed returns the tastes for followed merchants.
func followed(merchants []string) []Taste {
	var all []Taste
	for _, m := range merchants[:min(len(merchants), mostTastes)] {
		all = append(all, Taste{Facet: MerchantFacet, Value: m, Weight: follow})
	}
	return all
}

func products(ids []string) []catalog.ProductID {
	all := make([]catalog.ProductID, 0, len(ids))
	for _, id := range ids {
		if id := catalog.ProductID(id); id.Valid() {
			all = append(all, id)
		}
	}
	return all
}
