package lambdahttp

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/keys"
)

// anything is an API whose one endpoint takes whatever there is to take and
// gives it back.
func anything() *API {
	type in struct {
		ID    string `path:"id"`
		Words string `query:"words"`
		Held  string `header:"If-None-Match"`
		Body  *struct {
			Note string `json:"note,omitempty"`
		}
	}
	type out struct {
		Fresh
		Status int
		Body   struct {
			ID string `json:"id"`
		}
	}
	api := New(nil, slog.New(slog.DiscardHandler))
	Handle(api, Operation{ID: "put", Method: http.MethodPut, Path: "/v1/things/{id}", Tag: "t"},
		func(_ context.Context, in *in) (*out, error) {
			o := &out{}
			o.Body.ID = in.ID
			var err error
			o.Fresh, o.Status, err = FreshOf(o.Body, in.Held)
			return o, err
		})
	return api
}

func FuzzCursor(f *testing.F) {
	cursors := NewCursors(keys.Fixed(strings.Repeat("k", 64)))
	ours, err := cursors.Seal("list", "position")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"", "x", ours, ours + "A", ours[1:], strings.Repeat("A", 1024), "\x00", "钻"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, cursor string) {
		var position string
		err := cursors.Open(t.Context(), "list", cursor, &position)
		if cursor != "" && cursor != ours && !fault.Is(err, fault.MalformedRequest) {
			t.Errorf("%q opens as %q, %v", cursor, position, err)
		}
		sealed, err := cursors.Seal("list", cursor)
		if err != nil {
			t.Fatal(err)
		}
		// JSON holds no text that is not UTF-8.
		if err := cursors.Open(t.Context(), "list", sealed, &position); err != nil || utf8.ValidString(cursor) && position != cursor {
			t.Errorf("%q came back as %q, %v", cursor, position, err)
		}
		if err := cursors.Open(t.Context(), "another", sealed, &position); !fault.Is(err, fault.MalformedRequest) {
			t.Errorf("a cursor fits another list: %v", err)
		}
	})
}

func FuzzLanguage(f *testing.F) {
	for _, seed := range []string{"", "en", "zh-Hant-TW;q=0.3,en", "*", ";;;", "\xff", "x-private", "en;q=NaN", strings.Repeat("en,", 300)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		if got := Language(header); got != "zh" && got != "en" {
			t.Errorf("Language(%q) = %q", header, got)
		}
	})
}

func FuzzEvent(f *testing.F) {
	e := events.APIGatewayV2HTTPRequest{Version: "2.0", RawPath: "/v1/things/1", RawQueryString: "words=a", Body: `{"note":"b"}`}
	e.RequestContext.HTTP.Method = http.MethodPut
	e.Headers = map[string]string{"content-type": "application/json", "if-none-match": `W/"a"`}
	seed, err := json.Marshal(e)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	for _, s := range []string{
		"", "{}", "[]", "null", `{"version":"1.0"}`, `{"version":"2.0","rawPath":"%"}`, `{"version":"2.0","rawPath":7}`,
		`{"version":"2.0","isBase64Encoded":true,"body":"*"}`, `{"version":"2.0","headers":{"\n":"\r"}}`,
		`{"version":"2.0","rawPath":"/v1/things/1","requestContext":{"http":{"method":"\u0000"}}}`,
	} {
		f.Add([]byte(s))
	}
	h := newHandler(anything())
	f.Fuzz(func(t *testing.T, event []byte) {
		payload, err := h.Invoke(t.Context(), event)
		if err != nil {
			return // no event of a gateway: Lambda reports it
		}
		var answer events.APIGatewayV2HTTPResponse
		if err := json.Unmarshal(payload, &answer); err != nil || answer.StatusCode < 200 || answer.StatusCode >= 500 {
			t.Errorf("%s: %d, %v", event, answer.StatusCode, err)
		}
	})
}

// FuzzPath hands a path on as the gateway does: decoded once.
func FuzzPath(f *testing.F) {
	for _, seed := range []string{"1", "%", "%25", "100%25", "%2F", "a/b", "a//b", "/", "..", ".", "%zz", "钻石 ?#💍", "\x00", "\xff"} {
		f.Add(seed)
	}
	h := newHandler(anything())
	f.Fuzz(func(t *testing.T, id string) {
		if !utf8.ValidString(id) {
			return // an event is JSON
		}
		e := events.APIGatewayV2HTTPRequest{Version: "2.0", RawPath: "/v1/things/" + id}
		e.RequestContext.HTTP.Method = http.MethodPut
		event, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		payload, err := h.Invoke(t.Context(), event)
		if err != nil {
			t.Fatalf("%q: %v", id, err)
		}
		var answer events.APIGatewayV2HTTPResponse
		var body struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal(payload, &answer); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(answer.Body), &body); err != nil {
			t.Fatalf("%q: %v", answer.Body, err)
		}
		one := id != "" && !strings.Contains(id, "/") && id != "." && id != ".." && !strings.Contains(id, "\x00")
		if answer.StatusCode == http.StatusOK && body.ID != id || one != (answer.StatusCode == http.StatusOK) {
			t.Errorf("%q: %d, id %q", id, answer.StatusCode, body.ID)
		}
	})
}

func FuzzBody(f *testing.F) {
	for _, seed := range []string{"", "{}", `{"note":"a"}`, `{"note":null}`, "null", "[", `{"note":"\ud800"}`, "\xff", strings.Repeat("[", 99), `{"a":1}{`, `1e999`} {
		f.Add([]byte(seed), "application/json", "words=a", `"x"`)
	}
	f.Add([]byte("a"), "text/plain; charset=\"", "a=%zz&;&words", "W/")
	api := anything()
	f.Fuzz(func(t *testing.T, body []byte, kind, query, held string) {
		r := httptest.NewRequest(http.MethodPut, "/v1/things/1", strings.NewReader(string(body)))
		r.URL.RawQuery = query
		r.Header = http.Header{"Content-Type": {kind}, "If-None-Match": {held}}
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		if w.Code >= 500 || w.Code >= 400 && w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if w.Code < 300 && len(body) > 0 && (!json.Valid(body) || !utf8.Valid(body)) {
			t.Errorf("%q was taken", body)
		}
	})
}
