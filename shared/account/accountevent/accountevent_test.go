package accountevent_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"jewelrydisplay.app/shared/account"
	"jewelrydisplay.app/shared/account/accountdynamo"
	"jewelrydisplay.app/shared/account/accountevent"
	"jewelrydisplay.app/shared/account/accounts3"
	"jewelrydisplay.app/shared/account/sample"
	"jewelrydisplay.app/shared/awstest"
	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/lambdaevent"
)

var t0 = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)

type world struct {
	t        *testing.T
	cloud    *awstest.Cloud
	bucket   string
	clock    *clock.Manual
	policies *accountdynamo.Policies
	publish  lambdaevent.Handler
}

func start(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, cloud: awstest.Start(t), clock: clock.At(t0)}
	w.bucket = w.cloud.Bucket("policies")
	w.policies = accountdynamo.NewPolicies(dynamo.New(w.cloud.Config, w.cloud.Tables, w.clock), w.clock)
	w.publish = accountevent.Publish(account.NewPublisher(w.policies, w.clock), accounts3.New(w.cloud.Config))
	return w
}

// event publishes a version whose texts are put into the bucket first.
func (w *world) event(version, effective, change, zh, more string) string {
	w.t.Helper()
	key := fmt.Sprintf("%x.txt", zh[:min(len(zh), 40)])
	w.cloud.Put(w.bucket, key, []byte(zh))
	return fmt.Sprintf(`{"version":%q,"effective_at":%q,"change_class":%q,"texts":{"zh":{"bucket":%q,"key":%q}}%s}`,
		version, effective, change, w.bucket, key, more)
}

func (w *world) must(event string) string {
	w.t.Helper()
	out, err := w.publish(context.Background(), []byte(event))
	if err != nil {
		w.t.Fatalf("%s: %v", event, err)
	}
	b, err := json.Marshal(out)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(b)
}

func (w *world) history() account.History {
	w.t.Helper()
	h, _, err := w.policies.Head(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	return h
}

// Clauses: C01, C96, C99.
func TestPublishedVersionNeverChanges(t *testing.T) {
	w := start(t)
	first := w.event("1", "2026-01-01T00:00:00+08:00", "", "第一版", "")
	want := fmt.Sprintf(`{"version":"1","sha256":{"zh":%q}}`, account.Hash("第一版"))
	if got := w.must(strings.Replace(first, `}}}`, `}},"dry_run":true}`, 1)); got != want || len(w.history()) != 0 {
		t.Errorf("dry run: %s, %d versions", got, len(w.history()))
	}
	for range 2 {
		if got := w.must(first); got != want || len(w.history()) != 1 {
			t.Errorf("published: %s, %d versions", got, len(w.history()))
		}
	}
	for _, other := range []string{
		w.event("1", "2026-01-01T00:00:00+08:00", "", "第一版改", ""),
		w.event("1", "2026-01-02T00:00:00+08:00", "", "第一版", ""),
		w.event("1", "2026-01-01T00:00:00+08:00", "rights", "第一版", ""),
		w.event("1", "2026-01-01T00:00:00+08:00", "rights", "第一版", `,"dry_run":true`),
	} {
		if _, err := w.publish(context.Background(), []byte(other)); !fault.Is(err, fault.Conflict) {
			t.Errorf("%s: %v, want conflict", other, err)
		}
	}
	_, texts, err := w.policies.Texts(context.Background(), "1")
	if err != nil || texts["zh"] != "第一版" {
		t.Errorf("the text became %q, %v", texts["zh"], err)
	}
}

// Clauses: C98.
func TestPublicationsThatAreRefused(t *testing.T) {
	w := start(t)
	w.must(w.event("1", "2026-01-01T00:00:00Z", "", "一", ""))
	w.must(w.event("3", "2027-01-01T00:00:00Z", "", "三", ""))
	place := fmt.Sprintf(`{"bucket":%q,"key":"none"}`, w.bucket)
	cases := []struct {
		name, event string
		code        fault.Code
		where       string
	}{
		{"not JSON", `{`, fault.MalformedRequest, ""},
		{"unknown member", `{"versoin":"2"}`, fault.MalformedRequest, ""},
		{"a number for a text", `{"version":2}`, fault.InvalidRequest, "version"},
		{"version named current", w.event("current", "2028-01-01T00:00:00Z", "", "x", ""), fault.InvalidRequest, "version"},
		{"version with a slash", w.event("a/b", "2028-01-01T00:00:00Z", "", "x", ""), fault.InvalidRequest, "version"},
		{"no time", w.event("2", "tomorrow", "", "x", ""), fault.InvalidRequest, "effective_at"},
		{"before the one in force", w.event("2", "2025-01-01T00:00:00Z", "", "x", ""), fault.InvalidRequest, "effective_at"},
		{"the time of another", w.event("2", "2027-01-01T00:00:00Z", "", "x", ""), fault.InvalidRequest, "effective_at"},
		{"no class of the six", w.event("2", "2028-01-01T00:00:00Z", "major", "x", ""), fault.InvalidRequest, "change_class"},
		{"no texts", `{"version":"2","effective_at":"2028-01-01T00:00:00Z"}`, fault.InvalidRequest, "texts.zh"},
		{"only english", strings.Replace(w.event("2", "2028-01-01T00:00:00Z", "", "x", ""), `"zh"`, `"en"`, 1), fault.InvalidRequest, "texts.zh"},
		{"no such object", `{"version":"2","effective_at":"2028-01-01T00:00:00Z","texts":{"zh":` + place + `}}`, fault.InvalidRequest, "texts"},
		{"no place", `{"version":"2","effective_at":"2028-01-01T00:00:00Z","texts":{"zh":{}}}`, fault.InvalidRequest, "texts"},
		{"no UTF-8", w.event("2", "2028-01-01T00:00:00Z", "", "x\xff", ""), fault.InvalidRequest, "texts.zh"},
		{"too long", w.event("2", "2028-01-01T00:00:00Z", "", strings.Repeat("长", account.MaxText), ""), fault.InvalidRequest, "texts.zh"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := w.publish(context.Background(), []byte(c.event))
			var f *fault.Error
			if !errors.As(err, &f) || f.Code != c.code {
				t.Fatalf("got %v, want %s", err, c.code)
			}
			if c.where != "" && (len(f.Fields) == 0 || f.Fields[0].Location != c.where) {
				t.Errorf("at %v, want %s", f.Fields, c.where)
			}
		})
	}
	if h := w.history(); len(h) != 2 {
		t.Errorf("%d versions, want 2", len(h))
	}
	w.must(w.event("2", "2026-12-01T00:00:00Z", "contact", "二", "")) // between the one in force and the next
	if next, _ := w.history().Next(t0); next.Name != "2" {
		t.Errorf("next is %s", next.Name)
	}
}

