package index_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/catalog/catalogfeed"
	"jewelrydisplay.app/shared/catalog/catalogtest"
	"jewelrydisplay.app/shared/catalog/sample"
	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/search"
	"jewelrydisplay.app/shared/search/index"
	"jewelrydisplay.app/shared/search/searchtest"
)

// sounds are asked for once by all tests.
var sounds = sync.OnceValue(index.NewSounds)

// sampleSnapshot is the sample catalogue as it is searched.
func sampleSnapshot(t testing.TB) search.Snapshot {
	t.Helper()
	store, objects := catalogtest.NewMemory(), catalogtest.NewObjects()
	now := clock.At(time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC))
	importer := &catalog.Importer{Products: store, Merchants: store, Imports: store, Objects: objects, Feeds: catalogfeed.Feeds{}, Clock: now, Random: strings.NewReader("")}
	var s search.Snapshot
	for _, f := range sample.Feeds() {
		objects.Put(f.Key, f.Body)
		r := catalog.ImportRequest{
			ImportID: string(f.Merchant.ID), Merchant: f.Merchant, Format: "jsonl",
			Source: catalog.ObjectPlace{Key: f.Key}, Mapping: f.Mapping,
		}
		if _, err := importer.Start(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		now.Advance(time.Minute)
		m, err := store.Merchant(t.Context(), f.Merchant.ID)
		if err != nil {
			t.Fatal(err)
		}
		s.Merchants = append(s.Merchants, m)
	}
	for _, p := range store.Products() {
		s.Documents = append(s.Documents, search.DocumentOf(p))
	}
	return s
}

// file builds the file of a snapshot, without the removed ids.
func file(t testing.TB, s search.Snapshot, removed ...catalog.ProductID) []byte {
	t.Helper()
	b := index.NewBuilder(sounds())
	for _, d := range s.Documents {
		if err := b.Add(d); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range s.Merchants {
		b.Merchant(m)
	}
	for _, id := range removed {
		b.Remove(id)
	}
	var out bytes.Buffer
	if n, err := b.WriteTo(&out); err != nil || n != int64(out.Len()) {
		t.Fatalf("wrote %d of %d bytes: %v", out.Len(), n, err)
	}
	return out.Bytes()
}

func segment(t testing.TB, file []byte) *index.Segment {
	t.Helper()
	path := filepath.Join(t.TempDir(), "index")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := index.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// one opens a snapshot as one file.
func one(t testing.TB) searchtest.Build {
	return func(s search.Snapshot) search.Searcher {
		base := segment(t, file(t, s))
		defer base.Release()
		return index.Join(base)
	}
}

// laid opens a snapshot as a base, part of which is older than what two deltas
// lay over it.
func laid(t testing.TB) searchtest.Build {
	return func(s search.Snapshot) search.Searcher {
		base, first, second := s, search.Snapshot{}, search.Snapshot{Merchants: s.Merchants}
		base.Documents, base.Merchants = nil, nil
		for i, d := range s.Documents {
			old := d
			old.Title = catalog.Texts{ZH: "旧", EN: "Stale"}
			old.Attributes = nil
			switch {
			case i%7 == 3:
				base.Documents, first.Documents = append(base.Documents, old), append(first.Documents, d)
			case i%7 == 5:
				base.Documents, first.Documents, second.Documents = append(base.Documents, old), append(first.Documents, old), append(second.Documents, d)
			case i%7 == 6:
				second.Documents = append(second.Documents, d)
			default:
				base.Documents = append(base.Documents, d)
			}
		}
		for _, id := range []catalog.ProductID{"gone0", "gone1", "gone2"} {
			d := s.Documents[0]
			d.ID = id
			base.Documents = append(base.Documents, d)
		}
		base.Merchants = s.Merchants
		a, b, c := segment(t, file(t, base)), segment(t, file(t, first, "gone0")), segment(t, file(t, second, "gone1", "gone2", "unknown"))
		x := index.Join(a, b, c)
		a.Release()
		b.Release()
		c.Release()
		return x
	}
}

func TestOneFileKeepsTheContract(t *testing.T) {
	searchtest.Contract(t, sampleSnapshot(t), one(t))
}

func TestDeltasKeepTheContract(t *testing.T) {
	searchtest.Contract(t, sampleSnapshot(t), laid(t))
}

// The format counts on the facets' number and order.
func TestTheFormatHasEveryFacet(t *testing.T) {
	if len(search.Facets) != 12 || search.Facets[4] != search.MerchantFacet {
		t.Errorf("the facets are %v: a change of them is a new version of the format", search.Facets)
	}
}

func found(s search.Searcher, q search.Query) search.Result {
	var r search.Result
	if err := s.Search(context.Background(), q, &r); err != nil {
		panic(err)
	}
	return r
}

// ORACLE_PRODUCTS raises how many products the oracle is asked about.
func TestEveryClassOfQueryFindsTheOraclesBest(t *testing.T) {
	size, each := 800, 10
	if more, err := strconv.Atoi(os.Getenv("ORACLE_PRODUCTS")); err == nil {
		size, each = more, 40
	}
	l := searchtest.NewLarge(size)
	for name, build := range map[string]searchtest.Build{"one file": one(t), "with deltas": laid(t)} {
		t.Run(name, func(t *testing.T) { searchtest.Recall(t, l, each, build) })
	}
}
