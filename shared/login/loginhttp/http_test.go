package loginhttp_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/login"
)

// Clauses: C11, C88.
func TestALoginAnswerByAnswer(t *testing.T) {
	s := start(t)
	status, app, _ := s.call("GET", "/v1/app", "")
	want := `{"contact":{"email":"a@example.com","hours":"9–18","phone":"400"},"countries":["CN"],"min_version":{"android":"1.1.0","ios":"1.0.0"}}`
	if b, _ := json.Marshal(app); status != 200 || string(b) != want {
		t.Errorf("app: %d %s", status, b)
	}

	status, sent, h := s.call("POST", "/v1/login/codes", codeBody(login.PurposeLogin, "+86 138-0013-8000"), "Device-Id: "+strings.ToUpper(deviceA))
	if status != 202 || sent["expires_in"] != 300.0 || sent["resend_in"] != 60.0 ||
		sent["expires_at"] != "2026-01-02T03:09:05Z" || sent["resend_at"] != "2026-01-02T03:05:05Z" || h.Get("Cache-Control") != "no-store" {
		t.Fatalf("code: %d %v %v", status, sent, h)
	}
	code := s.code()
	if sms := s.sms[0]; sms != "+86"+phoneA+" 验证码"+code+"，用于登录，5分钟内有效，勿告诉他人\nFA+9qCX9VSu\n@app.example.com #"+code {
		t.Errorf("SMS: %q", sms)
	}
	wide := strings.Map(func(r rune) rune { return r - '0' + '０' }, code[:3]) + " " + code[3:]
	status, l, _ := s.call("POST", "/v1/login/sessions", sessionBody(sent["challenge_id"].(string), wide), "Device-Id: "+deviceA)
	user, _ := l["user"].(map[string]any)
	if status != 201 || l["expires_in"] != 1800.0 || l["expires_at"] != "2026-01-02T03:34:05Z" || user["new"] != true || len(user["id"].(string)) != 26 {
		t.Fatalf("login: %d %v", status, l)
	}
	bearer := "Authorization: Bearer " + l["access_token"].(string)
	status, again, _ := s.call("POST", "/v1/login/sessions", sessionBody(sent["challenge_id"].(string), code), "Device-Id: "+deviceA)
	if status != 201 || !reflect.DeepEqual(again, l) {
		t.Errorf("the lost answer: %d %v", status, again)
	}

	status, list, _ := s.call("GET", "/v1/me/sessions", "", bearer)
	items, _ := list["items"].([]any)
	if status != 200 || len(items) != 1 {
		t.Fatalf("sessions: %d %v", status, list)
	}
	item := items[0].(map[string]any)
	device := map[string]any{"name": "小王的 iPhone 😀", "platform": "ios"}
	if item["current"] != true || !reflect.DeepEqual(item["device"], device) || item["created_at"] != "2026-01-02T03:04:05Z" {
		t.Errorf("session: %v", item)
	}

	status, next, _ := s.call("POST", "/v1/login/refresh", `{"refresh_token":"`+l["refresh_token"].(string)+`"}`, "Device-Id: "+deviceA)
	if status != 200 || next["refresh_token"] == l["refresh_token"] || next["user"].(map[string]any)["new"] != false {
		t.Errorf("refresh: %d %v", status, next)
	}
	bearer = "Authorization: Bearer " + next["access_token"].(string)
	if status, out, _ := s.call("DELETE", "/v1/me/sessions/current", "", bearer); status != 204 || out != nil {
		t.Errorf("log out: %d %v", status, out)
	}
	if status, out, _ := s.call("DELETE", "/v1/me/sessions/current", "", bearer); status != 401 || out["code"] != "unauthenticated" {
		t.Errorf("log out again: %d %v", status, out)
	}
}

func TestSessionsOfOthersAreNotFound(t *testing.T) {
	s := start(t)
	a, _ := s.login(phoneA)
	b, _ := s.login(phoneB)
	id := func(bearer string) string {
		_, list, _ := s.call("GET", "/v1/me/sessions", "", bearer)
		return list["items"].([]any)[0].(map[string]any)["id"].(string)
	}
	for _, path := range []string{id(b), "nonsense", "%F0%9F%98%80", strings.Repeat("a", 26)} {
		if status, out, _ := s.call("DELETE", "/v1/me/sessions/"+path, "", a); status != 404 || out["code"] != "not_found" {
			t.Errorf("%s: %d %v", path, status, out)
		}
	}
	if status, _, _ := s.call("GET", "/v1/me/sessions", "", b); status != 200 {
		t.Error("the other's session ended")
	}
	a2, _ := s.login(phoneA)
	second := id(a2)
	for range 2 {
		if status, _, _ := s.call("DELETE", "/v1/me/sessions/"+second, "", a); status != 204 {
			t.Errorf("ending my own: %d", status)
		}
	}
	a3, _ := s.login(phoneA)
	for range 2 {
		if status, _, _ := s.call("DELETE", "/v1/me/sessions", "", a); status != 204 {
			t.Errorf("ending all others: %d", status)
		}
	}
	for bearer, want := range map[string]int{a: 200, a2: 401, a3: 401} {
		if status, _, _ := s.call("GET", "/v1/me/sessions", "", bearer); status != want {
			t.Errorf("%d, want %d", status, want)
		}
	}
}

