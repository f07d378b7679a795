package catalogdynamo_test

import (
	"fmt"
	"strings"
	"testing"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/catalog/catalogfeed"
	"jewelrydisplay.app/shared/catalog/catalogtest"
	"jewelrydisplay.app/shared/catalog/sample"
	"jewelrydisplay.app/shared/dynamo"
)

// tally counts calls by action.
func tally(calls []dynamo.Call) string {
	counts := map[string]int{}
	for _, c := range calls {
		counts[c.Action]++
	}
	return fmt.Sprint(counts)
}

// A feed of 100 rows costs what it changes: the second import reads and writes
// nothing but its own row.
func TestAnImportCostsWhatItChanges(t *testing.T) {
	store, db, clk := start(t)
	feed, objects := sample.Feeds()[0], catalogtest.NewObjects()
	importer := &catalog.Importer{
		Products: store, Merchants: store, Imports: store, Objects: objects, Feeds: catalogfeed.Feeds{}, Clock: clk, Random: strings.NewReader(""),
	}
	bring := func(id string, body []byte, want string) {
		t.Helper()
		objects.Put(feed.Key, body)
		db.TakeCalls()
		state, err := importer.Start(t.Context(), catalog.ImportRequest{
			ImportID: id, Merchant: feed.Merchant, Format: "jsonl", Source: catalog.ObjectPlace{Key: feed.Key},
			Mapping: feed.Mapping, FullFeed: true,
		})
		if err != nil || state.State != catalog.Completed {
			t.Fatalf("%+v, %v", state, err)
		}
		if got := tally(db.TakeCalls()); got != want {
			t.Errorf("import %s: calls %s, want %s", id, got, want)
		}
	}
	// 100 products, the merchant, three notes of change, the import's row twice.
	bring("first", feed.Body, "map[BatchGetItem:2 GetItem:2 PutItem:106 Query:2]")
	bring("again", feed.Body, "map[BatchGetItem:2 GetItem:2 PutItem:2 Query:2]")
	rows := strings.SplitAfter(string(feed.Body), "\n")
	bring("fewer", []byte(strings.Join(rows[10:], "")), "map[BatchGetItem:2 GetItem:2 PutItem:3 Query:2 UpdateItem:10]")
}
