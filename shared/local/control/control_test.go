package control_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"jewelrydisplay.app/shared/local/control"
	"jewelrydisplay.app/shared/local/faults"
	"jewelrydisplay.app/shared/local/iam"
	"jewelrydisplay.app/shared/local/proxy"
	"jewelrydisplay.app/shared/local/usage"
	"jewelrydisplay.app/shared/local/wake"
)

// cloud is a cloud whose clock stands at a day.
type cloud struct {
	offset  time.Duration
	settled int
}

func (c *cloud) Offset() time.Duration { return c.offset }

func (c *cloud) Turn(_ context.Context, offset time.Duration) error {
	switch {
	case offset < c.offset:
		return wake.ErrBackwards
	case offset == 13*24*time.Hour:
		return errors.New("an engine is gone")
	}
	c.offset = offset
	return nil
}

func (c *cloud) RunSchedule(_ context.Context, id string) ([]byte, bool, error) {
	switch id {
	case "Hourly":
		return []byte(`{"done":1}`), false, nil
	case "Broken":
		return []byte(`{"errorType":"x"}`), true, nil
	}
	return nil, false, wake.ErrNoSchedule
}

func (c *cloud) Settle(context.Context) error {
	c.settled++
	return nil
}

func (c *cloud) Records(context.Context) ([]json.RawMessage, error) {
	return []json.RawMessage{[]byte(`{"eventName":"REMOVE"}`)}, nil
}

// roles are those of a function F with one grant.
type roles struct{}

func (roles) Report() iam.Report {
	return iam.Report{Ungranted: []iam.Call{{Function: "F", Action: "a:B", Resource: "r"}}, Unused: []iam.Grant{}}
}

func (roles) Withhold(grants []iam.Grant) error {
	for _, g := range grants {
		if g != (iam.Grant{Function: "F", Action: "a:B", Resource: "r"}) {
			return errors.New("no such grant")
		}
	}
	return nil
}

// plans are the faults of a cloud with the function F.
type plans struct{ faults.Injector }

func (p *plans) Set(plan faults.Plan) error { return p.Injector.Set(plan, []string{"F"}) }

