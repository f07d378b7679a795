package accounthttp_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"jewelrydisplay.app/shared/account"
)

// Clauses: C12, C17, C18, C70, C72, C73.
func TestProfileIsWrittenShownChangedAndDeleted(t *testing.T) {
	w := start(t)
	a := w.must(200, anna, "GET", "/v1/me", "")
	if want := `{"id":"` + anna + `","phone_masked":"+86138****8000","minor":false,"policy":{"accepted":"1","current":"1","notice":"none"}}` + "\n"; a.text != want {
		t.Errorf("empty profile: %s", a.text)
	}
	if a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("Cache-Control %q", a.header.Get("Cache-Control"))
	}
	full := `{"nickname":"珠珠 💎","gender":"female","birthday":"1990-02-28","region":"江苏苏州","occupation":"teacher",
		"hobbies":["jade","gold"],"locale":"ZH-hans-cn","time_zone":"Asia/Shanghai"}`
	first := w.must(200, anna, "PATCH", "/v1/me", full)
	for name, want := range map[string]string{
		"nickname": "珠珠 💎", "gender": "female", "birthday": "1990-02-28", "region": "江苏苏州", "occupation": "teacher",
		"hobbies": "[jade gold]", "locale": "zh-Hans-CN", "time_zone": "Asia/Shanghai",
	} {
		if fmt.Sprint(first.body[name]) != want {
			t.Errorf("%s is %v, want %s", name, first.body[name], want)
		}
	}
	if shown := w.must(200, anna, "GET", "/v1/me", ""); shown.text != first.text {
		t.Errorf("shown %s, answered %s", shown.text, first.text)
	}
	w.db.TakeCalls()
	if again := w.must(200, anna, "PATCH", "/v1/me", full); again.text != first.text {
		t.Errorf("repeated: %s", again.text)
	}
	for _, call := range w.db.TakeCalls() {
		if call.Action != "BatchGetItem" {
			t.Errorf("the repeat made a %s", call.Action)
		}
	}
	gone := w.must(200, anna, "PATCH", "/v1/me", `{"nickname":null,"birthday":null,"hobbies":[],"locale":null}`)
	for _, name := range []string{"nickname", "birthday", "hobbies", "locale"} {
		if gone.body[name] != nil {
			t.Errorf("%s is still %v", name, gone.body[name])
		}
	}
	if gone.body["region"] != "江苏苏州" {
		t.Errorf("what was not named changed: %s", gone.text)
	}
	key := "Accounts U#" + anna + " PROFILE_OPTIONAL"
	if w.rows()[key] != "optional_profile" {
		t.Errorf("the optional part has no row of its own")
	}
	w.must(200, anna, "PATCH", "/v1/me", `{"region":null,"occupation":null}`)
	if _, left := w.rows()[key]; left {
		t.Errorf("an empty row is left of what was deleted")
	}
	if other := w.must(200, bao, "GET", "/v1/me", ""); other.body["region"] != nil {
		t.Errorf("another person sees it: %s", other.text)
	}
}

// Clauses: C73.
func TestDeletingIsNeverBehindAGate(t *testing.T) {
	w := start(t)
	w.must(200, anna, "PATCH", "/v1/me", `{"nickname":"n","birthday":"1990-01-01","hobbies":["jade"]}`)
	w.publish("2", t0.Add(time.Second), account.ChangeRights)
	w.clock.Advance(time.Second)
	before := w.must(200, anna, "GET", "/v1/me", "")
	for _, body := range []string{`{"nickname":"m"}`, `{"nickname":null,"region":"x"}`, `{"hobbies":["gold"]}`, `{"time_zone":"Asia/Tokyo"}`} {
		if a := w.refuse(409, "consent_required", anna, "PATCH", "/v1/me", body); a.body["policy_version"] != "2" {
			t.Errorf("%s: %s", body, a.text)
		}
	}
	if after := w.must(200, anna, "GET", "/v1/me", ""); after.text != before.text {
		t.Errorf("a refused patch changed %s into %s", before.text, after.text)
	}
	if a := w.must(200, anna, "PATCH", "/v1/me", `{"nickname":null,"birthday":null,"hobbies":null,"gender":null}`); a.body["nickname"] != nil || a.body["hobbies"] != nil {
		t.Errorf("not deleted: %s", a.text)
	}
	w.must(200, anna, "PATCH", "/v1/me", `{}`)
}

