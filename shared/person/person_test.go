package person_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"jewelrydisplay.app/shared/person"
)

// Clauses: C62.
func TestAPersonalValueCannotBePrinted(t *testing.T) {
	const secret = "+8613800138000"
	phone := person.Of[person.PhoneNumber](secret)
	row := struct {
		Phone person.PhoneNumber
		List  []person.PhoneNumber
	}{phone, []person.PhoneNumber{phone}}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "phone", phone, "row", row, "error", fmt.Errorf("x %v", phone))
	asJSON, err := json.Marshal(row)
	if err != nil {
		t.Fatal(err)
	}
	for form, text := range map[string]string{
		"v": fmt.Sprintf("%v", row), "+v": fmt.Sprintf("%+v", row), "#v": fmt.Sprintf("%#v", row), "s": phone.String(),
		"q": fmt.Sprintf("%q", phone), "slog": log.String(), "json": string(asJSON), "pointer": fmt.Sprint(&phone),
	} {
		if strings.Contains(text, "13800138000") {
			t.Errorf("%s shows the value: %s", form, text)
		}
	}
	if phone.Reveal() != secret {
		t.Error("the value is lost")
	}
}

func TestIDsAndDeviceIDs(t *testing.T) {
	id, err := person.NewID(strings.NewReader("0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	if back, err := person.ParseID(id.Reveal()); err != nil || back != id {
		t.Errorf("a fresh id does not parse: %v", err)
	}
	for _, bad := range []string{"", "x", strings.Repeat("A", 26), strings.Repeat("a", 27), "../../../../../../../../../"} {
		if _, err := person.ParseID(bad); err == nil {
			t.Errorf("%q is taken as an id", bad)
		}
	}
	if _, err := person.NewID(strings.NewReader("short")); err == nil {
		t.Error("an id of too little randomness")
	}
	upper, err := person.ParseDeviceID("6BA7B810-9DAD-11D1-80B4-00C04FD430C8")
	lower, _ := person.ParseDeviceID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
	if err != nil || upper != lower {
		t.Errorf("the case of a UUID matters: %v", err)
	}
	for _, bad := range []string{"", "6ba7b8109dad11d180b400c04fd430c8", "6ba7b810-9dad-11d1-80b4-00c04fd430cg", "6ba7b810-9dad-11d1-80b4+00c04fd430c8", "６ba7b810-9dad-11d1-80b4-00c04fd430"} {
		if _, err := person.ParseDeviceID(bad); err == nil {
			t.Errorf("%q is taken as a UUID", bad)
		}
	}
}
