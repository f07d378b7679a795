package accounthttp_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"jewelrydisplay.app/shared/account"
)

// Clauses: C96, C99.
func TestPolicyVersionsStayReadableInTheirLanguages(t *testing.T) {
	w := start(t)
	w.publish("2", t0.Add(time.Hour), account.ChangeSharing)
	cases := []struct {
		path, language     string
		version, language2 string
		cache              string
	}{
		{"1", "", "1", "zh", "public, max-age=31536000, immutable"},
		{"1", "en-GB,en;q=0.9", "1", "en", "public, max-age=31536000, immutable"},
		{"1", "fr", "1", "zh", "public, max-age=31536000, immutable"},
		{"2", "en", "2", "en", "public, max-age=31536000, immutable"},
		{"current", "en", "1", "en", "no-cache"},
		{"next", "zh-TW", "2", "zh", "no-cache"},
	}
	for _, c := range cases {
		a := w.must(200, "", "GET", "/v1/policies/privacy/"+c.path, "", "Accept-Language: "+c.language)
		sum := sha256.Sum256([]byte(a.body["text"].(string)))
		if a.body["version"] != c.version || a.body["language"] != c.language2 || a.body["sha256"] != hex.EncodeToString(sum[:]) {
			t.Errorf("%s in %q: %s", c.path, c.language, a.text)
		}
		if a.header.Get("Cache-Control") != c.cache || a.header.Get("Vary") != "Accept-Language" || a.header.Get("Content-Language") != c.language2 {
			t.Errorf("%s: headers %v", c.path, a.header)
		}
		if (a.body["change_class"] != nil) != (c.version == "2") {
			t.Errorf("%s: change_class %v", c.path, a.body["change_class"])
		}
	}
	w.clock.Advance(time.Hour)
	if a := w.must(200, "", "GET", "/v1/policies/privacy/current", ""); a.body["version"] != "2" {
		t.Errorf("at its time version 2 is not in force: %s", a.text)
	}
	w.refuse(404, "not_found", "", "GET", "/v1/policies/privacy/next", "")
	for _, path := range []string{"9", "HEAD", "..%2f..", "%F0%9F%92%8E", "%E2%80%AE1", strings.Repeat("x", 3000)} {
		w.refuse(404, "not_found", "", "GET", "/v1/policies/privacy/"+path, "")
	}
	w.refuse(401, "unauthenticated", "nobody", "GET", "/v1/policies/privacy/current", "")
}

// Clauses: C99.
func TestPolicyListIsNewestFirstAndPaged(t *testing.T) {
	w := start(t)
	for i := 2; i <= 5; i++ {
		w.publish(fmt.Sprint(i), t0.Add(time.Duration(i)*time.Hour), "")
	}
	var got []string
	path := "/v1/policies/privacy?limit=2"
	for {
		a := w.must(200, "", "GET", path, "", "Accept-Language: en")
		for _, item := range a.items() {
			got = append(got, item["version"].(string))
			if item["sha256"] != account.Hash("policy "+item["version"].(string)) || item["text"] != nil || item["language"] != "en" {
				t.Errorf("item %v", item)
			}
		}
		next, more := a.body["next_cursor"].(string)
		if !more {
			break
		}
		w.refuse(400, "malformed_request", "", "GET", "/v1/policies/privacy?cursor=x"+next[1:], "")
		path = "/v1/policies/privacy?limit=2&cursor=" + next
	}
	if fmt.Sprint(got) != "[5 4 3 2 1]" {
		t.Errorf("versions %v", got)
	}
	w.refuse(422, "invalid_request", "", "GET", "/v1/policies/privacy?limit=0", "")
	w.refuse(422, "invalid_request", "", "GET", "/v1/policies/privacy?page=1", "")
}