// Clauses: C12.
func TestANumberIsChanged(t *testing.T) {
	s := start(t)
	bearer, _ := s.login(phoneA)
	challenge, code := s.ask(login.PurposeChange, "", bearer)
	newChallenge, newCode := s.ask(login.PurposeClaim, phoneB, bearer)
	if !strings.HasPrefix(s.sms[1], "+86"+phoneA) || !strings.HasPrefix(s.sms[2], "+86"+phoneB) {
		t.Errorf("codes went to %q", s.sms)
	}
	body := fmt.Sprintf(`{"challenge_id":%q,"code":%q,"new_challenge_id":%q,"new_code":%q}`, challenge, code, newChallenge, newCode)
	for range 2 {
		if status, out, _ := s.call("PUT", "/v1/me/phone", body, bearer, "Device-Id: "+deviceA); status != 204 {
			t.Fatalf("%d %v", status, out)
		}
	}
	if _, l := s.login(phoneB); l["user"].(map[string]any)["new"] != false {
		t.Error("the new number does not open the account")
	}
}

func TestTooManyCodes(t *testing.T) {
	s := start(t)
	s.ask(login.PurposeLogin, phoneA)
	s.clk.Advance(58500 * time.Millisecond)
	status, out, h := s.call("POST", "/v1/login/codes", codeBody(login.PurposeLogin, phoneA), "Device-Id: "+deviceB)
	if status != 429 || out["code"] != "too_many_requests" || h.Get("Retry-After") != "2" || len(s.sms) != 1 {
		t.Errorf("%d %v, Retry-After %q", status, out, h.Get("Retry-After"))
	}
}

