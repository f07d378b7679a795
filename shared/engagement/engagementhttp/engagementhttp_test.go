package engagementhttp_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/engagement"
	"jewelrydisplay.app/shared/engagement/engagementdynamo"
	"jewelrydisplay.app/shared/engagement/engagementhttp"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/lambdahttp"
)

func TestAnswers(t *testing.T) {
	a := start(t)
	a.shop.retired["p9"] = true
	fav, fol, his := "/v1/me/favourites", "/v1/me/follows", "/v1/me/history"
	cases := []struct {
		name, who, method, path, body string
		status                        int
		code, contains, lacks         string
	}{
		{"empty list", "li", "GET", fav, "", 200, "", `"items":[]`, "next_cursor"},
		{"keep", "li", "PUT", fav + "/p1", "", 204, "", "", ""},
		{"keep again", "li", "PUT", fav + "/p1", "", 204, "", "", ""},
		{"is kept", "li", "GET", fav + "/p1", "", 200, "", `"product":{"id":"p1","title":"zh"}`, ""},
		{"another's is not", "wang", "GET", fav + "/p1", "", 404, "not_found", "", ""},
		{"unknown product", "li", "PUT", fav + "/x1", "", 404, "not_found", "", "x1"},
		{"no id", "li", "PUT", fav + "/%E2%80%AE%F0%9F%92%8E", "", 404, "not_found", "", "💎"},
		{"retired product", "li", "PUT", fav + "/p9", "", 410, "gone", "", ""},
		{"without a token", "", "PUT", fav + "/p1", "", 401, "unauthenticated", "", ""},
		{"with a foreign token", "mallory", "GET", fav, "", 401, "unauthenticated", "", ""},
		{"policy due", "behind", "PUT", fav + "/p1", "", 409, "consent_required", "2026-12-01", ""},
		{"policy due, reading", "behind", "GET", fav, "", 200, "", "", ""},
		{"policy due, dropping", "behind", "DELETE", fav + "/p1", "", 204, "", "", ""},
		{"drop", "li", "DELETE", fav + "/p1", "", 204, "", "", ""},
		{"drop again", "li", "DELETE", fav + "/p1", "", 204, "", "", ""},
		{"drop no id", "li", "DELETE", fav + "/%F0%9F%92%8E", "", 204, "", "", ""},
		{"is not kept", "li", "GET", fav + "/p1", "", 404, "not_found", "", ""},
		{"limit", "li", "GET", fav + "?limit=0", "", 422, "invalid_request", "query.limit", ""},
		{"limit", "li", "GET", fav + "?limit=101", "", 422, "invalid_request", "query.limit", ""},
		{"cursor", "li", "GET", fav + "?cursor=AAAA", "", 400, "malformed_request", "", "AAAA"},
		{"unknown parameter", "li", "GET", fav + "?sort=asc", "", 422, "invalid_request", "", ""},
		{"invalid UTF-8", "li", "PUT", fav + "/%ff%fe", "", 400, "malformed_request", "", ""},
		{"body that is not JSON", "li", "PUT", fav + "/p1", "{", 400, "malformed_request", "", ""},
		{"body of a megabyte", "li", "PUT", fav + "/p1", `"` + strings.Repeat("x", 1<<20) + `"`, 413, "payload_too_large", "", ""},
		{"follow", "li", "PUT", fol + "/m1", "", 204, "", "", ""},
		{"followed", "li", "GET", fol + "/m1", "", 200, "", `"merchant":{"id":"m1"`, ""},
		{"unknown merchant", "li", "PUT", fol + "/x1", "", 404, "not_found", "", ""},
		{"unfollow", "li", "DELETE", fol + "/m1", "", 204, "", "", ""},
		{"view", "li", "PUT", his + "/p1", "", 204, "", "", ""},
		{"view of the unknown", "li", "PUT", his + "/x1", "", 404, "not_found", "", ""},
		{"view of the retired", "li", "PUT", his + "/p9", "", 410, "gone", "", ""},
		{"history", "li", "GET", his, "", 200, "", `"viewed_at":"2026-11-24T04:00:00Z"`, ""},
		{"forget one", "li", "DELETE", his + "/p1", "", 204, "", "", ""},
		{"forget all", "li", "DELETE", his, "", 204, "", "", ""},
		{"forget all again", "li", "DELETE", his, "", 204, "", "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			status, answer, text := a.call(c.who, c.method, c.path, c.body)
			if status != c.status || (c.code != "" && answer["code"] != c.code) {
				t.Errorf("%d %v, want %d %s: %s", status, answer["code"], c.status, c.code, text)
			}
			if !strings.Contains(text, c.contains) {
				t.Errorf("%q is not in %s", c.contains, text)
			}
			if c.lacks != "" && strings.Contains(text, c.lacks) {
				t.Errorf("%q is in %s", c.lacks, text)
			}
		})
	}
}

