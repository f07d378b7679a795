package searchdynamo_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"jewelrydisplay.app/shared/awstest"
	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/keys"
	"jewelrydisplay.app/shared/search"
	"jewelrydisplay.app/shared/search/searchdynamo"
)

func calls(db *dynamo.DB) string {
	var all []string
	for _, c := range db.TakeCalls() {
		all = append(all, c.Action)
	}
	return strings.Join(all, " ")
}

// The words of a query are in the table only once so many searches had them
// that they tell of nobody; until then a keyed hash is.
//
// Clauses: C05, C31, C64.
func TestAQueryIsWrittenOnlyWhenManySearchesHadIt(t *testing.T) {
	cloud, clk := awstest.Start(t), clock.At(time.Date(2026, 11, 10, 9, 0, 0, 0, time.UTC))
	db := dynamo.New(cloud.Config, cloud.Tables, clk)
	misses := searchdynamo.NewMisses(db, keys.Fixed(strings.Repeat("k", 64)), clk)
	count := func(query, want string) {
		t.Helper()
		if err := misses.Count(t.Context(), query); err != nil {
			t.Fatal(err)
		}
		if got := calls(db); got != want {
			t.Errorf("counting made the calls %q, want %q", got, want)
		}
	}
	stored := func() (text string) {
		t.Helper()
		err := db.Scan(t.Context(), "Catalog", func(raw dynamo.Raw) error {
			text += fmt.Sprintf("%s|%s ", raw.Text("pk"), raw.Text("text"))
			if _, expires := raw.ExpiresAt(); !expires {
				t.Error("a count never expires")
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		db.TakeCalls()
		return text
	}
	count("水滴形沙弗莱", "UpdateItem PutItem")
	count("李小姐", "UpdateItem PutItem")
	for range search.MissesShown - 2 {
		count("水滴形沙弗莱", "UpdateItem")
	}
	if got := stored(); got != "MISSES#2026-11| MISSES#2026-11| " {
		t.Errorf("before enough had it the table holds %q", got)
	}
	count("水滴形沙弗莱", "UpdateItem UpdateItem")
	count("水滴形沙弗莱", "UpdateItem")
	if got := stored(); strings.Count(got, "水滴形沙弗莱") != 1 || strings.Contains(got, "李") {
		t.Errorf("the table holds %q", got)
	}
	shown, others, err := misses.Month(t.Context(), "")
	if err != nil || fmt.Sprint(shown) != "[{水滴形沙弗莱 21}]" || others != 1 {
		t.Errorf("the operator reads %v and %d others, %v", shown, others, err)
	}
	db.TakeCalls()
	clk.Advance(21 * 24 * time.Hour)
	count("水滴形沙弗莱", "UpdateItem PutItem") // December begins anew
	clk.Advance(9 * 24 * time.Hour)
	if shown, others, err = misses.Month(t.Context(), "2026-11"); err != nil || len(shown) != 0 || others != 0 {
		t.Errorf("30 days later: %v and %d others, %v", shown, others, err)
	}
}

// A count whose 30 days ran out begins anew, whether or not its row was removed.
func TestAnExpiredCountIsNotGoneOnWith(t *testing.T) {
	cloud, clk := awstest.Start(t), clock.At(time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC))
	db := dynamo.New(cloud.Config, cloud.Tables, clk)
	misses := searchdynamo.NewMisses(db, keys.Fixed(strings.Repeat("k", 64)), clk)
	for _, at := range []time.Duration{0, 30 * 24 * time.Hour, time.Hour} {
		clk.Advance(at)
		if err := misses.Count(t.Context(), "帕拉伊巴"); err != nil {
			t.Fatal(err)
		}
	}
	if _, others, err := misses.Month(t.Context(), "2026-10"); err != nil || others != 2 {
		t.Errorf("%d counted, %v; want the two after the first one's expiry", others, err)
	}
}

func TestPins(t *testing.T) {
	cloud, clk := awstest.Start(t), clock.At(time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC))
	db := dynamo.New(cloud.Config, cloud.Tables, clk)
	pins := searchdynamo.NewPins(db)
	a, b := catalog.NewProductID("lu", "1"), catalog.NewProductID("lu", "2")
	for range 2 { // again is the same
		if err := pins.Pin(t.Context(), "钻石戒指", []catalog.ProductID{b, a}); err != nil {
			t.Fatal(err)
		}
	}
	if err := pins.Pin(t.Context(), "mother's day", []catalog.ProductID{a}); err != nil {
		t.Fatal(err)
	}
	all, err := pins.Pins(t.Context())
	if err != nil || len(all) != 2 || fmt.Sprint(all.Of("钻石戒指")) != fmt.Sprint([]catalog.ProductID{b, a}) || len(all.Of("Mother's  Day")) != 1 {
		t.Errorf("pinned %v, %v", all, err)
	}
	for range 2 {
		if err := pins.Pin(t.Context(), "钻石戒指", nil); err != nil {
			t.Fatal(err)
		}
	}
	if all, err = pins.Pins(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("after taking one off: %v, %v", all, err)
	}
}
