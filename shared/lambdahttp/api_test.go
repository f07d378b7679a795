package lambdahttp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/keys"
	"jewelrydisplay.app/shared/lambdahttp"
)

type tokens map[string]lambdahttp.Caller

func (k tokens) Authenticate(_ context.Context, token string) (lambdahttp.Caller, error) {
	if c, ok := k[token]; ok {
		return c, nil
	}
	return lambdahttp.Caller{}, fault.New(fault.Unauthenticated, "no")
}

type thing struct {
	Phone string   `json:"phone" minLength:"3" maxLength:"20"`
	Tags  []string `json:"tags,omitempty" maxItems:"3"`
	Kind  string   `json:"kind,omitempty" enum:"ring,chain"`
}

type thingIn struct {
	ID    string `path:"id"`
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
	Next  string `query:"cursor" maxLength:"20"`
	Body  thing
}

type thingOut struct{ Body thing }

func newAPI(log io.Writer) *lambdahttp.API {
	api := lambdahttp.New(tokens{
		"good": {Session: "s"},
		"due":  {Session: "s", PolicyDue: "2"},
	}, slog.New(slog.NewTextHandler(log, nil)))
	echo := func(_ context.Context, in *thingIn) (*thingOut, error) { return &thingOut{in.Body}, nil }
	for path, access := range map[string]lambdahttp.Access{
		"/v1/open/{id}": lambdahttp.Open, "/v1/me/things/{id}": lambdahttp.SignedIn, "/v1/me/last/{id}": lambdahttp.Replay,
	} {
		op := lambdahttp.Operation{ID: path, Method: http.MethodPut, Path: path, Tag: "t", Access: access, Collects: true}
		lambdahttp.Handle(api, op, echo)
	}
	fail := func(err error) func(context.Context, *struct{}) (*struct{}, error) {
		return func(context.Context, *struct{}) (*struct{}, error) { return nil, err }
	}
	for path, err := range map[string]error{
		"/v1/broken": errors.New("the secret +8613800138000 leaked"), "/v1/busy": fault.Busy(nil),
	} {
		lambdahttp.Handle(api, lambdahttp.Operation{ID: path, Method: http.MethodGet, Path: path, Tag: "t"}, fail(err))
	}
	lambdahttp.Handle(api, lambdahttp.Operation{ID: "panic", Method: http.MethodGet, Path: "/v1/panic", Tag: "t"},
		func(context.Context, *struct{}) (*struct{}, error) { panic("+8613800138000") })
	return api
}

