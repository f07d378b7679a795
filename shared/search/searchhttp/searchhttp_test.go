package searchhttp_test

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"jewelrydisplay.app/shared/search"
)

// Clauses: C19.
func TestSearchingNeedsNoLogin(t *testing.T) {
	s := opened(t)
	for query, want := range map[string]string{
		"q=钻石&sort=price_asc": "钻石项链 18K金钻石戒指", "q=diamond+ring": "18K金钻石戒指", "category=necklace&sort=price_asc": "珍珠项链 钻石项链",
		"category=项链&stone=珍珠": "珍珠项链", "stone=pearl&stone=jadeite&sort=price_desc": "珍珠项链 翡翠手镯", "price_min=88050&price_max=500000&sort=price_desc": "钻石项链 珍珠项链",
		"sort=newest&limit=1": "钻石项链", "merchant=ma": "钻石项链", "q=nothinglikeit": "", "metal=gold&fineness=18K": "18K金钻石戒指",
		"near=31.23,121.47&radius_km=5&sort=price_asc": "珍珠项链 18K金钻石戒指 翡翠手镯", "near=39.91,116.41&sort=distance&limit=1": "钻石项链",
	} {
		path, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		if a := s.get("/v1/products?" + path.Encode()); a.status != 200 || a.titles() != want {
			t.Errorf("%s: %d %q, want %q\n%s", query, a.status, a.titles(), want, a.text)
		}
	}
	a := s.get("/v1/products?q=diamond", "Accept-Language", "en-GB")
	if a.body.Items[0].Title != "Diamond ring" && a.body.Items[1].Title != "Diamond ring" {
		t.Errorf("in English: %s", a.titles())
	}
	if got := fmt.Sprint(a.body.Facets["category"], a.body.Total); !strings.Contains(got, "{necklace Necklace 1}") || a.body.Total != 2 {
		t.Errorf("facets %s", got)
	}
	if a.header.Get("Cache-Control") != "no-cache" || a.header.Get("Vary") != "Accept-Language" {
		t.Errorf("headers %v", a.header)
	}
	if held := s.get("/v1/products?q=diamond", "Accept-Language", "en", "If-None-Match", a.header.Get("ETag")); held.status != 304 {
		t.Errorf("a held page: %d", held.status)
	}
	a = s.get("/v1/products?q=daimond")
	if a.body.DidYouMean != "diamond" || a.body.AsOf != "" {
		t.Errorf("did you mean %q, as of %q", a.body.DidYouMean, a.body.AsOf)
	}
	a = s.get("/v1/products?q=" + url.QueryEscape("戒指"))
	if got := fmt.Sprint(a.body.Items[0].Highlights["title"]); got != "[{18K金钻石 false} {戒指 true}]" {
		t.Errorf("highlights %s", got)
	}
}

func TestAPageOfHitsIsOneCall(t *testing.T) {
	s := opened(t)
	s.get("/v1/products") // loads the edition
	s.db.TakeCalls()
	s.get("/v1/products?q=diamond")
	if calls := s.db.TakeCalls(); len(calls) != 1 || calls[0].Action != "BatchGetItem" || calls[0].Capacity != 4 {
		t.Errorf("calls %v", calls)
	}
}

func TestPagesHoldEachProductOnceAndCursorsAreOfTheirQuery(t *testing.T) {
	s := opened(t)
	seen, cursor := "", ""
	for range 5 {
		a := s.get("/v1/products?sort=price_asc&limit=1&cursor=" + url.QueryEscape(cursor))
		if a.status != 200 || a.body.Total != 4 {
			t.Fatal(a.text)
		}
		seen += a.titles() + " "
		if cursor = a.body.NextCursor; cursor == "" {
			break
		}
	}
	if seen != "珍珠项链 钻石项链 18K金钻石戒指 翡翠手镯 " {
		t.Errorf("paged through %s", seen)
	}
	cursor = s.get("/v1/products?sort=price_asc&limit=1").body.NextCursor
	for _, path := range []string{
		"/v1/products?sort=price_desc&limit=1&cursor=" + cursor,
		"/v1/products?sort=price_asc&price_max=5&cursor=" + cursor,
		"/v1/products?sort=price_asc&cursor=" + cursor[:len(cursor)-1] + "A",
		"/v1/products?sort=price_asc&cursor=x", "/v1/merchants?cursor=" + cursor,
	} {
		if a := s.get(path); a.status != 400 || a.body.Code != "malformed_request" {
			t.Errorf("%s: %d %s", path, a.status, a.text)
		}
	}
}

