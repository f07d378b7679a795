package lambdaevent_test

import (
	"encoding/json"
	"testing"
	"time"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/lambdaevent"
)

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		"", "{}", "null", "[]", `{"action":"launch","at":"2026-11-24T08:00:00+08:00","n":1,"m":{"a":{"b":"c"}},"list":["x"]}`,
		`{"at":"never"}`, `{"n":"1"}`, `{"action":"a"} {}`, `{"Action":"a","action":"b"}`, `{"unknown":1}`, `{"n":1e999}`, "{\"action\":\"\xff\"}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		var into struct {
			Action string                       `json:"action"`
			At     time.Time                    `json:"at"`
			N      int                          `json:"n"`
			M      map[string]map[string]string `json:"m"`
			List   []string                     `json:"list"`
		}
		err := lambdaevent.Decode(payload, &into)
		if err == nil && !json.Valid(payload) {
			t.Errorf("%q is no JSON and was taken", payload)
		}
		if err != nil && !fault.Is(err, fault.InvalidRequest) && !fault.Is(err, fault.MalformedRequest) {
			t.Errorf("%q: %v", payload, err)
		}
	})
}
