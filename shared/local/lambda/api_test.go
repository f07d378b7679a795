package lambda_test

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestTheInvokeCall(t *testing.T) {
	h := run(t, nil)
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	for _, c := range []struct {
		name, path, body string
		header           [2]string
		status           int
		want, failure    string
	}{
		{"by name", "Probe/invocations", `{"Do":"env","Name":"_HANDLER"}`, [2]string{}, 200, `"probe"`, ""},
		{"by ARN", "arn%3Aaws%3Alambda%3Aeu-west-3%3A123456789012%3Afunction%3AProbe/invocations", `{"Do":"env","Name":"_HANDLER"}`, [2]string{}, 200, `"probe"`, ""},
		{"no body", "Probe/invocations", ``, [2]string{}, 200, `"Do":""`, ""},
		{"the function's error", "Probe/invocations", `{"Do":"fail"}`, [2]string{}, 200, `"errorMessage":"as asked"`, "Unhandled"},
		{"as an event", "Probe/invocations", `{}`, [2]string{"X-Amz-Invocation-Type", "Event"}, 202, ``, ""},
		{"dry", "Probe/invocations", `{"Do":"exit"}`, [2]string{"X-Amz-Invocation-Type", "DryRun"}, 204, ``, ""},
		{"not JSON", "Probe/invocations", `{`, [2]string{}, 400, `Could not parse`, ""},
		{"over 6 MB", "Probe/invocations", `"` + strings.Repeat("x", 6<<20) + `"`, [2]string{}, 413, ``, ""},
		{"unknown", "Nobody/invocations", `{}`, [2]string{}, 404, `no such function`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), "POST", server.URL+"/2015-03-31/functions/"+c.path, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			if c.header[0] != "" {
				req.Header.Set(c.header[0], c.header[1])
			}
			status, header, body := do(t, req)
			if status != c.status || !strings.Contains(body, c.want) || header.Get("X-Amz-Function-Error") != c.failure {
				t.Errorf("got %d %q %s", status, header.Get("X-Amz-Function-Error"), body)
			}
		})
	}
}

func TestTheInvokeCallReturnsTheLogsTail(t *testing.T) {
	h := run(t, nil)
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	for _, text := range []string{"first", "second"} {
		req, err := http.NewRequestWithContext(t.Context(), "POST", server.URL+"/2015-03-31/functions/Probe/invocations", strings.NewReader(`{"Do":"print","Name":"`+text+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Amz-Log-Type", "Tail")
		_, header, _ := do(t, req)
		tail, err := base64.StdEncoding.DecodeString(header.Get("X-Amz-Log-Result"))
		if err != nil || string(tail) != text+"\n" {
			t.Errorf("the tail is %q (%v), want %q alone", tail, err, text)
		}
	}
}

func TestFunctionsAreListed(t *testing.T) {
	h := run(t, nil)
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	for _, path := range []string{"/", "/Probe", "/Probe/configuration"} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", server.URL+"/2015-03-31/functions"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if status, _, body := do(t, req); status != 200 || !strings.Contains(body, `"FunctionName":"Probe"`) || !strings.Contains(body, `"Handler":"probe"`) {
			t.Errorf("GET %s: %d %s", path, status, body)
		}
	}
}

func do(t *testing.T, req *http.Request) (int, http.Header, string) {
	t.Helper()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	var body bytes.Buffer
	if _, err := io.Copy(&body, res.Body); err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, body.String()
}