// Clauses: C92, C94.
func TestChildIsRefusedAndMinorStaysMinor(t *testing.T) {
	w := start(t)
	w.must(200, anna, "PUT", "/v1/me/consents/marketing_push", `{"granted":true}`)
	w.must(200, anna, "PUT", "/v1/me/consents/location", `{"granted":true}`)
	before := w.rows()
	w.refuse(409, "guardian_required", anna, "PATCH", "/v1/me", `{"nickname":"kid","birthday":"2012-11-25"}`)
	if after := w.rows(); !maps.Equal(before, after) {
		t.Errorf("a refused birthday left rows: %v", after)
	}
	if a := w.must(200, anna, "PATCH", "/v1/me", `{"birthday":"2012-11-24"}`); a.body["minor"] != true {
		t.Errorf("fourteen today: %s", a.text)
	}
	if a := w.must(200, anna, "PATCH", "/v1/me", `{"birthday":null}`); a.body["minor"] != true || a.body["birthday"] != nil {
		t.Errorf("after deleting the birthday: %s", a.text)
	}
	if a := w.must(200, anna, "PATCH", "/v1/me", `{"birthday":"1990-01-01"}`); a.body["minor"] != true {
		t.Errorf("after another birthday: %s", a.text)
	}
	granted := map[any]any{}
	for _, item := range w.must(200, anna, "GET", "/v1/me/consents", "").items() {
		granted[item["purpose"]] = item["granted"]
	}
	if granted["marketing_push"] != false || granted["location"] != true {
		t.Errorf("consents of a minor: %v", granted)
	}
	if known, err := w.Marketing(t.Context(), anna); err != nil || known["marketing_push"] {
		t.Errorf("the audience still knows %v, %v", known, err)
	}
	if minor, err := w.Minor(t.Context(), anna); err != nil || !minor {
		t.Errorf("the audience does not know of the minor: %v", err)
	}
	for _, purpose := range []string{"marketing_push", "marketing_sms", "affiliates", "sharing"} {
		w.refuse(403, "forbidden", anna, "PUT", "/v1/me/consents/"+purpose, `{"granted":true}`)
	}
	w.must(200, anna, "PUT", "/v1/me/consents/personalisation", `{"granted":true}`)
}

func TestBadProfiles(t *testing.T) {
	w := start(t)
	w.must(200, anna, "PATCH", "/v1/me", `{"nickname":"kept"}`)
	before := w.must(200, anna, "GET", "/v1/me", "")
	cases := []struct {
		name, body string
		status     int
		where      string
	}{
		{"not JSON", `{"nickname":`, 400, ""},
		{"two values", `{} {}`, 400, ""},
		{"invalid UTF-8", "{\"nickname\":\"\xff\"}", 400, ""},
		{"deep", strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100), 400, ""},
		{"a list", `[]`, 422, "body"},
		{"a megabyte", `{"nickname":"` + strings.Repeat("x", 1<<20) + `"}`, 413, ""},
		{"unknown member", `{"nickname":"x","admin":true}`, 422, "body.admin"},
		{"minor", `{"minor":false}`, 422, "body.minor"},
		{"a number", `{"nickname":7}`, 422, "body.nickname"},
		{"an object", `{"birthday":{"year":1990}}`, 422, "body.birthday"},
		{"a text for a list", `{"hobbies":"jade"}`, 422, "body.hobbies"},
		{"a list with null", `{"hobbies":["jade",null]}`, 422, ""},
		{"control", `{"nickname":"a\u0000b"}`, 422, "body.nickname"},
		{"direction", `{"nickname":"a\u202eb"}`, 422, "body.nickname"},
		{"half a pair", `{"nickname":"\ud83d"}`, 422, "body.nickname"},
		{"gender", `{"gender":"secret-gender"}`, 422, "body.gender"},
		{"birthday", `{"birthday":"secret-1990"}`, 422, "body.birthday"},
		{"locale", `{"locale":"secret locale"}`, 422, "body.locale"},
		{"empty locale", `{"locale":""}`, 422, "body.locale"},
		{"time zone", `{"time_zone":"secret/zone"}`, 422, "body.time_zone"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			code := map[int]string{400: "malformed_request", 413: "payload_too_large", 422: "invalid_request"}[c.status]
			a := w.refuse(c.status, code, anna, "PATCH", "/v1/me", c.body)
			if c.where != "" && a.location() != c.where {
				t.Errorf("at %q, want %q: %s", a.location(), c.where, a.text)
			}
			if strings.Contains(a.text, "secret") {
				t.Errorf("the answer repeats a value: %s", a.text)
			}
		})
	}
	w.refuse(401, "unauthenticated", "", "PATCH", "/v1/me", `{}`)
	w.refuse(401, "unauthenticated", "foreign", "GET", "/v1/me", "")
	if after := w.must(200, anna, "GET", "/v1/me", ""); after.text != before.text {
		t.Errorf("a refused patch changed %s into %s", before.text, after.text)
	}
}
