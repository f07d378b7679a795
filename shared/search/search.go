// Package search finds products: the words of a query in Chinese and English
// with their spelling mistakes, facets with exact counts, prices, nearness. It
// is the catalogue's read model. What it answers from is an edition of the
// catalogue; what a page shows is read from the catalogue itself, so that
// price, stock and removal are live. It stores nothing of who asks (C19), and a
// place to search near is neither stored nor logged (C28).
package search

import (
	"jewelrydisplay.app/shared/catalog"
)

// Document is what of a product can be searched.
type Document struct {
	ID         catalog.ProductID  `json:"id"`
	Merchant   catalog.MerchantID `json:"m"`
	Title      catalog.Texts      `json:"t"`
	Text       catalog.Texts      `json:"d"`
	Attributes catalog.Attributes `json:"a,omitempty"`
	Price      *catalog.Money     `json:"p,omitempty"`
	Available  bool               `json:"s"`
	Created    int64              `json:"c"` // milliseconds since 1970
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
var Facets = []Facet{"category", "metal", "fineness", "stone", "merchant"}

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

// Query is what somebody looks for.
type Query struct {
	Text     string
	Filters  map[Facet][]string // values of one facet mean or, facets mean and
	PriceMin *int64             // minor units of the yuan, included
	PriceMax *int64             // minor units of the yuan, included
	Sort     Sort
	Near     *catalog.Location
	RadiusKM int // 0: everywhere
	After    *Position
	Limit    int
}

// Position is a place in an order of results: the keys of the result that it
// stands behind.
type Position struct {
	A  int64             `json:"a"`
	B  int64             `json:"b"`
	ID catalog.ProductID `json:"id"`
}

// Hit is one found product. DistanceM is metres to its merchant, nil when the
// query is near nowhere or the merchant's place is not known.
type Hit struct {
	ID        catalog.ProductID
	DistanceM *int
	position  Position
}

// Count is how many results have a facet's value.
type Count struct {
	Value string
	Label catalog.Texts
	Count int
}

// Result is what a query found. Total and the facets' counts are exact; a
// facet's counts ignore the filter on that facet itself.
type Result struct {
	Hits       []Hit
	Total      int
	Facets     map[Facet][]Count
	DidYouMean string    // the query as it was understood, when that differs
	Words      []string  // what matched, folded: for Highlight
	Next       *Position // nil: that was all
}

// Suggestion is a query that finds something.
type Suggestion struct {
	Text  string
	Count int
}

// Searcher answers queries from one edition. Every implementation keeps the
// contract in package searchtest.
type Searcher interface {
	// Search returns the page of results behind q.After.
	Search(q Query) Result
	// Suggest completes what was typed so far, the most found first.
	Suggest(typed string, limit int) []Suggestion
	// Related returns products like the given one, the most alike first; none
	// for a product that it does not hold.
	Related(id catalog.ProductID, limit int) []catalog.ProductID
	// Merchants returns the merchants, nearest first when near is given, and
	// only those within radiusKM when it is not 0.
	Merchants(near *catalog.Location, radiusKM int) []catalog.Merchant
	// Merchant returns one merchant.
	Merchant(id catalog.MerchantID) (catalog.Merchant, bool)
}
