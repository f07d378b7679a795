package person_test

import (
	"strings"
	"testing"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/person"
)

func FuzzIDs(f *testing.F) {
	for _, seed := range []string{"", "255savlhf3cch6wf7hqdtpt5sa", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6BA7B810-9DAD-11D1-80B4-00C04FD430C8", "6ba7b810-9dad-11d1-80b4-00c04fd430c\u212a", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if id, err := person.ParseID(text); err == nil && id.Reveal() != text || err != nil && !fault.Is(err, fault.InvalidRequest) {
			t.Errorf("%q: person %q, %v", text, id.Reveal(), err)
		}
		id, err := person.ParseDeviceID(text)
		if err == nil && id.Reveal() != strings.ToLower(text) || err != nil && !fault.Is(err, fault.InvalidRequest) {
			t.Errorf("%q: device %q, %v", text, id.Reveal(), err)
		}
		for _, r := range id.Reveal() {
			if err == nil && !strings.ContainsRune("0123456789abcdef-", r) {
				t.Errorf("%q: device %q", text, id.Reveal())
			}
		}
	})
}
