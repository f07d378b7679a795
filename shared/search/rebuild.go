package search

import (
	"context"
	"errors"
	"slices"
	"time"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/fault"
)

// Rebuild publishes a base of the whole catalogue. Deltas that were published
// before the catalogue was read are in it and go; those published meanwhile
// stay on top of it. The same content again publishes nothing.
func (p *Publisher) Rebuild(ctx context.Context) (Published, error) {
	e, err := p.seal(ctx)
	if err != nil {
		return Published{}, err
	}
	began, products := p.Clock.Now(), 0
	base, err := p.Store.Write(ctx, Base, e.Version+1, e.Base, func(w Writer) error {
		return p.Source.Everything(ctx,
			func(m catalog.Merchant) error { w.Merchant(m); return nil },
			func(product catalog.Product) error { products++; return w.Add(DocumentOf(product)) })
	})
	if err != nil {
		return Published{}, err
	}
	err = error(catalog.ErrMoved)
	for range tries {
		var done Published
		if done, err = p.rebase(ctx, e, base, began); !errors.Is(err, catalog.ErrMoved) {
			done.Products = products
			return done, err
		}
	}
	return Published{}, fault.Busy(err)
}

// seal ends the open delta, so that what changes from here on comes into
// another, and returns the edition.
func (p *Publisher) seal(ctx context.Context) (catalog.Edition, error) {
	err := error(catalog.ErrMoved)
	for range tries {
		var e catalog.Edition
		if e, err = p.Source.Edition(ctx); err != nil || !e.Open {
			return e, err
		}
		next := e.Next(p.Clock.Now())
		next.Open = false
		if err = p.Source.Publish(ctx, next, e.Version); err == nil {
			return next, nil
		}
		if !errors.Is(err, catalog.ErrMoved) {
			return e, err
		}
	}
	return catalog.Edition{}, fault.Busy(err)
}

// rebase publishes the base, which was read when the edition was from, under
// the deltas that came since. When another base came first it is left alone: it
// and its deltas hold all that this one does.
func (p *Publisher) rebase(ctx context.Context, from catalog.Edition, base catalog.Part, began time.Time) (Published, error) {
	e, err := p.Source.Edition(ctx)
	if err != nil || e.Base != from.Base {
		return Published{Version: e.Version}, err
	}
	next := e.Next(p.Clock.Now())
	next.Base, next.BuiltAt, next.AsOf = base, began, later(e.AsOf, began)
	next.Deltas = slices.DeleteFunc(next.Deltas, func(d catalog.Part) bool { return slices.Contains(from.Deltas, d) })
	next.Open = e.Open && len(next.Deltas) > 0
	if base == e.Base && len(next.Deltas) == len(e.Deltas) {
		next.Version, next.PublishedAt = e.Version, e.PublishedAt
		return Published{Version: e.Version}, p.Source.Publish(ctx, next, e.Version)
	}
	next = next.Retiring(e)
	return Published{Version: next.Version, Changed: true}, p.Source.Publish(ctx, next, e.Version)
}

const (
	// compactAt is how many deltas are worth a new base when nothing presses.
	compactAt = 4
	// deltaAge is how old a base with deltas becomes.
	deltaAge = 6 * time.Hour
	// baseAge is how old a base becomes: what a stream lost for good is in the
	// next.
	baseAge = 24 * time.Hour
)

// Refresh rebuilds when it is due: there are many deltas, the base is old, or a
// change is known since a minute that no stream told of. Then it sweeps.
func (p *Publisher) Refresh(ctx context.Context) (Published, error) {
	e, err := p.Source.Edition(ctx)
	if err != nil {
		return Published{}, err
	}
	done, now := Published{Version: e.Version}, p.Clock.Now()
	age := now.Sub(e.BuiltAt)
	if e.Base.Key == "" || len(e.Deltas) >= compactAt || e.Stale(e.AsOf, now) || age > baseAge || (len(e.Deltas) > 0 && age > deltaAge) {
		if done, err = p.Rebuild(ctx); err != nil {
			return done, err
		}
	}
	return done, p.sweep(ctx)
}

// sweep removes the objects that no reader asks for any more and that no
// publisher can still publish: a delta or pins only become the edition whose
// version they bear, and a base only follows one of a lower version.
func (p *Publisher) sweep(ctx context.Context) error {
	e, err := p.Source.Edition(ctx)
	if err != nil {
		return err
	}
	keys, err := p.Store.Keys(ctx)
	if err != nil {
		return err
	}
	keep := e.Keys()
	_, base, _ := ParseKey(e.Base.Key)
	for _, key := range keys {
		kind, version, ok := ParseKey(key)
		past := version <= e.Version
		if kind == Base {
			past = version <= base
		}
		if !ok || !past || slices.Contains(keep, key) {
			continue
		}
		if err := p.Store.Drop(ctx, key); err != nil {
			return err
		}
	}
	return nil
}

// Repin publishes what is pinned by now. The same pins again publish nothing.
func (p *Publisher) Repin(ctx context.Context, pins func(context.Context) (Pins, error)) (Published, error) {
	err := error(catalog.ErrMoved)
	for range tries {
		var done Published
		if done, err = p.repin(ctx, pins); !errors.Is(err, catalog.ErrMoved) {
			return done, err
		}
	}
	return Published{}, fault.Busy(err)
}

func (p *Publisher) repin(ctx context.Context, read func(context.Context) (Pins, error)) (Published, error) {
	e, err := p.Source.Edition(ctx)
	if err != nil {
		return Published{}, err
	}
	pins, err := read(ctx)
	if err != nil {
		return Published{}, err
	}
	next := e.Next(p.Clock.Now())
	if next.Pins, err = p.Store.WritePins(ctx, next.Version, pins); err != nil {
		return Published{}, err
	}
	if next.Pins.Digest == e.Pins.Digest {
		return Published{Version: e.Version}, nil
	}
	next = next.Retiring(e)
	return Published{Version: next.Version, Changed: true}, p.Source.Publish(ctx, next, e.Version)
}
