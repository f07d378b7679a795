package accounthttp_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"jewelrydisplay.app/shared/account"
	"jewelrydisplay.app/shared/account/accountdynamo"
	"jewelrydisplay.app/shared/account/accounthttp"
	"jewelrydisplay.app/shared/account/accounttest"
	"jewelrydisplay.app/shared/awstest"
	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/keys"
	"jewelrydisplay.app/shared/lambdahttp"
)

const (
	anna   = "aaaaaaaaaaaaaaaaaaaaaaaaaa"
	bao    = "bbbbbbbbbbbbbbbbbbbbbbbbbb"
	device = "0a0a0a0a-1b1b-2c2c-3d3d-4e4e4e4e4e4e"
)

var t0 = time.Date(2026, 11, 24, 3, 4, 5, 678e6, time.UTC)

// world is the endpoints on real tables, with policy version 1 in force and
// accepted by anna and bao.
type world struct {
	*accounttest.World
	t         *testing.T
	api       *lambdahttp.API
	db        *dynamo.DB
	clock     *clock.Manual
	cloud     *awstest.Cloud
	publisher *account.Publisher
	schemas   []*inventory.Schema
	store     *accountdynamo.Store
}

// services are those behind the endpoints, for calls that were let in before
// something happened.
func (w *world) services() (*account.Consents, *account.Profiles) {
	consents := account.NewConsents(w.store, w.clock)
	return consents, account.NewProfiles(w.store, w.World, consents, w.clock)
}

func start(t *testing.T, more ...*inventory.Schema) *world {
	t.Helper()
	w := &world{t: t, cloud: awstest.Start(t), clock: clock.At(t0)}
	w.db = dynamo.New(w.cloud.Config, w.cloud.Tables, w.clock)
	policies := accountdynamo.NewPolicies(w.db, w.clock)
	w.publisher = account.NewPublisher(policies, w.clock)
	w.World = accounttest.New(w.db, policies.PolicyDue)
	w.schemas = slices.Concat(accountdynamo.Records(), accounttest.Records(), more)
	w.store = accountdynamo.NewStore(w.db, w.clock, w.World, accounttest.Audience{World: w.World}, w.schemas)
	consents, profiles := w.services()
	w.api = lambdahttp.New(w.World, slog.New(slog.NewTextHandler(testWriter{t}, nil)))
	accounthttp.Register(w.api, accounthttp.Services{
		Policies: account.NewPolicies(w.store, w.clock), Consents: consents, Profiles: profiles,
		Exports: account.NewExports(w.store, w.World, w.clock, &counting{}),
		Cursors: lambdahttp.NewCursors(keys.Fixed(strings.Repeat("c", 64))),
	})
	w.publish("1", t0.Add(-time.Hour), "")
	for _, id := range []string{anna, bao} {
		if err := w.Enter(context.Background(), id, "1"); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// counting is chance that is the same in each run, and different in each read.
type counting struct{ reads uint32 }

func (c *counting) Read(b []byte) (int, error) {
	c.reads++
	for i := range b {
		b[i] = byte(c.reads >> (8 * (i % 4)))
	}
	return len(b), nil
}

// testWriter puts the log into the test's output.
type testWriter struct{ t *testing.T }

func (w testWriter) Write(b []byte) (int, error) {
	w.t.Logf("%s", b)
	return len(b), nil
}

func (w *world) publish(version string, effective time.Time, change account.ChangeClass) account.Hashes {
	w.t.Helper()
	hashes, err := w.publisher.Publish(context.Background(), account.Publication{
		Version: version, EffectiveAt: effective, Change: change,
		Texts: map[string]string{"zh": "政策 " + version + " <&>", "en": "policy " + version},
	}, false)
	if err != nil {
		w.t.Fatalf("publish %s: %v", version, err)
	}
	return hashes
}

// answer is what the endpoint said.
type answer struct {
	status int
	header http.Header
	text   string
	body   map[string]any
}

// call sends a request as the person whose id is the token; empty: nobody.
func (w *world) call(token, method, path, body string, headers ...string) answer {
	w.t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, path, reader)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	recorder := httptest.NewRecorder()
	w.api.ServeHTTP(recorder, r)
	a := answer{status: recorder.Code, header: recorder.Header(), text: recorder.Body.String()}
	if err := json.Unmarshal(recorder.Body.Bytes(), &a.body); err != nil {
		w.t.Errorf("%s %s: the answer is no JSON object: %s", method, path, a.text)
	}
	return a
}

// must is a call that succeeds.
func (w *world) must(status int, token, method, path, body string, headers ...string) answer {
	w.t.Helper()
	a := w.call(token, method, path, body, headers...)
	if a.status != status {
		w.t.Fatalf("%s %s: %d %s; want %d", method, path, a.status, a.text, status)
	}
	return a
}

// refuse is a call that fails with the code.
func (w *world) refuse(status int, code, token, method, path, body string, headers ...string) answer {
	w.t.Helper()
	a := w.call(token, method, path, body, headers...)
	if a.status != status || a.body["code"] != code || a.header.Get("Content-Type") != "application/problem+json" {
		w.t.Errorf("%s %s %.60s: %d %s; want %d %s", method, path, body, a.status, a.text, status, code)
	}
	return a
}

// location is where the first wrong member is.
func (a answer) location() string {
	list, _ := a.body["errors"].([]any)
	if len(list) == 0 {
		return ""
	}
	first, _ := list[0].(map[string]any)
	text, _ := first["location"].(string)
	return text
}

// items are those of a list.
func (a answer) items() []map[string]any {
	list, _ := a.body["items"].([]any)
	items := make([]map[string]any, len(list))
	for i, item := range list {
		items[i], _ = item.(map[string]any)
	}
	return items
}

// rows is every row of every table, as text, by its key.
func (w *world) rows() map[string]string {
	w.t.Helper()
	rows := map[string]string{}
	for table := range w.cloud.Tables {
		err := w.db.Scan(context.Background(), table, func(r dynamo.Raw) error {
			rows[table+" "+r.Key.PK+" "+r.Key.SK] = r.Record()
			return nil
		})
		if err != nil {
			w.t.Fatal(err)
		}
	}
	return rows
}
