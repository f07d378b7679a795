package lambdaevent_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/lambdaevent"
)

func TestDecodeSaysWhatIsWrongAndRepeatsNothing(t *testing.T) {
	type event struct {
		Action string    `json:"action"`
		Until  time.Time `json:"until"`
		Who    struct {
			Phones []string `json:"phones"`
		} `json:"who"`
	}
	for payload, want := range map[string]string{
		`{"action":"find","who":{"phones":["1"]}}`: "",
		`{}`:                               "",
		`[]`:                               "event: is not of the right type",
		`"+8613800138000"`:                 "event: is not of the right type",
		`{"action":13800138000}`:           "action: is not of the right type",
		`{"who":{"phones":"13800138000"}}`: "who.phones: is not of the right type",
		`{"until":"13800138000"}`:          "A time in the event is not RFC 3339",
		`{"phone":"13800138000"}`:          "unknown member",
		`{"action":"13800138000`:           "not JSON",
		`{"action":"a"} {"action":"b"}`:    "goes on behind its end",
	} {
		err := lambdaevent.Decode([]byte(payload), &event{})
		if want == "" {
			if err != nil {
				t.Errorf("%s: %v", payload, err)
			}
			continue
		}
		var f *fault.Error
		if !errors.As(err, &f) {
			t.Fatalf("%s: %v is no fault", payload, err)
		}
		said := f.Detail
		for _, field := range f.Fields {
			said = field.Location + ": " + field.Message
		}
		if !strings.Contains(said, want) || strings.Contains(said, "13800138000") {
			t.Errorf("%s: %q, want %q", payload, said, want)
		}
	}
}
