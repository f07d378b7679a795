package logindynamo_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/lambdahttp"
	"jewelrydisplay.app/shared/login"
)

// from is the context of a request that the gateway saw come from the address.
func from(address string) (ctx context.Context) {
	api := lambdahttp.New(nil, slog.New(slog.DiscardHandler))
	lambdahttp.Handle(api, lambdahttp.Operation{ID: "x", Method: http.MethodGet, Path: "/x", Tag: "x"},
		func(c context.Context, _ *struct{}) (*struct{}, error) {
			ctx = context.WithoutCancel(c)
			return nil, nil
		})
	r := httptest.NewRequest(http.MethodGet, "/x", nil)
	r.RemoteAddr = address + ":4711"
	r.Header.Set("X-Forwarded-For", "198.51.100.7")
	api.ServeHTTP(httptest.NewRecorder(), r)
	return ctx
}

// trail is what is on record, in the order of its times: events with their part
// of the net. It must lie under one pseudonym.
func (w *world) trail() []string {
	w.t.Helper()
	var rows, partitions []string
	err := w.db.Scan(w.ctx, "Accounts", func(r dynamo.Raw) error {
		if r.Record() == "audit" {
			rows = append(rows, r.Key.SK[:len("E#0000000000000")]+strings.TrimSuffix(" "+r.Text("event")+" "+r.Text("network"), " "))
			partitions = append(partitions, r.Key.PK)
		}
		return nil
	})
	if slices.Sort(partitions); err != nil || len(slices.Compact(partitions)) != 1 {
		w.t.Errorf("audit under %d pseudonyms, %v", len(partitions), err)
	}
	slices.Sort(rows)
	for i, row := range rows {
		rows[i] = row[len("E#0000000000000 "):]
	}
	return rows
}

// Everything that happens to a session or a number is on record: what, when, and
// from which part of the net.
//
// Clauses: C21, C36, C64, C69.
func TestWhatHappensIsOnRecord(t *testing.T) {
	w := start(t)
	w.ctx = from("203.0.113.9")
	l := w.login(phoneA, device(1))
	w.ctx = from("[2001:db8:1:2::3]")
	w.login(phoneA, device(2))
	w.ctx = from("198.51.100.20")
	w.login(phoneA, device(2))
	list, err := w.sessions.List(w.ctx, l.User)
	if err != nil || len(list) != 3 {
		t.Fatalf("%d sessions, %v", len(list), err)
	}
	w.clk.Advance(time.Second)
	for range 2 { // a repeat is told once
		if err := w.sessions.End(w.ctx, l.User, list[0].ID); err != nil {
			t.Fatal(err)
		}
	}
	w.clk.Advance(time.Second)
	if err := w.sessions.EndOthers(w.ctx, l.User, list[2].ID); err != nil {
		t.Fatal(err)
	}
	w.clk.Advance(time.Second)
	if err := w.sessions.Move(w.ctx, w.moving(l, phoneB)); err != nil {
		t.Fatal(err)
	}
	w.clk.Advance(time.Second)
	if _, err := w.sessions.Refresh(w.ctx, l.Refresh.Reveal(), device(9)); !fault.Is(err, fault.Unauthenticated) {
		t.Fatal(err)
	}
	w.ctx = t.Context()
	w.clk.Advance(time.Second)
	if _, err := w.operate(login.Order{Action: login.ActionBan, User: l.User}); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"registered 203.0.113.0/24", "logged in on a new device 2001:db8:1::/48", "logged in 198.51.100.0/24",
		"session ended 198.51.100.0/24", "other sessions ended 198.51.100.0/24", "number changed 198.51.100.0/24",
		"session ended: its token was in two hands 198.51.100.0/24", "ban",
	}
	if got := w.trail(); !slices.Equal(got, want) {
		t.Errorf("on record: %q\nwant %q", got, want)
	}
	// 184 days, to the second that expiry is counted in (C64).
	var kept []time.Duration
	err = w.db.Scan(w.ctx, "Accounts", func(r dynamo.Raw) error {
		if r.Record() == "audit" {
			ms, _ := strconv.ParseInt(strings.Split(r.Key.SK, "#")[1], 10, 64)
			ends, _ := r.ExpiresAt()
			kept = append(kept, ends.Sub(time.UnixMilli(ms)).Truncate(time.Second))
		}
		return nil
	})
	if slices.Sort(kept); err != nil || len(kept) != len(want) || kept[0] != 184*24*time.Hour || slices.Max(kept) != kept[0] {
		t.Errorf("kept for %v, %v", kept, err)
	}
}
