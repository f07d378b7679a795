package searchlambda_test

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/search"
	"jewelrydisplay.app/shared/search/searchlambda"
)

// counter counts publishings.
type counter struct{ always, maybe int }

func (c *counter) Publish(_ context.Context, always bool) (search.Published, error) {
	if always {
		c.always++
	} else {
		c.maybe++
	}
	return search.Published{Version: 3, Products: 2, Changed: true}, nil
}

func stream(pks ...string) string {
	records := make([]string, len(pks))
	for i, pk := range pks {
		records[i] = `{"eventName":"MODIFY","dynamodb":{"Keys":{"pk":{"S":"` + pk + `"},"sk":{"S":"P"}},"SequenceNumber":"1"}}`
	}
	return `{"Records":[` + strings.Join(records, ",") + `]}`
}

func TestWhatWakesThePublisher(t *testing.T) {
	const published, batch = `{"version":3,"products":2,"changed":true}`, `{"batchItemFailures":[]}`
	for payload, want := range map[string]struct {
		counter
		answer string
	}{
		`{}`:                     {counter{always: 1}, published},
		`{"action":"rebuild"}`:   {counter{always: 1}, published},
		`{"action":"refresh"}`:   {counter{maybe: 1}, published},
		stream("P#1", "P#2"):     {counter{always: 1}, batch},
		stream("I#1", "M#1"):     {counter{always: 1}, batch},
		stream("EDITION", "I#2"): {counter{}, batch},
		`{"Records":[{}]}`:       {counter{}, batch},
	} {
		var c counter
		got, err := searchlambda.Handler(&c)(t.Context(), []byte(payload))
		said, _ := json.Marshal(got)
		if err != nil || c != want.counter || string(said) != want.answer {
			t.Errorf("%s: %+v %s, %v", payload, c, said, err)
		}
	}
	for _, payload := range []string{`{"action":"erase"}`, `[]`, `x`} {
		var c counter
		if _, err := searchlambda.Handler(&c)(t.Context(), []byte(payload)); err == nil || c != (counter{}) {
			t.Errorf("%s: %+v, %v", payload, c, err)
		} else if !fault.Is(err, fault.InvalidRequest) && !fault.Is(err, fault.MalformedRequest) {
			t.Errorf("%s: %v", payload, err)
		}
	}
}

func TestTheEventsOfTheRepositoryAreUnderstood(t *testing.T) {
	for _, name := range []string{"changes", "refresh"} {
		payload, err := os.ReadFile("../../../events/catalog-index/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var c counter
		if _, err := searchlambda.Handler(&c)(t.Context(), payload); err != nil || c.always+c.maybe != 1 {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
}
