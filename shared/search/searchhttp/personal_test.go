package searchhttp_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/engagement"
	"jewelrydisplay.app/shared/engagement/engagementdynamo"
	"jewelrydisplay.app/shared/person"
	"jewelrydisplay.app/shared/search"
)

func (s *shop) calls() string {
	var all []string
	for _, c := range s.db.TakeCalls() {
		all = append(all, c.Action)
	}
	return strings.Join(all, " ")
}

func (s *shop) keeps(user person.ID, shelf engagement.Shelf, id string) {
	s.t.Helper()
	err := engagementdynamo.New(s.db, nil).Keep(s.t.Context(), user, shelf, engagement.Entry{ID: id, At: s.clock.Now()})
	if err != nil {
		s.t.Fatal(err)
	}
}

// Every answer costs what it says, whoever asks.
func TestWhatAnAnswerCosts(t *testing.T) {
	s := opened(t)
	s.get("/v1/products") // loads the edition
	product := "/v1/products/" + id("lu", "1")
	for _, c := range []struct{ path, token, want string }{
		{"/v1/products?q=diamond", "", "BatchGetItem"},
		{"/v1/products?q=diamond", "unconsented", "BatchGetItem"},
		{"/v1/products?category=ring&sort=price_asc", "personal", "BatchGetItem"},
		{"/v1/products?q=diamond&personal=false", "personal", "BatchGetItem"},
		{"/v1/products?q=diamond", "personal", "Query Query Query BatchGetItem"},
		{"/v1/products?q=tsavorite", "", "BatchGetItem UpdateItem PutItem"},
		{"/v1/products?q=tsavorite", "", "BatchGetItem UpdateItem"},
		{"/v1/products?q=13800138000", "", "BatchGetItem"},
		{"/v1/products?q=tsavorite&category=ring", "", "BatchGetItem"},
		{"/v1/suggestions?q=dia", "", "BatchGetItem"},
		{"/v1/merchants?near=31.23,121.47", "", "BatchGetItem"},
		{"/v1/merchants/lu", "", "GetItem"},
		{product, "", "GetItem GetItem"},
		{product + "/related", "", "GetItem BatchGetItem"},
	} {
		s.db.TakeCalls()
		var headers []string
		if c.token != "" {
			headers = []string{"Authorization", "Bearer " + c.token}
		}
		a := s.get(c.path, headers...)
		if got := s.calls(); a.status != 200 || got != c.want {
			t.Errorf("%s of %q: %d, %q, want %q", c.path, c.token, a.status, got, c.want)
		}
	}
}

// What somebody keeps moves what is like it forward, with their consent to
// personalisation alone, and until they switch it off.
//
// Clauses: C10, C19, C78.
func TestResultsAreRankedForWhoConsented(t *testing.T) {
	s := open(t)
	var rows []string
	for i, stone := range []string{"ruby", "sapphire", "pearl", "emerald", "opal"} {
		rows = append(rows, fmt.Sprintf(`{"key":"%d","title":"项链 %s","price":"100","category":"necklace","stone":"%s"}`, i, stone, stone))
	}
	s.sells(lu, true, rows...)
	path := "/v1/products?limit=2&q=" + url.QueryEscape("项链")
	plain := s.get(path)
	liked := plain.body.Total - 1 // the last one of everybody's order
	all := s.get("/v1/products?q=" + url.QueryEscape("项链"))
	favourite := all.body.Items[liked].ID
	s.keeps(li, engagement.Favourites, favourite)
	s.keeps(li, engagement.Follows, "lu")
	s.keeps(li, engagement.History, favourite)

	s.db.TakeCalls()
	a := s.get(path, "Authorization", "Bearer personal")
	if a.body.Items[0].ID != favourite || !a.body.Personal || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%v %s", a.header, a.text)
	}
	if got := s.calls(); got != "Query Query Query BatchGetItem BatchGetItem" {
		t.Errorf("a first page made the calls %q", got)
	}
	// Every product once, page by page, while the shelves change; a page behind
	// the first costs one call.
	seen := map[string]bool{}
	for page := a; ; {
		for _, item := range page.body.Items {
			if seen[item.ID] {
				t.Errorf("%s comes twice", item.Title)
			}
			seen[item.ID] = true
		}
		if page.body.NextCursor == "" {
			break
		}
		s.clock.Advance(time.Second)
		s.keeps(li, engagement.Favourites, page.body.Items[0].ID)
		s.db.TakeCalls()
		page = s.get(path+"&cursor="+url.QueryEscape(page.body.NextCursor), "Authorization", "Bearer personal")
		if got := s.calls(); got != "BatchGetItem" || page.status != 200 {
			t.Fatalf("a following page: %d, calls %q", page.status, got)
		}
	}
	if len(seen) != 5 {
		t.Errorf("%d products on all pages", len(seen))
	}
	for name, off := range map[string]answer{
		"nobody":        s.get(path),
		"no consent":    s.get(path, "Authorization", "Bearer unconsented"),
		"switched off":  s.get(path+"&personal=false", "Authorization", "Bearer personal"),
		"other shelves": s.get(path, "Authorization", "Bearer personal-wang"),
	} {
		if off.body.Personal || off.titles() != plain.titles() {
			t.Errorf("%s: %s, want everybody's order %s", name, off.titles(), plain.titles())
		}
	}
	// Somebody else's cursor, or one's own after the consent is withdrawn, is none.
	for _, token := range []string{"personal-wang", "unconsented"} {
		if b := s.get(path+"&cursor="+url.QueryEscape(a.body.NextCursor), "Authorization", "Bearer "+token); b.status != 400 {
			t.Errorf("the cursor of another ranking: %d", b.status)
		}
	}
	if strings.Contains(s.logged.String(), "2li") {
		t.Error("a person was logged")
	}
}

