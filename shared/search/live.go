package search

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/fault"
)

// Catalog is where a page of hits is read, live.
type Catalog interface {
	// Page returns the shown ones of up to 100 products by id, and the newest
	// edition, in one call.
	Page(ctx context.Context, ids []catalog.ProductID) (map[catalog.ProductID]catalog.Product, catalog.Edition, error)
}

// Editions is where editions are loaded from.
type Editions interface {
	Load(ctx context.Context, e catalog.Edition) (Searcher, error)
}

// Meter notes numbers that alarms watch.
type Meter interface {
	Note(name string, value float64)
}

// The numbers that a Live notes.
const (
	// StaleSeconds is how old a change is that an answer does not hold.
	StaleSeconds = "CatalogStaleSeconds"
	// LoadFailures counts editions that could not be loaded.
	LoadFailures = "CatalogLoadFailures"
)

// Live answers from the newest edition that can be loaded. A function that
// sleeps between requests has no background: each page's read tells of a newer
// edition, which is loaded beside the requests that run and then takes over.
type Live struct {
	catalog  Catalog
	editions Editions
	clock    clock.Clock
	log      *slog.Logger
	meter    Meter

	loading sync.Mutex
	held    atomic.Pointer[held]
}

// held is the edition that answers.
type held struct {
	Searcher
	edition catalog.Edition
}

// NewLive returns a Live that holds nothing yet.
func NewLive(c Catalog, e Editions, clk clock.Clock, log *slog.Logger, meter Meter) *Live {
	return &Live{catalog: c, editions: e, clock: clk, log: log, meter: meter}
}

// Found is a product of an answer.
type Found struct {
	Product   catalog.Product
	Merchant  catalog.Merchant
	DistanceM *int
}

// Answer is what a query found, as it is now. AsOf is set when changes older
// than a minute are not in it.
type Answer struct {
	Result
	Found []Found
	AsOf  *time.Time
}

// Search answers a query. Products that left the catalogue since the edition
// are left out of the page.
func (l *Live) Search(ctx context.Context, q Query) (Answer, error) {
	var a Answer
	err := l.answer(ctx, func(s Searcher) ([]catalog.ProductID, error) {
		if err := s.Search(ctx, q, &a.Result); err != nil {
			return nil, err
		}
		ids := make([]catalog.ProductID, len(a.Hits))
		for i, h := range a.Hits {
			ids[i] = h.ID
		}
		return ids, nil
	}, func(s Searcher, page map[catalog.ProductID]catalog.Product, asOf *time.Time) {
		a.AsOf, a.Found = asOf, nil
		for _, h := range a.Hits {
			if p, ok := page[h.ID]; ok {
				a.Found = append(a.Found, Found{Product: p, Merchant: shop(ctx, s, p.Merchant), DistanceM: h.metres()})
			}
		}
	})
	return a, err
}

// shop returns the merchant of a product, or one without a name when the
// searcher does not know it: the product is shown all the same.
func shop(ctx context.Context, s Searcher, id catalog.MerchantID) catalog.Merchant {
	m, err := s.Merchant(ctx, id)
	if err != nil {
		return catalog.Merchant{}
	}
	return m
}

func (h Hit) metres() *int {
	if h.DistanceM == Unknown {
		return nil
	}
	return &h.DistanceM
}

// Related returns products like the given one.
func (l *Live) Related(ctx context.Context, id catalog.ProductID, limit int) ([]Found, error) {
	var ids []catalog.ProductID
	var found []Found
	err := l.answer(ctx, func(s Searcher) (_ []catalog.ProductID, err error) {
		ids, err = s.Related(ctx, id, limit)
		return ids, err
	}, func(s Searcher, page map[catalog.ProductID]catalog.Product, _ *time.Time) {
		found = nil
		for _, id := range ids {
			if p, ok := page[id]; ok {
				found = append(found, Found{Product: p, Merchant: shop(ctx, s, p.Merchant)})
			}
		}
	})
	return found, err
}

// Suggest completes what was typed.
func (l *Live) Suggest(ctx context.Context, typed string, limit int) ([]Suggestion, error) {
	var all []Suggestion
	err := l.answer(ctx, func(s Searcher) (_ []catalog.ProductID, err error) {
		all, err = s.Suggest(ctx, typed, limit)
		return nil, err
	}, func(Searcher, map[catalog.ProductID]catalog.Product, *time.Time) {})
	return all, err
}

// Merchants returns the merchants, nearest first when near is given.
func (l *Live) Merchants(ctx context.Context, near *catalog.Location, radiusKM int) ([]catalog.Merchant, error) {
	var all []catalog.Merchant
	err := l.answer(ctx, func(s Searcher) (_ []catalog.ProductID, err error) {
		all, err = s.Merchants(ctx, near, radiusKM)
		return nil, err
	}, func(Searcher, map[catalog.ProductID]catalog.Product, *time.Time) {})
	return all, err
}

// answer asks the held edition, reads the page, and asks again when the read
// told of a newer edition that could be loaded.
func (l *Live) answer(
	ctx context.Context,
	ask func(Searcher) ([]catalog.ProductID, error),
	take func(Searcher, map[catalog.ProductID]catalog.Product, *time.Time),
) error {
	h := l.held.Load()
	if h == nil {
		h = &held{Searcher: NewIndex(Snapshot{})}
	}
	for {
		ids, err := ask(h)
		if err != nil {
			return err
		}
		page, newest, err := l.catalog.Page(ctx, ids)
		if err != nil {
			return err
		}
		if newest.Version > h.edition.Version {
			if newer := l.load(ctx, newest); newer != nil {
				h = newer
				continue
			}
		}
		var asOf *time.Time
		if at, now := l.asOf(h, newest), l.clock.Now(); newest.Stale(at, now) {
			asOf = &at
			l.meter.Note(StaleSeconds, now.Sub(newest.ChangedAt).Seconds())
		}
		if h.edition.Version == 0 && (newest.Version > 0 || asOf != nil) {
			return fault.Busy(errNoEdition)
		}
		take(h, page, asOf)
		return nil
	}
}

var errNoEdition = fault.New(fault.Unavailable, "no edition of the catalogue can be loaded")

// asOf returns up to when changes are in the held edition. An edition that was
// found unchanged is as fresh as that finding.
func (l *Live) asOf(h *held, newest catalog.Edition) time.Time {
	if newest.Version == h.edition.Version {
		return newest.AsOf
	}
	return h.edition.AsOf
}

// load loads the edition, unless another request did meanwhile. nil: it cannot
// be loaded, and the one that is held goes on answering.
func (l *Live) load(ctx context.Context, e catalog.Edition) *held {
	l.loading.Lock()
	defer l.loading.Unlock()
	if h := l.held.Load(); h != nil && h.edition.Version >= e.Version {
		return h
	}
	s, err := l.editions.Load(ctx, e)
	if err != nil {
		l.log.ErrorContext(ctx, "an edition of the catalogue cannot be loaded", "version", e.Version, "error", err.Error())
		l.meter.Note(LoadFailures, 1)
		return nil
	}
	h := &held{Searcher: s, edition: e}
	l.held.Store(h)
	return h
}
