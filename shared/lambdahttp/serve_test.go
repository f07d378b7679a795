package lambdahttp

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

// An HTTP API decodes the path of its event.
func TestPathOfAnEventIsDecodedOnce(t *testing.T) {
	type in struct {
		ID string `path:"id"`
	}
	type out struct {
		Body struct {
			ID string `json:"id"`
		}
	}
	api := New(nil, slog.New(slog.NewTextHandler(io.Discard, nil)))
	Handle(api, Operation{ID: "get", Method: http.MethodGet, Path: "/v1/things/{id}", Tag: "t"},
		func(_ context.Context, in *in) (*out, error) {
			o := &out{}
			o.Body.ID = in.ID
			return o, nil
		})
	for id, status := range map[string]int{"1": 200, "%": 200, "100%25": 200, "%2F": 200, "钻石 ?#💍": 200, "%zz": 200, "a/b": 404} {
		e := events.APIGatewayV2HTTPRequest{Version: "2.0", RawPath: "/v1/things/" + id, RawQueryString: ""}
		e.RequestContext.HTTP.Method = http.MethodGet
		event, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		payload, err := newHandler(api).Invoke(context.Background(), event)
		if err != nil {
			t.Errorf("%q: %v", id, err)
			continue
		}
		var answer events.APIGatewayV2HTTPResponse
		var body struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal(payload, &answer); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(answer.Body), &body); err != nil || answer.StatusCode != status || (status == 200 && body.ID != id) {
			t.Errorf("%q: %d, id %q, %v", id, answer.StatusCode, body.ID, err)
		}
	}
}

func TestOnlyWhatIsPersonalIsStoredNowhere(t *testing.T) {
	for path, want := range map[string]bool{
		"/v1/me": true, "/v1/me/inbox": true, "/v1/login/codes": true, "/v1/cancellations/r": true,
		"/v1/merchants": false, "/v1/products": false, "/v1/meadow": false,
	} {
		if private(path) != want {
			t.Errorf("private(%q) is %v", path, !want)
		}
	}
}

// A client writes what it likes into headers; only the gateway knows where the
// request came from.
func TestTheAddressIsTheGatewaysNotTheHeaders(t *testing.T) {
	var got string
	api := New(nil, slog.New(slog.NewTextHandler(io.Discard, nil)))
	Handle(api, Operation{ID: "get", Method: http.MethodGet, Path: "/v1/things", Tag: "t"},
		func(ctx context.Context, _ *struct{}) (*struct{}, error) {
			got = ClientAddress(ctx).String()
			return nil, nil
		})
	for source, want := range map[string]string{
		"203.0.113.9": "203.0.113.9", "2001:db8:1:2::3": "2001:db8:1:2::3", "::ffff:203.0.113.9": "203.0.113.9", "": "invalid IP",
	} {
		e := events.APIGatewayV2HTTPRequest{Version: "2.0", RawPath: "/v1/things", Headers: map[string]string{
			"x-forwarded-for": "198.51.100.1, 198.51.100.2", "forwarded": "for=198.51.100.3",
		}}
		e.RequestContext.HTTP.Method, e.RequestContext.HTTP.SourceIP = http.MethodGet, source
		event, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := newHandler(api).Invoke(context.Background(), event); err != nil || got != want {
			t.Errorf("%q: %q, want %q, %v", source, got, want, err)
		}
	}
}

// The library takes the null of an optional member for an absent one; the
// contract says that nothing is null.
func TestNullIsRefusedWhereTheSchemaHasNone(t *testing.T) {
	type inner struct {
		Note string `json:"note,omitempty"`
	}
	type in struct {
		Body struct {
			Name  string   `json:"name,omitempty"`
			Inner *inner   `json:"inner,omitempty"`
			List  []string `json:"list,omitempty" nullable:"false"`
			Gone  *string  `json:"gone,omitempty" nullable:"true"`
		}
	}
	api := New(nil, slog.New(slog.DiscardHandler))
	Handle(api, Operation{ID: "put", Method: http.MethodPut, Path: "/v1/things", Tag: "t"},
		func(context.Context, *in) (*struct{}, error) { return nil, nil })
	for body, want := range map[string]string{
		`{"name":"a","inner":{"note":"b"},"list":["c"]}`: "", `{"gone":null}`: "",
		`{"name":null}`: "body.name", `{"inner":null}`: "body.inner", `{"inner":{"note":null}}`: "body.inner.note",
		`{"list":null}`: "body.list", `{"list":["a",null]}`: "body.list[1]", `null`: "body",
	} {
		r := httptest.NewRequest(http.MethodPut, "/v1/things", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		refused := w.Code == http.StatusUnprocessableEntity && strings.Contains(w.Body.String(), `"location":"`+want+`"`)
		if want == "" && w.Code != http.StatusNoContent || want != "" && !refused {
			t.Errorf("%s: %d %s, want a refusal of %q", body, w.Code, w.Body, want)
		}
	}
}

// A function that is killed at its time-out answers 500: it gives up before.
func TestWhatTakesTooLongIsUnavailable(t *testing.T) {
	api := New(nil, slog.New(slog.NewTextHandler(io.Discard, nil)))
	Handle(api, Operation{ID: "wait", Method: http.MethodGet, Path: "/v1/wait", Tag: "t"},
		func(ctx context.Context, _ *struct{}) (*struct{}, error) {
			<-ctx.Done()
			return nil, fmt.Errorf("an engine: %w", ctx.Err())
		})
	e := events.APIGatewayV2HTTPRequest{Version: "2.0", RawPath: "/v1/wait"}
	e.RequestContext.HTTP.Method = http.MethodGet
	event, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), lastWord+10*time.Millisecond)
	defer cancel()
	payload, err := newHandler(api).Invoke(ctx, event)
	if err != nil || ctx.Err() != nil {
		t.Fatalf("%v %v: it must answer in time", err, ctx.Err())
	}
	var answer events.APIGatewayV2HTTPResponse
	if err := json.Unmarshal(payload, &answer); err != nil {
		t.Fatal(err)
	}
	header := http.Header{}
	for name, value := range answer.Headers {
		header.Set(name, value)
	}
	if answer.StatusCode != http.StatusServiceUnavailable || header.Get("Retry-After") == "" {
		t.Errorf("%d %v, want 503 with Retry-After", answer.StatusCode, answer.Headers)
	}
}

func TestAParameterIsGivenOnce(t *testing.T) {
	type in struct {
		Limit int      `query:"limit"`
		Metal []string `query:"metal,explode"`
	}
	api := New(nil, slog.New(slog.DiscardHandler))
	Handle(api, Operation{ID: "get", Method: http.MethodGet, Path: "/v1/things", Tag: "t"},
		func(context.Context, *in) (*struct{}, error) { return nil, nil })
	for query, status := range map[string]int{
		"limit=1": 204, "metal=a&metal=b&limit=2": 204, "limit=": 204, "limit=1&limit=2": 422, "limit=&limit=x": 422,
	} {
		w := httptest.NewRecorder()
		api.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/v1/things?"+query, nil))
		if w.Code != status {
			t.Errorf("%s: %d %s, want %d", query, w.Code, w.Body, status)
		}
	}
}
