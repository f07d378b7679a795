package search_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"jewelrydisplay.app/shared/catalog"
)

var errCrash = errors.New("crashed")

// A publisher that breaks off before any of its calls leaves an edition that
// can be loaded; when the stream's batch comes again everything is in it, and
// what the crash left lying is swept.
func TestAPublisherMayBreakOffAnywhere(t *testing.T) {
	for _, run := range []struct {
		name string
		do   func(*world) error
	}{
		{"apply", func(w *world) error { _, err := w.apply(productID("1"), productID("2"), productID("4")); return err }},
		{"rebuild", func(w *world) error { _, err := w.Rebuild(context.Background()); return err }},
		{"refresh", func(w *world) error {
			w.clock.Advance(30 * time.Hour)
			_, err := w.Refresh(context.Background())
			return err
		}},
	} {
		for crash := 1; ; crash++ {
			w := newWorld("1", "2", "3")
			if _, err := w.Rebuild(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := w.apply(w.set("3", "手镯")); err != nil {
				t.Fatal(err)
			}
			w.set("1", "")
			w.set("2", "项链")
			w.set("4", "耳环")
			calls := 0
			last := ""
			before := func(call string) error {
				if calls++; calls >= crash { // from then on nothing of it succeeds: the process is gone
					last = call
					return errCrash
				}
				return nil
			}
			w.source.before, w.store.Before = before, before
			err := run.do(w)
			w.source.before, w.store.Before = nil, nil
			if err == nil {
				if crash < 4 {
					t.Errorf("%s made %d calls", run.name, calls)
				}
				break
			}
			if !errors.Is(err, errCrash) {
				t.Fatalf("%s, broken off before call %d (%s): %v", run.name, crash, last, err)
			}
			if _, err := w.store.Load(t.Context(), w.edition); err != nil {
				t.Fatalf("%s, broken off before call %d (%s): %v", run.name, crash, last, err)
			}
			if _, err := w.apply(productID("1"), productID("2"), productID("4")); err != nil {
				t.Fatal(err)
			}
			w.check(t)
			w.clock.Advance(30 * time.Hour)
			if _, err := w.Refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got, want := len(w.keys(t)), len(w.edition.Keys()); got != want {
				t.Errorf("%s, broken off before call %d (%s): %d objects, want %d", run.name, crash, last, got, want)
			}
		}
	}
}

// Four publishers, rebuilding, applying, refreshing, at once, in any order of
// their calls: every edition on the way can be loaded, and the last one holds
// every change whose batch was handled.
func TestPublishersAtOnceLoseNothing(t *testing.T) {
	for round := range rounds(t) {
		w := newWorld("0", "1", "2", "3")
		w.source.before = func(string) error {
			w.mu.Lock()
			e := w.edition
			w.mu.Unlock()
			kept, err := w.store.Keys(context.Background())
			for _, part := range e.Parts() {
				if !slices.Contains(kept, part.Key) {
					w.mu.Lock()
					same := w.edition.Version == e.Version
					w.mu.Unlock()
					if same {
						return fmt.Errorf("edition %d is without %s", e.Version, part.Key)
					}
				}
			}
			return err
		}
		var group sync.WaitGroup
		for worker := range uint64(4) {
			group.Go(func() {
				r := rand.New(rand.NewPCG(round, worker))
				for range 8 {
					var err error
					switch r.IntN(5) {
					case 0:
						_, err = w.Rebuild(context.Background())
					case 1:
						_, err = w.Refresh(context.Background())
					default:
						title := []string{"", "戒指", "项链", "手镯"}[r.IntN(4)]
						_, err = w.apply(w.set(fmt.Sprint(r.IntN(8)), title))
						for err != nil && errors.Is(err, catalog.ErrMoved) {
							_, err = w.apply(productID("0"), productID("1"), productID("2"), productID("3"), productID("4"), productID("5"), productID("6"), productID("7"))
						}
					}
					if err != nil && !errors.Is(err, catalog.ErrMoved) {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		w.source.before = nil
		w.check(t)
		if t.Failed() {
			t.Fatalf("round %d", round)
		}
	}
}

// rounds is how often the race is run: SEARCH_ROUNDS, or twice.
func rounds(t *testing.T) uint64 {
	t.Helper()
	text := os.Getenv("SEARCH_ROUNDS")
	if text == "" {
		return 2
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
