package catalog_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/catalog/catalogfeed"
	"jewelrydisplay.app/shared/catalog/catalogtest"
	"jewelrydisplay.app/shared/clock"
)

// bench is an importer on stores in memory.
type bench struct {
	refusing error // GoOn fails with it
	*catalog.Importer
	store   *catalogtest.Memory
	objects *catalogtest.Objects
	onward  []catalog.ImportRequest
	clock   *clock.Manual
}

func (b *bench) GoOn(_ context.Context, r catalog.ImportRequest) error {
	if b.refusing == nil {
		b.onward = append(b.onward, r)
	}
	return b.refusing
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{
		store: catalogtest.NewMemory(), objects: catalogtest.NewObjects(),
		clock: clock.At(time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)),
	}
	b.Importer = &catalog.Importer{
		Products: b.store, Merchants: b.store, Imports: b.store, Objects: b.objects, Feeds: catalogfeed.Feeds{}, Onward: b,
		Clock: b.clock, Random: strings.NewReader(strings.Repeat("entropy", 100)), Bucket: "Imports",
	}
	return b
}

func request(id string) catalog.ImportRequest {
	return catalog.ImportRequest{
		ImportID: id, Merchant: catalog.MerchantInput{ID: "lu", Name: catalog.Texts{ZH: "璐珠宝"}},
		Format: "jsonl", Source: catalog.ObjectPlace{Key: "feed.jsonl"},
	}
}

func (b *bench) importing(t *testing.T, r catalog.ImportRequest, feed string) catalog.Import {
	t.Helper()
	if feed != "" {
		b.objects.Put("feed.jsonl", []byte(feed))
	}
	state, err := b.Start(t.Context(), r)
	if err != nil {
		t.Fatalf("import %s: %v", r.ImportID, err)
	}
	return state
}

func counts(i catalog.Import) string {
	return fmt.Sprintf("%s rows %d: %d created, %d updated, %d unchanged, %d retired, %d rejected",
		i.State, i.Rows, i.Created, i.Updated, i.Unchanged, i.Retired, i.Rejected)
}

func wantCounts(t *testing.T, i catalog.Import, want string) {
	t.Helper()
	if got := counts(i); got != want {
		t.Errorf("import %s\n got %s\nwant %s\nrejections %v", i.ID, got, want, i.Rejections)
	}
}

const threeRings = `{"key":"1","title":"18K金钻石戒指","price":"12999.00","metal":"18K金","stone":"钻石","category":"戒指","stock":3}
{"key":"2","title":"Pearl necklace","price":880.5,"category":"necklaces"}
{"key":"3","title":{"zh":"翡翠手镯","en":"Jadeite bangle"}}
`

func TestImportingTwiceWritesNothingTheSecondTime(t *testing.T) {
	b := newBench(t)
	wantCounts(t, b.importing(t, request("a"), threeRings), "completed rows 3: 3 created, 0 updated, 0 unchanged, 0 retired, 0 rejected")
	writes, changed := b.store.Writes, b.store.Changed
	b.clock.Advance(time.Hour)
	wantCounts(t, b.importing(t, request("b"), threeRings), "completed rows 3: 0 created, 0 updated, 3 unchanged, 0 retired, 0 rejected")
	if b.store.Writes != writes || !b.store.Changed.Equal(changed) {
		t.Error("the second import wrote")
	}
}

func TestImportReadsWhatTheRowsSay(t *testing.T) {
	b := newBench(t)
	b.importing(t, request("a"), threeRings)
	p, ok := b.store.Product(catalog.NewProductID("lu", "1"))
	if !ok || p.Title.ZH != "18K金钻石戒指" || *p.Price != (catalog.Money{Amount: 1299900, Currency: "CNY"}) || *p.Stock != 3 {
		t.Errorf("product 1 is %+v", p)
	}
	for a, want := range map[catalog.Attribute]string{"category": "ring", "metal": "gold", "fineness": "750", "stone": "diamond"} {
		if got := strings.Join(p.Attributes[a], " "); got != want {
			t.Errorf("%s is %q, want %q", a, got, want)
		}
	}
	necklace, _ := b.store.Product(catalog.NewProductID("lu", "2"))
	if necklace.Title.EN != "Pearl necklace" || necklace.Price.Amount != 88050 || necklace.Attributes["category"][0] != "necklace" {
		t.Errorf("product 2 is %+v", necklace)
	}
	bangle, _ := b.store.Product(catalog.NewProductID("lu", "3"))
	if bangle.Price != nil || bangle.Title.EN != "Jadeite bangle" || !bangle.Available() {
		t.Errorf("product 3 is %+v", bangle)
	}
}

