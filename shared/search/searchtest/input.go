package searchtest

import (
	"fmt"
	"strings"
	"testing"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/search"
)

// badInput asks what nobody should: it is answered, mostly with nothing.
func badInput(t *testing.T, sample search.Snapshot, s search.Searcher) {
	for _, text := range []string{
		strings.Repeat("a", 10_000), strings.Repeat("钻", 10_000), strings.Repeat("ring ", 2_000), strings.Repeat("zuanshi", 1_500),
		"!?…·，。", strings.Repeat("\u0301", 10_000), "\xed\xa0\xbd", "ring \xed\xb8\x80", "\xff\xfe", "(a+)+$" + strings.Repeat("a", 5_000),
		"[[[[", ".*.*.*.*x", "\x00\x01", "' OR 1=1 --", strings.Repeat("aaaaaaaa ", 500), "\x01zuan shi", "\x04\x01ring", "İ", "ﷺ",
	} {
		r := find(s, search.Query{Text: text, Limit: 20})
		if len(r.Hits) > 20 || r.Total < len(r.Hits) {
			t.Errorf("%.20q: %d hits of %d", text, len(r.Hits), r.Total)
		}
		r.Match.Highlight(text)
		suggest(s, text, 5)
	}
	low, high, below := int64(900_000), int64(100), int64(-5)
	for name, q := range map[string]search.Query{
		"inverted prices":   {PriceMin: &low, PriceMax: &high},
		"a negative price":  {PriceMax: &below},
		"an unknown value":  {Filters: map[search.Facet][]string{"stone": {"kryptonite"}}},
		"an unknown facet":  {Filters: map[search.Facet][]string{"weight": {"1"}}},
		"marks and nothing": {Text: "\u0301\u0301"},
	} {
		if r := find(s, q); r.Total != 0 || len(r.Hits) != 0 || r.Next != nil {
			t.Errorf("%s: found %d", name, r.Total)
		}
	}
	if r := find(s, search.Query{PriceMin: &below, Sort: "by colour", Limit: 1}); r.Total == 0 {
		t.Error("a range that everything lies in holds nothing, or an unknown order")
	}
	if r := find(s, search.Query{Facets: []search.Facet{"stone", "weight"}}); len(r.Facets) != 2 || len(r.Counts("stone")) == 0 || len(r.Counts("weight")) != 0 {
		t.Errorf("asked for two facets, one unknown: %d", len(r.Facets))
	}
	for _, near := range []catalog.Location{{LatE2: 9000}, {LatE2: -9000, LonE2: 18000}, {LatE2: 0, LonE2: -18000}} {
		q := search.Query{Near: &near, Sort: search.Distance}
		if r := find(s, q); r.Total != len(sample.Documents) {
			t.Errorf("near %v without a radius: %d", near, r.Total)
		}
	}
}

// corners checks nearness across the antimeridian and over a pole.
func corners(t *testing.T, build Build) {
	small := Small("ring", "ring", "ring")
	places := []catalog.Location{{LatE2: 0, LonE2: 17999}, {LatE2: 8990, LonE2: 0}, {LatE2: 0, LonE2: 0}}
	small.Merchants = nil
	for i, at := range places {
		id := catalog.MerchantID(fmt.Sprintf("m%d", i))
		small.Merchants = append(small.Merchants, catalog.Merchant{ID: id, Location: &at})
		small.Documents[i].Merchant = id
	}
	s := build(small)
	for _, c := range []struct {
		near   catalog.Location
		radius int
		want   string
	}{
		{catalog.Location{LatE2: 0, LonE2: -17999}, 5, "p0"},
		{catalog.Location{LatE2: 8990, LonE2: 18000}, 30, "p1"},
		{catalog.Location{LatE2: 9000, LonE2: 12345}, 12, "p1"},
		{catalog.Location{LatE2: 0, LonE2: 1}, 0, "p2 p1 p0"},
		{catalog.Location{LatE2: 0, LonE2: 1}, 20_037, "p2 p1 p0"},
	} {
		for _, text := range []string{"", "ring"} {
			if got := ids(find(s, search.Query{Text: text, Near: &c.near, RadiusKM: c.radius, Sort: search.Distance})); got != c.want {
				t.Errorf("within %d km of %v: %q, want %q", c.radius, c.near, got, c.want)
			}
		}
	}
}