// Clauses: C01, C97.
func TestEveryBadRequestIsAProblemThatEchoesNothing(t *testing.T) {
	const secret = "13800138000"
	ok := `{"phone":"` + secret + `"}`
	for _, c := range []struct {
		name, method, path, token, contentType, body string
		status                                       int
		code, location                               string
	}{
		{"fine", "PUT", "/v1/open/1", "", "application/json", ok, 200, "", ""},
		{"charset", "PUT", "/v1/open/1", "", "application/json; charset=utf-8", ok, 200, "", ""},
		{"emoji and right-to-left marks", "PUT", "/v1/open/1", "", "application/json", `{"phone":"💍\u200f\u202e"}`, 200, "", ""},
		{"no body", "PUT", "/v1/open/1", "", "application/json", "", 400, "malformed_request", ""},
		{"not JSON", "PUT", "/v1/open/1", "", "application/json", `{"phone":` + secret, 400, "malformed_request", ""},
		{"two values", "PUT", "/v1/open/1", "", "application/json", ok + ok, 400, "malformed_request", ""},
		{"invalid UTF-8", "PUT", "/v1/open/1", "", "application/json", "{\"phone\":\"1380013800\xff\"}", 400, "malformed_request", ""},
		{"deep nesting", "PUT", "/v1/open/1", "", "application/json", strings.Repeat("[", 40) + strings.Repeat("]", 40), 400, "malformed_request", ""},
		{"1 MB", "PUT", "/v1/open/1", "", "application/json", `{"phone":"` + strings.Repeat("1", 1<<20) + `"}`, 413, "payload_too_large", ""},
		{"other media type", "PUT", "/v1/open/1", "", "text/plain", ok, 415, "unsupported_media_type", ""},
		{"wrong type", "PUT", "/v1/open/1", "", "application/json", `{"phone":13800138000}`, 422, "invalid_request", "body.phone"},
		{"missing", "PUT", "/v1/open/1", "", "application/json", `{}`, 422, "invalid_request", "body.phone"},
		{"unknown member", "PUT", "/v1/open/1", "", "application/json", `{"phone":"123","color":"` + secret + `"}`, 422, "invalid_request", "body.color"},
		{"unknown member named like a value", "PUT", "/v1/open/1", "", "application/json", `{"phone":"123","+8613800138000":1}`, 422, "invalid_request", "body"},
		{"not of the list", "PUT", "/v1/open/1", "", "application/json", `{"phone":"123","kind":"` + secret + `"}`, 422, "invalid_request", "body.kind"},
		{"limit too large", "PUT", "/v1/open/1?limit=101", "", "application/json", ok, 422, "invalid_request", "query.limit"},
		{"limit no number", "PUT", "/v1/open/1?limit=" + secret + "x", "", "application/json", ok, 422, "invalid_request", "query.limit"},
		{"unknown parameter", "PUT", "/v1/open/1?color=" + secret, "", "application/json", ok, 422, "invalid_request", "query.color"},
		{"query in invalid UTF-8", "PUT", "/v1/open/1?limit=%ff", "", "application/json", ok, 400, "malformed_request", ""},
		{"path in invalid UTF-8", "PUT", "/v1/open/%ff", "", "application/json", ok, 400, "malformed_request", ""},
		{"foreign token on an open call", "PUT", "/v1/open/1", "foreign", "application/json", ok, 401, "unauthenticated", ""},
		{"no token", "PUT", "/v1/me/things/1", "", "application/json", `{}`, 401, "unauthenticated", ""},
		{"good token", "PUT", "/v1/me/things/1", "good", "application/json", ok, 200, "", ""},
		{"policy due", "PUT", "/v1/me/things/1", "due", "application/json", `{}`, 409, "consent_required", ""},
		{"dead token on a repeat", "PUT", "/v1/me/last/1", "dead", "application/json", ok, 200, "", ""},
		{"dead token on no repeat", "PUT", "/v1/me/last/1", "dead", "application/json", `{}`, 401, "unauthenticated", ""},
		{"no token on a repeat", "PUT", "/v1/me/last/1", "", "application/json", ok, 200, "", ""},
		{"no token on no repeat", "PUT", "/v1/me/last/1?limit=0", "", "application/json", ok, 401, "unauthenticated", ""},
		{"no token where one is needed", "PUT", "/v1/me/things/1", "", "application/json", `{}`, 401, "unauthenticated", ""},
		{"cursor too long to be one", "PUT", "/v1/open/1?cursor=" + strings.Repeat(secret, 2), "", "application/json", ok, 400, "malformed_request", ""},
		{"cursor where none is taken", "GET", "/v1/busy?cursor=" + secret, "", "", "", 422, "invalid_request", "query.cursor"},
		{"dots in the path", "PUT", "/v1/open/x/../1", "", "application/json", ok, 404, "not_found", ""},
		{"encoded dots in the path", "PUT", "/v1/open/%2e%2e/open/1", "", "application/json", ok, 404, "not_found", ""},
		{"two slashes", "PUT", "/v1//open/1", "", "application/json", ok, 404, "not_found", ""},
		{"unknown path", "GET", "/v1/nothing", "", "", "", 404, "not_found", ""},
		{"internal", "GET", "/v1/broken", "", "", "", 500, "internal", ""},
		{"panic", "GET", "/v1/panic", "", "", "", 500, "internal", ""},
		{"busy", "GET", "/v1/busy", "", "", "", 503, "unavailable", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(c.method, c.path, strings.NewReader(c.body))
			r.Header.Set("Content-Type", c.contentType)
			r.Header.Set("X-Request-Id", "r-1")
			if c.token != "" {
				r.Header.Set("Authorization", "Bearer "+c.token)
			}
			w := httptest.NewRecorder()
			newAPI(io.Discard).ServeHTTP(w, r)
			if w.Code != c.status {
				t.Fatalf("status %d, want %d: %s", w.Code, c.status, w.Body)
			}
			if strings.HasPrefix(c.path, "/v1/me") && w.Header().Get("Cache-Control") != "no-store" {
				t.Error("a private answer may be stored")
			}
			if c.status < 400 {
				return
			}
			checkProblem(t, w, c.status, c.code, c.location, secret)
		})
	}
}