// Price, stock and removal are those of the table, whatever the edition says.
func TestAPageIsLive(t *testing.T) {
	s := opened(t)
	s.get("/v1/products")
	s.clock.Advance(time.Second)
	s.brings(lu, true, `{"key":"1","title_zh":"18K金钻石戒指","price":"9999","category":"戒指","stone":"钻石","stock":0}`)
	a := s.get("/v1/products?merchant=lu")
	if a.titles() != "18K金钻石戒指" || a.body.Items[0].Price.Amount != 999900 || a.body.Items[0].Available {
		t.Errorf("page %s", a.text)
	}
	if gone := s.get("/v1/products/" + id("lu", "2")); gone.status != 410 || gone.body.Code != "gone" {
		t.Errorf("retired: %d %s", gone.status, gone.text)
	}
	if a.body.AsOf != "" {
		t.Errorf("as of %s at once", a.body.AsOf)
	}
	s.clock.Advance(61 * time.Second)
	if a = s.get("/v1/products?merchant=lu"); a.body.AsOf != "2026-11-01T09:00:01Z" {
		t.Errorf("a minute later as of %q", a.body.AsOf)
	}
	if len(s.noted) != 1 || s.noted[search.StaleSeconds] != 61 {
		t.Errorf("noted %v", s.noted)
	}
	if _, err := s.publisher.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a = s.get("/v1/products?merchant=lu"); a.body.AsOf != "" || a.body.Total != 1 {
		t.Errorf("after the next edition: %s", a.text)
	}
}

func TestADamagedEditionKeepsTheOldOne(t *testing.T) {
	s := opened(t)
	s.get("/v1/products")
	s.editions.Fail = errors.New("damaged")
	s.clock.Advance(time.Second)
	s.sells(ma, false, `{"key":"2","title":"新戒指","category":"ring"}`)
	s.clock.Advance(2 * time.Minute)
	a := s.get("/v1/products")
	if a.status != 200 || a.body.Total != 4 || a.body.AsOf == "" {
		t.Errorf("%d %s", a.status, a.text)
	}
	if !strings.Contains(s.logged.String(), "cannot be loaded") || s.noted[search.LoadFailures] != 1 {
		t.Error("nobody was told")
	}
	s.editions.Fail = nil
	if a = s.get("/v1/products"); a.body.Total != 5 || a.body.AsOf != "" {
		t.Errorf("loaded at last: %s", a.text)
	}
}

func TestWithoutAnEditionThereIsNothingYet(t *testing.T) {
	s := open(t)
	if a := s.get("/v1/products"); a.status != 200 || a.body.Total != 0 {
		t.Errorf("empty catalogue: %d %s", a.status, a.text)
	}
	s.sells(lu, false, `{"key":"1","title":"戒指"}`)
	s.editions.Fail = errors.New("damaged")
	if a := s.get("/v1/products"); a.status != 503 || a.body.Code != "unavailable" || a.header.Get("Retry-After") == "" {
		t.Errorf("no edition: %d %s", a.status, a.text)
	}
}

// Clauses: C28.
func TestNearbyNeedsTheLocationConsentOfWhoIsSignedIn(t *testing.T) {
	s := opened(t)
	for _, path := range []string{"/v1/products?near=31.23,121.47", "/v1/merchants?near=31.23,121.47"} {
		if a := s.get(path); a.status != 200 || a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s, nobody: %d %s", path, a.status, a.text)
		}
		if a := s.get(path, "Authorization", "Bearer consented"); a.status != 200 {
			t.Errorf("%s, consented: %d %s", path, a.status, a.text)
		}
		a := s.get(path, "Authorization", "Bearer unconsented")
		if a.status != 403 || a.body.Code != "consent_withdrawn" || a.body.Purpose != "location" {
			t.Errorf("%s, unconsented: %d %s", path, a.status, a.text)
		}
		if a := s.get(path, "Authorization", "Bearer unknown"); a.status != 401 {
			t.Errorf("%s, unknown token: %d", path, a.status)
		}
	}
	if a := s.get("/v1/products", "Authorization", "Bearer unconsented"); a.status != 200 {
		t.Errorf("browsing without the consent: %d", a.status)
	}
	if strings.Contains(s.logged.String(), "31.23") {
		t.Error("a place was logged")
	}
}

