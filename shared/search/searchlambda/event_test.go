package searchlambda_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/search"
	"jewelrydisplay.app/shared/search/searchlambda"
)

// world notes what the function does.
type world struct {
	did     []string
	changes search.Changes
	pinned  search.Pins
}

func (w *world) done(what string) (search.Published, error) {
	w.did = append(w.did, what)
	return search.Published{Version: 3, Products: 2, Changed: true}, nil
}

func (w *world) Apply(_ context.Context, c search.Changes) (search.Published, error) {
	w.changes = c
	return w.done(fmt.Sprint("apply ", c.Products, c.Merchants))
}
func (w *world) Refresh(context.Context) (search.Published, error) { return w.done("refresh") }
func (w *world) Rebuild(context.Context) (search.Published, error) { return w.done("rebuild") }

func (w *world) Repin(ctx context.Context, pins func(context.Context) (search.Pins, error)) (search.Published, error) {
	all, err := pins(ctx)
	if err != nil {
		return search.Published{}, err
	}
	return w.done(fmt.Sprint("repin ", all))
}

func (w *world) Pins(context.Context) (search.Pins, error) { return w.pinned, nil }

func (w *world) Pin(_ context.Context, query string, products []catalog.ProductID) error {
	w.pinned = search.Pins{query: products}
	return nil
}

func (w *world) Month(_ context.Context, of string) ([]search.Missed, int, error) {
	if of == "2026-10" {
		return nil, 0, nil
	}
	return []search.Missed{{Query: "沙弗莱", Count: 30}}, 7, nil
}

func stream(pks ...string) string {
	records := make([]string, len(pks))
	for i, pk := range pks {
		records[i] = `{"eventName":"MODIFY","dynamodb":{"Keys":{"pk":{"S":"` + pk + `"},"sk":{"S":"P"}},"SequenceNumber":"1"}}`
	}
	return `{"Records":[` + strings.Join(records, ",") + `]}`
}

func TestWhatWakesTheFunction(t *testing.T) {
	const published, batch = `{"version":3,"products":2,"changed":true}`, `{"batchItemFailures":[]}`
	id := catalog.NewProductID("lu", "1")
	for payload, want := range map[string][2]string{
		`{}`:                   {"[rebuild]", published},
		`{"action":"rebuild"}`: {"[rebuild]", published},
		`{"action":"refresh"}`: {"[refresh]", published},
		stream("P#1", "P#2"):   {"[apply [1 2] []]", batch},
		stream("I#1", "M#1"):   {"[apply [] [1]]", batch},
		stream("EDITION", "I#2", "MISSES#2026-11", "PINS"): {"[]", batch},
		`{"Records":[{}]}`: {"[]", batch},
		`{"action":"pin","query":" 钻石  Ring","products":["` + string(id) + `"]}`: {"[repin map[钻石 ring:[" + string(id) + "]]]", published},
		`{"action":"pins"}`:                     {"[]", `{"a":["b"]}`},
		`{"action":"misses"}`:                   {"[]", `{"items":[{"query":"沙弗莱","count":30}],"others":7}`},
		`{"action":"misses","month":"2026-10"}`: {"[]", `{"items":[],"others":0}`},
	} {
		w := world{pinned: search.Pins{"a": {"b"}}}
		got, err := searchlambda.Handler(&w, &w, &w)(t.Context(), []byte(payload))
		said, _ := json.Marshal(got)
		if err != nil || fmt.Sprint(w.did) != want[0] || string(said) != want[1] {
			t.Errorf("%s: %v %s, %v", payload, w.did, said, err)
		}
	}
	for _, payload := range []string{
		`{"action":"erase"}`, `[]`, `x`, `{"action":"pin"}`, `{"action":"pin","query":"a","products":["x"]}`, `{"action":"misses","month":"11"}`,
	} {
		var w world
		if _, err := searchlambda.Handler(&w, &w, &w)(t.Context(), []byte(payload)); err == nil || len(w.did) > 0 {
			t.Errorf("%s: %v, %v", payload, w.did, err)
		} else if !fault.Is(err, fault.InvalidRequest) && !fault.Is(err, fault.MalformedRequest) {
			t.Errorf("%s: %v", payload, err)
		}
	}
}

// What a batch tells is in the edition up to the end of the second of its last
// record.
func TestABatchTellsUntilWhen(t *testing.T) {
	var w world
	batch := `{"Records":[{"dynamodb":{"ApproximateCreationDateTime":1795508130,"Keys":{"pk":{"S":"P#1"}}}},
		{"dynamodb":{"ApproximateCreationDateTime":1795508129,"Keys":{"pk":{"S":"P#2"}}}}]}`
	if _, err := searchlambda.Handler(&w, &w, &w)(t.Context(), []byte(batch)); err != nil || w.changes.AsOf.Unix() != 1795508131 {
		t.Errorf("as of %d, %v", w.changes.AsOf.Unix(), err)
	}
}

func TestTheEventsOfTheRepositoryAreUnderstood(t *testing.T) {
	for name, want := range map[string]string{"changes": "[apply", "refresh": "[refresh]", "pin": "[repin", "misses": "[]"} {
		payload, err := os.ReadFile("../../../events/catalog-index/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var w world
		if _, err := searchlambda.Handler(&w, &w, &w)(t.Context(), payload); err != nil || !strings.HasPrefix(fmt.Sprint(w.did), want) {
			t.Errorf("%s: %v, %v", name, w.did, err)
		}
	}
}
