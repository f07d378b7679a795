package catalogdynamo_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"jewelrydisplay.app/shared/awstest"
	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/catalog/catalogdynamo"
	"jewelrydisplay.app/shared/catalog/catalogtest"
	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/dynamo"
)

var t0 = time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)

func start(t testing.TB) (*catalogdynamo.Store, *dynamo.DB, *clock.Manual) {
	t.Helper()
	cloud, clk := awstest.Start(t), clock.At(t0)
	db := dynamo.New(cloud.Config, cloud.Tables, clk)
	return catalogdynamo.New(db, clk), db, clk
}

func TestStoreKeepsTheContract(t *testing.T) {
	catalogtest.Contract(t, func(t *testing.T) catalogtest.Stores {
		s, _, _ := start(t)
		return s
	})
}

func TestRecordsAreDeclaredWell(t *testing.T) {
	for _, s := range catalogdynamo.Records() {
		if err := s.Err(); err != nil {
			t.Error(err)
		}
	}
}

func TestAProductIsReadAsItWasSavedUntilItIsGone(t *testing.T) {
	s, db, clk := start(t)
	ctx, p := t.Context(), catalogtest.FullProduct("1")
	if _, err := s.Product(ctx, p.ID); !errors.Is(err, catalog.ErrNoProduct) {
		t.Errorf("before: %v", err)
	}
	if err := s.Save(ctx, p, nil); err != nil {
		t.Fatal(err)
	}
	db.TakeCalls()
	got, err := s.Product(ctx, p.ID)
	if err != nil || !reflect.DeepEqual(got, p) {
		t.Errorf("product\n got %+v, %v\nwant %+v", got, err, p)
	}
	if calls := db.TakeCalls(); len(calls) != 1 || calls[0].Action != "GetItem" {
		t.Errorf("calls %v", calls)
	}
	if err := s.Retire(ctx, p.ID, clk.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Product(ctx, p.ID); !errors.Is(err, catalog.ErrRetired) {
		t.Errorf("retired: %v", err)
	}
	clk.Advance(365 * 24 * time.Hour)
	if _, err := s.Product(ctx, p.ID); !errors.Is(err, catalog.ErrNoProduct) {
		t.Errorf("a year later: %v", err)
	}
	if err := s.Save(ctx, p, nil); err != nil {
		t.Errorf("new again where TTL was late: %v", err)
	}
}

func TestAPageIsOneCallWithTheEdition(t *testing.T) {
	s, db, clk := start(t)
	ctx := t.Context()
	var ids []catalog.ProductID
	for _, key := range []string{"1", "2", "3"} {
		p := catalogtest.FullProduct(key)
		ids = append(ids, p.ID)
		if err := s.Save(ctx, p, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Retire(ctx, ids[1], t0); err != nil {
		t.Fatal(err)
	}
	e := catalog.Edition{
		Version: 1, Base: catalog.Part{Key: "b", Digest: "1"}, Deltas: []catalog.Part{{Key: "c", Digest: "2"}, {Key: "d", Digest: "3"}},
		Open: true, Pins: catalog.Part{Key: "p", Digest: "4"}, Retired: []string{"a"}, AsOf: t0, BuiltAt: t0, PublishedAt: t0,
	}
	if err := s.Publish(ctx, e, 0); err != nil {
		t.Fatal(err)
	}
	if err := s.Changing(ctx, clk.Advance(time.Minute)); err != nil {
		t.Fatal(err)
	}
	e.ChangedAt = clk.Now()
	db.TakeCalls()
	page, edition, err := s.Page(ctx, append(ids, catalog.NewProductID("lu", "none")))
	if err != nil || len(page) != 2 || page[ids[0]].Key != "1" || !reflect.DeepEqual(edition, e) {
		t.Errorf("page of %d, edition %+v, %v", len(page), edition, err)
	}
	if calls := db.TakeCalls(); len(calls) != 1 || calls[0].Action != "BatchGetItem" || calls[0].Capacity != 6 {
		t.Errorf("calls %v: want one BatchGetItem of 6 units (6 keys of up to 4 kB; an absent one costs one too)", calls)
	}
}

func TestEditionsOnlyMoveForward(t *testing.T) {
	s, _, _ := start(t)
	ctx := t.Context()
	for _, step := range []struct {
		version, was int
		ok           bool
	}{{1, 0, true}, {1, 0, false}, {2, 1, true}, {2, 1, false}, {2, 2, true}, {3, 1, false}, {3, 2, true}} {
		err := s.Publish(ctx, catalog.Edition{Version: step.version, AsOf: t0}, step.was)
		if (err == nil) != step.ok || (err != nil && !errors.Is(err, catalog.ErrMoved)) {
			t.Errorf("from %d to %d: %v", step.was, step.version, err)
		}
	}
	if e, err := s.Edition(ctx); err != nil || e.Version != 3 {
		t.Errorf("edition %+v, %v", e, err)
	}
}

func TestEverythingIsShownProductsAndMerchants(t *testing.T) {
	s, _, _ := start(t)
	ctx := t.Context()
	for _, key := range []string{"1", "2", "3"} {
		if err := s.Save(ctx, catalogtest.FullProduct(key), nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Retire(ctx, catalog.NewProductID("lu", "2"), t0); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveMerchant(ctx, catalog.Merchant{ID: "lu", Name: catalog.Texts{ZH: "璐"}}); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveImport(ctx, catalog.Import{ID: "i"}); err != nil {
		t.Fatal(err)
	}
	products, merchants := 0, 0
	err := s.Everything(ctx, func(catalog.Merchant) error { merchants++; return nil }, func(catalog.Product) error { products++; return nil })
	if err != nil || products != 2 || merchants != 1 {
		t.Errorf("%d products, %d merchants, %v", products, merchants, err)
	}
}
