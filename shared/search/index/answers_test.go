package index_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/search"
	"jewelrydisplay.app/shared/search/searchtest"
)

func TestHighlightsAreTheTextInPieces(t *testing.T) {
	x := one(t)(searchtest.Small("18K金钻石戒指", "Pavé Ruby Brooch"))
	for _, c := range []struct{ query, title, want string }{
		{"钻石戒指", "18K金钻石戒指", "18K金[钻石戒指]"},
		{"１８k", "１８Ｋ金钻石", "[１８Ｋ]金钻石"},
		{"pave rubies", "Pavé Ruby Brooch", "[Pavé] [Ruby] Brooch"},
		{"rubby", "Pavé Ruby Brooch", "Pavé [Ruby] Brooch"},
		{"pave bro", "Pavé Ruby Brooch", "[Pavé] Ruby [Brooch]"},
		{"钻石", "红宝石", ""},
	} {
		var b strings.Builder
		r := found(x, search.Query{Text: c.query})
		for _, m := range r.Match.Highlight(c.title) {
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
	s.Documents[2].Price = &catalog.Money{Amount: 901, Currency: "CNY"}
	s.Documents[3].Price = &catalog.Money{Amount: 900, Currency: "CNY"}
	x := one(t)(s)
	least, most := int64(901), int64(901)
	if r := found(x, search.Query{PriceMin: &least, PriceMax: &most}); r.Total != 1 || r.Hits[0].ID != "p2" {
		t.Errorf("a range of one price in yuan holds %v", r.Hits)
	}
	for order, want := range map[search.Sort]string{search.PriceAsc: "[p3 p2 p0 p1]", search.PriceDesc: "[p2 p3 p0 p1]"} {
		var got []catalog.ProductID
		for _, h := range found(x, search.Query{Sort: order}).Hits {
			got = append(got, h.ID)
		}
		if fmt.Sprint(got) != want {
			t.Errorf("%s: %v, want %s", order, got, want)
		}
	}
}

// What a result holds is its own: using it again changes nothing that was
// handed out, and a query allocates no more than what its answer keeps: the
// ids, the words that matched, the position of the next page, the correction.
func TestAnswersKeepOnlyWhatTheyHold(t *testing.T) {
	l := searchtest.NewLarge(2000)
	x := one(t)(l.Snapshot())
	for _, a := range l.Mix(70) {
		var r search.Result
		for range 3 {
			found := r.Hits
			if err := x.Search(t.Context(), a.Query, &r); err != nil {
				t.Fatal(err)
			}
			if len(found) > 0 && found[0].ID != r.Hits[0].ID {
				t.Fatalf("%s: another answer the second time", a.Class)
			}
		}
		allocated := testing.AllocsPerRun(20, func() {
			if err := x.Search(t.Context(), a.Query, &r); err != nil {
				t.Error(err)
			}
		})
		if allocated > 6 {
			t.Errorf("%s %q: %v allocations", a.Class, a.Query.Text, allocated)
		}
	}
}

// Whatever is typed and whatever a title holds: nothing breaks, the pieces of a
// highlighted title are the title, and what a text consists of finds it.
func FuzzAnyText(f *testing.F) {
	for _, s := range []string{
		"18K金钻石戒指", "１８Ｋ金", "women's ring", "' ' '", "💍💎", "\u202e反\u200f", "é e\u0301 ﬁ ①㎏", "ｶﾞ한글ไทย", "a'", "'金'", "\u0301",
		strings.Repeat("钻石", 60), strings.Repeat("a ", 70), "İstanbul ẞ", "\x00", "·—…", "𠮷野家", "😀'a", "\ufffd", "zuanshi", "zsjz", "zuan shi", "diamnod", "\xed\xa0\xbd",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 500 {
			return
		}
		x := one(t)(searchtest.Small(text, "钻石戒指 Diamond ring"))
		defer x.(search.Leased).Release()
		r := found(x, search.Query{Text: text, Limit: 20})
		if _, err := x.Suggest(t.Context(), text, 5); err != nil {
			t.Error(err)
		}
		var whole strings.Builder
		marked := r.Match.Highlight(text)
		for _, m := range marked {
			whole.WriteString(m.Text)
		}
		if marked != nil && whole.String() != text {
			t.Errorf("the pieces of %q are %q", text, whole.String())
		}
		itself := false
		for _, h := range r.Hits {
			itself = itself || h.ID == "p0"
		}
		if len(r.Match.Words) > 0 && !itself && utf8.ValidString(text) {
			t.Errorf("%q does not find itself by %q", text, r.Match.Words)
		}
	})
}

// Any query is understood in one index: it is answered within its limit, and
// what is said to match does not break.
func FuzzQuery(f *testing.F) {
	for _, s := range []string{"钻石戒指", "18k gold rin", "diamnod", "zuanshi jiezhi", "zsjz", "\xed\xa0\xbd", "\x04\x01ring", "女士手表"} {
		f.Add(s, int64(0), int64(1_000_000), uint8(0), "ring")
	}
	x := one(f)(sampleSnapshot(f))
	orders := []search.Sort{search.Relevance, search.PriceAsc, search.PriceDesc, search.Newest, search.Distance}
	f.Fuzz(func(t *testing.T, typed string, low, high int64, order uint8, category string) {
		q := search.Query{
			Text: typed, PriceMin: &low, PriceMax: &high, Sort: orders[int(order)%len(orders)], Limit: 5,
			Filters: map[search.Facet][]string{"category": {category}}, Facets: []search.Facet{"category"},
		}
		first := found(x, q)
		if len(first.Hits) != min(5, first.Total) || (first.Next != nil) != (first.Total > 5) {
			t.Errorf("%q: %d hits of %d", typed, len(first.Hits), first.Total)
		}
		if q.After = first.Next; q.After != nil {
			for _, h := range found(x, q).Hits {
				for _, before := range first.Hits {
					if h.ID == before.ID {
						t.Errorf("%q: %s is on two pages", typed, h.ID)
					}
				}
			}
		}
		first.Match.Highlight(typed)
	})
}
