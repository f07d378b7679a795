// Package catalogcards shows products and merchants as cards to contexts that
// keep only their ids.
package catalogcards

import (
	"context"
	"encoding/json"

	"jewelrydisplay.app/shared/catalog"
)

// Reader is where the cards' products and merchants are read.
type Reader interface {
	// Shown returns the shown ones of the products and their merchants.
	ShownProducts(ctx context.Context, ids []catalog.ProductID) (map[catalog.ProductID]catalog.Product, error)
	// KnownMerchants returns the known ones of the merchants.
	KnownMerchants(ctx context.Context, ids []catalog.MerchantID) (map[catalog.MerchantID]catalog.Merchant, error)
	// Product returns catalog.ErrNoProduct or catalog.ErrRetired when it is not shown.
	Product(ctx context.Context, id catalog.ProductID) (catalog.Product, error)
	// Merchant returns catalog.ErrNoMerchant when there is none.
	Merchant(ctx context.Context, id catalog.MerchantID) (catalog.Merchant, error)
}

// Cards makes cards.
type Cards struct{ reader Reader }

// New returns the cards of what reader reads.
func New(reader Reader) *Cards { return &Cards{reader} }

// Products returns the JSON of each shown product's card by id, in two calls
// for up to 100. What is retired or unknown is absent.
func (c *Cards) Products(ctx context.Context, ids []string, language string) (map[string]json.RawMessage, error) {
	valid := make([]catalog.ProductID, 0, len(ids))
	for _, id := range ids {
		if id := catalog.ProductID(id); id.Valid() {
			valid = append(valid, id)
		}
	}
	products, err := c.reader.ShownProducts(ctx, valid)
	if err != nil {
		return nil, err
	}
	wanted := make([]catalog.MerchantID, 0, len(products))
	for _, p := range products {
		wanted = append(wanted, p.Merchant)
	}
	merchants, err := c.reader.KnownMerchants(ctx, wanted)
	if err != nil {
		return nil, err
	}
	cards := make(map[string]json.RawMessage, len(products))
	for id, p := range products {
		card, err := json.Marshal(catalog.CardOf(p, merchants[p.Merchant], language))
		if err != nil {
			return nil, err
		}
		cards[string(id)] = card
	}
	return cards, nil
}

// Merchants returns the JSON of each known merchant's card by id, in one call
// for up to 100.
func (c *Cards) Merchants(ctx context.Context, ids []string, language string) (map[string]json.RawMessage, error) {
	valid := make([]catalog.MerchantID, 0, len(ids))
	for _, id := range ids {
		if id := catalog.MerchantID(id); id.Valid() {
			valid = append(valid, id)
		}
	}
	merchants, err := c.reader.KnownMerchants(ctx, valid)
	if err != nil {
		return nil, err
	}
	cards := make(map[string]json.RawMessage, len(merchants))
	for id, m := range merchants {
		card, err := json.Marshal(catalog.MerchantCardOf(m, language))
		if err != nil {
			return nil, err
		}
		cards[string(id)] = card
	}
	return cards, nil
}

// ProductExists returns nil for a shown product, catalog.ErrRetired for one
// that left the catalogue, catalog.ErrNoProduct otherwise.
func (c *Cards) ProductExists(ctx context.Context, id string) error {
	if !catalog.ProductID(id).Valid() {
		return catalog.ErrNoProduct
	}
	_, err := c.reader.Product(ctx, catalog.ProductID(id))
	return err
}

// MerchantExists returns nil for a known merchant, catalog.ErrNoMerchant
// otherwise.
func (c *Cards) MerchantExists(ctx context.Context, id string) error {
	if !catalog.MerchantID(id).Valid() {
		return catalog.ErrNoMerchant
	}
	_, err := c.reader.Merchant(ctx, catalog.MerchantID(id))
	return err
}