func TestSchemeOfATokenHasNoCase(t *testing.T) {
	for scheme, status := range map[string]int{"Bearer": 200, "bearer": 200, "BEARER": 200, "Basic": 401, "Bearer ": 401} {
		r := httptest.NewRequest(http.MethodPut, "/v1/open/1", strings.NewReader(`{"phone":"123"}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", scheme+" good")
		w := httptest.NewRecorder()
		if newAPI(io.Discard).ServeHTTP(w, r); w.Code != status {
			t.Errorf("%q: status %d, want %d", scheme, w.Code, status)
		}
	}
}

func checkProblem(t *testing.T, w *httptest.ResponseRecorder, status int, code, location, secret string) {
	t.Helper()
	var p struct {
		Type, Title, Detail, Code string
		Status                    int
		RequestID                 string `json:"request_id"`
		Errors                    []struct{ Location, Message string }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatalf("no JSON: %v: %s", err, w.Body)
	}
	if ct := w.Header().Get("Content-Type"); ct != "application/problem+json" {
		t.Errorf("content type %q", ct)
	}
	if p.Status != status || p.Code != code || p.RequestID != "r-1" || p.Type == "" || p.Title == "" || p.Detail == "" {
		t.Errorf("problem %s", w.Body)
	}
	if location != "" && (len(p.Errors) == 0 || p.Errors[0].Location != location || p.Errors[0].Message == "") {
		t.Errorf("errors %+v, want one at %s", p.Errors, location)
	}
	if bytes.Contains(w.Body.Bytes(), []byte(secret)) {
		t.Errorf("the answer echoes the value: %s", w.Body)
	}
	if retry := w.Header().Get("Retry-After"); (status == 503) != (retry == "1") {
		t.Errorf("Retry-After %q", retry)
	}
	if auth := w.Header().Get("WWW-Authenticate"); (status == 401) != (auth == "Bearer") {
		t.Errorf("WWW-Authenticate %q", auth)
	}
}

func TestDocumentNamesSchemasByTheirPackage(t *testing.T) {
	b, err := json.Marshal(newAPI(io.Discard).Document())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(b, []byte("Lambdahttp_testThing")) {
		t.Errorf("the document lacks the schema: %s", b)
	}
}

func TestCursorFitsOnlyItsListAndNoByteChanges(t *testing.T) {
	ctx := context.Background()
	cursors := lambdahttp.NewCursors(keys.Fixed(strings.Repeat("k", 64)))
	sealed, err := cursors.Seal("inbox u1", "position 7")
	if err != nil {
		t.Fatal(err)
	}
	var got string
	if err := cursors.Open(ctx, "inbox u1", sealed, &got); err != nil || got != "position 7" {
		t.Errorf("opened %q, %v", got, err)
	}
	if err := cursors.Open(ctx, "inbox u2", sealed, &got); !fault.Is(err, fault.MalformedRequest) {
		t.Errorf("another's list: %v", err)
	}
	for i := range sealed {
		if err := cursors.Open(ctx, "inbox u1", sealed[:i]+string(sealed[i]^1)+sealed[i+1:], &got); !fault.Is(err, fault.MalformedRequest) {
			t.Errorf("byte %d changed: %v", i, err)
		}
	}
}

func TestLanguage(t *testing.T) {
	for header, want := range map[string]string{
		"": "zh", "en": "en", "en-GB,zh;q=0.5": "en", "zh-Hant-TW": "zh", "fr": "zh", "fr,en;q=0.1": "en",
		"en;q=0.2,zh;q=0.9": "zh", "*": "zh", ";;;": "zh", "\xff": "zh",
	} {
		if got := lambdahttp.Language(header); got != want {
			t.Errorf("Language(%q) = %s, want %s", header, got, want)
		}
	}
}

func TestFirstRequestsOfAnEndpointMayComeAtOnce(t *testing.T) {
	api := newAPI(io.Discard)
	var all sync.WaitGroup
	for i := range 20 {
		path := []string{"/v1/open/1", "/v1/me/last/1"}[i%2]
		all.Go(func() {
			r := httptest.NewRequest(http.MethodPut, path, strings.NewReader(`{"phone":"123"}`))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Authorization", "Bearer good")
			w := httptest.NewRecorder()
			if api.ServeHTTP(w, r); w.Code != http.StatusOK {
				t.Errorf("%s: %d %s", path, w.Code, w.Body)
			}
		})
	}
	all.Wait()
}