func TestAChangedRowIsUpdatedAndKeepsItsFirstDay(t *testing.T) {
	b := newBench(t)
	first := b.clock.Now()
	b.importing(t, request("a"), threeRings)
	b.clock.Advance(time.Hour)
	state := b.importing(t, request("b"), strings.Replace(threeRings, "12999.00", "9999", 1))
	wantCounts(t, state, "completed rows 3: 0 created, 1 updated, 2 unchanged, 0 retired, 0 rejected")
	p, _ := b.store.Product(catalog.NewProductID("lu", "1"))
	if p.Price.Amount != 999900 || !p.CreatedAt.Equal(first) || !p.UpdatedAt.Equal(b.clock.Now()) {
		t.Errorf("product is %+v", p)
	}
}

func TestBrokenRowsAreReportedAndTheOthersArrive(t *testing.T) {
	long := strings.Repeat("x", 300<<10)
	rows := []struct{ row, field, reason string }{
		{`{"key":"1","title":"好"}`, "", ""},
		{`{"key":"2","title":`, "row", "is not a JSON object"},
		{`[1,2]`, "row", "is not a JSON object"},
		{`{"key":"2","title":"x"} {}`, "row", "holds more than one JSON object"},
		{"{\"key\":\"2\",\"title\":\"\xff\"}", "row", "is not UTF-8"},
		{`{"key":"2","title":"` + long + `"}`, "row", "is longer than 256 kB"},
		{`{"title":"no key"}`, "key", "is missing"},
		{`{"key":{},"title":"x"}`, "key", "must be a text"},
		{`{"key":"2"}`, "title", "is missing"},
		{`{"key":"2","title":"  "}`, "title", "is missing"},
		{`{"key":"2","title":"★☆"}`, "title", "has no letter"},
		{`{"key":"2","title":"a\u0000b"}`, "title", "holds control characters"},
		{`{"key":"2","title":"` + strings.Repeat("长", 301) + `"}`, "title", "is too long"},
		{`{"key":"2","title":["x"]}`, "title", "must be a text"},
		{`{"key":"2","title":"x","price":"12,99,9"}`, "price", "is not a decimal number such as 12999.00"},
		{`{"key":"2","title":"x","price":1e3}`, "price", "is not a decimal number such as 12999.00"},
		{`{"key":"2","title":"x","price":-1}`, "price", "is below zero"},
		{`{"key":"2","title":"x","price":0}`, "price", "is zero: leave the price out when it is on request"},
		{`{"key":"2","title":"x","price":"1.005"}`, "price", "has more digits after the point than the currency"},
		{`{"key":"2","title":"x","price":"1.5","currency":"JPY"}`, "price", "has more digits after the point than the currency"},
		{`{"key":"2","title":"x","price":"1","currency":"XXX"}`, "currency", "is not a known ISO 4217 currency"},
		{`{"key":"2","title":"x","price":true}`, "price", "must be a text"},
		{`{"key":"2","title":"x","price":"1000000000000000"}`, "price", "is too large"},
		{`{"key":"2","title":"x","stock":1.5}`, "stock", "is not a whole number from 0"},
		{`{"key":"2","title":"x","stock":"many"}`, "stock", "is not a whole number from 0"},
		{`{"key":"2","title":"x","images":["javascript:alert(1)"]}`, "images", "is not an http or https address"},
		{`{"key":"2","title":"x","variants":{}}`, "variants", "must be an array"},
		{`{"key":"2","title":"x","variants":[{"key":"a"},{"key":"a"}]}`, "variants.key", "is there twice"},
		{`{"key":"2","title":"x","variants":[{"` + strings.Repeat("长", 101) + `":"a"}]}`, "variants", "is too long"},
		{`{"key":"2","title":"x","variants":[{" ":"a"}]}`, "variants", "have a feature without a name"},
		{`{"key":"1","title":"again"}`, "key", "is there twice: the first row with it was taken"},
		{``, "", ""},
		{`{"key":"2","title":"好的"}`, "", ""},
	}
	var feed []string
	var want []catalog.Rejection
	for i, r := range rows {
		feed = append(feed, r.row)
		if r.field != "" {
			want = append(want, catalog.Rejection{Line: i + 1, Field: r.field, Reason: r.reason})
		}
	}
	b := newBench(t)
	state := b.importing(t, request("a"), "\xef\xbb\xbf"+strings.Join(feed, "\r\n"))
	if got, wanted := fmt.Sprint(state.Rejections), fmt.Sprint(want); got != wanted {
		t.Errorf("rejections\n got %s\nwant %s", got, wanted)
	}
	wantCounts(t, state, fmt.Sprintf("completed rows %d: 2 created, 0 updated, 0 unchanged, 0 retired, %d rejected", len(rows)-1, len(want)))
	report := b.objects.Get(state.Report.Key)
	if got := strings.Count(string(report), "\n"); got != len(want) {
		t.Errorf("the report has %d lines, want %d", got, len(want))
	}
}

