package notificationsqs_test

import (
	"testing"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/notification/notificationsqs"
)

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", "{}", `{"campaign_id":"c1","page":0}`, `{"campaign_id":"c1","page":-1}`, `{"campaign_id":1}`, `{"page":1e3,"campaign_id":"c"}`, "null"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ref, err := notificationsqs.Parse(text)
		if err != nil && !fault.Is(err, fault.MalformedRequest) || err == nil && (ref.Campaign == "" || ref.Page < 0) {
			t.Errorf("%q: %+v, %v", text, ref, err)
		}
	})
}
