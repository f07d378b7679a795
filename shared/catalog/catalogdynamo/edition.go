package catalogdynamo

import (
	"context"
	"time"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/inventory"
)

// EditionRecord is the one row that names the newest edition.
var EditionRecord = inventory.Declare[editionRow](inventory.Record{
	Name: "edition", Table: "Catalog", Key: "EDITION/NEWEST",
	Keep: inventory.Always("one row, replaced by the next edition"), OnCancel: inventory.NotPersonal,
})

// ChangeRecord is the one row that says when products were last about to
// change.
var ChangeRecord = inventory.Declare[changeRow](inventory.Record{
	Name: "catalog_change", Table: "Catalog", Key: "EDITION/CHANGE",
	Keep: inventory.Always("one row, replaced by the next change"), OnCancel: inventory.NotPersonal,
})

type editionRow struct {
	Version   int       `inv:"version,C19,operation"`
	Base      partRow   `inv:"base,C19,operation"`
	Deltas    []partRow `inv:"deltas,C19,operation"`
	Open      bool      `inv:"open,C19,operation"`
	Pins      partRow   `inv:"pins,C19,operation"`
	Retired   []string  `inv:"retired,C19,operation"`
	AsOf      time.Time `inv:"as_of,C19,operation"`
	Built     time.Time `inv:"built_at,C19,operation"`
	Published time.Time `inv:"published_at,C19,operation"`
}

type partRow struct {
	Key    string `inv:"object_key,C19,operation"`
	Digest string `inv:"digest,C19,operation"`
}

type changeRow struct {
	At time.Time `inv:"changed_at,C19,operation"`
}

func editionOf(e editionRow, c changeRow) catalog.Edition {
	edition := catalog.Edition{
		Version: e.Version, Base: catalog.Part(e.Base), Open: e.Open, Pins: catalog.Part(e.Pins), Retired: e.Retired,
		AsOf: e.AsOf, BuiltAt: e.Built, PublishedAt: e.Published, ChangedAt: c.At,
	}
	for _, d := range e.Deltas {
		edition.Deltas = append(edition.Deltas, catalog.Part(d))
	}
	return edition
}

func editionRowOf(e catalog.Edition) editionRow {
	row := editionRow{
		Version: e.Version, Base: partRow(e.Base), Open: e.Open, Pins: partRow(e.Pins), Retired: e.Retired,
		AsOf: e.AsOf, Built: e.BuiltAt, Published: e.PublishedAt,
	}
	for _, d := range e.Deltas {
		row.Deltas = append(row.Deltas, partRow(d))
	}
	return row
}

// newest puts the newest edition into the batch.
func (s *Store) newest(b *dynamo.Batch) (func() catalog.Edition, error) {
	edition, err := s.editions.From(b, editionRow{})
	if err != nil {
		return nil, err
	}
	change, err := s.changes.From(b, changeRow{})
	return func() catalog.Edition {
		e, _ := edition.Row()
		c, _ := change.Row()
		return editionOf(e, c)
	}, err
}

// Page returns the shown ones of the products, and the newest edition, in one
// BatchGetItem for up to 98 products.
func (s *Store) Page(ctx context.Context, ids []catalog.ProductID) (map[catalog.ProductID]catalog.Product, catalog.Edition, error) {
	b := s.db.Batch()
	newest, err := s.newest(b)
	if err != nil {
		return nil, catalog.Edition{}, err
	}
	page, err := s.read(ctx, b, ids)
	if err != nil {
		return nil, catalog.Edition{}, err
	}
	return shownOf(page), newest(), nil
}

// Edition returns the newest edition; one of version 0 when there is none. It
// costs one BatchGetItem.
func (s *Store) Edition(ctx context.Context) (catalog.Edition, error) {
	b := s.db.Batch()
	newest, err := s.newest(b)
	if err != nil {
		return catalog.Edition{}, err
	}
	if err := b.Run(ctx); err != nil {
		return catalog.Edition{}, err
	}
	return newest(), nil
}

// Publish makes e the newest edition if the newest still is the one of version
// was; catalog.ErrMoved otherwise. Publishing the same again is the same row.
func (s *Store) Publish(ctx context.Context, e catalog.Edition, was int) error {
	cond := dynamo.Eq("version", was)
	if was == 0 {
		cond = dynamo.Any(dynamo.Absent("pk"), cond)
	}
	return moved(s.editions.Put(ctx, editionRowOf(e), cond))
}

// Everything calls back with every merchant and every shown product: one Scan
// of the table, page by page, that sees every write that had succeeded when it
// began.
func (s *Store) Everything(ctx context.Context, merchant func(catalog.Merchant) error, product func(catalog.Product) error) error {
	now := s.clock.Now()
	return s.db.Scan(ctx, "Catalog", func(raw dynamo.Raw) error {
		if at, ok := raw.ExpiresAt(); ok && !now.Before(at) {
			return nil
		}
		switch raw.Record() {
		case MerchantRecord.Schema().Name:
			v, err := raw.Decode(MerchantRecord.Schema(), inventory.Subject{})
			if err != nil {
				return err
			}
			return merchant(v.Interface().(merchantRow).merchant())
		case ProductRecord.Schema().Name:
			v, err := raw.Decode(ProductRecord.Schema(), inventory.Subject{})
			if err != nil {
				return err
			}
			if p := v.Interface().(productRow).product(); !p.Retired() {
				return product(p)
			}
		}
		return nil
	})
}