// Clauses: C37.
func TestFavouritesAndFollowsAreListedNewestFirst(t *testing.T) {
	a := start(t)
	for _, path := range []string{"/v1/me/favourites", "/v1/me/follows"} {
		want := ""
		for i := range 7 {
			a.clock.Advance(time.Second)
			id := fmt.Sprintf("p%d", i)
			a.call("li", "PUT", path+"/"+id, "")
			want = strings.TrimSpace(id + " " + want)
		}
		a.clock.Advance(time.Hour)
		a.call("li", "PUT", path+"/p3", "") // keeps its place and its added_at
		for _, limit := range []int{1, 2, 6, 7, 8, 100} {
			if got := a.ids("li", path, limit); got != want {
				t.Errorf("%s by %d: %s, want %s", path, limit, got, want)
			}
		}
		if got := a.ids("wang", path, 10); got != "" {
			t.Errorf("%s: the other person has %s", path, got)
		}
		_, answer, _ := a.call("li", "GET", path+"?limit=3", "")
		cursor := answer["next_cursor"].(string)
		changed := []byte(cursor)
		changed[len(changed)/2] ^= 1
		for _, other := range []struct{ who, path, cursor string }{{"wang", path, cursor}, {"li", path, string(changed)}, {"li", "/v1/me/history", cursor}} {
			if status, _, _ := a.call(other.who, "GET", other.path+"?cursor="+other.cursor, ""); status != 400 {
				t.Errorf("a cursor that does not fit: %d", status)
			}
		}
	}
}

func TestRetiredProductKeepsItsEntryWithoutACard(t *testing.T) {
	a := start(t)
	a.call("li", "PUT", "/v1/me/favourites/p1", "")
	a.shop.retired["p1"] = true
	_, answer, _ := a.call("li", "GET", "/v1/me/favourites", "")
	items := answer["items"].([]any)
	if len(items) != 1 || items[0].(map[string]any)["id"] != "p1" || items[0].(map[string]any)["product"] != nil {
		t.Errorf("listed %v", items)
	}
	if status, _, _ := a.call("li", "PUT", "/v1/me/favourites/p1", ""); status != 204 {
		t.Errorf("keeping again what is kept: %d", status)
	}
}

// Clauses: C31, C64.
func TestHistoryHoldsTheNewestViewForNinetyDays(t *testing.T) {
	a := start(t)
	for _, id := range []string{"p1", "p2", "p3", "p1"} {
		a.clock.Advance(time.Second)
		a.call("li", "PUT", "/v1/me/history/"+id, "")
	}
	if got := a.ids("li", "/v1/me/history", 2); got != "p1 p3 p2" {
		t.Errorf("history %s", got)
	}
	// A GET of anything writes nothing.
	a.call("li", "GET", "/v1/me/favourites/p2", "")
	if got := a.ids("li", "/v1/me/history", 2); got != "p1 p3 p2" {
		t.Errorf("history %s after a GET", got)
	}
	a.clock.Advance(now.Add(2*time.Second+engagement.HistoryKept).Sub(a.clock.Now()) - time.Millisecond)
	if got := a.ids("li", "/v1/me/history", 2); got != "p1 p3 p2" {
		t.Errorf("a millisecond before its end: %s", got)
	}
	a.clock.Advance(time.Millisecond)
	if got := a.ids("li", "/v1/me/history", 2); got != "p1 p3" {
		t.Errorf("at its end: %s", got)
	}
	// The expired row is still in the table; the view is noted all the same.
	if status, _, _ := a.call("li", "PUT", "/v1/me/history/p2", ""); status != 204 {
		t.Errorf("a new view over an expired row: %d", status)
	}
	if got := a.ids("li", "/v1/me/history", 1); got != "p2 p1 p3" {
		t.Errorf("history %s", got)
	}
	a.call("li", "DELETE", "/v1/me/history/p1", "")
	if got := a.ids("li", "/v1/me/history", 5); got != "p2 p3" {
		t.Errorf("history %s after forgetting one", got)
	}
	a.call("li", "DELETE", "/v1/me/history", "")
	if got := a.ids("li", "/v1/me/history", 5); got != "" {
		t.Errorf("history %s after forgetting all", got)
	}
}

