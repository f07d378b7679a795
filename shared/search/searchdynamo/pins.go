package searchdynamo

import (
	"context"
	"fmt"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/search"
)

// Pins keeps what an operator shows first for queries.
type Pins struct{ rows dynamo.Table[pinRow] }

// NewPins returns the pins.
func NewPins(db *dynamo.DB) *Pins { return &Pins{rows: dynamo.Of(db, PinRecord)} }

// Pins returns the products pinned to each query, by the query's folded form:
// one Query.
func (p *Pins) Pins(ctx context.Context) (search.Pins, error) {
	page, err := p.rows.Query(ctx, dynamo.Query{Partition: pins})
	if err != nil {
		return nil, fmt.Errorf("searchdynamo: pins: %w", err)
	}
	all := make(search.Pins, len(page.Rows))
	for _, r := range page.Rows {
		for _, id := range r.Products {
			all[r.Query] = append(all[r.Query], catalog.ProductID(id))
		}
	}
	return all, nil
}

// Pin shows the products first for the query, in their order, instead of what
// was pinned to it; none takes the pin off. It is a PUT or a DELETE: again is
// the same.
func (p *Pins) Pin(ctx context.Context, query string, products []catalog.ProductID) error {
	row := pinRow{Query: query}
	for _, id := range products {
		row.Products = append(row.Products, string(id))
	}
	if len(products) == 0 {
		return p.rows.Delete(ctx, row)
	}
	return p.rows.Put(ctx, row)
}
