package catalogdynamo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/dynamo"
)

// Store is the catalogue in the Catalog table. It keeps the contract in package
// catalogtest.
type Store struct {
	db        *dynamo.DB
	clock     clock.Clock
	products  dynamo.Table[productRow]
	merchants dynamo.Table[merchantRow]
	imports   dynamo.Table[importRow]
	editions  dynamo.Table[editionRow]
	changes   dynamo.Table[changeRow]
}

var (
	_ catalog.ProductStore  = (*Store)(nil)
	_ catalog.MerchantStore = (*Store)(nil)
	_ catalog.ImportStore   = (*Store)(nil)
)

// New returns the store.
func New(db *dynamo.DB, clk clock.Clock) *Store {
	return &Store{
		db: db, clock: clk,
		products: dynamo.Of(db, ProductRecord), merchants: dynamo.Of(db, MerchantRecord),
		imports: dynamo.Of(db, ImportRecord), editions: dynamo.Of(db, EditionRecord), changes: dynamo.Of(db, ChangeRecord),
	}
}

// Product returns a shown product: ErrNoProduct when there is none,
// ErrRetired when it left the catalogue. It costs one GetItem.
func (s *Store) Product(ctx context.Context, id catalog.ProductID) (catalog.Product, error) {
	row, found, err := s.products.Get(ctx, productRow{ID: string(id)})
	switch {
	case err != nil:
		return catalog.Product{}, err
	case !found:
		return catalog.Product{}, catalog.ErrNoProduct
	}
	if p := row.product(); !p.Retired() {
		return p, nil
	}
	return catalog.Product{}, catalog.ErrRetired
}

// Find implements catalog.ProductStore: one BatchGetItem for up to 100.
func (s *Store) Find(ctx context.Context, ids []catalog.ProductID) (map[catalog.ProductID]catalog.Held, error) {
	rows, err := s.read(ctx, s.db.Batch(), ids)
	if err != nil {
		return nil, err
	}
	held := make(map[catalog.ProductID]catalog.Held, len(rows))
	for id, p := range rows {
		held[id] = catalog.Held{Hash: p.Hash, CreatedAt: p.CreatedAt, Retired: p.Retired()}
	}
	return held, nil
}

// read runs the batch with the products of the ids added.
func (s *Store) read(ctx context.Context, b *dynamo.Batch, ids []catalog.ProductID) (map[catalog.ProductID]catalog.Product, error) {
	pending := make([]*dynamo.Pending[productRow], len(ids))
	for i, id := range ids {
		var err error
		if pending[i], err = s.products.From(b, productRow{ID: string(id)}); err != nil {
			return nil, err
		}
	}
	if err := b.Run(ctx); err != nil {
		return nil, err
	}
	found := make(map[catalog.ProductID]catalog.Product, len(ids))
	for i, p := range pending {
		if row, ok := p.Row(); ok {
			found[ids[i]] = row.product()
		}
	}
	return found, nil
}

// Save implements catalog.ProductStore: a PutItem that holds only if the row is
// still what the import compared with.
func (s *Store) Save(ctx context.Context, p catalog.Product, held *catalog.Held) error {
	forgotten := dynamo.AtMost("retired_at", s.clock.Now().Add(-retiredKept)) // expired, not yet removed
	conds := []dynamo.Cond{dynamo.Any(dynamo.Absent("pk"), forgotten)}
	if held != nil {
		retired := dynamo.Absent("retired_at")
		if held.Retired {
			retired = dynamo.Exists("retired_at")
		}
		conds = []dynamo.Cond{dynamo.Eq("hash", held.Hash), retired}
	}
	return moved(s.products.Put(ctx, rowOf(p), conds...))
}

func moved(err error) error {
	if errors.Is(err, dynamo.ErrCondition) {
		return fmt.Errorf("%w: %w", catalog.ErrMoved, err)
	}
	return err
}

// shownPage is how many products of a merchant are listed at once.
const shownPage = 1000

// Shown implements catalog.ProductStore from the merchant index, which follows
// the table within moments.
func (s *Store) Shown(ctx context.Context, m catalog.MerchantID, after catalog.ProductID) ([]catalog.ProductID, error) {
	q := dynamo.Query{Partition: "M#" + string(m), Prefix: "P#", Index: "merchant", Limit: shownPage}
	if after != "" {
		q.After = "P#" + string(after)
	}
	keys, err := s.products.QueryKeys(ctx, q)
	if err != nil {
		return nil, err
	}
	ids := make([]catalog.ProductID, len(keys))
	for i, k := range keys {
		ids[i] = catalog.ProductID(k.PK[len("P#"):])
	}
	return ids, nil
}

// Retire implements catalog.ProductStore. Retiring twice keeps the first time.
func (s *Store) Retire(ctx context.Context, id catalog.ProductID, at time.Time) error {
	_, err := s.products.Update(ctx, productRow{ID: string(id)}, dynamo.Update{
		Set:    map[string]any{"retired_at": at},
		Remove: []string{"shown_by", "merchant_pk", "merchant_sk"},
		If:     []dynamo.Cond{dynamo.Exists("pk"), dynamo.Absent("retired_at")},
	})
	if errors.Is(err, dynamo.ErrCondition) {
		return nil
	}
	return err
}

// Changing implements catalog.ProductStore. It is a PUT: again is the same.
func (s *Store) Changing(ctx context.Context, at time.Time) error {
	return s.changes.Put(ctx, changeRow{At: at})
}

// Merchant implements catalog.MerchantStore.
func (s *Store) Merchant(ctx context.Context, id catalog.MerchantID) (catalog.Merchant, error) {
	row, found, err := s.merchants.Get(ctx, merchantRow{ID: string(id)})
	if err == nil && !found {
		err = catalog.ErrNoMerchant
	}
	return row.merchant(), err
}

// SaveMerchant implements catalog.MerchantStore. It is a PUT: again is the same.
func (s *Store) SaveMerchant(ctx context.Context, m catalog.Merchant) error {
	return s.merchants.Put(ctx, merchantRowOf(m))
}

// Import implements catalog.ImportStore.
func (s *Store) Import(ctx context.Context, id string) (catalog.Import, error) {
	row, found, err := s.imports.Get(ctx, importRow{ID: id})
	if err == nil && !found {
		err = catalog.ErrNoImport
	}
	return row.state(), err
}

// SaveImport implements catalog.ImportStore: conditional on the revision, so
// that of two invocations one goes on. A row past its 30 days may be replaced.
func (s *Store) SaveImport(ctx context.Context, i catalog.Import) error {
	row := importRowOf(i)
	row.Touched = s.clock.Now()
	cond := dynamo.Any(dynamo.Absent("pk"), dynamo.AtMost("touched_at", row.Touched.Add(-importKept)))
	if i.Revision > 0 {
		cond = dynamo.Eq("revision", i.Revision-1)
	}
	return moved(s.imports.Put(ctx, row, cond))
}