// Clauses: C01, C97.
func TestAcceptanceIsEvidenceAndOpensWhatWasDue(t *testing.T) {
	w := start(t)
	v1 := account.Hashes{"zh": account.Hash("政策 1 <&>"), "en": account.Hash("policy 1")}
	v2 := w.publish("2", t0.Add(time.Hour), account.ChangeBusinessModel)
	body := func(version, hash string) string {
		return fmt.Sprintf(`{"policy_version":%q,"sha256":%q}`, version, hash)
	}
	accept := func(version, hash string) answer {
		return w.must(201, anna, "POST", "/v1/me/policy-acceptances", body(version, hash))
	}
	if a := w.must(200, anna, "GET", "/v1/me", ""); fmt.Sprint(a.body["policy"]) != "map[accepted:1 current:1 next:2 notice:pop_up]" {
		t.Errorf("before: %v", a.body["policy"])
	}
	for _, c := range []struct{ body, where string }{
		{body("2", v1["zh"]), "body.sha256"},
		{body("2", strings.ToUpper(v2["zh"])), "body.sha256"},
		{body("9", v1["zh"]), "body.policy_version"},
		{body("current", v1["zh"]), "body.policy_version"},
		{`{"policy_version":"2"}`, "body.sha256"},
		{body("", v1["zh"]), "body.policy_version"},
	} {
		if a := w.refuse(422, "invalid_request", anna, "POST", "/v1/me/policy-acceptances", c.body); a.location() != c.where {
			t.Errorf("%s: at %s", c.body, a.location())
		}
	}
	w.clock.Advance(time.Hour)
	w.refuse(409, "consent_required", anna, "PUT", "/v1/me/consents/location", `{"granted":true}`)
	if a := w.refuse(409, "consent_required", anna, "POST", "/v1/me/policy-acceptances", body("1", v1["zh"])); a.body["policy_version"] != "2" {
		t.Errorf("superseded: %s", a.text)
	}
	first := accept("2", v2["en"])
	w.clock.Advance(time.Minute)
	if again := accept("2", v2["en"]); again.text != first.text {
		t.Errorf("repeated: %s, first %s", again.text, first.text)
	}
	w.must(200, anna, "PUT", "/v1/me/consents/location", `{"granted":true}`)
	if a := w.must(200, anna, "GET", "/v1/me", ""); fmt.Sprint(a.body["policy"]) != "map[accepted:2 current:2 notice:none]" {
		t.Errorf("after: %v", a.body["policy"])
	}
	evidence := 0
	for key := range w.rows() {
		if strings.Contains(key, "ACCEPTED#") {
			evidence++
		}
	}
	if evidence != 1 {
		t.Errorf("%d rows of evidence, want 1", evidence)
	}
}

// Clauses: C97.
func TestAcceptingEarlyIsNotUndoneByAcceptingTheCurrent(t *testing.T) {
	w := start(t)
	v2 := w.publish("2", t0.Add(time.Hour), account.ChangeSharing)
	w.must(201, anna, "POST", "/v1/me/policy-acceptances", fmt.Sprintf(`{"policy_version":"2","sha256":%q}`, v2["zh"]))
	w.must(201, anna, "POST", "/v1/me/policy-acceptances", fmt.Sprintf(`{"policy_version":"1","sha256":%q}`, account.Hash("policy 1")))
	if a := w.must(200, anna, "GET", "/v1/me", ""); fmt.Sprint(a.body["policy"]) != "map[accepted:2 current:1 next:2 notice:none]" {
		t.Errorf("policy %v", a.body["policy"])
	}
	w.clock.Advance(time.Hour)
	w.must(200, anna, "PATCH", "/v1/me", `{"nickname":"early"}`)
}

func TestShowingTheProfileIsTwoCallsAndNoneForTheDead(t *testing.T) {
	w := start(t)
	w.db.TakeCalls()
	w.must(200, anna, "GET", "/v1/me", "")
	if calls := w.db.TakeCalls(); len(calls) != 2 { // authentication with the head, and the profile with the head
		t.Errorf("calls %v", calls)
	}
	if err := w.Leave(context.Background(), anna); err != nil {
		t.Fatal(err)
	}
	w.refuse(401, "unauthenticated", anna, "GET", "/v1/me", "")
}
