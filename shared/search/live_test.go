package search_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/search"
	"jewelrydisplay.app/shared/search/searchtest"
)

// shelf is a catalogue whose page is whatever is asked for.
type shelf struct {
	mu      sync.Mutex
	edition catalog.Edition
}

func (s *shelf) Page(_ context.Context, ids []catalog.ProductID) (map[catalog.ProductID]catalog.Product, catalog.Edition, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	page := map[catalog.ProductID]catalog.Product{}
	for _, id := range ids {
		page[id] = catalog.Product{ID: id}
	}
	return page, s.edition, nil
}

func (s *shelf) publish(t *testing.T, store *searchtest.Editions, snapshot search.Snapshot) {
	t.Helper()
	p := search.Publisher{
		Source: &source{edition: s.edition, products: []catalog.Product{}},
		Store:  store, Clock: clock.At(time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)),
	}
	src := p.Source.(*source)
	for _, d := range snapshot.Documents {
		src.products = append(src.products, catalog.Product{ID: d.ID, Title: d.Title})
	}
	if _, err := p.Publish(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.edition = src.edition
}

// However many requests meet a newer edition, it is loaded once, and each is
// answered from one whole edition.
func TestManyRequestsLoadAnEditionOnce(t *testing.T) {
	s, store := &shelf{}, searchtest.NewEditions()
	s.publish(t, store, searchtest.Small("戒指"))
	live := search.NewLive(s, store, clock.At(time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)), slog.New(slog.DiscardHandler), nil)
	for edition := 1; edition <= 3; edition++ {
		var group sync.WaitGroup
		for range 16 {
			group.Go(func() {
				a, err := live.Search(context.Background(), search.Query{Text: "戒指", Limit: 20})
				if err != nil || a.Total != edition || len(a.Found) != edition {
					t.Errorf("edition %d: %d of %d, %v", edition, len(a.Found), a.Total, err)
				}
			})
		}
		group.Wait()
		if store.Loads != edition {
			t.Errorf("edition %d: %d loads", edition, store.Loads)
		}
		s.publish(t, store, searchtest.Small([]string{"戒指", "戒指", "戒指", "戒指"}[:edition+1]...))
	}
}
