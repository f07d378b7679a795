package catalogdynamo

import (
	"context"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/dynamo"
)

// ShownProducts returns the shown ones of the products: one BatchGetItem for
// each 100.
func (s *Store) ShownProducts(ctx context.Context, ids []catalog.ProductID) (map[catalog.ProductID]catalog.Product, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	page, err := s.read(ctx, s.db.Batch(), ids)
	return shownOf(page), err
}

// shownOf takes the retired products out.
func shownOf(page map[catalog.ProductID]catalog.Product) map[catalog.ProductID]catalog.Product {
	for id, p := range page {
		if p.Retired() {
			delete(page, id)
		}
	}
	return page
}

// KnownMerchants returns the known ones of the merchants: one BatchGetItem for
// each 100. An id that is given twice is read once.
func (s *Store) KnownMerchants(ctx context.Context, ids []catalog.MerchantID) (map[catalog.MerchantID]catalog.Merchant, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	b, pending := s.db.Batch(), make(map[catalog.MerchantID]*dynamo.Pending[merchantRow], len(ids))
	for _, id := range ids {
		if pending[id] != nil {
			continue
		}
		p, err := s.merchants.From(b, merchantRow{ID: string(id)})
		if err != nil {
			return nil, err
		}
		pending[id] = p
	}
	if err := b.Run(ctx); err != nil {
		return nil, err
	}
	found := make(map[catalog.MerchantID]catalog.Merchant, len(ids))
	for id, p := range pending {
		if row, ok := p.Row(); ok {
			found[id] = row.merchant()
		}
	}
	return found, nil
}