func TestParallelKeepingIsOneEntry(t *testing.T) {
	a := start(t)
	user := a.auth["li"].User
	for _, shelf := range []engagement.Shelf{engagement.Favourites, engagement.History} {
		var wait sync.WaitGroup
		for i := range 12 {
			wait.Go(func() {
				err := a.store.Keep(t.Context(), user, shelf, engagement.Entry{ID: "p1", At: now.Add(time.Duration(i) * time.Second)})
				if err != nil && !fault.Is(err, fault.Unavailable) {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		entries, _, err := a.store.Page(t.Context(), user, shelf, engagement.Position{}, 100)
		entry, found, err2 := a.store.Entry(t.Context(), user, shelf, "p1")
		if err != nil || err2 != nil || !found || len(entries) != 1 || !entries[0].At.Equal(entry.At) {
			t.Errorf("%s: %d places in the list, entry %v, %v, %v", shelf, len(entries), entry.At, err, err2)
		}
	}
}

// What is held up until after the cancellation writes nothing; what is there
// goes by its declarations, and a merchant's followers with it.
//
// Clauses: C88.
func TestNothingIsWrittenForWhoIsGone(t *testing.T) {
	a := start(t)
	ctx := t.Context()
	user := a.auth["li"].User
	a.call("li", "PUT", "/v1/me/follows/m1", "")
	a.call("wang", "PUT", "/v1/me/follows/m1", "")
	if users, err := a.store.Followers(ctx, "m1"); err != nil || len(users) != 2 {
		t.Errorf("%d followers, %v", len(users), err)
	}
	if err := dynamo.Of(a.db, gates).Put(ctx, gate{User: user}); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/v1/me/favourites/p1", "/v1/me/follows/m2", "/v1/me/history/p1"} {
		if status, _, _ := a.call("li", "PUT", path, ""); status != 401 {
			t.Errorf("%s: %d, want 401", path, status)
		}
	}
	for _, s := range engagementdynamo.Records() {
		if s.Err() != nil || s.Owner != "user_id" || s.OnCancel != inventory.EraseAfterWithdrawal {
			t.Errorf("%s: %v", s.Name, s.Err())
		}
	}
	err := a.db.Partition(ctx, "Engagement", "U#"+user.Reveal(), func(r dynamo.Raw) error {
		return a.db.Remove(ctx, "Engagement", r.Key)
	})
	if err != nil {
		t.Fatal(err)
	}
	if users, err := a.store.Followers(ctx, "m1"); err != nil || len(users) != 1 || users[0] != a.auth["wang"].User {
		t.Errorf("%d followers, %v", len(users), err)
	}
}

// The cost of each call, which does not depend on the machine.
func TestCallsAreCounted(t *testing.T) {
	a := start(t)
	a.call("li", "PUT", "/v1/me/history/p1", "")
	a.db.TakeCalls()
	a.clock.Advance(time.Second)
	for _, c := range []struct{ method, path, want string }{
		{"PUT", "/v1/me/favourites/p1", "GetItem TransactWriteItems"},
		{"PUT", "/v1/me/favourites/p1", "GetItem"},
		{"GET", "/v1/me/favourites/p1", "GetItem"},
		{"GET", "/v1/me/favourites", "Query"},
		{"DELETE", "/v1/me/favourites/p1", "GetItem TransactWriteItems"},
		{"DELETE", "/v1/me/favourites/p1", "GetItem"},
		{"PUT", "/v1/me/history/p1", "GetItem TransactWriteItems"},
	} {
		a.call("li", c.method, c.path, "")
		var got []string
		for _, call := range a.db.TakeCalls() {
			got = append(got, call.Action)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s %s: %v, want %s", c.method, c.path, got, c.want)
		}
	}
}

// The document alone needs no services.
func TestDocumentNeedsNoServices(t *testing.T) {
	api := lambdahttp.New(nil, slog.New(slog.DiscardHandler))
	engagementhttp.Register(api, nil, lambdahttp.Cursors{})
	if len(api.Operations()) != 12 {
		t.Errorf("%d operations, want 12", len(api.Operations()))
	}
	if _, err := json.Marshal(api.Document()); err != nil {
		t.Error(err)
	}
}
