// Package search finds products: the words of a query in Chinese and English
// with their spelling mistakes, facets with exact counts, prices, nearness. It
// is the catalogue's read model. What it answers from is an edition of the
// catalogue; what a page shows is read from the catalogue itself, so that
// price, stock and removal are live. It stores nothing of who asks (C19), and a
// place to search near is neither stored nor logged (C28).
package search

import (
	"context"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/search/text"
)

// Document is what of a product can be searched.
type Document struct {
	ID         catalog.ProductID  `json:"id"`
	Merchant   catalog.MerchantID `json:"m"`
	Title      catalog.Texts      `json:"t"`
	Text       catalog.Texts      `json:"d"`
	Attributes catalog.Attributes `json:"a,omitempty"`
	Price      *catalog.Money     `json:"p,omitempty"` // absent: on request
	Available  bool               `json:"s"`
	Popularity uint8              `json:"n,omitempty"` // 0: nobody looked; 255: the most looked at
	Created    int64              `json:"c"`           // milliseconds since 1970
}

// Snapshot is everything that can be searched, at one moment.
type Snapshot struct {
	Merchants []catalog.Merchant
	Documents []Document
}

// DocumentOf returns what of the product can be searched.
func DocumentOf(p catalog.Product) Document {
	return Document{
		ID: p.ID, Merchant: p.Merchant, Title: p.Title, Text: p.Description, Attributes: p.Attributes,
		Price: p.PriceShown(), Available: p.Available(), Created: p.CreatedAt.UnixMilli(),
	}
}

// Facet is a property by which results are counted and narrowed.
type Facet string

// Facets lists the facets in the order in which answers hold them.
var Facets = []Facet{
	"category", "metal", "fineness", "stone", "merchant",
	"plating", "cut", "setting", "origin", "certificate", "style", "occasion",
}

// MerchantFacet is the facet that is no attribute of the piece.
const MerchantFacet Facet = "merchant"

// Sort is an order of results.
type Sort string

// The orders. Prices on request come last in both orders of price; prices in
// other currencies than the yuan come behind those in it.
const (
	Relevance Sort = "relevance"
	PriceAsc  Sort = "price_asc"
	PriceDesc Sort = "price_desc"
	Newest    Sort = "newest"
	Distance  Sort = "distance"
)

// Query is what somebody looks for. The zero Query finds everything.
type Query struct {
	Text     string
	Filters  map[Facet][]string // values of one facet mean or, facets mean and; an unknown value matches nothing
	PriceMin *int64             // minor units of the yuan, included
	PriceMax *int64             // minor units of the yuan, included
	Sort     Sort               // empty: Relevance
	Near     *catalog.Location
	RadiusKM int // kilometres around Near; 0: everywhere

	// Pinned come first in the order of relevance, in this order, if they meet
	// filters, prices and radius, whether or not they match the text.
	Pinned []catalog.ProductID
	// Tastes move what somebody likes forward in the order of relevance, never
	// before what matches more of the text.
	Tastes []Taste

	Facets []Facet   // to be counted; nil: all of them; empty: none
	After  *Position // nil: from the first result
	Limit  int       // 0: all
}

// Taste is a value of a facet that somebody likes, or looks at. Weight is from
// 0 to 1: at 1 a product that has it counts half as much again. Several add up,
// to twice as much at most.
type Taste struct {
	Facet  Facet
	Value  string
	Weight float64
}

// Position is a place in an order of results: the keys of the result that it
// stands behind.
type Position struct {
	A  int64             `json:"a"`
	B  int64             `json:"b"`
	ID catalog.ProductID `json:"id"`
}

// Unknown is the distance to a merchant whose place is not known, or of a query
// that is near nowhere.
const Unknown = -1

// Hit is one found product.
type Hit struct {
	ID        catalog.ProductID
	DistanceM int      // metres to its merchant, to the nearest hundred; or Unknown
	Whole     bool     // it has every word of the query; what has not stands behind
	Position  Position // its keys in the order asked for
}

// Count is how many results have a facet's value.
type Count struct {
	Value string
	Label catalog.Texts
	Count int
}

// Counts are the values of a facet among the results, the most frequent first,
// MaxCounts at most.
type Counts struct {
	Facet  Facet
	Counts []Count
}

// MaxCounts is how many values of a facet an answer holds: of thousands of
// merchants the first that a reader may look through.
const MaxCounts = 100

// Result is what a query found. Total and the facets' counts are exact; a
// facet's counts ignore the filter on that facet itself. Nothing in it changes
// when the searcher that filled it is closed.
type Result struct {
	Hits       []Hit
	Total      int
	Facets     []Counts
	DidYouMean string // the query as it was understood, when that differs
	Match      Match
	Next       *Position // nil: that was all
}

// Counts returns the counts of a facet; none when it was not asked for.
func (r *Result) Counts(f Facet) []Count {
	for _, c := range r.Facets {
		if c.Facet == f {
			return c.Counts
		}
	}
	return nil
}

// Match is what of a text matches a query; its method Highlight marks it.
type Match = text.Matched

// Fold returns the text in the form in which it is compared.
func Fold(s string) string { return text.Fold(s) }

// Suggestion is a query that finds something.
type Suggestion struct {
	Text  string
	Count int
}

// Searcher answers queries from one edition. Every implementation keeps the
// contract in package searchtest. Any number of queries may run side by side.
// An error is the implementation's own trouble: a query is never wrong.
type Searcher interface {
	// Search fills r with the page of results behind q.After, using its slices
	// again.
	Search(ctx context.Context, q Query, r *Result) error
	// Suggest completes what was typed so far, the most found first.
	Suggest(ctx context.Context, typed string, limit int) ([]Suggestion, error)
	// Related returns products like the given one, the most alike first; none
	// for a product that it does not hold.
	Related(ctx context.Context, id catalog.ProductID, limit int) ([]catalog.ProductID, error)
	// Merchants returns the merchants, nearest first when near is given, and
	// only those within radiusKM when it is not 0.
	Merchants(ctx context.Context, near *catalog.Location, radiusKM int) ([]catalog.Merchant, error)
	// Merchant returns one merchant, or catalog.ErrNoMerchant.
	Merchant(ctx context.Context, id catalog.MerchantID) (catalog.Merchant, error)
}

// Leased is a searcher over something that must be given back, a mapped file:
// it is when the last lease ends. Who opened it holds the first lease.
type Leased interface {
	Searcher
	// Retain takes a lease. False: the last one has ended, and it answers no more.
	Retain() bool
	// Release ends a lease.
	Release()
}
