package cataloglambda_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/catalog/catalogfeed"
	"jewelrydisplay.app/shared/catalog/cataloglambda"
	"jewelrydisplay.app/shared/catalog/catalogtest"
	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/fault"
)

func TestAnOperatorStartsAndInspects(t *testing.T) {
	store, objects := catalogtest.NewMemory(), catalogtest.NewObjects()
	handle := cataloglambda.Handler(&catalog.Importer{
		Products: store, Merchants: store, Imports: store, Objects: objects, Feeds: catalogfeed.Feeds{}, Bucket: "Imports",
		Clock: clock.At(time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)), Random: strings.NewReader(strings.Repeat("x", 64)),
	})
	objects.Put("feed.jsonl", []byte(`{"key":"1","title":"戒指"}`+"\n"+`{"key":"2"}`))
	want := `{"import_id":"i1","state":"completed","rows":2,"created":1,"updated":0,"unchanged":0,"retired":0,"rejected":1,` +
		`"rejections":[{"line":2,"field":"title","reason":"is missing"}],"report":{"bucket":"Imports","key":"reports/i1.jsonl"}}`
	for _, event := range []string{
		`{"action":"start","import_id":"i1","merchant":{"id":"lu","name":"璐"},"format":"jsonl","source":{"bucket":"Imports","key":"feed.jsonl"},"mapping":{}}`,
		`{"action":"inspect","import_id":"i1"}`,
	} {
		got, err := handle(t.Context(), []byte(event))
		said, _ := json.Marshal(got)
		if err != nil || string(said) != want {
			t.Errorf("%s:\n got %s, %v\nwant %s", event, said, err, want)
		}
	}
	for event, code := range map[string]fault.Code{
		`{"action":"inspect","import_id":"none"}`: fault.NotFound,
		`{"action":"inspect","import_id":"a b"}`:  fault.InvalidRequest,
		`{"action":"erase"}`:                      fault.InvalidRequest,
		`{"action":"start","full_fed":true}`:      fault.InvalidRequest,
		`{"action":"start","merchant":{"id":7}}`:  fault.InvalidRequest,
		`{"action":"start"`:                       fault.MalformedRequest,
		`{"action":"start","import_id":"i1","merchant":{"id":"lu"},"format":"jsonl","source":{"key":"feed.jsonl"}}`: fault.Conflict,
	} {
		if _, err := handle(t.Context(), []byte(event)); !fault.Is(err, code) {
			t.Errorf("%s: %v, want %s", event, err, code)
		}
	}
}

func TestTheEventsOfTheRepositoryAreRequests(t *testing.T) {
	for _, name := range []string{"start", "inspect"} {
		event, err := os.ReadFile("../../../events/catalog-import/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		r, err := catalog.ReadImportRequest(event)
		if err != nil || r.Action != name {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
		if err := r.Check(); name == "start" && err != nil {
			t.Errorf("start is refused: %v", err)
		}
	}
}
