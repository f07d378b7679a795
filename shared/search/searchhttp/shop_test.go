package searchhttp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"jewelrydisplay.app/shared/awstest"
	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/catalog/catalogdynamo"
	"jewelrydisplay.app/shared/catalog/catalogfeed"
	"jewelrydisplay.app/shared/catalog/cataloghttp"
	"jewelrydisplay.app/shared/catalog/catalogtest"
	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/engagement/engagementdynamo"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/keys"
	"jewelrydisplay.app/shared/lambdahttp"
	"jewelrydisplay.app/shared/person"
	"jewelrydisplay.app/shared/search"
	"jewelrydisplay.app/shared/search/searchdynamo"
	"jewelrydisplay.app/shared/search/searchhttp"
	"jewelrydisplay.app/shared/search/searchtest"
)

var t0 = time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)

// shop is the catalogue with its API, from the table up.
type shop struct {
	t         *testing.T
	api       *lambdahttp.API
	db        *dynamo.DB
	store     *catalogdynamo.Store
	objects   *catalogtest.Objects
	importer  *catalog.Importer
	publisher *search.Publisher
	editions  *searchtest.Editions
	clock     *clock.Manual
	logged    *strings.Builder
	imports   int
	noted     map[string]float64
}

// Note implements search.Meter.
func (s *shop) Note(name string, value float64) { s.noted[name] += value }

var li, wang = person.Of[person.ID]("2li"), person.Of[person.ID]("2wang")

// tokens knows tokens of persons with the location consent, with none, and with
// the personalisation consent.
type tokens struct{}

func (tokens) Authenticate(_ context.Context, token string) (lambdahttp.Caller, error) {
	switch token {
	case "consented":
		return lambdahttp.Caller{Subject: inventory.Subject{Granted: map[inventory.Consent]bool{inventory.ConsentLocation: true}}}, nil
	case "unconsented":
		return lambdahttp.Caller{User: li}, nil
	case "personal", "personal-wang":
		user := li
		if token == "personal-wang" {
			user = wang
		}
		return lambdahttp.Caller{User: user, Subject: inventory.Subject{Granted: map[inventory.Consent]bool{inventory.ConsentPersonalisation: true}}}, nil
	}
	return lambdahttp.Caller{}, fault.New(fault.Unauthenticated, "Log in.")
}

func open(t *testing.T) *shop {
	t.Helper()
	cloud, clk := awstest.Start(t), clock.At(t0)
	s := &shop{t: t, clock: clk, db: dynamo.New(cloud.Config, cloud.Tables, clk), objects: catalogtest.NewObjects(), editions: searchtest.NewEditions(), logged: &strings.Builder{}, noted: map[string]float64{}}
	s.store = catalogdynamo.New(s.db, clk)
	s.importer = &catalog.Importer{Products: s.store, Merchants: s.store, Imports: s.store, Objects: s.objects, ImageHosts: []string{"images.example"}, Feeds: catalogfeed.Feeds{}, Clock: clk, Random: strings.NewReader("")}
	s.publisher = &search.Publisher{Source: s.store, Store: s.editions, Clock: clk}
	log, ring := slog.New(slog.NewTextHandler(s.logged, nil)), keys.Fixed(strings.Repeat("k", 64))
	s.api = lambdahttp.New(tokens{}, log)
	cataloghttp.Register(s.api, s.store)
	searchhttp.Register(s.api, search.NewLive(search.Ports{
		Catalog: s.store, Editions: s.editions, Interests: engagementdynamo.New(s.db, nil),
		Misses: searchdynamo.NewMisses(s.db, ring, clk), Clock: clk, Log: log, Meter: s,
	}), s.store, lambdahttp.NewCursors(ring))
	return s
}

// sells imports a merchant's feed and publishes an edition.
func (s *shop) sells(m catalog.MerchantInput, full bool, rows ...string) {
	s.t.Helper()
	s.brings(m, full, rows...)
	if _, err := s.publisher.Rebuild(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) brings(m catalog.MerchantInput, full bool, rows ...string) {
	s.t.Helper()
	s.imports++
	key := fmt.Sprintf("feed-%d", s.imports)
	s.objects.Put(key, []byte(strings.Join(rows, "\n")))
	state, err := s.importer.Start(s.t.Context(), catalog.ImportRequest{
		ImportID: key, Merchant: m, Format: "jsonl", Source: catalog.ObjectPlace{Key: key}, FullFeed: full,
	})
	if err != nil || state.Rejected > 0 {
		s.t.Fatal(state.Rejections, err)
	}
}

var (
	lu = catalog.MerchantInput{ID: "lu", Name: catalog.Texts{ZH: "璐珠宝", EN: "Lu"}, City: catalog.Texts{ZH: "上海"}, Location: &catalog.LocationInput{Lat: 31.23, Lon: 121.47}}
	ma = catalog.MerchantInput{ID: "ma", Name: catalog.Texts{ZH: "马氏"}, Location: &catalog.LocationInput{Lat: 39.91, Lon: 116.41}}
)

func opened(t *testing.T) *shop {
	s := open(t)
	s.sells(lu, true,
		`{"key":"1","title_zh":"18K金钻石戒指","title_en":"Diamond ring","price":"12999","category":"戒指","metal":"18K金","stone":"钻石","images":["https://images.example/1.jpg"],"variants":[{"key":"a","size":"12","stock":0},{"key":"b","size":"14","stock":1}]}`,
		`{"key":"2","title":"珍珠项链","price":"880.50","category":"项链","stone":"珍珠","stock":0}`,
		`{"key":"3","title":"翡翠手镯","category":"手镯","stone":"翡翠"}`,
	)
	s.clock.Advance(time.Second)
	s.sells(ma, true, `{"key":"1","title":"钻石项链","price":"5000","category":"necklace","stone":"diamond"}`)
	return s
}

type answer struct {
	status int
	header http.Header
	text   string
	body   struct {
		Items []struct {
			ID, Title  string
			Price      *catalog.Money
			Merchant   struct{ ID, Name string }
			Available  bool
			Highlights map[string][]catalog.Marked
			DistanceM  *int `json:"distance_m"`
			Text       string
			Name       string
		}
		Total  int
		Facets map[string][]struct {
			Value, Label string
			Count        int
		}
		DidYouMean string `json:"did_you_mean"`
		AsOf       string `json:"as_of"`
		Personal   bool
		NextCursor string `json:"next_cursor"`
		Code       string
		Purpose    string
	}
}

func (s *shop) get(path string, headers ...string) answer {
	s.t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.api.ServeHTTP(w, r)
	a := answer{status: w.Code, header: w.Header(), text: w.Body.String()}
	if len(a.text) > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &a.body); err != nil {
			s.t.Fatalf("%s: %v in %s", path, err, a.text)
		}
	}
	if strings.Contains(a.text, "null") {
		s.t.Errorf("%s: something is null in %s", path, a.text)
	}
	return a
}

func (a answer) titles() string {
	var all []string
	for _, i := range a.body.Items {
		all = append(all, i.Title)
	}
	return strings.Join(all, " ")
}

func id(merchant catalog.MerchantID, key string) string {
	return string(catalog.NewProductID(merchant, key))
}