// Every refusal has its form, echoes nothing and leaves nothing behind.
// Clauses: C01, C08, C62.
func TestRefusals(t *testing.T) {
	policy := `"policy":{"version":"v1","sha256":"` + strings.Repeat("a", 64) + `"}`
	id := "Device-Id: " + deviceA
	deep := strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40)
	for _, c := range []struct {
		name, method, path, body string
		headers                  []string
		status                   int
		code, location           string
	}{
		{"no device", "POST", "/v1/login/codes", codeBody("login", phoneA), nil, 422, "invalid_request", "header.Device-Id"},
		{"device is no UUID", "POST", "/v1/login/codes", codeBody("login", phoneA), []string{"Device-Id: secretvalue"}, 422, "invalid_request", "header.Device-Id"},
		{"not JSON", "POST", "/v1/login/codes", `{"purpose"`, []string{id}, 400, "malformed_request", ""},
		{"two values", "POST", "/v1/login/codes", `{} {}`, []string{id}, 400, "malformed_request", ""},
		{"not UTF-8", "POST", "/v1/login/codes", "{\"purpose\":\"\xff\"}", []string{id}, 400, "malformed_request", ""},
		{"1 MB", "POST", "/v1/login/codes", `{"purpose":"` + strings.Repeat("a", 1<<20) + `"}`, []string{id}, 413, "payload_too_large", ""},
		{"deep", "POST", "/v1/login/codes", deep, []string{id}, 400, "malformed_request", ""},
		{"an array", "POST", "/v1/login/codes", `[]`, []string{id}, 422, "invalid_request", "body"},
		{"wrong type", "POST", "/v1/login/codes", `{"purpose":"login","phone":13800138000}`, []string{id}, 422, "invalid_request", "body.phone"},
		{"unknown member", "POST", "/v1/login/codes", `{"purpose":"login","admin":true}`, []string{id}, 422, "invalid_request", "body.admin"},
		{"no purpose", "POST", "/v1/login/codes", `{}`, []string{id}, 422, "invalid_request", "body.purpose"},
		{"unknown purpose", "POST", "/v1/login/codes", `{"purpose":"secretvalue"}`, []string{id}, 422, "invalid_request", "body.purpose"},
		{"no phone", "POST", "/v1/login/codes", `{"purpose":"login",` + policy + `,"age_group":"adult"}`, []string{id}, 422, "invalid_request", "body.phone"},
		{"bad phone", "POST", "/v1/login/codes", `{"purpose":"login","phone":"secretvalue",` + policy + `,"age_group":"adult"}`, []string{id}, 422, "invalid_request", "body.phone"},
		{"extension", "POST", "/v1/login/codes", `{"purpose":"login","phone":"13800138000 ext 5",` + policy + `,"age_group":"adult"}`, []string{id}, 422, "invalid_request", "body.phone"},
		{"null phone", "POST", "/v1/login/codes", `{"purpose":"login","phone":null,` + policy + `,"age_group":"adult"}`, []string{id}, 422, "invalid_request", "body.phone"},
		{"no policy", "POST", "/v1/login/codes", `{"purpose":"login","phone":"13800138000","age_group":"adult"}`, []string{id}, 422, "invalid_request", "body.policy"},
		{"wrong hash", "POST", "/v1/login/codes", `{"purpose":"login","phone":"13800138000","age_group":"adult","policy":{"version":"v1","sha256":"` + strings.Repeat("b", 64) + `"}}`, []string{id}, 422, "invalid_request", "body.policy.sha256"},
		{"superseded", "POST", "/v1/login/codes", `{"purpose":"login","phone":"13800138000","age_group":"adult","policy":{"version":"v0","sha256":"` + strings.Repeat("b", 64) + `"}}`, []string{id}, 409, "consent_required", ""},
		{"no age", "POST", "/v1/login/codes", `{"purpose":"login","phone":"13800138000",` + policy + `}`, []string{id}, 422, "invalid_request", "body.age_group"},
		{"child", "POST", "/v1/login/codes", `{"purpose":"login","phone":"13800138000","age_group":"child","guardian_agreed":true,` + policy + `}`, []string{id}, 409, "guardian_required", ""},
		{"minor alone", "POST", "/v1/login/codes", `{"purpose":"login","phone":"13800138000","age_group":"minor",` + policy + `}`, []string{id}, 409, "guardian_required", ""},
		{"export without login", "POST", "/v1/login/codes", `{"purpose":"export_data"}`, []string{id}, 401, "unauthenticated", ""},
		{"invalid token on an open call", "POST", "/v1/login/codes", codeBody("login", phoneA), []string{id, "Authorization: Bearer secretvalue"}, 401, "unauthenticated", ""},
		{"not a bearer", "GET", "/v1/app", "", []string{"Authorization: Basic secretvalue"}, 401, "unauthenticated", ""},
		{"unknown query", "GET", "/v1/app?secretvalue=1", "", nil, 422, "invalid_request", "query.secretvalue"},
		{"unknown challenge", "POST", "/v1/login/sessions", sessionBody("secretvalue", "123456"), []string{id}, 422, "code_rejected", ""},
		{"emoji code", "POST", "/v1/login/sessions", sessionBody("secretvalue", "😀"), []string{id}, 422, "code_rejected", ""},
		{"no device name", "POST", "/v1/login/sessions", `{"challenge_id":"x","code":"123456","device":{"platform":"ios"}}`, []string{id}, 422, "invalid_request", "body.device.name"},
		{"windows", "POST", "/v1/login/sessions", `{"challenge_id":"x","code":"123456","device":{"name":"x","platform":"windows"}}`, []string{id}, 422, "invalid_request", "body.device.platform"},
		{"session without device", "POST", "/v1/login/sessions", sessionBody("x", "123456"), nil, 422, "invalid_request", "header.Device-Id"},
		{"refresh without device", "POST", "/v1/login/refresh", `{"refresh_token":"x"}`, nil, 422, "invalid_request", "header.Device-Id"},
		{"refresh with nonsense", "POST", "/v1/login/refresh", `{"refresh_token":"secretvalue"}`, []string{id}, 401, "unauthenticated", ""},
		{"sessions of nobody", "GET", "/v1/me/sessions", "", nil, 401, "unauthenticated", ""},
		{"log out nobody", "DELETE", "/v1/me/sessions/current", "", nil, 401, "unauthenticated", ""},
		{"move nobody", "PUT", "/v1/me/phone", `{}`, []string{id}, 401, "unauthenticated", ""},
		{"wrong media type", "POST", "/v1/login/refresh", `refresh_token=x`, []string{id, "Content-Type: application/x-www-form-urlencoded"}, 415, "unsupported_media_type", ""},
		{"no such path", "GET", "/v1/login", "", nil, 404, "not_found", ""},
	} {
		s := start(t)
		status, out, h := s.call(c.method, c.path, c.body, c.headers...)
		if status != c.status || out["code"] != c.code {
			t.Errorf("%s: %d %v, want %d %s", c.name, status, out, c.status, c.code)
			continue
		}
		raw, _ := json.Marshal(out)
		if c.location != "" && !strings.Contains(string(raw), `"location":"`+c.location+`"`) {
			t.Errorf("%s: %s does not point at %s", c.name, raw, c.location)
		}
		if strings.Contains(strings.ReplaceAll(string(raw)+s.log.String(), "query.secretvalue", ""), "secretvalue") || strings.Contains(string(raw)+s.log.String(), "13800138000") {
			t.Errorf("%s: the value is echoed: %s %s", c.name, raw, s.log.String())
		}
		if strings.HasPrefix(c.path, "/v1/login/") && h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: may be stored", c.name)
		}
		rows := 0
		if err := s.db.Scan(t.Context(), "Accounts", func(dynamo.Raw) error { rows++; return nil }); err != nil {
			t.Fatal(err)
		}
		if rows != 0 || len(s.sms) != 0 {
			t.Errorf("%s: %d rows, %d SMS", c.name, rows, len(s.sms))
		}
	}
}

