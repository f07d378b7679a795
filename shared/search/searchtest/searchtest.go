// Package searchtest holds the contract of search.Searcher: what every
// implementation must find, count and order, compared with the plainest way to
// do it.
package searchtest

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"
	"testing"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/search"
)

// Build makes a searcher of a snapshot.
type Build func(search.Snapshot) search.Searcher

// Contract runs the contract on the sample catalogue.
func Contract(t *testing.T, sample search.Snapshot, build Build) {
	s := build(sample)
	t.Run("FiltersAndFacetsAreExact", func(t *testing.T) { facets(t, sample, s) })
	t.Run("EverySortIsOrderedAndPagesOnce", func(t *testing.T) { paging(t, sample, s) })
	t.Run("NearIsExact", func(t *testing.T) { near(t, sample, s) })
	t.Run("WordsFindWhatHasThem", func(t *testing.T) { words(t, sample, s) })
	t.Run("SpellingsFindTheSame", func(t *testing.T) { spellings(t, build) })
	t.Run("PartialMatchesComeBehind", func(t *testing.T) { partial(t, build) })
	t.Run("NonsenseFindsNothing", func(t *testing.T) { nonsense(t, s) })
	t.Run("SuggestionsFindSomething", func(t *testing.T) { suggestions(t, s) })
	t.Run("RelatedIsAlike", func(t *testing.T) { related(t, sample, s) })
	t.Run("BadInputIsAnswered", func(t *testing.T) { badInput(t, sample, s) })
	t.Run("NearHoldsAtTheCorners", func(t *testing.T) { corners(t, build) })
	t.Run("PinnedComeFirst", func(t *testing.T) { pinned(t, build) })
	t.Run("TastesMoveForward", func(t *testing.T) { tastes(t, build) })
	t.Run("PinyinIsRead", func(t *testing.T) { sounds(t, build) })
}

// Small returns a snapshot of one merchant's products with the given titles;
// ids are p0, p1 and so on.
func Small(titles ...string) search.Snapshot {
	s := search.Snapshot{Merchants: []catalog.Merchant{{ID: "m", Name: catalog.Texts{ZH: "店", EN: "Shop"}}}}
	for i, title := range titles {
		s.Documents = append(s.Documents, search.Document{
			ID: catalog.ProductID(fmt.Sprintf("p%d", i)), Merchant: "m",
			Title: catalog.Texts{ZH: title, EN: title}, Available: true, Created: int64(i),
		})
	}
	return s
}

// find, merchants, suggest and alike ask a searcher that does not fail.
func find(s search.Searcher, q search.Query) search.Result {
	var r search.Result
	must(s.Search(context.Background(), q, &r))
	return r
}

func merchants(s search.Searcher, near *catalog.Location, radiusKM int) []catalog.Merchant {
	all, err := s.Merchants(context.Background(), near, radiusKM)
	must(err)
	return all
}

func suggest(s search.Searcher, typed string, limit int) []search.Suggestion {
	all, err := s.Suggest(context.Background(), typed, limit)
	must(err)
	return all
}

