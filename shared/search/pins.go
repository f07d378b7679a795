package search

import (
	"fmt"
	"slices"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/fault"
)

// Pins are the products that an operator shows first for a query, by the
// query's folded form. They come first in the order of relevance, where they
// meet the filters; other orders do not know them.
type Pins map[string][]catalog.ProductID

// How much can be pinned: all pins travel with each edition.
const (
	MostPinned = 10   // products to one query
	MostPins   = 1000 // queries
)

// PinOf checks what an operator pins and returns the query as it is compared.
// Invalid: no query, more than MostPinned products, or what is no product's id.
func PinOf(query string, products []catalog.ProductID) (string, error) {
	folded := Fold(query)
	if folded == "" || len(folded) > 200 {
		return "", fault.Invalid("query", "must be what users type, 200 bytes at most")
	}
	if len(products) > MostPinned {
		return "", fault.Invalid("products", fmt.Sprintf("must be %d at most", MostPinned))
	}
	for i, id := range products {
		if !id.Valid() || slices.Contains(products[:i], id) {
			return "", fault.Invalid("products", "must be different products' ids")
		}
	}
	return folded, nil
}

// Of returns what is pinned to a query.
func (p Pins) Of(query string) []catalog.ProductID {
	if len(p) == 0 {
		return nil
	}
	return p[Fold(query)]
}
