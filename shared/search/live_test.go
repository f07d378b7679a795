package search_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/person"
	"jewelrydisplay.app/shared/search"
)

// Page implements search.Catalog.
func (w *world) Page(ctx context.Context, ids []catalog.ProductID) (map[catalog.ProductID]catalog.Product, catalog.Edition, error) {
	page, err := w.ShownProducts(ctx, ids)
	if err != nil {
		return nil, catalog.Edition{}, err
	}
	e, err := w.Edition(ctx)
	return page, e, err
}

// noted is a meter that remembers.
type noted map[string]float64

// Note implements search.Meter.
func (n noted) Note(name string, value float64) { n[name] += value }

func (w *world) live(meter noted, log *strings.Builder) *search.Live {
	return search.NewLive(search.Ports{
		Catalog: w, Editions: w.store, Clock: w.clock, Log: slog.New(slog.NewTextHandler(log, nil)), Meter: meter,
	})
}

// However many requests meet a newer edition, it is loaded once, and each is
// answered from one whole edition.
func TestManyRequestsLoadAnEditionOnce(t *testing.T) {
	w := newWorld("1")
	live := w.live(noted{}, &strings.Builder{})
	for edition := 1; edition <= 3; edition++ {
		if _, err := w.apply(w.set(fmt.Sprint(edition), "戒指")); err != nil {
			t.Fatal(err)
		}
		var group sync.WaitGroup
		for range 16 {
			group.Go(func() {
				a, err := live.Search(context.Background(), search.Query{Text: "戒指", Limit: 20}, search.Asker{})
				if err != nil || a.Total != edition || len(a.Found) != edition {
					t.Errorf("edition %d: %d of %d, %v", edition, len(a.Found), a.Total, err)
				}
			})
		}
		group.Wait()
		if w.store.Loads != edition {
			t.Errorf("edition %d: %d loads", edition, w.store.Loads)
		}
	}
}