func TestASupersededVersionNamesThePresentOne(t *testing.T) {
	s := start(t)
	body := strings.Replace(codeBody("login", phoneA), `"v1"`, `"v0"`, 1)
	status, out, _ := s.call("POST", "/v1/login/codes", body, "Device-Id: "+deviceA)
	if status != http.StatusConflict || out["policy_version"] != "v1" {
		t.Errorf("%d %v", status, out)
	}
}

func TestACallThatIsForOwnNumberTakesNone(t *testing.T) {
	s := start(t)
	bearer, _ := s.login(phoneA)
	for _, purpose := range []string{"cancel_account", "export_data", "change_phone"} {
		status, out, _ := s.call("POST", "/v1/login/codes", codeBody(purpose, phoneB), "Device-Id: "+deviceA, bearer)
		if status != 422 || out["code"] != "invalid_request" {
			t.Errorf("%s: %d %v", purpose, status, out)
		}
		challenge, code := s.ask(purpose, "", bearer)
		if !strings.HasPrefix(s.sms[len(s.sms)-1], "+86"+phoneA) {
			t.Errorf("%s went elsewhere", purpose)
		}
		if status, out, _ := s.call("POST", "/v1/login/sessions", sessionBody(challenge, code), "Device-Id: "+deviceA); status != 422 || out["code"] != "code_rejected" {
			t.Errorf("a code to %s logs in: %d %v", purpose, status, out)
		}
	}
}

// Guards against a leftmost X-Forwarded-For that is taken for the client.
// Clauses: C36.
func TestAnyNumberOfForwardedHeadersAreOneAddress(t *testing.T) {
	s := start(t)
	refused, n := 0, 200
	if os.Getenv("LOGIN_ROUNDS") == "full" {
		n = 1000
	}
	for i := range n {
		status, out, h := s.call("POST", "/v1/login/codes", codeBody(login.PurposeLogin, fmt.Sprintf("138%08d", i)), "Device-Id: "+deviceA,
			fmt.Sprintf("X-Forwarded-For: 10.0.%d.%d, 192.0.2.1", i>>8, i&255), fmt.Sprintf("Forwarded: for=10.1.%d.%d", i>>8, i&255),
			fmt.Sprintf("X-Real-Ip: 10.2.%d.%d", i>>8, i&255))
		if status == http.StatusTooManyRequests {
			refused++
			if out["code"] != "too_many_requests" || h.Get("Retry-After") == "" {
				t.Fatalf("refused with %v %v", out, h)
			}
		}
	}
	if len(s.sms) != 10 || refused != n-10 {
		t.Errorf("%d SMS and %d refusals, want 10 of %d", len(s.sms), refused, n)
	}
}

// Whoever is no device is told so, in the same way for every endpoint that asks.
func TestADeviceIdIsAUUID(t *testing.T) {
	s := start(t)
	for _, device := range []string{"", "Device-Id: ", "Device-Id: 1", "Device-Id: " + deviceA + "0", "Device-Id: {" + deviceA + "}", "Device-Id: " + strings.ReplaceAll(deviceA, "-", "")} {
		for path, body := range map[string]string{
			"/v1/login/codes": codeBody(login.PurposeLogin, phoneA), "/v1/login/sessions": sessionBody("c", "123456"), "/v1/login/refresh": `{"refresh_token":"jdr_x"}`,
		} {
			var headers []string
			if device != "" {
				headers = append(headers, device)
			}
			if status, out, _ := s.call("POST", path, body, headers...); status != 422 || out["code"] != "invalid_request" {
				t.Errorf("%q at %s: %d %v", device, path, status, out)
			}
		}
	}
	if len(s.sms) != 0 {
		t.Errorf("%d SMS", len(s.sms))
	}
}
