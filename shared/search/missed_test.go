package search_test

import (
	"strings"
	"testing"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/search"
)

// What may name or reach a person is not even counted.
//
// Clauses: C31, C65.
func TestWhatMayNameAPersonIsNotCounted(t *testing.T) {
	for query, want := range map[string]string{
		"水滴形沙弗莱":                 "水滴形沙弗莱",
		" Tsavorite  DROP ":      "tsavorite drop",
		"ＰＴ９５０ 戒":                "pt950 戒",
		"一克拉 D色":                 "一克拉 d色",
		"13800138000":            "",
		"张三13800138000":          "",
		"张三 138-0013-8000":       "",
		"１３８００１３８０００ 王":          "",
		"一三八零零一三八零零零 电话":         "",
		"٠١٢٣٤٥٦ phone":          "",
		"li@example.com":         "",
		"li＠example.com":         "",
		"https://a.b/c":          "",
		"？！":                     "",
		"戒":                      "",
		strings.Repeat("戒指", 17): "",
	} {
		got, ok := search.Countable(query)
		if ok != (want != "") || ok && got != want {
			t.Errorf("%s: %q, %t; want %q", query, got, ok, want)
		}
	}
}

func TestWhatCanBePinned(t *testing.T) {
	id := catalog.NewProductID("lu", "1")
	if got, err := search.PinOf(" 钻石  Ring", nil); err != nil || got != "钻石 ring" {
		t.Errorf("%q, %v", got, err)
	}
	for name, err := range map[string]error{
		"no query": second(search.PinOf(" ", nil)), "a long query": second(search.PinOf(strings.Repeat("戒", 70), nil)),
		"the same twice": second(search.PinOf("a", append(ids(id), id))), "no id": second(search.PinOf("a", ids("/"))),
		"too many": second(search.PinOf("a", ids("1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"))),
	} {
		if err == nil {
			t.Errorf("%s can be pinned", name)
		}
	}
}

func second(_ string, err error) error { return err }

func ids(all ...catalog.ProductID) []catalog.ProductID { return all }
