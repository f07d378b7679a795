package search

import (
	"context"
	"errors"
	"io"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/fault"
)

// Source is where the whole catalogue is read.
type Source interface {
	// Edition returns the newest edition; one of version 0 when there is none.
	Edition(ctx context.Context) (catalog.Edition, error)
	// Everything calls back with every merchant and every shown product.
	Everything(ctx context.Context, merchant func(catalog.Merchant), product func(catalog.Product)) error
	// Publish makes e the newest edition, if the newest is still the one of
	// version was. It returns catalog.ErrMoved when it is not. The same edition
	// may be published again with a later AsOf.
	Publish(ctx context.Context, e catalog.Edition, was int) error
}

// Store is where snapshots are kept.
type Store interface {
	// Put keeps a snapshot under a key made of its version and digest; again is
	// the same object.
	Put(ctx context.Context, version int, digest string, s Snapshot) (key string, err error)
	// Drop removes a snapshot; one that is not there is no error.
	Drop(ctx context.Context, key string) error
}

// Publisher makes editions of the catalogue. Publishing twice is harmless: the
// same content is the same edition, and of two that publish at once one wins.
type Publisher struct {
	Source Source
	Store  Store
	Clock  clock.Clock
}

// Published is what became of a publishing.
type Published struct {
	Version  int  `json:"version"`
	Products int  `json:"products"`
	Changed  bool `json:"changed"` // a new edition was published
}

// tries is how often a publisher that another one outran begins anew.
const tries = 5

// Publish publishes an edition if the catalogue's content changed. When unless
// always nothing was noted to change since the newest edition, the catalogue is
// not even read.
func (p *Publisher) Publish(ctx context.Context, always bool) (Published, error) {
	var err error
	for range tries {
		var done Published
		if done, err = p.publish(ctx, always); !errors.Is(err, catalog.ErrMoved) {
			return done, err
		}
	}
	return Published{}, fault.Busy(err)
}

func (p *Publisher) publish(ctx context.Context, always bool) (Published, error) {
	newest, err := p.Source.Edition(ctx)
	if err != nil || (!always && newest.Current()) {
		return Published{Version: newest.Version}, err
	}
	next := newest
	next.AsOf = p.Clock.Now()
	s, digest, err := p.read(ctx)
	if err != nil {
		return Published{}, err
	}
	done := Published{Version: newest.Version, Products: len(s.Documents)}
	if digest == newest.Digest {
		return done, p.Source.Publish(ctx, next, newest.Version)
	}
	next.Version, next.Digest, next.Previous, next.PublishedAt = newest.Version+1, digest, newest.Key, next.AsOf
	if next.Key, err = p.Store.Put(ctx, next.Version, digest, s); err != nil {
		return Published{}, err
	}
	if err := p.Source.Publish(ctx, next, newest.Version); err != nil {
		return Published{}, errors.Join(err, p.dropUnlessNewest(ctx, next.Key))
	}
	done.Version, done.Changed = next.Version, true
	if newest.Previous != "" {
		err = p.Store.Drop(ctx, newest.Previous)
	}
	return done, err
}

// dropUnlessNewest removes the snapshot of an edition that was not published,
// unless another publisher published the very same.
func (p *Publisher) dropUnlessNewest(ctx context.Context, key string) error {
	newest, err := p.Source.Edition(ctx)
	if err != nil || newest.Key == key {
		return err
	}
	return p.Store.Drop(ctx, key)
}

func (p *Publisher) read(ctx context.Context) (s Snapshot, digest string, err error) {
	err = p.Source.Everything(ctx,
		func(m catalog.Merchant) { s.Merchants = append(s.Merchants, m) },
		func(product catalog.Product) { s.Documents = append(s.Documents, DocumentOf(product)) })
	if err != nil {
		return Snapshot{}, "", err
	}
	digest, err = s.Write(io.Discard)
	return s, digest, err
}