func TestBadQueriesAreRefusedWithoutEcho(t *testing.T) {
	s := opened(t)
	for _, query := range []string{
		"sort=secret1", "limit=0", "limit=101", "limit=secret1", "price_min=-1", "price_min=secret1", "price_max=1.5", "price_min=9&price_max=8",
		"near=secret1", "near=31.234,121.47", "near=91,0", "near=0,181", "near=31.23", "radius_km=5", "radius_km=-1&near=1,1", "sort=distance",
		"colour=secret1", "q=" + strings.Repeat("secret1", 20), "category=secret1" + strings.Repeat("&category=secret1", 20),
	} {
		a := s.get("/v1/products?" + query)
		if a.status != 422 || a.body.Code != "invalid_request" || strings.Contains(a.text, "secret1") || a.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", query, a.status, a.text)
		}
	}
	for path, want := range map[string]int{
		"/v1/products?q=%ff": 400, "/v1/products/x": 404, "/v1/products/x/related": 404, "/v1/merchants/a%2Fb": 404, "/v1/merchants/%F0%9F%92%8D": 404,
		"/v1/products/" + id("lu", "none"): 404, "/v1/suggestions": 422, "/v1/suggestions?q=": 422, "/v1/products?q=%F0%9F%92%8D%E2%80%AE": 200,
	} {
		if a := s.get(path); a.status != want {
			t.Errorf("%s: %d, want %d: %s", path, a.status, want, a.text)
		}
	}
}

func TestAProductIsAskedForAgainOnlyWhenItChanged(t *testing.T) {
	s := opened(t)
	path := "/v1/products/" + id("lu", "1")
	a := s.get(path)
	etag := a.header.Get("ETag")
	if a.status != 200 || etag == "" || a.header.Get("Cache-Control") != "no-cache" {
		t.Fatalf("%d %v", a.status, a.header)
	}
	for _, want := range []string{
		`"price":{"amount":1299900,"currency":"CNY"}`, `"merchant":{"id":"lu","name":"璐珠宝"}`, `"available":true`, `"images":[{"url":"https://images.example/1.jpg"}]`,
		`{"name":"stone","label":"宝石","value":"钻石"}`, `{"name":"fineness","label":"成色","value":"18K"}`,
		`"attributes":[{"name":"size","label":"尺寸","value":"14"}],"available":true`, `"attributes":[{"name":"size","label":"尺寸","value":"12"}],"available":false`,
	} {
		if !strings.Contains(a.text, want) {
			t.Errorf("no %s in %s", want, a.text)
		}
	}
	if again := s.get(path, "If-None-Match", `"x", W/`+etag); again.status != 304 || again.text != "" || again.header.Get("ETag") != etag {
		t.Errorf("held: %d %s", again.status, again.text)
	}
	if other := s.get(path, "If-None-Match", etag, "Accept-Language", "en"); other.status != 200 {
		t.Errorf("in another language: %d", other.status)
	}
	s.brings(lu, false, `{"key":"1","title_zh":"18K金钻石戒指","price":"1"}`)
	if changed := s.get(path, "If-None-Match", etag); changed.status != 200 {
		t.Errorf("changed: %d", changed.status)
	}
}

func TestRelatedSuggestionsAndMerchants(t *testing.T) {
	s := opened(t)
	if a := s.get("/v1/products/" + id("lu", "1") + "/related"); a.titles() != "钻石项链" {
		t.Errorf("related: %s", a.text)
	}
	if a := s.get("/v1/suggestions?q=" + url.QueryEscape("钻")); a.body.Items[0].Text != "钻石" {
		t.Errorf("suggestions: %s", a.text)
	}
	a := s.get("/v1/merchants?near=39.90,116.40&limit=1")
	if a.body.Items[0].ID != "ma" || a.body.NextCursor == "" {
		t.Errorf("merchants: %s", a.text)
	}
	next := s.get("/v1/merchants?near=39.90,116.40&limit=1&cursor=" + a.body.NextCursor)
	if next.body.Items[0].ID != "lu" || next.body.NextCursor != "" {
		t.Errorf("merchants behind: %s", next.text)
	}
	if a := s.get("/v1/merchants?near=39.90,116.40&radius_km=10"); len(a.body.Items) != 1 {
		t.Errorf("merchants within: %s", a.text)
	}
	if a := s.get("/v1/merchants/lu", "Accept-Language", "en"); a.text != `{"id":"lu","name":"Lu","city":"上海","location":{"lat":31.23,"lon":121.47}}`+"\n" {
		t.Errorf("merchant: %s", a.text)
	}
	if a := s.get("/v1/merchants/none"); a.status != 404 || a.body.Code != "not_found" {
		t.Errorf("no merchant: %s", a.text)
	}
}
