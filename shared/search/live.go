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

// Loaded is an edition that can be searched.
type Loaded struct {
	Leased
	Pins Pins
}

// Editions is where editions are loaded from.
type Editions interface {
	// Load returns the edition with a lease on it. Parts that an edition loaded
	// before has too are not loaded again. ErrDamaged: a part is not what was
	// published.
	Load(ctx context.Context, e catalog.Edition) (Loaded, error)
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

// Ports are what a Live stands on. Interests and Misses may be nil: nobody's
// taste is known then, and nothing is counted.
type Ports struct {
	Catalog   Catalog
	Editions  Editions
	Interests Interests
	Misses    Misses
	Clock     clock.Clock
	Log       *slog.Logger
	Meter     Meter
}

// Live answers from the newest edition that can be loaded. A function that
// sleeps between requests has no background: each page's read tells of a newer
// edition, which is loaded beside the requests that run and then takes over;
// the old one is given back when the last of them has its answer.
type Live struct {
	Ports

	loading sync.Mutex
	held    atomic.Pointer[held]
}

// held is the edition that answers.
type held struct {
	Loaded
	edition catalog.Edition
}

// NewLive returns a Live that holds nothing yet: its start costs nothing, and
// the first request loads.
func NewLive(p Ports) *Live { return &Live{Ports: p} }

// Found is a product of an answer.
type Found struct {
	Product   catalog.Product
	Merchant  catalog.Merchant
	DistanceM *int // metres to its merchant; nil when that is not known
}

// Answer is what a query found, as it is now. AsOf is set when changes older
// than a minute are not in it. Tastes are what moved products forward; a
// following page must be asked for with the same.
type Answer struct {
	Result
	Found  []Found
	AsOf   *time.Time
	Tastes []Taste
}

// Search answers a query. Products that left the catalogue since the edition
// are left out of the page.
func (l *Live) Search(ctx context.Context, q Query, who Asker) (Answer, error) {
	a := Answer{Tastes: l.tastes(ctx, q, who)}
	q.Tastes = a.Tastes
	err := l.answer(ctx, func(h *held) ([]catalog.ProductID, error) {
		if q.relevance() {
			q.Pinned = h.Pins.Of(q.Text)
		}
		if err := h.Search(ctx, q, &a.Result); err != nil {
			return nil, err
		}
		ids := make([]catalog.ProductID, len(a.Hits))
		for i, hit := range a.Hits {
			ids[i] = hit.ID
		}
		return ids, nil
	}, func(h *held, page map[catalog.ProductID]catalog.Product, asOf *time.Time) {
		a.AsOf, a.Found = asOf, make([]Found, 0, len(a.Hits))
		for _, hit := range a.Hits {
			if p, ok := page[hit.ID]; ok {
				a.Found = append(a.Found, Found{Product: p, Merchant: shop(ctx, h, p.Merchant), DistanceM: hit.metres()})
			}
		}
	})
	if err == nil {
		l.miss(ctx, q, a.Total)
	}
	return a, err
}

func (q Query) relevance() bool { return q.Sort == Relevance || q.Sort == "" }

// miss counts a query whose words alone find nothing. When that fails the
// answer is given all the same.
func (l *Live) miss(ctx context.Context, q Query, total int) {
	if l.Misses == nil || total > 0 || q.After != nil || q.narrowed() {
		return
	}
	query, ok := Countable(q.Text)
	if !ok {
		return
	}
	if err := l.Misses.Count(ctx, query); err != nil {
		l.Log.WarnContext(ctx, "a search that found nothing was not counted", "error", err.Error())
	}
}

// shop returns the merchant of a product, or one without a name when the
// searcher does not know it: the product is shown all the same.
func shop(ctx context.Context, s Searcher, id catalog.MerchantID) catalog.Merchant {
	m, err := s.Merchant(ctx, id)
	if err != nil {
		return catalog.Merchant{ID: id}
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
	err := l.answer(ctx, func(h *held) (_ []catalog.ProductID, err error) {
		ids, err = h.Related(ctx, id, limit)
		return ids, err
	}, func(h *held, page map[catalog.ProductID]catalog.Product, _ *time.Time) {
		for _, id := range ids {
			if p, ok := page[id]; ok {
				found = append(found, Found{Product: p, Merchant: shop(ctx, h, p.Merchant)})
			}
		}
	})
	return found, err
}

// Suggest completes what was typed.
func (l *Live) Suggest(ctx context.Context, typed string, limit int) (all []Suggestion, err error) {
	err = l.answer(ctx, func(h *held) (_ []catalog.ProductID, err error) {
		all, err = h.Suggest(ctx, typed, limit)
		return nil, err
	}, nothing)
	return all, err
}

// Merchants returns the merchants, nearest first when near is given.
func (l *Live) Merchants(ctx context.Context, near *catalog.Location, radiusKM int) (all []catalog.Merchant, err error) {
	err = l.answer(ctx, func(h *held) (_ []catalog.ProductID, err error) {
		all, err = h.Merchants(ctx, near, radiusKM)
		return nil, err
	}, nothing)
	return all, err
}

func nothing(*held, map[catalog.ProductID]catalog.Product, *time.Time) {}

// answer asks the held edition, reads the page, and asks again when the read
// told of a newer edition that could be loaded.
func (l *Live) answer(
	ctx context.Context,
	ask func(*held) ([]catalog.ProductID, error),
	take func(*held, map[catalog.ProductID]catalog.Product, *time.Time),
) error {
	for {
		again, err := l.once(ctx, ask, take)
		if err != nil || !again {
			return err
		}
	}
}

// once answers, unless a newer edition was loaded meanwhile: again is true then.
func (l *Live) once(
	ctx context.Context,
	ask func(*held) ([]catalog.ProductID, error),
	take func(*held, map[catalog.ProductID]catalog.Product, *time.Time),
) (again bool, err error) {
	h := l.lease()
	var ids []catalog.ProductID
	edition := catalog.Edition{}
	if h != nil {
		defer h.Release()
		edition = h.edition
		if ids, err = ask(h); err != nil {
			return false, err
		}
	}
	page, newest, err := l.Catalog.Page(ctx, ids)
	if err != nil {
		return false, err
	}
	if newest.Version > edition.Version && l.load(ctx, newest) {
		return true, nil
	}
	asOf := l.stale(edition, newest)
	if h == nil {
		if newest.Version > 0 || asOf != nil {
			return false, fault.Busy(errNoEdition)
		}
		return false, nil // nothing was ever published: there is nothing to find
	}
	take(h, page, asOf)
	return false, nil
}

var errNoEdition = fault.New(fault.Unavailable, "no edition of the catalogue can be loaded")

// lease returns the held edition with a lease on it; nil: none is held.
func (l *Live) lease() *held {
	for {
		h := l.held.Load()
		if h == nil || h.Retain() {
			return h
		}
	}
}

// stale returns up to when changes are in the answer, when later ones are known
// since a minute: an alarm watches that. An edition that was found unchanged is
// as fresh as that finding.
func (l *Live) stale(edition, newest catalog.Edition) *time.Time {
	at, now := edition.AsOf, l.Clock.Now()
	if newest.Version == edition.Version {
		at = newest.AsOf
	}
	if !newest.Stale(at, now) {
		return nil
	}
	l.Meter.Note(StaleSeconds, now.Sub(newest.ChangedAt).Seconds())
	return &at
}

// load loads the edition, unless another request did meanwhile. False: it
// cannot be loaded, and the one that is held goes on answering.
func (l *Live) load(ctx context.Context, e catalog.Edition) bool {
	l.loading.Lock()
	defer l.loading.Unlock()
	old := l.held.Load()
	if old != nil && old.edition.Version >= e.Version {
		return true
	}
	loaded, err := l.Editions.Load(ctx, e)
	if err != nil {
		l.Log.ErrorContext(ctx, "an edition of the catalogue cannot be loaded", "version", e.Version, "error", err.Error())
		l.Meter.Note(LoadFailures, 1)
		return false
	}
	l.held.Store(&held{Loaded: loaded, edition: e})
	if old != nil {
		old.Release()
	}
	return true
}
