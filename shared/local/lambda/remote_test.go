package lambda_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"jewelrydisplay.app/shared/local/lambda"
	"jewelrydisplay.app/shared/local/stack"
)

// A host elsewhere runs the functions: what it answers is the answer, a failure
// stays one, and it learns of the clock.
func TestFunctionsOnAnotherHost(t *testing.T) {
	clock := make(chan string, 1)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		switch r.Method + " " + r.URL.Path {
		case "PUT /clock":
			clock <- string(body)
			w.WriteHeader(http.StatusNoContent)
		case "POST /2015-03-31/functions/Probe/invocations":
			if string(body) == `{"fail":true}` {
				w.Header().Set("X-Amz-Function-Error", "Unhandled")
			}
			if _, err := w.Write(body); err != nil {
				t.Error(err)
			}
		default:
			http.NotFound(w, r)
		}
	}))
	defer elsewhere.Close()
	s, err := lambda.New(lambda.Options{
		Functions: []stack.Function{{LogicalID: "Probe"}, {LogicalID: "Gone"}}, LogDir: t.TempDir(), Remote: elsewhere.URL,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	result, err := s.Invoke(t.Context(), "Probe", []byte(`{"a":1}`))
	if err != nil || result.Failure != "" || string(result.Payload) != `{"a":1}` {
		t.Errorf("answered %+v, %v", result, err)
	}
	if result, err := s.Invoke(t.Context(), "Probe", []byte(`{"fail":true}`)); err != nil || result.Failure != "Unhandled" {
		t.Errorf("a failure answered %+v, %v", result, err)
	}
	if _, err := s.Invoke(t.Context(), "Gone", []byte(`{}`)); err == nil {
		t.Error("a function that the other host does not know answered")
	}
	s.Turn(time.Hour)
	if got := <-clock; got != `{"offset_seconds": 3600}` {
		t.Errorf("the other host's clock is %s", got)
	}
}