// Whatever is typed has a clear answer.
func TestWhateverIsTyped(t *testing.T) {
	s := opened(t)
	for query, want := range map[string]int{
		strings.Repeat("a", 10_000): 422, strings.Repeat("钻", 10_000): 422, strings.Repeat("？", 100): 200, "?!.,;": 200,
		"\u0301\u0308\u0327": 200, "(a+)+$" + strings.Repeat("a", 60): 200, "' OR 1=1 --": 200, "\u202e钻石": 200, "💍": 200, " ": 200,
	} {
		a := s.get("/v1/products?q=" + url.QueryEscape(query))
		if a.status != want || (want == 422 && a.body.Code != "invalid_request") {
			t.Errorf("%.20q: %d %.200s", query, a.status, a.text)
		}
		if want == 200 && !strings.ContainsAny(query, " 钻") && a.body.Total != 0 {
			t.Errorf("%.20q finds %d", query, a.body.Total)
		}
	}
	for _, raw := range []string{"q=%ED%A0%80", "q=%ff", "q=%C3%28"} { // an unpaired surrogate, no UTF-8
		if a := s.get("/v1/products?" + raw); a.status != 400 || a.body.Code != "malformed_request" {
			t.Errorf("%s: %d %s", raw, a.status, a.text)
		}
	}
	for query, want := range map[string]int{
		"category=nothing": 0, "merchant=nobody": 0, "style=nothing&q=diamond": 0, "occasion=" + url.QueryEscape("火星"): 0,
		"near=90,0&radius_km=1": 0, "near=-90,180&sort=distance": 4, "near=0,-180&radius_km=20000&sort=distance": 4, "near=31.23,121.47&radius_km=0": 4,
		"price_min=0&price_max=0": 0, "price_min=88050&price_max=88050": 1,
	} {
		if a := s.get("/v1/products?" + query); a.status != 200 || a.body.Total != want {
			t.Errorf("%s: %d, %d found, want %d", query, a.status, a.body.Total, want)
		}
	}
}

// What an operator pins comes first for its query, meets the filters, is live,
// and is shown once.
func TestPinnedProductsComeFirst(t *testing.T) {
	s := opened(t)
	ring, bangle := id("lu", "1"), id("lu", "3")
	if _, err := s.publisher.Repin(t.Context(), pinsOf("钻石", bangle, ring)); err != nil {
		t.Fatal(err)
	}
	path := "/v1/products?q=" + url.QueryEscape(" 钻石")
	if a := s.get(path); a.titles() != "翡翠手镯 18K金钻石戒指 钻石项链" || a.body.Total != 3 {
		t.Errorf("pinned: %d %s", a.body.Total, a.titles())
	}
	if a := s.get(path + "&category=necklace"); a.titles() != "钻石项链" {
		t.Errorf("pinned, of another category: %s", a.titles())
	}
	if a := s.get(path + "&sort=price_asc"); a.titles() != "钻石项链 18K金钻石戒指" {
		t.Errorf("by price: %s", a.titles())
	}
	if a := s.get("/v1/products?q=" + url.QueryEscape("钻石戒指") + "&limit=1"); a.titles() != "18K金钻石戒指" {
		t.Errorf("another query: %s", a.titles())
	}
	first := s.get(path + "&limit=1")
	if next := s.get(path + "&limit=2&cursor=" + url.QueryEscape(first.body.NextCursor)); first.titles()+" "+next.titles() != "翡翠手镯 18K金钻石戒指 钻石项链" {
		t.Errorf("page by page: %s, %s", first.titles(), next.titles())
	}
	if _, err := s.publisher.Repin(t.Context(), pinsOf("钻石")); err != nil {
		t.Fatal(err)
	}
	if a := s.get(path); a.body.Total != 2 {
		t.Errorf("taken off: %s", a.titles())
	}
}

func pinsOf(query string, ids ...string) func(context.Context) (search.Pins, error) {
	pins := search.Pins{}
	for _, id := range ids {
		pins[query] = append(pins[query], catalog.ProductID(id))
	}
	return func(context.Context) (search.Pins, error) { return pins, nil }
}
