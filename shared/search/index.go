package search

import (
	"context"
	"math"
	"slices"
	"sort"

	"jewelrydisplay.app/shared/catalog"
)

// Index is an edition in memory. It is built once and never changes, so that
// any number of queries read it side by side.
type Index struct {
	documents []Document
	places    []*catalog.Location // of each document's merchant
	byID      map[catalog.ProductID]int32
	postings  map[string][]posting
	words     []string // the words among the postings, sorted
	merchants []catalog.Merchant
	shops     map[catalog.MerchantID]catalog.Merchant
	phrases   []phrase
	lexicon   lexicon
	trade     map[string]bool // the tokens of the vocabulary's labels
}

var _ Searcher = (*Index)(nil)

// posting says that a document has a token, and how weighty its best place is.
type posting struct {
	document int32
	weight   uint8
}

// Weights of where a token stands.
const (
	inTitle       = 8
	inAttribute   = 5
	inSynonym     = 4
	inMerchant    = 3
	inDescription = 1
)

// NewIndex builds the index of a snapshot.
func NewIndex(s Snapshot) *Index {
	x := &Index{
		documents: slices.Clone(s.Documents), merchants: slices.Clone(s.Merchants),
		byID: map[catalog.ProductID]int32{}, postings: map[string][]posting{},
		shops: map[catalog.MerchantID]catalog.Merchant{}, lexicon: newLexicon(),
	}
	x.trade = tradeTokens(x.lexicon)
	sort.Slice(x.documents, func(i, j int) bool { return x.documents[i].ID < x.documents[j].ID })
	sort.Slice(x.merchants, func(i, j int) bool { return x.merchants[i].ID < x.merchants[j].ID })
	for _, m := range x.merchants {
		x.shops[m.ID] = m
	}
	x.places = make([]*catalog.Location, len(x.documents))
	words, memo := map[string]bool{}, map[string][]token{}
	for i, d := range x.documents {
		x.byID[d.ID] = int32(i)
		x.places[i] = x.shops[d.Merchant].Location
		x.add(int32(i), d, words, memo)
	}
	for w := range words {
		x.words = append(x.words, w)
	}
	sort.Strings(x.words)
	x.phrases = x.suggestions()
	return x
}

// add puts a document's tokens into the postings, each with its best weight. A
// word of the trade in the merchant's name or in the description of a piece
// whose own properties are known says nothing about the piece: "Wedding Rings"
// sell necklaces too. memo keeps the tokens of texts that come again and again.
func (x *Index) add(n int32, d Document, words map[string]bool, memo map[string][]token) {
	weights := make(map[string]uint8, 128)
	put := func(text string, weight uint8) {
		found, known := memo[text]
		if !known {
			found = tokens(text, x.lexicon)
			if weight != inTitle && weight != inDescription {
				memo[text] = found
			}
		}
		for _, t := range found {
			if weight < inSynonym && len(d.Attributes) > 0 && x.trade[t.text] {
				continue
			}
			if t.inside {
				weights[t.text] = max(weights[t.text], (weight+1)/2)
			} else {
				weights[t.text] = max(weights[t.text], weight)
			}
			if !t.han {
				words[t.text] = true
			}
		}
	}
	put(d.Title.ZH, inTitle)
	put(d.Title.EN, inTitle)
	said := d.Title.Both()
	for _, a := range catalog.AttributeNames {
		for _, code := range d.Attributes[a.Attribute] {
			label := catalog.Label(a.Attribute, code)
			put(label.ZH, inAttribute)
			put(label.EN, inAttribute)
			said += " " + label.Both()
		}
	}
	put(alike(said), inSynonym)
	shop := x.shops[d.Merchant]
	for _, text := range []string{shop.Name.ZH, shop.Name.EN, shop.City.ZH, shop.City.EN} {
		put(text, inMerchant)
	}
	put(d.Text.ZH, inDescription)
	put(d.Text.EN, inDescription)
	for text, weight := range weights {
		x.postings[text] = append(x.postings[text], posting{n, weight})
	}
}

// rarity weighs a token by how few documents have it (BM25's inverse document
// frequency), in thousandths.
func (x *Index) rarity(list []posting) int64 {
	n, df := float64(len(x.documents)), float64(len(list))
	return int64(1000 * math.Log(1+(n-df+0.5)/(df+0.5)))
}

// values returns a document's values of a facet.
func (d Document) values(f Facet) []string {
	if f == MerchantFacet {
		return []string{string(d.Merchant)}
	}
	return d.Attributes[catalog.Attribute(f)]
}

// label returns what a reader sees for a facet's value.
func (x *Index) label(f Facet, value string) catalog.Texts {
	if f == MerchantFacet {
		return x.shops[catalog.MerchantID(value)].Name
	}
	return catalog.Label(catalog.Attribute(f), value)
}

// Merchant implements Searcher.
func (x *Index) Merchant(_ context.Context, id catalog.MerchantID) (catalog.Merchant, error) {
	m, ok := x.shops[id]
	if !ok {
		return catalog.Merchant{}, catalog.ErrNoMerchant
	}
	return m, nil
}

// Merchants implements Searcher.
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
	merchants := make([]catalog.Merchant, len(all))
	for i, f := range all {
		merchants[i] = f.merchant
	}
	return merchants, nil
}

// between returns the metres between two places along a great circle of a
// round earth, to the nearest hundred: the places are no finer.
func between(a, b catalog.Location) int {
	const earth = 6_371_008.8 // mean radius in metres, IUGG
	rad := func(e2 int) float64 { return float64(e2) / 100 * math.Pi / 180 }
	dLat, dLon := rad(b.LatE2-a.LatE2), rad(b.LonE2-a.LonE2)
	h := math.Pow(math.Sin(dLat/2), 2) + math.Cos(rad(a.LatE2))*math.Cos(rad(b.LatE2))*math.Pow(math.Sin(dLon/2), 2)
	return int(math.Round(2*earth*math.Asin(math.Min(1, math.Sqrt(h)))/100)) * 100
}
