package cancellationevent_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"jewelrydisplay.app/shared/cancellation"
	"jewelrydisplay.app/shared/cancellation/cancellationevent"
)

// finisher notes what it is woken for, and fails for some.
type finisher struct {
	woken []string
	fails string
}

func (f *finisher) Finish(_ context.Context, c cancellation.Case) error {
	f.woken = append(f.woken, string(c))
	if f.fails != "" && strings.Contains(f.fails, string(c)) {
		return errors.New("not now")
	}
	return nil
}

const ttl = `"userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"},`

func record(name, identity, pk, sk, sequence string) string {
	return `{"eventName":"` + name + `",` + identity + `"eventSource":"aws:dynamodb","dynamodb":{"Keys":{"pk":{"S":"` + pk + `"},"sk":{"S":"` + sk + `"}},"SequenceNumber":"` + sequence + `"}}`
}

func message(id, body string) string {
	b, _ := json.Marshal(body)
	return `{"messageId":"` + id + `","eventSource":"aws:sqs","body":` + string(b) + `}`
}

// Clauses: C86.
func TestWakesAndFailures(t *testing.T) {
	for _, c := range []struct {
		name, records, fails string
		woken, failed        []string
	}{
		{"a bell that TTL deleted", record("REMOVE", ttl, "R#c1", "BELL#purge", "1"), "", []string{"c1"}, nil},
		{"a bell that a withdrawal deleted", record("REMOVE", "", "R#c1", "BELL#purge", "1"), "", nil, nil},
		{"an identity that is empty, not absent", record("REMOVE", `"userIdentity":{},`, "R#c1", "BELL#purge", "1"), "", nil, nil},
		{"a user of that name", record("REMOVE", `"userIdentity":{"type":"IAMUser","principalId":"dynamodb.amazonaws.com"},`, "R#c1", "BELL#purge", "1"), "", nil, nil},
		{"a new bell", record("INSERT", ttl, "R#c1", "BELL#purge", "1"), "", nil, nil},
		{"another row of a case", record("REMOVE", ttl, "R#c1", "TIMER", "1"), "", nil, nil},
		{"a bell of something else", record("REMOVE", ttl, "W#c1", "BELL#purge", "1"), "", nil, nil},
		{
			"a stream stops at its first failure",
			record("REMOVE", ttl, "R#c1", "BELL#a", "1") + "," + record("REMOVE", ttl, "R#c2", "BELL#a", "2") + "," + record("REMOVE", ttl, "R#c3", "BELL#a", "3"),
			"c2",
			[]string{"c1", "c2"},
			[]string{"2"},
		},
		{
			"a queue goes on behind a failure",
			message("m1", `{"case":"c1"}`) + "," + message("m2", `{"case":"c2"}`) + "," + message("m3", `{"case":"c3"}`),
			"c1 c3",
			[]string{"c1", "c2", "c3"},
			[]string{"m1", "m3"},
		},
		{"messages without a case", message("m1", `{}`) + "," + message("m2", "no JSON") + "," + message("m3", `{"case":"c3"}`), "", []string{"c3"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &finisher{fails: c.fails}
			out, err := cancellationevent.Handler(f, slog.New(slog.DiscardHandler))(context.Background(), []byte(`{"Records":[`+c.records+`]}`))
			if err != nil {
				t.Fatal(err)
			}
			var failed []string
			for _, item := range out.(cancellationevent.Response).BatchItemFailures {
				failed = append(failed, item.ItemIdentifier)
			}
			if !slices.Equal(f.woken, c.woken) || !slices.Equal(failed, c.failed) {
				t.Errorf("woken %q, failed %q; want %q, %q", f.woken, failed, c.woken, c.failed)
			}
			if b, _ := json.Marshal(out); bytes.Contains(b, []byte("null")) {
				t.Errorf("the answer is %s", b)
			}
		})
	}
}

func TestEventsOfNobodyAreErrors(t *testing.T) {
	for _, payload := range []string{``, `{}`, `[]`, `{"Records":[]}`, `{"Records":[{"eventSource":"aws:s3"}]}`} {
		f := &finisher{}
		if _, err := cancellationevent.Handler(f, slog.New(slog.DiscardHandler))(context.Background(), []byte(payload)); err == nil || len(f.woken) > 0 {
			t.Errorf("%q: %v, woken %v", payload, err, f.woken)
		}
	}
}

// The events that stand in the repository wake the case that they name.
func TestStoredEvents(t *testing.T) {
	for _, file := range []string{"bell.json", "due.json"} {
		payload, err := os.ReadFile(filepath.Join("../../../events/account-erasure", file))
		if err != nil {
			t.Fatal(err)
		}
		f := &finisher{}
		if _, err := cancellationevent.Handler(f, slog.New(slog.DiscardHandler))(context.Background(), payload); err != nil || len(f.woken) != 1 || f.woken[0] == "" {
			t.Errorf("%s: woken %q, %v", file, f.woken, err)
		}
	}
}