// pinned checks that what is pinned comes first, once, and only if it meets
// the filters.
func pinned(t *testing.T, build Build) {
	small := Small("钻石戒指", "钻石戒指 b", "珍珠项链", "钻石吊坠")
	for i := range small.Documents {
		small.Documents[i].Attributes = catalog.Attributes{catalog.Style: {map[bool]string{true: "modern", false: "classic"}[i < 3]}}
	}
	s := build(small)
	pins := []catalog.ProductID{"p2", "p0", "unknown", "p2", "p3"}
	modern := map[search.Facet][]string{"style": {"modern"}}
	q := search.Query{Text: "钻石戒指", Pinned: pins, Filters: modern, Limit: 1}
	var order []string
	for {
		r := find(s, q)
		order = append(order, ids(r))
		if r.Total != 3 || len(r.Counts("style")) != 2 || r.Counts("style")[0].Count != 3 {
			t.Errorf("page %d: %d found, %v", len(order), r.Total, r.Counts("style"))
		}
		if q.After = r.Next; q.After == nil || len(order) > 5 {
			break
		}
	}
	if got := strings.Join(order, " "); got != "p2 p0 p1" {
		t.Errorf("paged through %q", got)
	}
	if got := ids(find(s, search.Query{Text: "钻石戒指", Pinned: pins, Sort: search.Newest})); got != "p1 p0" {
		t.Errorf("by age: %q", got)
	}
}

// tastes checks that liking moves forward, and never before what matches more.
func tastes(t *testing.T, build Build) {
	small := Small("钻石戒指", "钻石戒指", "钻石女士戒指")
	small.Documents[0].Attributes = catalog.Attributes{catalog.Style: {"vintage"}}
	s := build(small)
	liked := []search.Taste{{Facet: "style", Value: "vintage", Weight: 1}, {Facet: "style", Value: "unknown", Weight: 9}, {Facet: "none", Value: "x", Weight: 1}}
	if got := ids(find(s, search.Query{Text: "钻石戒指"})); !strings.HasPrefix(got, "p1 p0") {
		t.Errorf("without tastes: %q", got)
	}
	if got := ids(find(s, search.Query{Text: "钻石戒指", Tastes: liked})); !strings.HasPrefix(got, "p0 p1") {
		t.Errorf("who likes vintage finds %q", got)
	}
	if got := ids(find(s, search.Query{Text: "钻石女士戒指", Tastes: liked})); !strings.HasPrefix(got, "p2") {
		t.Errorf("what is liked came before what matches more: %q", got)
	}
	r := find(s, search.Query{Text: "钻石女士戒指"})
	if !r.Hits[0].Whole || r.Hits[1].Whole {
		t.Errorf("whole are %v", r.Hits)
	}
}

// sounds checks pinyin, whole and begun, and initials, with what they mark.
func sounds(t *testing.T, build Build) {
	s := build(Small("18K金钻石戒指", "红宝石吊坠", "绿松石手链", "Diamond ring"))
	for typed, want := range map[string]string{
		"zuanshi": "p0 钻石", "zuan shi": "p0 钻石", "zuanshijiezhi": "p0 钻石戒指", "zuansh": "p0 钻石", "ZuanShi": "p0 钻石",
		"zsjz": "p0 钻石戒指", "hbs": "p1 红宝石", "hongbaoshi": "p1 红宝石", "lvsongshi": "p2 绿松石", "sl": "p2 手链",
	} {
		r := find(s, search.Query{Text: typed})
		marked := ""
		for _, title := range []string{"18K金钻石戒指", "红宝石吊坠", "绿松石手链"} {
			for _, m := range r.Match.Highlight(title) {
				if m.Hit {
					marked += m.Text
				}
			}
		}
		if got := ids(r) + " " + marked; !strings.HasPrefix(want, ids(r)) || r.Total != 1 || (got != want && typed != "zuan shi") {
			t.Errorf("%s finds %q, want %q", typed, got, want)
		}
	}
}
