package search

import (
	"context"
	"errors"
	"slices"
	"time"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/fault"
)

// Source is where the catalogue is read, and where editions are published.
// Every read sees every write that succeeded before it began.
type Source interface {
	// Edition returns the newest edition; one of version 0 when there is none.
	Edition(ctx context.Context) (catalog.Edition, error)
	// Everything calls back with every merchant and every shown product.
	Everything(ctx context.Context, merchant func(catalog.Merchant) error, product func(catalog.Product) error) error
	// ShownProducts returns the shown ones of the products.
	ShownProducts(ctx context.Context, ids []catalog.ProductID) (map[catalog.ProductID]catalog.Product, error)
	// KnownMerchants returns the known ones of the merchants.
	KnownMerchants(ctx context.Context, ids []catalog.MerchantID) (map[catalog.MerchantID]catalog.Merchant, error)
	// Publish makes e the newest edition, if the newest is still the one of
	// version was. It returns catalog.ErrMoved when it is not. The same edition
	// may be published again with a later AsOf.
	Publish(ctx context.Context, e catalog.Edition, was int) error
}

// Writer takes what a part of an edition holds, in any order.
type Writer interface {
	Merchant(m catalog.Merchant)
	Add(d Document) error
	// Remove says that parts before hold a product that is no more.
	Remove(id catalog.ProductID)
}

// Contents are the ids of what a part of an edition says something about.
type Contents struct {
	Products  []catalog.ProductID // added or removed
	Merchants []catalog.MerchantID
}

// Store is where the parts of editions are kept, as objects named by PartKey.
type Store interface {
	// Write keeps what fill writes. The same content is the same object. When it
	// is that of held, nothing is kept, and held returned.
	Write(ctx context.Context, kind Kind, version int, held catalog.Part, fill func(Writer) error) (catalog.Part, error)
	// WritePins keeps pins; again is the same object.
	WritePins(ctx context.Context, version int, pins Pins) (catalog.Part, error)
	// Contents returns what a part is about.
	Contents(ctx context.Context, p catalog.Part) (Contents, error)
	// Keys lists the objects.
	Keys(ctx context.Context) ([]string, error)
	// Drop removes an object; one that is not there is no error.
	Drop(ctx context.Context, key string) error
}

// Publisher makes editions of the catalogue. Any number may publish at once and
// each may break off anywhere: what is published is conditional on the edition
// that it was made from, is made from rows read after that, and what a
// publisher left unpublished is swept.
type Publisher struct {
	Source Source
	Store  Store
	Clock  clock.Clock
}

// Changes are products and merchants of which a stream told that they changed,
// until AsOf.
type Changes struct {
	Products  []catalog.ProductID
	Merchants []catalog.MerchantID
	AsOf      time.Time
}

// Published is what became of a publishing.
type Published struct {
	Version  int  `json:"version"`
	Products int  `json:"products"` // written for it: all of a base, the changed ones of a delta
	Changed  bool `json:"changed"`  // a new edition was published
}

const (
	// tries is how often a publisher that another one outran begins anew.
	tries = 8
	// mostMerged is how many products the open delta takes up before another is
	// begun: so many are read and written anew with each window.
	mostMerged = 1000
	// mostDeltas is how many deltas an edition has before its base is rebuilt at
	// once.
	mostDeltas = 8
)

// Apply publishes the changed products and merchants as they are by now. The
// same changes again publish nothing.
func (p *Publisher) Apply(ctx context.Context, c Changes) (Published, error) {
	c.Products, c.Merchants = distinct(c.Products), distinct(c.Merchants)
	err := error(catalog.ErrMoved)
	for range tries {
		var done Published
		var e catalog.Edition
		if done, e, err = p.apply(ctx, c); errors.Is(err, catalog.ErrMoved) {
			continue
		}
		if err == nil && len(e.Deltas) > mostDeltas {
			_, err = p.Rebuild(ctx)
		}
		return done, err
	}
	return Published{}, fault.Busy(err)
}

func (p *Publisher) apply(ctx context.Context, c Changes) (Published, catalog.Edition, error) {
	e, err := p.Source.Edition(ctx)
	if err != nil {
		return Published{}, e, err
	}
	if e.Base.Key == "" {
		done, err := p.Rebuild(ctx)
		if err == nil && !done.Changed {
			err = catalog.ErrMoved // another base came first: it may be older than the changes
		}
		return done, e, err
	}
	next := e.Next(p.Clock.Now())
	held, c, err := p.merge(ctx, e, c)
	if err != nil {
		return Published{}, e, err
	}
	part, written, err := p.writeDelta(ctx, next.Version, held, c)
	if err != nil {
		return Published{}, e, err
	}
	if part == held {
		return p.freshen(ctx, e, c.AsOf, written)
	}
	if held.Key != "" {
		next.Deltas = next.Deltas[:len(next.Deltas)-1]
	}
	next.Deltas, next.Open, next.AsOf = append(next.Deltas, part), true, later(e.AsOf, c.AsOf)
	next = next.Retiring(e)
	if err := p.Source.Publish(ctx, next, e.Version); err != nil {
		return Published{}, e, err
	}
	return Published{Version: next.Version, Products: written, Changed: true}, next, nil
}

// merge adds what the open delta is about to the changes, so that one delta
// holds both. It returns that delta, or none when another is to be begun.
func (p *Publisher) merge(ctx context.Context, e catalog.Edition, c Changes) (catalog.Part, Changes, error) {
	if !e.Open || len(e.Deltas) == 0 {
		return catalog.Part{}, c, nil
	}
	held := e.Deltas[len(e.Deltas)-1]
	has, err := p.Store.Contents(ctx, held)
	if err != nil {
		return held, c, err
	}
	products := distinct(append(slices.Clone(c.Products), has.Products...))
	if len(products) > mostMerged {
		return catalog.Part{}, c, nil
	}
	c.Products = products
	c.Merchants = distinct(append(slices.Clone(c.Merchants), has.Merchants...))
	return held, c, nil
}

// writeDelta writes the products and merchants as they are by now.
func (p *Publisher) writeDelta(ctx context.Context, version int, held catalog.Part, c Changes) (part catalog.Part, written int, err error) {
	shown, err := p.Source.ShownProducts(ctx, c.Products)
	if err != nil {
		return part, 0, err
	}
	wanted := slices.Clone(c.Merchants)
	for _, product := range shown {
		wanted = append(wanted, product.Merchant)
	}
	merchants, err := p.Source.KnownMerchants(ctx, distinct(wanted))
	if err != nil {
		return part, 0, err
	}
	part, err = p.Store.Write(ctx, Delta, version, held, func(w Writer) error {
		for _, m := range merchants {
			w.Merchant(m)
		}
		for _, id := range c.Products {
			product, ok := shown[id]
			if !ok {
				w.Remove(id)
				continue
			}
			if err := w.Add(DocumentOf(product)); err != nil {
				return err
			}
		}
		return nil
	})
	return part, len(c.Products), err
}

// freshen notes that the edition holds the changes until asOf: nothing of it
// changed.
func (p *Publisher) freshen(ctx context.Context, e catalog.Edition, asOf time.Time, products int) (Published, catalog.Edition, error) {
	done := Published{Version: e.Version, Products: products}
	if !asOf.After(e.AsOf) {
		return done, e, nil
	}
	e.AsOf = asOf
	return done, e, p.Source.Publish(ctx, e, e.Version)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// distinct returns the ids in order, each once.
func distinct[T ~string](ids []T) []T {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return slices.Compact(ids)
}
