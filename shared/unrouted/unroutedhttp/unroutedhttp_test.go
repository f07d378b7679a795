package unroutedhttp_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"jewelrydisplay.app/shared/unrouted/unroutedhttp"
)

func TestAnswers(t *testing.T) {
	cases := []struct {
		name, method, path string
		status             int
		code, allow        string
	}{
		{"unknown path", "GET", "/v1/secret-13800138000", 404, "not_found", ""},
		{"root", "GET", "/", 404, "not_found", ""},
		{"wrong method", "DELETE", "/v1/me", 405, "method_not_allowed", "GET, PATCH"},
		{"head", "HEAD", "/v1/products", 405, "method_not_allowed", "GET"},
		{"wrong method of a named path", "POST", "/v1/me/favourites/secret-13800138000", 405, "method_not_allowed", "DELETE, GET, PUT"},
		{"a path that is no UTF-8", "GET", "/v1/%ff", 404, "not_found", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			answer := httptest.NewRecorder()
			unroutedhttp.Handler(slog.New(slog.NewTextHandler(io.Discard, nil))).
				ServeHTTP(answer, httptest.NewRequest(c.method, c.path, strings.NewReader("\xff not JSON")))
			if answer.Code != c.status || answer.Header().Get("Allow") != c.allow {
				t.Errorf("status %d, Allow %q; want %d, %q", answer.Code, answer.Header().Get("Allow"), c.status, c.allow)
			}
			if got := answer.Header().Get("Content-Type"); got != "application/problem+json" {
				t.Errorf("Content-Type %q", got)
			}
			var problem struct {
				Type, Title, Detail, Code string
				Status                    int
			}
			if err := json.Unmarshal(answer.Body.Bytes(), &problem); err != nil {
				t.Fatal(err)
			}
			if problem.Code != c.code || problem.Status != c.status || problem.Type == "" || problem.Title == "" || problem.Detail == "" {
				t.Errorf("problem %+v", problem)
			}
			if strings.Contains(answer.Body.String(), "13800138000") {
				t.Errorf("the answer repeats the path: %s", answer.Body)
			}
		})
	}
}
