package search_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/search"
	"jewelrydisplay.app/shared/search/searchtest"
)

var t0 = time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)

// source is a catalogue in memory. before runs before each call.
type source struct {
	mu        sync.Mutex
	edition   catalog.Edition
	products  map[catalog.ProductID]catalog.Product
	merchants map[catalog.MerchantID]catalog.Merchant
	before    func(call string) error
	scans     int
}

func newSource(keys ...string) *source {
	s := &source{products: map[catalog.ProductID]catalog.Product{}, merchants: map[catalog.MerchantID]catalog.Merchant{"lu": {ID: "lu"}}}
	for _, key := range keys {
		s.set(key, "戒指")
	}
	return s
}

func (s *source) call(name string) error {
	if s.before != nil {
		if err := s.before(name); err != nil {
			return err
		}
	}
	return nil
}

func productID(key string) catalog.ProductID { return catalog.NewProductID("lu", key) }

// set gives the product a title; an empty one takes it away.
func (s *source) set(key, title string) catalog.ProductID {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := productID(key)
	delete(s.products, id)
	if title != "" {
		s.products[id] = catalog.Product{ID: id, Merchant: "lu", Title: catalog.Texts{ZH: title}, CreatedAt: t0}
	}
	return id
}

func (s *source) Edition(context.Context) (catalog.Edition, error) {
	if err := s.call("edition"); err != nil {
		return catalog.Edition{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.edition
	e.Deltas, e.Retired = slices.Clone(e.Deltas), slices.Clone(e.Retired)
	return e, nil
}

func (s *source) Everything(_ context.Context, merchant func(catalog.Merchant) error, product func(catalog.Product) error) error {
	if err := s.call("scan"); err != nil {
		return err
	}
	s.mu.Lock()
	s.scans++
	merchants, products := s.merchants, []catalog.Product{}
	for _, p := range s.products {
		products = append(products, p)
	}
	s.mu.Unlock()
	for _, m := range merchants {
		if err := merchant(m); err != nil {
			return err
		}
	}
	for _, p := range products {
		if err := product(p); err != nil {
			return err
		}
	}
	return nil
}

func (s *source) ShownProducts(_ context.Context, ids []catalog.ProductID) (map[catalog.ProductID]catalog.Product, error) {
	if err := s.call("rows"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found := map[catalog.ProductID]catalog.Product{}
	for _, id := range ids {
		if p, ok := s.products[id]; ok {
			found[id] = p
		}
	}
	return found, nil
}

func (s *source) KnownMerchants(_ context.Context, ids []catalog.MerchantID) (map[catalog.MerchantID]catalog.Merchant, error) {
	found := map[catalog.MerchantID]catalog.Merchant{}
	for _, id := range ids {
		if m, ok := s.merchants[id]; ok {
			found[id] = m
		}
	}
	return found, nil
}

func (s *source) Publish(_ context.Context, e catalog.Edition, was int) error {
	if err := s.call("publish"); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.edition.Version != was {
		return catalog.ErrMoved
	}
	e.ChangedAt = s.edition.ChangedAt
	s.edition = e
	return nil
}

// world is a catalogue with the parts of its editions.
type world struct {
	*source
	store *searchtest.Editions
	clock *clock.Manual
	*search.Publisher
}

func newWorld(keys ...string) *world {
	w := &world{source: newSource(keys...), store: searchtest.NewEditions(), clock: clock.At(t0)}
	w.Publisher = &search.Publisher{Source: w.source, Store: w.store, Clock: w.clock}
	return w
}

// apply publishes changed products and returns what became of it.
func (w *world) apply(ids ...catalog.ProductID) (search.Published, error) {
	return w.Apply(context.Background(), search.Changes{Products: ids, AsOf: w.clock.Now()})
}

// check compares what the newest edition finds with the catalogue.
func (w *world) check(t *testing.T) {
	t.Helper()
	loaded, err := w.store.Load(t.Context(), w.edition)
	if err != nil {
		t.Fatalf("edition %d cannot be loaded: %v", w.edition.Version, err)
	}
	defer loaded.Release()
	var r search.Result
	if err := loaded.Search(t.Context(), search.Query{}, &r); err != nil {
		t.Fatal(err)
	}
	found := map[catalog.ProductID]bool{}
	for _, h := range r.Hits {
		found[h.ID] = true
		if w.products[h.ID].Title.ZH == "" {
			t.Errorf("%s is found and is no more", h.ID)
		}
	}
	titled := map[string]int{}
	for id, p := range w.products {
		if titled[p.Title.ZH]++; !found[id] {
			t.Errorf("%s is not found", id)
		}
	}
	for title, want := range titled {
		if err := loaded.Search(t.Context(), search.Query{Text: title}, &r); err != nil {
			t.Fatal(err)
		}
		got := 0
		for _, h := range r.Hits {
			if w.products[h.ID].Title.ZH == title {
				got++
			}
		}
		if got != want {
			t.Errorf("%s finds %d of %d", title, got, want)
		}
	}
}

func (w *world) keys(t *testing.T) []string {
	t.Helper()
	keys, err := w.store.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return keys
}