func TestTheAnswerHoldsAHundredRejectionsAndTheReportAll(t *testing.T) {
	b := newBench(t)
	state := b.importing(t, request("a"), strings.Repeat("broken\n", 250))
	if len(state.Rejections) != 100 || state.Rejected != 250 {
		t.Errorf("%d of %d rejections in the answer", len(state.Rejections), state.Rejected)
	}
	if got := strings.Count(string(b.objects.Get(state.Report.Key)), "\n"); got != 250 {
		t.Errorf("the report has %d lines", got)
	}
}

func TestAFullFeedRetiresWhatItLeavesOut(t *testing.T) {
	b := newBench(t)
	full := func(id string) catalog.ImportRequest {
		r := request(id)
		r.FullFeed = true
		return r
	}
	var feed strings.Builder
	for i := range 7 {
		fmt.Fprintf(&feed, `{"key":"%d","title":"戒指"}`+"\n", i)
	}
	b.importing(t, full("a"), feed.String())
	other := request("b")
	other.Merchant.ID = "other"
	b.importing(t, other, `{"key":"0","title":"戒指"}`)

	state := b.importing(t, full("c"), `{"key":"1","title":"戒指"}`+"\n"+`{"key":"2","title":"戒指","price":"x"}`)
	wantCounts(t, state, "completed rows 2: 0 created, 0 updated, 1 unchanged, 5 retired, 1 rejected")
	if p, _ := b.store.Product(catalog.NewProductID("lu", "2")); p.Retired() {
		t.Error("a product whose row is broken was retired")
	}
	if p, _ := b.store.Product(catalog.NewProductID("other", "0")); p.Retired() {
		t.Error("another merchant's product was retired")
	}
	state = b.importing(t, full("d"), `{"key":"0","title":"戒指"}`)
	wantCounts(t, state, "completed rows 1: 0 created, 1 updated, 0 unchanged, 2 retired, 0 rejected")
	if p, _ := b.store.Product(catalog.NewProductID("lu", "0")); p.Retired() {
		t.Error("a product that came back is still retired")
	}
}

func TestAFeedThatTellsNothingRetiresNothing(t *testing.T) {
	for name, feed := range map[string]string{
		"empty": "\n", "all broken": `{"key":"1"}`, "a row without a key": `{"key":"1","title":"戒指"}` + "\nbroken",
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.importing(t, request("a"), threeRings)
			r := request("b")
			r.FullFeed = true
			state := b.importing(t, r, feed)
			if state.Retired != 0 || len(state.Warnings) != 1 {
				t.Errorf("%s, warnings %v", counts(state), state.Warnings)
			}
		})
	}
}

// A full feed that was cut short does not empty a shop, unless the operator says
// that it may.
func TestAStrangelySmallFullFeedRetiresNothing(t *testing.T) {
	b := newBench(t)
	feed := strings.ReplaceAll(manyRows(50), "broken\n", "")
	rows := strings.SplitAfter(feed, "\n")
	full := func(id string, upTo int) catalog.ImportRequest {
		r := request(id)
		r.FullFeed, r.RetireUpTo = true, upTo
		return r
	}
	b.importing(t, full("a", 0), feed)
	state := b.importing(t, full("b", 0), strings.Join(rows[:20], ""))
	wantCounts(t, state, "completed rows 20: 0 created, 0 updated, 20 unchanged, 0 retired, 0 rejected")
	const warning = "nothing was retired: the full feed leaves out 30 of 50 shown products; retire_up_to says how many percent it may"
	if got := strings.Join(state.Warnings, ""); got != warning {
		t.Errorf("warned %q", got)
	}
	dry := full("c", 0)
	dry.DryRun = true
	if state = b.importing(t, dry, ""); state.Retired != 0 || len(state.Warnings) != 1 {
		t.Errorf("a dry run: %s, %v", counts(state), state.Warnings)
	}
	wantCounts(t, b.importing(t, full("d", 60), ""), "completed rows 20: 0 created, 0 updated, 20 unchanged, 30 retired, 0 rejected")
	wantCounts(t, b.importing(t, full("e", 0), strings.Join(rows[:5], "")), "completed rows 5: 0 created, 0 updated, 5 unchanged, 15 retired, 0 rejected")
}

func TestADryRunCountsAndWritesNoProduct(t *testing.T) {
	b := newBench(t)
	b.importing(t, request("a"), threeRings)
	writes := b.store.Writes
	r := request("b")
	r.DryRun, r.FullFeed, r.Merchant.Name = true, true, catalog.Texts{ZH: "新名"}
	state := b.importing(t, r, `{"key":"1","title":"新"}`+"\n"+`{"key":"9","title":"新"}`)
	wantCounts(t, state, "completed rows 2: 1 created, 1 updated, 0 unchanged, 2 retired, 0 rejected")
	if b.store.Writes != writes {
		t.Error("a dry run wrote")
	}
	if m, _ := b.store.Merchant(t.Context(), "lu"); m.Name.ZH != "璐珠宝" {
		t.Errorf("a dry run renamed the merchant: %s", m.Name.ZH)
	}
}