func TestConcurrentPublicationsAreAllInTheHistory(t *testing.T) {
	w := start(t)
	var wg sync.WaitGroup
	for i := range 6 {
		event := w.event(fmt.Sprint(i/2), fmt.Sprintf("2026-0%d-01T00:00:00Z", i/2+1), "", fmt.Sprint("text ", i/2), "")
		wg.Go(func() {
			for range 10 {
				_, err := w.publish(context.Background(), []byte(event))
				if !fault.Is(err, fault.Unavailable) {
					if err != nil && !fault.Is(err, fault.InvalidRequest) { // overtaken by a later one in force
						t.Errorf("%s: %v", event, err)
					}
					return
				}
			}
		})
	}
	wg.Wait()
	seen := map[string]bool{}
	for _, v := range w.history() {
		if seen[v.Name] {
			t.Errorf("version %s is there twice", v.Name)
		}
		seen[v.Name] = true
		if hashes, err := w.policies.Hashes(context.Background(), v.Name); err != nil || hashes["zh"] == "" {
			t.Errorf("version %s has no hashes: %v", v.Name, err)
		}
	}
	if !seen["2"] {
		t.Error("the latest version is missing")
	}
}

// Clauses: C01.
func TestLoginTakesOnlyTheVersionInForce(t *testing.T) {
	w := start(t)
	ctx := context.Background()
	if err := w.policies.CheckVersion(ctx, "1", account.Hash("一")); !fault.Is(err, fault.InvalidRequest) {
		t.Errorf("before anything is published: %v", err)
	}
	w.must(w.event("1", "2026-01-01T00:00:00Z", "", "一", ""))
	w.must(w.event("2", "2026-11-25T00:00:00Z", "", "二", ""))
	check := func(version, hash string, want fault.Code) {
		t.Helper()
		err := w.policies.CheckVersion(ctx, version, hash)
		if want == "" && err != nil || want != "" && !fault.Is(err, want) {
			t.Errorf("version %s: %v, want %q", version, err, want)
		}
	}
	check("1", account.Hash("一"), "")
	check("1", account.Hash("二"), fault.InvalidRequest)
	check("1", "", fault.InvalidRequest)
	check("2", account.Hash("二"), fault.InvalidRequest)
	check("", "", fault.InvalidRequest)
	w.clock.Advance(24 * time.Hour)
	check("2", account.Hash("二"), "")
	check("1", account.Hash("一"), fault.ConsentRequired)
}

func TestSampleIsPublished(t *testing.T) {
	w := start(t)
	event, err := sample.Event(w.bucket)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range sample.Texts() {
		w.cloud.Put(w.bucket, text.Key, text.Body)
	}
	w.must(string(event))
	if current, found := w.history().Current(t0); !found || current.Name != sample.Version {
		t.Errorf("in force: %v", current.Name)
	}
}
