package contract_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"jewelrydisplay.app/shared/contract"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/lambdahttp"
)

type oneToken struct{}

func (oneToken) Authenticate(_ context.Context, token string) (lambdahttp.Caller, error) {
	if token != "good" {
		return lambdahttp.Caller{}, fault.New(fault.Unauthenticated, "no")
	}
	return lambdahttp.Caller{Session: "s"}, nil
}

// secret is a value that must not come back.
const secret = "13800138000"

var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)

// Every operation there is, and every one there will be, refuses what no
// handler should see. Behind these handlers there is nothing: one that ran
// would panic, and answer 500.
func TestEveryOperationRefusesBadRequests(t *testing.T) {
	api := contract.API(oneToken{}, slog.New(slog.DiscardHandler))
	if len(api.Operations()) < 40 {
		t.Fatalf("only %d operations", len(api.Operations()))
	}
	bodies := takeBodies(t)
	for _, op := range api.Operations() {
		path := placeholder.ReplaceAllString(op.Path, "6ba7b810-9dad-11d1-80b4-00c04fd430c8")
		try := func(name string, status int, change func(*http.Request)) {
			t.Run(op.ID+"/"+name, func(t *testing.T) {
				r := httptest.NewRequest(op.Method, path, nil)
				r.Header.Set("Authorization", "Bearer good")
				r.Header.Set("Device-Id", "6ba7b810-9dad-11d1-80b4-00c04fd430c8")
				r.Header.Set("Content-Type", "application/json")
				change(r)
				w := httptest.NewRecorder()
				api.ServeHTTP(w, r)
				refused(t, w, status)
			})
		}
		try("foreign token", 401, func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+secret) })
		try("other scheme", 401, func(r *http.Request) { r.Header.Set("Authorization", "Basic "+secret) })
		try("unknown parameter", 422, func(r *http.Request) { r.URL.RawQuery = "colour=" + secret })
		try("query not UTF-8", 400, func(r *http.Request) { r.URL.RawQuery = "limit=%ff" + secret })
		if op.Access == lambdahttp.SignedIn {
			try("no token", 401, func(r *http.Request) { r.Header.Del("Authorization") })
		}
		if !bodies[op.Method+" "+op.Path] {
			continue
		}
		for name, c := range map[string]struct {
			body   string
			status int
		}{
			"no body":        {"", 400},
			"not JSON":       {`{"phone": ` + secret, 400},
			"not UTF-8":      {"{\"phone\": \"\xff\"}", 400},
			"deep":           {strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40), 400},
			"1 MB":           {`{"phone": "` + strings.Repeat("1", 1<<20) + `"}`, 413},
			"a list":         {`["` + secret + `"]`, 422},
			"a text":         {`"` + secret + `"`, 422},
			"unknown member": {`{"no_such_member": "` + secret + `"}`, 422},
		} {
			try(name, c.status, func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(c.body)) })
		}
		try("other media type", 415, func(r *http.Request) {
			r.Header.Set("Content-Type", "text/plain")
			r.Body = io.NopCloser(strings.NewReader("phone=" + secret))
		})
	}
}

// takeBodies returns the operations that take a body, by the document.
func takeBodies(t *testing.T) map[string]bool {
	t.Helper()
	document, err := contract.Document()
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Paths map[string]map[string]struct {
			RequestBody any `json:"requestBody"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(document, &d); err != nil {
		t.Fatal(err)
	}
	bodies := map[string]bool{}
	for path, operations := range d.Paths {
		for method, op := range operations {
			bodies[strings.ToUpper(method)+" "+path] = op.RequestBody != nil
		}
	}
	return bodies
}

func refused(t *testing.T, w *httptest.ResponseRecorder, status int) {
	t.Helper()
	var p struct{ Type, Title, Detail, Code string }
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Type == "" || p.Title == "" || p.Detail == "" || p.Code == "" {
		t.Errorf("no problem: %v: %s", err, w.Body)
	}
	if w.Code != status || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("%d %s, want %d: %s", w.Code, w.Header().Get("Content-Type"), status, w.Body)
	}
	if strings.Contains(w.Body.String(), secret) {
		t.Errorf("the value is echoed: %s", w.Body)
	}
}
