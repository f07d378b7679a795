package cancellation_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"jewelrydisplay.app/shared/cancellation/cancellationhttp"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/lambdahttp"
	"jewelrydisplay.app/shared/person"
)

const aDevice = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"

// Authenticate takes a person's id as their token, as long as they are active.
func (w *world) Authenticate(ctx context.Context, token string) (lambdahttp.Caller, error) {
	user := person.Of[person.ID](token)
	active, err := w.Active(ctx, user)
	if err == nil && !active {
		err = fault.New(fault.Unauthenticated, "no")
	}
	return lambdahttp.Caller{User: user}, err
}

// call is one HTTP request and its answer.
type call struct {
	method, path, token, device, body string
}

func (w *world) http(c call) (status int, body map[string]any, header http.Header) {
	w.t.Helper()
	api := lambdahttp.New(w, slog.New(slog.DiscardHandler))
	type login struct {
		AccessToken string `json:"access_token"`
	}
	cancellationhttp.Register(api, withBody(w, func(answer string) login { return login{answer} }))
	r := httptest.NewRequest(c.method, c.path, strings.NewReader(c.body))
	if c.body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	if c.device != "" {
		r.Header.Set("Device-Id", c.device)
	}
	out := httptest.NewRecorder()
	api.ServeHTTP(out, r)
	if err := json.Unmarshal(out.Body.Bytes(), &body); err != nil {
		w.t.Errorf("%s %s: %d without JSON: %s", c.method, c.path, out.Code, out.Body)
	}
	return out.Code, body, out.Header()
}

func proofOf(challenge string) string {
	return `{"challenge_id":"` + challenge + `","code":"123456"}`
}

// A person's cancellation over HTTP, as the app sees it.
//
// Clauses: C86, C87, C88.
func TestCancellationOverHTTP(t *testing.T) {
	w := newWorld(t, time.Date(2026, 3, 2, 4, 5, 6, 0, time.UTC))
	p := w.register("")
	token := p.id.Reveal()
	status, body, header := w.http(call{method: "GET", path: "/v1/me/cancellation", token: token})
	if status != 200 || len(body["blockers"].([]any)) != 0 || len(body["erased_at_once"].([]any)) == 0 ||
		body["purge_at"] != "2026-08-29T04:05:06Z" || header.Get("Cache-Control") != "no-store" {
		t.Errorf("preview: %d %v %v", status, body, header)
	}
	cancel := call{method: "POST", path: "/v1/me/cancellation", token: token, device: aDevice, body: proofOf(w.code(p))}
	status, begun, _ := w.http(cancel)
	if status != 202 || begun["withdraw_until"] != "2026-03-09T04:05:06Z" || begun["effective_at"] != "2026-03-02T04:05:06Z" {
		t.Fatalf("cancellation: %d %v", status, begun)
	}
	for _, again := range []string{token, ""} {
		cancel.token = again
		if status, body, _ := w.http(cancel); status != 202 || body["receipt_id"] != begun["receipt_id"] {
			t.Errorf("repeated with token %q: %d %v", again, status, body)
		}
	}
	receipt, _ := begun["receipt_id"].(string)
	status, body, _ = w.http(call{method: "GET", path: "/v1/cancellations/" + receipt})
	if status != 200 || body["state"] != "held" || body["purge_at"] != "2026-08-29T04:05:06Z" || body["proof"] != nil || body["erased_at"] != nil {
		t.Errorf("receipt: %d %v", status, body)
	}
	if status, body, _ := w.http(call{method: "GET", path: "/v1/me/cancellation", token: token}); status != 401 {
		t.Errorf("with the dead token: %d %v", status, body)
	}
	w.clock.Advance(180 * 24 * time.Hour)
	w.sweep()
	status, body, _ = w.http(call{method: "GET", path: "/v1/cancellations/" + receipt})
	if status != 200 || body["state"] != "erased" || body["erased_at"] != "2026-08-29T00:00:00Z" || body["purge_at"] != "2026-08-29T00:00:00Z" || body["proof"] == "" {
		t.Errorf("receipt of the erasure: %d %v", status, body)
	}
}

// Clauses: C86.
func TestWithdrawalOverHTTP(t *testing.T) {
	w := newWorld(t, monday)
	p := w.register("")
	receipt := w.cancelled(p).ID
	challenge := w.code(p)
	withdraw := call{
		method: "POST", path: "/v1/cancellations/withdrawals", device: aDevice,
		body: `{"challenge_id":"` + challenge + `","code":"123456","device":{"name":"珠珠的手机","platform":"ios"},"receipt_id":"` + receipt + `"}`,
	}
	status, first, header := w.http(withdraw)
	if status != 201 || first["access_token"] == "" || header.Get("Cache-Control") != "no-store" {
		t.Fatalf("withdrawal: %d %v", status, first)
	}
	if status, again, _ := w.http(withdraw); status != 201 || again["access_token"] != first["access_token"] {
		t.Errorf("repeated: %d %v", status, again)
	}
	if status, body, _ := w.http(call{method: "GET", path: "/v1/cancellations/" + receipt}); status != 200 || body["state"] != "withdrawn" {
		t.Errorf("receipt: %d %v", status, body)
	}
}

