package gateway_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"jewelrydisplay.app/shared/local/gateway"
	"jewelrydisplay.app/shared/local/stack"
)

var noon = time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)

// serve starts a gateway whose function answers with what reply returns, and
// notes the function and its last event.
type served struct {
	*httptest.Server
	function string
	event    events.APIGatewayV2HTTPRequest
	raw      string
	log      bytes.Buffer
}

func serve(t *testing.T, routes []string, reply func(ctx context.Context) ([]byte, bool, error)) *served {
	t.Helper()
	s := &served{}
	var table []stack.Route
	for _, key := range routes {
		table = append(table, stack.Route{Key: key, Function: "F:" + key})
	}
	g, err := gateway.New(gateway.Options{
		Routes: table, Account: "123456789012", Now: func() time.Time { return noon }, Timeout: 50 * time.Millisecond, Log: &s.log,
		Invoke: func(ctx context.Context, function string, event []byte) ([]byte, bool, error) {
			s.function, s.raw = function, string(event)
			s.event = events.APIGatewayV2HTTPRequest{}
			if err := json.Unmarshal(event, &s.event); err != nil {
				t.Error(err)
			}
			return reply(ctx)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Server = httptest.NewServer(g)
	t.Cleanup(s.Close)
	return s
}

func answer(body string) func(context.Context) ([]byte, bool, error) {
	return func(context.Context) ([]byte, bool, error) { return []byte(body), false, nil }
}

func (s *served) do(t *testing.T, method, path, body string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return res, string(text)
}

func TestRoutes(t *testing.T) {
	s := serve(t, []string{
		"GET /v1/me", "GET /v1/me/{id}", "DELETE /v1/me/sessions/{id}", "DELETE /v1/me/sessions/current",
		"GET /v1/files/{rest+}", "ANY /v1/any", "PUT /v1/any", "GET /v1/files/{id}", "$default",
	}, answer(`{"statusCode":200}`))
	for _, c := range []struct{ method, path, want, parameter string }{
		{"GET", "/v1/me", "GET /v1/me", ""},
		{"GET", "/v1/me?x=1", "GET /v1/me", ""},
		{"GET", "/v1/me/", "$default", ""},
		{"GET", "/V1/me", "$default", ""},
		{"HEAD", "/v1/me", "$default", ""},
		{"OPTIONS", "/v1/me", "$default", ""},
		{"GET", "/v1/me/a%20b", "GET /v1/me/{id}", "a b"},
		{"GET", "/v1/me/a%2Fb", "GET /v1/me/{id}", "a/b"},
		{"GET", "/v1/m%65", "GET /v1/me", ""},
		{"DELETE", "/v1/me/sessions/current", "DELETE /v1/me/sessions/current", ""},
		{"DELETE", "/v1/me/sessions/currently", "DELETE /v1/me/sessions/{id}", "currently"},
		{"GET", "/v1/files/a/b/c", "GET /v1/files/{rest+}", "a/b/c"},
		{"GET", "/v1/files/a", "GET /v1/files/{id}", "a"},
		{"PUT", "/v1/any", "PUT /v1/any", ""},
		{"POST", "/v1/any", "ANY /v1/any", ""},
		{"GET", "/", "$default", ""},
	} {
		t.Run(c.method+" "+c.path, func(t *testing.T) {
			s.do(t, c.method, c.path, "")
			if s.function != "F:"+c.want || s.event.RouteKey != c.want || s.event.RequestContext.RouteKey != c.want {
				t.Errorf("went to %s as %s, want %s", s.function, s.event.RouteKey, c.want)
			}
			for _, got := range s.event.PathParameters {
				if got != c.parameter {
					t.Errorf("parameter %q, want %q", got, c.parameter)
				}
			}
		})
	}
}

func TestNoRoute(t *testing.T) {
	s := serve(t, []string{"GET /v1/me"}, answer(`{}`))
	if res, body := s.do(t, "POST", "/v1/me", ""); res.StatusCode != 404 || body != `{"message":"Not Found"}` {
		t.Errorf("got %d %s", res.StatusCode, body)
	}
}

func TestBadRoutes(t *testing.T) {
	for _, keys := range [][]string{{"GET"}, {"GET v1"}, {"GET /{x"}, {"GET /{}"}, {"GET /{a+}/b"}, {"GET /a", "GET /a"}} {
		var routes []stack.Route
		for _, k := range keys {
			routes = append(routes, stack.Route{Key: k})
		}
		if _, err := gateway.New(gateway.Options{Routes: routes}); err == nil || !strings.Contains(err.Error(), keys[0]) {
			t.Errorf("%q: %v, want an error that names it", keys, err)
		}
	}
}

func TestTheEvent(t *testing.T) {
	s := serve(t, []string{"POST /v1/a/{id}"}, answer(`{"statusCode":200}`))
	s.do(
		t, "POST", "/v1/a/%E9%87%91?q=%E9%92%BB&metal=gold&metal=silver&flag", `{"a":1}`,
		"Content-Type", "application/json; charset=utf-8", "X-Many", "1", "X-Many", "2", "Cookie", "a=1; b=2", "User-Agent", "probe", "X-Forwarded-For", "10.9.8.7",
	)
	e := s.event
	if e.Version != "2.0" || e.RawPath != "/v1/a/金" || e.RawQueryString != "q=%E9%92%BB&metal=gold&metal=silver&flag" {
		t.Errorf("path %q, query %q", e.RawPath, e.RawQueryString)
	}
	for name, want := range map[string]string{"q": "钻", "metal": "gold,silver", "flag": ""} {
		if got, ok := e.QueryStringParameters[name]; !ok || got != want {
			t.Errorf("query %s=%q, want %q", name, got, want)
		}
	}
	for name, want := range map[string]string{
		"x-many": "1,2", "content-type": "application/json; charset=utf-8", "content-length": "7",
		"x-forwarded-for": "10.9.8.7, 127.0.0.1", "host": strings.TrimPrefix(s.URL, "http://"),
	} {
		if got := e.Headers[name]; got != want {
			t.Errorf("header %s: %q, want %q", name, got, want)
		}
	}
	if _, ok := e.Headers["cookie"]; ok || len(e.Cookies) != 2 || e.Cookies[1] != "b=2" {
		t.Errorf("cookies %q", e.Cookies)
	}
	if e.PathParameters["id"] != "金" || e.Body != `{"a":1}` || e.IsBase64Encoded {
		t.Errorf("parameters %v, body %q", e.PathParameters, e.Body)
	}
	c := e.RequestContext
	if c.AccountID != "123456789012" || c.Stage != "$default" || c.Time != "09/Mar/2026:12:00:00 +0000" || c.TimeEpoch != noon.UnixMilli() ||
		c.HTTP.Method != "POST" || c.HTTP.Path != "/v1/a/金" || c.HTTP.SourceIP != "127.0.0.1" || c.HTTP.UserAgent != "probe" || c.HTTP.Protocol != "HTTP/1.1" {
		t.Errorf("context %+v", c)
	}
}

func TestWhatIsAbsentStaysAbsent(t *testing.T) {
	s := serve(t, []string{"GET /a"}, answer(`{"statusCode":200}`))
	s.do(t, "GET", "/a", "")
	for _, name := range []string{`"body"`, `"cookies"`, `"queryStringParameters"`, `"pathParameters"`} {
		if strings.Contains(s.raw, name) {
			t.Errorf("%s is in %s", name, s.raw)
		}
	}
}

func TestADecodedQuestionMarkCutsThePath(t *testing.T) {
	s := serve(t, []string{"$default"}, answer(`{"statusCode":200}`))
	s.do(t, "GET", "/a%3Fb", "")
	if s.event.RawPath != "/a" {
		t.Errorf("path %q", s.event.RawPath)
	}
}

func TestBodies(t *testing.T) {
	s := serve(t, []string{"POST /a"}, answer(`{"statusCode":200}`))
	for _, c := range []struct {
		kind, body string
		encoded    bool
	}{
		{"application/json", "{}", false},
		{"text/plain", "x", false},
		{"application/merge-patch+json", "{}", false},
		{"application/x-www-form-urlencoded", "a=b", true},
		{"image/png", "\x89PNG", true},
		{"", "{}", true},
		{"application/json", "{\"a\":\"\xff\"}", true},
	} {
		s.do(t, "POST", "/a", c.body, "Content-Type", c.kind)
		want := c.body
		if c.encoded {
			want = base64.StdEncoding.EncodeToString([]byte(c.body))
		}
		if s.event.Body != want || s.event.IsBase64Encoded != c.encoded {
			t.Errorf("%q %q arrived as %q, base64 %v", c.kind, c.body, s.event.Body, s.event.IsBase64Encoded)
		}
	}
}

func TestLimits(t *testing.T) {
	s := serve(t, []string{"POST /a"}, answer(`{"statusCode":200}`))
	if res, body := s.do(t, "POST", "/a", strings.Repeat("x", 10<<20+1)); res.StatusCode != 413 || body != `{"message":"Request Entity Too Large"}` {
		t.Errorf("over 10 MB: %d %s", res.StatusCode, body)
	}
	if res, _ := s.do(t, "POST", "/a", "", "X-Long", strings.Repeat("x", 10_240)); res.StatusCode != 431 {
		t.Errorf("over 10,240 bytes of headers: %d", res.StatusCode)
	}
	if s.function != "" {
		t.Errorf("%s was asked", s.function)
	}
}

func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		name, payload string
		status        int
		kind, body    string
	}{
		{"format 2.0", `{"statusCode":201,"headers":{"content-type":"application/problem+json"},"body":"{}"}`, 201, "application/problem+json", "{}"},
		{"no type", `{"statusCode":200,"body":"x"}`, 200, "text/plain;charset=utf-8", "x"},
		{"base64", `{"statusCode":200,"body":"iVBORw==","isBase64Encoded":true}`, 200, "text/plain;charset=utf-8", "\x89PNG"},
		{"no content", `{"statusCode":204,"body":"x"}`, 204, "", ""},
		{"inferred", `{"a":1}`, 200, "application/json", `{"a":1}`},
		{"an inferred string", `"hello"`, 200, "application/json", "hello"},
		{"a list", `[1]`, 200, "application/json", "[1]"},
		{"no status", `{"statusCode":"x"}`, 500, "application/json", `{"message":"Internal Server Error"}`},
		{"status 99", `{"statusCode":99}`, 500, "application/json", `{"message":"Internal Server Error"}`},
		{"broken base64", `{"statusCode":200,"body":"!","isBase64Encoded":true}`, 500, "application/json", `{"message":"Internal Server Error"}`},
		{"not JSON", `oops`, 500, "application/json", `{"message":"Internal Server Error"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, []string{"GET /a"}, answer(c.payload))
			res, body := s.do(t, "GET", "/a", "")
			if res.StatusCode != c.status || res.Header.Get("Content-Type") != c.kind || body != c.body {
				t.Errorf("got %d %q %q", res.StatusCode, res.Header.Get("Content-Type"), body)
			}
			if res.Header.Get("Apigw-Requestid") == "" {
				t.Error("no request id")
			}
		})
	}
}

func TestAnswersCookies(t *testing.T) {
	s := serve(t, []string{"GET /a"}, answer(`{"statusCode":200,"cookies":["a=1","b=2"],"headers":{"Transfer-Encoding":"x","Etag":"\"1\""}}`))
	res, _ := s.do(t, "GET", "/a", "")
	if got := res.Header.Values("Set-Cookie"); len(got) != 2 || got[1] != "b=2" || res.Header.Get("Etag") != `"1"` {
		t.Errorf("headers %v", res.Header)
	}
}

func TestAHeadRequestHasNoBody(t *testing.T) {
	s := serve(t, []string{"$default"}, answer(`{"statusCode":404,"body":"x"}`))
	if res, body := s.do(t, "HEAD", "/a", ""); res.StatusCode != 404 || body != "" {
		t.Errorf("got %d %q", res.StatusCode, body)
	}
}

func TestFailures(t *testing.T) {
	for _, c := range []struct {
		name   string
		reply  func(ctx context.Context) ([]byte, bool, error)
		status int
		body   string
	}{
		{"the function failed", func(context.Context) ([]byte, bool, error) { return []byte(`{"errorMessage":"secret"}`), true, nil }, 500, "Internal Server Error"},
		{"it could not be run", func(context.Context) ([]byte, bool, error) { return nil, false, errors.New("secret") }, 500, "Internal Server Error"},
		{"over Lambda's 6 MB", func(context.Context) ([]byte, bool, error) { return nil, false, gateway.ErrTooLarge }, 413, "Request Entity Too Large"},
		{"throttled", func(context.Context) ([]byte, bool, error) { return nil, false, gateway.ErrThrottled }, 503, "Service Unavailable"},
		{"too slow", func(ctx context.Context) ([]byte, bool, error) { <-ctx.Done(); return nil, false, ctx.Err() }, 504, "Endpoint request timed out"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, []string{"GET /a"}, c.reply)
			if res, body := s.do(t, "GET", "/a", ""); res.StatusCode != c.status || body != `{"message":"`+c.body+`"}` {
				t.Errorf("got %d %s", res.StatusCode, body)
			}
		})
	}
}

func TestTheAccessLogHoldsNothingOfTheRequest(t *testing.T) {
	s := serve(t, []string{"POST /v1/{id}"}, answer(`{"statusCode":201,"body":"12345"}`))
	s.do(t, "POST", "/v1/secret-path?q=secret-query", "secret-body", "User-Agent", "secret-agent")
	var entry map[string]any
	if err := json.Unmarshal(s.log.Bytes(), &entry); err != nil {
		t.Fatal(err)
	}
	if entry["routeKey"] != "POST /v1/{id}" || entry["status"] != 201.0 || entry["responseLength"] != 5.0 || entry["requestId"] == "" || entry["time"] != "2026-03-09T12:00:00Z" {
		t.Errorf("the line is %s", s.log.String())
	}
	for _, no := range []string{"secret", "127.0.0.1"} {
		if strings.Contains(s.log.String(), no) {
			t.Errorf("the line holds %q: %s", no, s.log.String())
		}
	}
}