func alike(s search.Searcher, id catalog.ProductID, limit int) []catalog.ProductID {
	all, err := s.Related(context.Background(), id, limit)
	must(err)
	return all
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func ids(r search.Result) string {
	all := make([]string, len(r.Hits))
	for i, h := range r.Hits {
		all[i] = string(h.ID)
	}
	return strings.Join(all, " ")
}

func values(d search.Document, f search.Facet) []string {
	if f == search.MerchantFacet {
		return []string{string(d.Merchant)}
	}
	return d.Attributes[catalog.Attribute(f)]
}

func meets(d search.Document, filters map[search.Facet][]string, but search.Facet) bool {
	for f, wanted := range filters {
		if f != but && !slices.ContainsFunc(values(d, f), func(v string) bool { return slices.Contains(wanted, v) }) {
			return false
		}
	}
	return true
}

func inRange(d search.Document, from, to *int64) bool {
	if from == nil && to == nil {
		return true
	}
	return d.Price != nil && d.Price.Currency == "CNY" &&
		(from == nil || d.Price.Amount >= *from) && (to == nil || d.Price.Amount <= *to)
}

func facets(t *testing.T, sample search.Snapshot, s search.Searcher) {
	low, high := int64(100_000), int64(900_000)
	for i, q := range []search.Query{
		{},
		{Filters: map[search.Facet][]string{"category": {"ring"}}},
		{Filters: map[search.Facet][]string{"category": {"ring", "necklace"}, "stone": {"diamond"}}},
		{Filters: map[search.Facet][]string{"metal": {"white_gold"}, "fineness": {"750"}, "merchant": {"yunjin", "xiangjiang"}}},
		{Filters: map[search.Facet][]string{"category": {"nothing"}}},
		{Filters: map[search.Facet][]string{"stone": {"pearl"}}, PriceMin: &low, PriceMax: &high},
		{PriceMax: &low},
	} {
		got := find(s, q)
		total := 0
		want := map[search.Facet]map[string]int{}
		for _, d := range sample.Documents {
			if !inRange(d, q.PriceMin, q.PriceMax) {
				continue
			}
			if meets(d, q.Filters, "") {
				total++
			}
			for _, f := range search.Facets {
				if want[f] == nil {
					want[f] = map[string]int{}
				}
				if meets(d, q.Filters, f) {
					for _, v := range values(d, f) {
						want[f][v]++
					}
				}
			}
		}
		if got.Total != total || len(got.Hits) != total {
			t.Errorf("query %d: total %d with %d hits, want %d", i, got.Total, len(got.Hits), total)
		}
		for _, f := range search.Facets {
			counted := map[string]int{}
			for _, c := range got.Counts(f) {
				counted[c.Value] = c.Count
				if c.Label.Empty() {
					t.Errorf("query %d: %s %s has no label", i, f, c.Value)
				}
			}
			if fmt.Sprint(counted) != fmt.Sprint(want[f]) {
				t.Errorf("query %d: facet %s\n got %v\nwant %v", i, f, counted, want[f])
			}
		}
	}
}

func paging(t *testing.T, sample search.Snapshot, s search.Searcher) {
	byID := map[catalog.ProductID]search.Document{}
	for _, d := range sample.Documents {
		byID[d.ID] = d
	}
	here := catalog.Location{LatE2: 3123, LonE2: 12147}
	for _, order := range []search.Sort{search.Relevance, search.PriceAsc, search.PriceDesc, search.Newest, search.Distance} {
		q := search.Query{Text: "钻石", Sort: order, Limit: 7, Near: &here}
		var all []search.Hit
		for page := find(s, q); ; page = find(s, q) {
			all = append(all, page.Hits...)
			if q.After = page.Next; q.After == nil || len(all) > len(sample.Documents) {
				break
			}
		}
		seen := map[catalog.ProductID]bool{}
		for i, h := range all {
			if seen[h.ID] {
				t.Fatalf("%s: a product is on two pages", order)
			}
			seen[h.ID] = true
			if i > 0 && !ordered(order, byID[all[i-1].ID], byID[h.ID], all[i-1], h) {
				t.Errorf("%s: hit %d stands before hit %d", order, i-1, i)
			}
		}
		if total := find(s, q).Total; len(all) != total || total < 100 {
			t.Errorf("%s: paged through %d of %d", order, len(all), total)
		}
	}
}

func ordered(order search.Sort, a, b search.Document, ha, hb search.Hit) bool {
	switch order {
	case search.PriceAsc:
		return b.Price == nil || (a.Price != nil && a.Price.Amount <= b.Price.Amount)
	case search.PriceDesc:
		return b.Price == nil || (a.Price != nil && a.Price.Amount >= b.Price.Amount)
	case search.Newest:
		return a.Created >= b.Created
	case search.Distance:
		return hb.DistanceM == search.Unknown || (ha.DistanceM != search.Unknown && ha.DistanceM <= hb.DistanceM)
	default:
		return true
	}
}

// near checks distances known from maps, and that a radius takes in what it
// should.
func near(t *testing.T, sample search.Snapshot, s search.Searcher) {
	shanghai := catalog.Location{LatE2: 3123, LonE2: 12147}
	all := merchants(s, &shanghai, 0)
	if len(all) != len(sample.Merchants) || all[0].ID != "yunjin" {
		t.Errorf("%d merchants, the first %s", len(all), all[0].ID)
	}
	within := map[catalog.MerchantID]bool{}
	for _, m := range merchants(s, &shanghai, 100) {
		within[m.ID] = true
	}
	if !within["lanxin"] || !within["gusu"] || within["jinling"] || within["heming"] {
		t.Errorf("within 100 km of Shanghai: %v", within)
	}
	got := find(s, search.Query{Near: &shanghai, RadiusKM: 100, Sort: search.Distance})
	want := 0
	for _, d := range sample.Documents {
		if within[d.Merchant] {
			want++
		}
	}
	if got.Total != want {
		t.Errorf("%d products within 100 km, want %d", got.Total, want)
	}
	far := find(s, search.Query{Near: &shanghai, Filters: map[search.Facet][]string{"merchant": {"heming"}}, Limit: 1})
	if m := far.Hits[0].DistanceM; m < 1_060_000 || m > 1_075_000 {
		t.Errorf("Shanghai to Beijing is %d metres", m)
	}
}

// words compares with the plainest search: of a word of the vocabulary,
// everything that has it in a title or label is found.
func words(t *testing.T, sample search.Snapshot, s search.Searcher) {
	for _, q := range []struct {
		text      string
		attribute catalog.Attribute
		code      string
	}{
		{"钻石", "stone", "diamond"},
		{"翡翠", "stone", "jadeite"},
		{"莫桑石", "stone", "moissanite"},
		{"吊坠", "category", "pendant"},
		{"ruby", "stone", "ruby"},
		{"Necklaces", "category", "necklace"},
		{"platinum", "metal", "platinum"},
		{"铂金", "metal", "platinum"},
		{"18k", "fineness", "750"},
		{"GIA", "certificate", "gia"},
	} {
		found := map[catalog.ProductID]bool{}
		for _, h := range find(s, search.Query{Text: q.text}).Hits {
			found[h.ID] = true
		}
		for _, d := range sample.Documents {
			if slices.Contains(d.Attributes[q.attribute], q.code) && !found[d.ID] {
				t.Errorf("%s: %s %s is not found", q.text, d.ID, d.Title.ZH)
				break
			}
		}
	}
	for text, stone := range map[string]string{"钻石戒指": "diamond", "培育钻石戒指": "lab_diamond"} {
		q := search.Query{Text: text, Limit: 10}
		for i, h := range find(s, q).Hits {
			at := slices.IndexFunc(sample.Documents, func(d search.Document) bool { return d.ID == h.ID })
			if got := sample.Documents[at].Attributes["stone"]; fmt.Sprint(got) != "["+stone+"]" {
				t.Errorf("%s: hit %d has %v", text, i, got)
			}
		}
	}
	for _, h := range find(s, search.Query{Text: "diamond ring"}).Hits {
		at := slices.IndexFunc(sample.Documents, func(d search.Document) bool { return d.ID == h.ID })
		if d := sample.Documents[at]; !slices.Contains(d.Attributes["category"], "ring") || !strings.Contains(d.Title.EN, "Diamond") {
			t.Errorf("diamond ring finds %s", d.Title.EN)
			break
		}
	}
	white := find(s, search.Query{Text: "白金"})
	if plat := find(s, search.Query{Text: "铂金"}); plat.Total == 0 || white.Total == 0 || ids(plat) == ids(white) {
		t.Error("platinum and white gold are not kept apart")
	}
}

func spellings(t *testing.T, build Build) {
	s := build(Small("18K金钻石戒指 Diamond Ring", "淡水珍珠项链 Pearl Necklace", "Pavé Ruby Brooch Art Déco", "和田玉手镯 Bangle Turquoise", "Turquoaxe"))
	for text, want := range map[string]string{
		"18K金": "p0", "１８Ｋ金": "p0", "18k": "p0", "DIAMOND": "p0", "diamonds": "p0", "daimond": "p0", "dimond": "p0", "diamnod ring": "p0",
		"diam": "p0", "ring dia": "p0", "颈链": "p1", "neckalce": "p1", "pave": "p2", "deco": "p2", "turquoize": "p3", "PAVÉ": "p2", "brooches": "p2", "rubies": "p2",
		"钻石": "p0", "戒指钻石": "p0", "钻戒": "p0", "镯子": "p3", "珍珠 necklace": "p1",
	} {
		if got := ids(find(s, search.Query{Text: text})); got != want {
			t.Errorf("%s finds %q, want %s", text, got, want)
		}
	}
	if r := find(s, search.Query{Text: "daimond ring"}); r.DidYouMean != "diamond ring" {
		t.Errorf("did you mean %q", r.DidYouMean)
	}
	if r := find(s, search.Query{Text: "diamond"}); r.DidYouMean != "" {
		t.Errorf("did you mean %q for a known word", r.DidYouMean)
	}
	if got := ids(find(s, search.Query{Text: "14k"})); got != "" {
		t.Errorf("14k finds %q: a number was guessed at", got)
	}
}

func partial(t *testing.T, build Build) {
	s := build(Small("钻石戒指", "钻石女士戒指", "女士手表", "红宝石吊坠"))
	if got := ids(find(s, search.Query{Text: "钻石女士戒指"})); got != "p1 p0" {
		t.Errorf("found %q", got)
	}
	for _, half := range []string{"钻石吊坠", "蓝宝石"} {
		if got := ids(find(s, search.Query{Text: half})); got != "" {
			t.Errorf("%s found %q", half, got)
		}
	}
}

func nonsense(t *testing.T, s search.Searcher) {
	for _, text := range []string{"zzzzqqqq", "！？", "💍", "\u202e\u200f", "7777777"} {
		if r := find(s, search.Query{Text: text}); r.Total != 0 || r.Next != nil {
			t.Errorf("%q finds %d", text, r.Total)
		}
	}
	if r := find(s, search.Query{Text: "  "}); r.Total == 0 {
		t.Error("no query finds nothing")
	}
}

func suggestions(t *testing.T, s search.Searcher) {
	for typed, want := range map[string]string{"钻": "钻石", "dia": "Diamond", "戒": "戒指", "ＰＥＡ": "Pearl", "pl": "Platinum", "yun": "Yunjin Jewelry"} {
		all := suggest(s, typed, 5)
		if len(all) == 0 || all[0].Text != want || len(all) > 5 {
			t.Errorf("%s suggests %v, want %s first", typed, all, want)
		}
		for _, suggestion := range all {
			if find(s, search.Query{Text: suggestion.Text}).Total == 0 {
				t.Errorf("%s suggests %s, which finds nothing", typed, suggestion.Text)
			}
		}
	}
	if got := suggest(s, "zzz", 5); len(got) != 0 {
		t.Errorf("nonsense suggests %v", got)
	}
}

func related(t *testing.T, sample search.Snapshot, s search.Searcher) {
	given := sample.Documents[0]
	all := alike(s, given.ID, 10)
	if len(all) != 10 || slices.Contains(all, given.ID) {
		t.Fatalf("%d related", len(all))
	}
	at := sort.Search(len(sample.Documents), func(i int) bool { return sample.Documents[i].ID >= all[0] })
	if nearest := sample.Documents[at]; fmt.Sprint(nearest.Attributes["category"]) != fmt.Sprint(given.Attributes["category"]) {
		t.Errorf("the most alike of %v is %v", given.Attributes, nearest.Attributes)
	}
	if got := alike(s, "unknown", 10); len(got) != 0 {
		t.Errorf("an unknown product has %v", got)
	}
}
