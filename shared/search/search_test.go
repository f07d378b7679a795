package search_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/catalog/catalogfeed"
	"jewelrydisplay.app/shared/catalog/catalogtest"
	"jewelrydisplay.app/shared/catalog/sample"
	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/search"
	"jewelrydisplay.app/shared/search/searchtest"
)

// sampleSnapshot is the sample catalogue as an edition holds it.
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

func found(s search.Searcher, q search.Query) search.Result {
	var r search.Result
	if err := s.Search(context.Background(), q, &r); err != nil {
		panic(err)
	}
	return r
}

func TestIndexKeepsTheContract(t *testing.T) {
	searchtest.Contract(t, sampleSnapshot(t), func(s search.Snapshot) search.Searcher { return search.NewIndex(s) })
}

func TestHighlightsAreTheTextInPieces(t *testing.T) {
	x := search.NewIndex(searchtest.Small("18K金钻石戒指", "Pavé Ruby Brooch"))
	for _, c := range []struct{ query, title, want string }{
		{"钻石戒指", "18K金钻石戒指", "18K金[钻石戒指]"},
		{"１８k", "１８Ｋ金钻石", "[１８Ｋ]金钻石"},
		{"pave rubies", "Pavé Ruby Brooch", "[Pavé] [Ruby] Brooch"},
		{"rubby", "Pavé Ruby Brooch", "Pavé [Ruby] Brooch"},
		{"钻石", "红宝石", ""},
	} {
		var b strings.Builder
		for _, m := range found(x, search.Query{Text: c.query}).Match.Highlight(c.title) {
			if m.Hit {
				fmt.Fprintf(&b, "[%s]", m.Text)
			} else {
				b.WriteString(m.Text)
			}
		}
		if b.String() != c.want {
			t.Errorf("%s in %s: %q, want %q", c.query, c.title, b.String(), c.want)
		}
	}
}

func TestPricesInOtherCurrenciesComeBehindTheYuan(t *testing.T) {
	s := searchtest.Small("戒指 a", "戒指 b", "戒指 c", "戒指 d")
	s.Documents[0].Price = &catalog.Money{Amount: 5, Currency: "USD"}
	s.Documents[2].Price = &catalog.Money{Amount: 900, Currency: "CNY"}
	s.Documents[3].Price = &catalog.Money{Amount: 100, Currency: "CNY"}
	least := int64(1)
	if r := found(search.NewIndex(s), search.Query{PriceMin: &least}); r.Total != 2 {
		t.Errorf("a range of prices in yuan holds %d", r.Total)
	}
	for order, want := range map[search.Sort]string{search.PriceAsc: "[p3 p2 p0 p1]", search.PriceDesc: "[p2 p3 p0 p1]"} {
		var got []catalog.ProductID
		for _, h := range found(search.NewIndex(s), search.Query{Sort: order}).Hits {
			got = append(got, h.ID)
		}
		if fmt.Sprint(got) != want {
			t.Errorf("%s: %v, want %s", order, got, want)
		}
	}
}

func BenchmarkSearch(b *testing.B) {
	x := search.NewIndex(sampleSnapshot(b))
	queries := []search.Query{
		{Text: "钻石戒指", Limit: 20},
		{Text: "18k gold ring", Limit: 20},
		{Text: "daimond", Limit: 20},
		{Filters: map[search.Facet][]string{"category": {"ring"}}, Sort: search.PriceAsc, Limit: 20},
	}
	for i := 0; b.Loop(); i++ {
		found(x, queries[i%len(queries)])
	}
}

func BenchmarkNewIndex(b *testing.B) {
	s := sampleSnapshot(b)
	for b.Loop() {
		search.NewIndex(s)
	}
}