func TestTheAddress(t *testing.T) {
	at := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	messages := []proxy.Message{
		{Kind: "push", To: "token-1", Text: "<b>", At: at},
		{Kind: "sms", To: "+8613800138000", Text: "code 123456", At: at},
		{Kind: "sms", To: "+33612345678", Text: "code 654321", At: at},
	}
	for _, c := range []struct {
		call, body   string
		status       int
		want, absent string
	}{
		{"GET /health", "", 200, `"status":"ok"`, ""},
		{"GET /messages", "", 200, `{"items":[{"kind":"push","to":"token-1","text":"<b>","at":"2026-03-09T12:00:00Z"},{"kind":"sms"`, ""},
		{"GET /messages?kind=sms&phone=%2B8613800138000", "", 200, `123456`, `654321`},
		{"GET /messages?phone=+8613800138000", "", 200, `123456`, `token-1`},
		{"GET /messages?phone=8613800138001", "", 200, `{"items":[]}`, ""},
		{"GET /messages?phone=13800138000", "", 200, `123456`, `token-1`},
		{"GET /messages?phone=13800138001", "", 200, `{"items":[]}`, ""},
		{"GET /messages?kind=letter", "", 422, `"code":"invalid_request"`, ""},
		{"GET /clock", "", 200, `{"offset_seconds":86400}`, ""},
		{"PUT /clock", `{"offset_seconds":90000}`, 200, `{"offset_seconds":90000}`, ""},
		{"PUT /clock", `{"offset_seconds":5}`, 422, `"code":"invalid_request"`, ""},
		{"PUT /clock", `{"offset_seconds":-5}`, 422, `"code":"invalid_request"`, ""},
		{"PUT /clock", `{"offset_seconds":99999999999}`, 422, `"code":"invalid_request"`, ""},
		{"PUT /clock", `{"offset_seconds":1123200}`, 500, `an engine is gone`, ""},
		{"PUT /clock", `{"offset_seconds":"5"}`, 400, `"code":"malformed_request"`, ""},
		{"PUT /clock", `{"offset":5}`, 400, `"code":"malformed_request"`, ""},
		{"PUT /clock", `{}`, 400, `"code":"malformed_request"`, ""},
		{"PUT /clock", ``, 400, `"code":"malformed_request"`, ""},
		{"POST /schedules/Hourly/run", "", 200, `{"done":1}`, ""},
		{"POST /schedules/Broken/run", "", 502, `errorType`, ""},
		{"POST /schedules/Nothing/run", "", 404, `"code":"not_found"`, ""},
		{"POST /settle", "", 204, ``, ""},
		{"GET /iam", "", 200, `{"ungranted":[{"function":"F","action":"a:B","resource":"r"}],"unused":[],`, ""},
		{"PUT /iam", `{"withheld":[{"function":"F","action":"a:B","resource":"r"}]}`, 200, `"ungranted"`, ""},
		{"PUT /iam", `{"withheld":[{"function":"F","action":"a:C","resource":"r"}]}`, 422, `"location":"body.withheld"`, ""},
		{"GET /usage", "", 200, `"goroutines":7`, ""},
		{"GET /faults", "", 200, `{"rate":0,"kind":"","seed":0,"seen":0,"struck":[]}`, ""},
		{"PUT /faults", `{"rate":0.5,"kind":"throttling","service":"dynamodb","action":"PutItem","seed":7}`, 200, `{"rate":0.5,"kind":"throttling","service":"dynamodb","action":"PutItem","seed":7,"seen":0,"struck":[]}`, ""},
		{"PUT /faults", `{"rate":2,"kind":"throttling"}`, 422, `"errors":[{"location":"body.rate","message":"is more than 0 and at most 1"}]`, ""},
		{"PUT /faults", `{"rate":0.5,"kind":"slow"}`, 422, `"location":"body.kind"`, "slow"},
		{"PUT /faults", `{"rate":0.5,"kind":"any","function":"G"}`, 422, `"location":"body.function"`, ""},
		{"PUT /faults", `{"rate":"all","kind":"any"}`, 422, `"location":"body.rate"`, ""},
		{"PUT /faults", `{"rate":1,"kind":"any","sort":"x"}`, 422, `"location":"body.sort"`, ""},
		{"PUT /faults", `{"rate`, 400, `"code":"malformed_request"`, ""},
		{"DELETE /faults", "", 204, "", ""},
		{"GET /streams", "", 200, `{"items":[{"eventName":"REMOVE"}]}`, ""},
		{"DELETE /messages", "", 404, `"code":"not_found"`, ""},
		{"GET /nothing", "", 404, `"code":"not_found"`, ""},
	} {
		t.Run(c.call+" "+c.body, func(t *testing.T) {
			fake := &cloud{offset: 24 * time.Hour}
			server := httptest.NewServer(control.Handler(control.Options{
				Cloud: fake, Messages: func() []proxy.Message { return messages }, Health: func() error { return nil },
				Roles: roles{}, Faults: &plans{}, Usage: func() usage.Report { return usage.Report{Goroutines: 7} },
			}))
			defer server.Close()
			res, body := do(t, server, c.call, c.body)
			if res.StatusCode != c.status || !strings.Contains(body, c.want) || c.absent != "" && strings.Contains(body, c.absent) {
				t.Errorf("got %d %s", res.StatusCode, body)
			}
			kind := "application/json"
			if c.status >= 400 {
				kind = "application/problem+json"
			}
			if got := res.Header.Get("Content-Type"); got != kind && c.status != 204 {
				t.Errorf("type %q, want %q", got, kind)
			}
			if c.call == "POST /schedules/Hourly/run" && fake.settled != 1 {
				t.Errorf("it settled %d times", fake.settled)
			}
		})
	}
}

func TestHealthSaysWhatIsWrong(t *testing.T) {
	server := httptest.NewServer(control.Handler(control.Options{Health: func() error { return errors.New("the engine ended") }}))
	defer server.Close()
	if res, body := do(t, server, "GET /health", ""); res.StatusCode != 503 || !strings.Contains(body, "the engine ended") {
		t.Errorf("got %d %s", res.StatusCode, body)
	}
}

func do(t *testing.T, server *httptest.Server, call, body string) (*http.Response, string) {
	t.Helper()
	method, path, _ := strings.Cut(call, " ")
	req, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
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