// What must not come in: a problem of the contract's form for each, never a
// 5xx, no value echoed, nothing written.
func TestBadInputOverHTTP(t *testing.T) {
	w := newWorld(t, monday)
	p, blocked := w.register(""), w.register("")
	live := p.id.Reveal()
	spoof := "echo-me-not-\u202e💍"
	good := proofOf("x y")
	device := `"device":{"name":"a","platform":"ios"}`
	before := w.dump()
	for _, c := range []struct {
		name   string
		call   call
		status int
		code   string
	}{
		{"preview without a token", call{method: "GET", path: "/v1/me/cancellation"}, 401, "unauthenticated"},
		{"preview with a foreign token", call{method: "GET", path: "/v1/me/cancellation", token: spoof}, 401, "unauthenticated"},
		{"preview with an unknown parameter", call{method: "GET", path: "/v1/me/cancellation?a=echo-me-not-", token: live}, 422, "invalid_request"},
		{"no body", call{method: "POST", path: "/v1/me/cancellation", token: live, device: aDevice}, 400, "malformed_request"},
		{"not JSON", call{method: "POST", path: "/v1/me/cancellation", token: live, device: aDevice, body: "{"}, 400, "malformed_request"},
		{"invalid UTF-8", call{method: "POST", path: "/v1/me/cancellation", token: live, device: aDevice, body: "{\"code\":\"\xff\"}"}, 400, "malformed_request"},
		{"an array", call{method: "POST", path: "/v1/me/cancellation", token: live, device: aDevice, body: "[]"}, 422, "invalid_request"},
		{"deep", call{method: "POST", path: "/v1/me/cancellation", token: live, device: aDevice, body: strings.Repeat("[", 500) + strings.Repeat("]", 500)}, 400, "malformed_request"},
		{"1 MB", call{method: "POST", path: "/v1/me/cancellation", token: live, device: aDevice, body: `{"code":"` + strings.Repeat("a", 1<<20) + `"}`}, 413, "payload_too_large"},
		{"no device id", call{method: "POST", path: "/v1/me/cancellation", token: live, body: good}, 422, "invalid_request"},
		{"a device id that is none", call{method: "POST", path: "/v1/me/cancellation", token: live, device: "echo-me-not-", body: good}, 422, "invalid_request"},
		{"wrong types", call{method: "POST", path: "/v1/me/cancellation", token: live, device: aDevice, body: `{"challenge_id":7,"code":["echo-me-not-"]}`}, 422, "invalid_request"},
		{"an unknown member", call{method: "POST", path: "/v1/me/cancellation", token: live, device: aDevice, body: `{"challenge_id":"a","code":"b","x":"echo-me-not-"}`}, 422, "invalid_request"},
		{"null", call{method: "POST", path: "/v1/me/cancellation", token: live, device: aDevice, body: `{"challenge_id":null,"code":"1"}`}, 422, "invalid_request"},
		{"a wrong code", call{method: "POST", path: "/v1/me/cancellation", token: live, device: aDevice, body: `{"challenge_id":"` + spoof + `","code":"000000"}`}, 422, "code_rejected"},
		{"a dead token and a wrong code", call{method: "POST", path: "/v1/me/cancellation", token: spoof, device: aDevice, body: good}, 401, "unauthenticated"},
		{"no token and a wrong code", call{method: "POST", path: "/v1/me/cancellation", device: aDevice, body: good}, 401, "unauthenticated"},
		{"withdrawal without a device", call{method: "POST", path: "/v1/cancellations/withdrawals", device: aDevice, body: good}, 422, "invalid_request"},
		{"withdrawal from an unknown platform", call{method: "POST", path: "/v1/cancellations/withdrawals", device: aDevice, body: `{"challenge_id":"a","code":"b","device":{"name":"a","platform":"echo-me-not-"}}`}, 422, "invalid_request"},
		{"withdrawal with a wrong code", call{method: "POST", path: "/v1/cancellations/withdrawals", device: aDevice, body: `{"challenge_id":"a b","code":"000000",` + device + `}`}, 422, "code_rejected"},
		{"withdrawal without a device id", call{method: "POST", path: "/v1/cancellations/withdrawals", body: `{"challenge_id":"a b","code":"000000",` + device + `}`}, 422, "invalid_request"},
		{"an unknown receipt", call{method: "GET", path: "/v1/cancellations/echo-me-not-"}, 404, "not_found"},
		{"a receipt of 200 characters", call{method: "GET", path: "/v1/cancellations/" + strings.Repeat("a", 200)}, 422, "invalid_request"},
		{"a receipt with key characters", call{method: "GET", path: "/v1/cancellations/%23%2FU%23"}, 404, "not_found"},
		{"a wrong method", call{method: "DELETE", path: "/v1/me/cancellation", token: live}, 404, "not_found"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, body, header := w.http(c.call)
			if status != c.status || body["code"] != c.code || header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%d %v %s, want %d %s", status, body, header.Get("Content-Type"), c.status, c.code)
			}
			if text, _ := json.Marshal(body); strings.Contains(string(text), "echo-me-not-") {
				t.Errorf("the answer echoes what was sent: %s", text)
			}
		})
	}
	w.service.Blockers = append(w.service.Blockers, order{w.clock.Now().Add(time.Hour)})
	w.same(before, w.dump())
	w.putCode(blocked, "blocked")
	before = w.dump()
	status, body, _ := w.http(call{method: "POST", path: "/v1/me/cancellation", token: blocked.id.Reveal(), device: aDevice, body: proofOf(blocked.phone.Reveal() + " blocked")})
	list, _ := body["blockers"].([]any)
	if status != 409 || body["code"] != "cancellation_blocked" || len(list) != 1 || list[0] != "open_order" {
		t.Errorf("blocked: %d %v", status, body)
	}
	w.same(before, w.dump())
}
