package search_test

import (
	"context"
	"testing"
	"time"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/search"
	"jewelrydisplay.app/shared/search/searchtest"
)

// source is a catalogue in memory. meanwhile runs between the reading of an
// edition and the publishing of the next.
type source struct {
	edition   catalog.Edition
	products  []catalog.Product
	reads     int
	meanwhile func()
}

func (s *source) Edition(context.Context) (catalog.Edition, error) { return s.edition, nil }

func (s *source) Everything(_ context.Context, _ func(catalog.Merchant), product func(catalog.Product)) error {
	s.reads++
	for _, p := range s.products {
		product(p)
	}
	if s.meanwhile != nil {
		s.meanwhile()
	}
	return nil
}

func (s *source) Publish(_ context.Context, e catalog.Edition, was int) error {
	if s.edition.Version != was {
		return catalog.ErrMoved
	}
	changed := s.edition.ChangedAt
	s.edition = e
	s.edition.ChangedAt = changed
	return nil
}

func TestAnEditionIsPublishedOnlyWhenSomethingChanged(t *testing.T) {
	src, store, clk := &source{}, searchtest.NewEditions(), clock.At(time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC))
	p := &search.Publisher{Source: src, Store: store, Clock: clk}
	publish := func(always bool, want search.Published) {
		t.Helper()
		clk.Advance(time.Minute)
		if got, err := p.Publish(t.Context(), always); err != nil || got != want {
			t.Errorf("published %+v, %v; want %+v", got, err, want)
		}
	}
	src.products = []catalog.Product{{ID: "a"}}
	publish(false, search.Published{Version: 1, Products: 1, Changed: true})
	publish(true, search.Published{Version: 1, Products: 1})
	if !src.edition.AsOf.Equal(clk.Now()) {
		t.Error("an unchanged catalogue did not make the edition fresher")
	}
	clk.Advance(time.Hour)
	publish(true, search.Published{Version: 1, Products: 1})
	reads := src.reads
	publish(false, search.Published{Version: 1})
	if src.reads != reads {
		t.Error("the catalogue was read though nothing was noted to change")
	}
	src.edition.ChangedAt = clk.Now()
	src.products = append(src.products, catalog.Product{ID: "b"})
	publish(false, search.Published{Version: 2, Products: 2, Changed: true})
	src.products = src.products[1:]
	publish(true, search.Published{Version: 3, Products: 1, Changed: true})
	src.products = nil
	publish(true, search.Published{Version: 4, Products: 0, Changed: true})
	if store.Kept() != 2 {
		t.Errorf("%d snapshots are kept: want the newest and the one before", store.Kept())
	}
}

func TestOfTwoPublishersBothChangesArePublished(t *testing.T) {
	src, store := &source{products: []catalog.Product{{ID: "a"}}}, searchtest.NewEditions()
	clk := clock.At(time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC))
	p := &search.Publisher{Source: src, Store: store, Clock: clk}
	other := &search.Publisher{Source: src, Store: store, Clock: clk}
	src.meanwhile = func() {
		src.meanwhile = nil
		src.products = append(src.products, catalog.Product{ID: "b"})
		if _, err := other.Publish(t.Context(), true); err != nil {
			t.Error(err)
		}
	}
	got, err := p.Publish(t.Context(), true)
	if err != nil || got.Products != 2 || src.edition.Version != 1 || store.Kept() != 1 {
		t.Errorf("published %+v, %v; edition %d, %d snapshots", got, err, src.edition.Version, store.Kept())
	}
	src.meanwhile = func() { src.edition.Version++ }
	if _, err := p.Publish(t.Context(), true); !fault.Is(err, fault.Unavailable) {
		t.Errorf("always outrun: %v", err)
	}
}