// While editions change as fast as they can, no request fails, none is answered
// from a mixture, and every edition but the last is given back.
func TestEditionsChangeBesideRunningRequests(t *testing.T) {
	w := newWorld()
	leases := &leases{Editions: w.store}
	live := search.NewLive(search.Ports{Catalog: w, Editions: leases, Clock: w.clock, Log: slog.New(slog.DiscardHandler), Meter: noted{}})
	if _, err := w.apply(w.set("0", "戒指")); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for last := 0; ; {
				a, err := live.Search(context.Background(), search.Query{Text: "戒指", Limit: 20}, search.Asker{})
				if err != nil || a.Total < last || len(a.Facets) == 0 || a.Counts(search.MerchantFacet)[0].Count != a.Total {
					t.Errorf("after %d: %d, facets %v, %v", last, a.Total, a.Facets, err)
					return
				}
				last = a.Total
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for n := 1; n <= 16; n++ {
		if _, err := w.apply(w.set(fmt.Sprint(n), "戒指")); err != nil {
			t.Fatal(err)
		}
		if n%5 == 0 {
			if _, err := w.Rebuild(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	close(done)
	group.Wait()
	if _, err := live.Search(t.Context(), search.Query{}, search.Asker{}); err != nil {
		t.Fatal(err)
	}
	if open := leases.open.Load(); open != 1 {
		t.Errorf("%d editions are held of %d that were loaded", open, w.store.Loads)
	}
}

// leases counts the editions that are not given back.
type leases struct {
	search.Editions
	open atomic.Int64
}

// counted is an edition with its leases counted beside its own count.
type counted struct {
	search.Leased
	held  atomic.Int64
	ended func()
}

func newCounted(e search.Leased, l *leases) *counted {
	c := &counted{Leased: e, ended: sync.OnceFunc(func() { l.open.Add(-1) })}
	c.held.Store(1)
	return c
}

func (l *leases) Load(ctx context.Context, e catalog.Edition) (search.Loaded, error) {
	loaded, err := l.Editions.Load(ctx, e)
	if err == nil {
		l.open.Add(1)
		loaded.Leased = newCounted(loaded.Leased, l)
	}
	return loaded, err
}

// Retain implements search.Leased.
func (c *counted) Retain() bool {
	c.held.Add(1)
	if c.Leased.Retain() {
		return true
	}
	c.less()
	return false
}

// Release implements search.Leased.
func (c *counted) Release() {
	c.less()
	c.Leased.Release()
}

func (c *counted) less() {
	if c.held.Add(-1) == 0 {
		c.ended()
	}
}

// shelves are what one person keeps.
type shelves struct {
	favourites, follows, viewed []string
	err                         error
	reads                       int
}

// Recent implements search.Interests.
func (s *shelves) Recent(context.Context, person.ID, int) (favourites, follows, viewed []string, err error) {
	s.reads++
	return s.favourites, s.follows, s.viewed, s.err
}

// A taste comes from what somebody keeps and looked at, reaches the searcher
// for the first page, travels with the next ones, and is nothing without a
// person, or when it cannot be read.
//
// Clauses: C10, C19.
func TestTastes(t *testing.T) {
	w := newWorld()
	stones := map[string]string{"pearl": "珍珠项链", "ruby": "红宝石项链", "plain": "素圈项链"}
	var ids []catalog.ProductID
	for stone, title := range stones {
		id := w.set(stone, title)
		p := w.products[id]
		p.Attributes = catalog.Attributes{catalog.Stone: {stone}, catalog.Category: {"necklace"}}
		w.products[id] = p
		ids = append(ids, id)
	}
	if _, err := w.apply(ids...); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	kept := &shelves{favourites: []string{string(productID("pearl"))}, follows: []string{"lu"}, viewed: []string{string(productID("ruby")), "no id"}}
	live := w.live(noted{}, &log)
	live.Interests = kept
	li := search.Asker{Person: person.Of[person.ID]("li-who-is-not-logged")}
	ask := func(q search.Query, who search.Asker) search.Answer {
		t.Helper()
		a, err := live.Search(t.Context(), q, who)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	a := ask(search.Query{Text: "项链", Limit: 2}, li)
	if a.Found[0].Product.ID != productID("pearl") || a.Tastes[0] != (search.Taste{Facet: search.MerchantFacet, Value: "lu", Weight: 0.5}) ||
		a.Tastes[1] != (search.Taste{Facet: "stone", Value: "pearl", Weight: 0.6}) {
		t.Errorf("found %s first, by %v", a.Found[0].Product.Title.ZH, a.Tastes)
	}
	next := ask(search.Query{Text: "项链", Limit: 2, After: a.Next, Tastes: a.Tastes}, li)
	if len(next.Found) != 1 || kept.reads != 1 {
		t.Errorf("%d more found, the shelves were read %d times", len(next.Found), kept.reads)
	}
	for _, q := range []search.Query{{Text: "项链"}, {Text: "项链", Sort: search.Newest}} {
		who := search.Asker{}
		if q.Sort != "" {
			who = li
		}
		if a := ask(q, who); a.Tastes != nil || kept.reads != 1 {
			t.Errorf("tastes %v though nobody's, or by %s", a.Tastes, q.Sort)
		}
	}
	kept.err = errors.New("the table is away")
	if a := ask(search.Query{Text: "项链"}, li); a.Tastes != nil || a.Total != 3 {
		t.Errorf("without the shelves: %d by %v", a.Total, a.Tastes)
	}
	if !strings.Contains(log.String(), "without a taste") || strings.Contains(log.String(), "li-who") {
		t.Errorf("logged %s", log.String())
	}
	kept.err, kept.favourites, kept.follows, kept.viewed = nil, nil, nil, nil
	if a := ask(search.Query{Text: "项链"}, li); a.Tastes != nil || a.Total != 3 {
		t.Errorf("empty shelves: %d by %v", a.Total, a.Tastes)
	}
}
