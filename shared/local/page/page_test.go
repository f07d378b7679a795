package page_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"jewelrydisplay.app/shared/local/page"
)

func TestPageReachesTheAPIThroughItsOwnAddress(t *testing.T) {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "api "+r.Method+" "+r.URL.RequestURI()+" "+r.Header.Get("Authorization"))
	}))
	defer api.Close()
	script := filepath.Join(t.TempDir(), "script.js")
	if err := os.WriteFile(script, []byte("script"), 0o600); err != nil {
		t.Fatal(err)
	}
	others := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "control") })
	h, err := page.Handler(api.URL, script, others)
	if err != nil {
		t.Fatal(err)
	}
	get := func(method, path string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, nil)
		r.Header.Set("Authorization", "Bearer t")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	for path, want := range map[string]string{
		"/v1/products?q=%E9%92%BB&limit=1": "api GET /v1/products?q=%E9%92%BB&limit=1 Bearer t",
		"/v1/merchants/a%2Fb":              "api GET /v1/merchants/a%2Fb Bearer t",
		"/scalar.js":                       "script", "/clock": "control", "/messages": "control",
	} {
		if got := get(http.MethodGet, path).Body.String(); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	if got := get(http.MethodPut, "/v1/me/phone").Body.String(); got != "api PUT /v1/me/phone Bearer t" {
		t.Errorf("PUT: %q", got)
	}
	first := get(http.MethodGet, "/")
	if !strings.Contains(first.Body.String(), "/openapi.json") || !strings.Contains(first.Header().Get("Content-Security-Policy"), "default-src 'self'") {
		t.Errorf("the page: %v %s", first.Header(), first.Body)
	}
	var document struct{ OpenAPI string }
	if err := json.Unmarshal(get(http.MethodGet, "/openapi.json").Body.Bytes(), &document); err != nil || document.OpenAPI != "3.1.0" {
		t.Errorf("the document: %v %+v", err, document)
	}
}
