package catalogcards_test

import (
	"errors"
	"testing"
	"time"

	"jewelrydisplay.app/shared/awstest"
	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/catalog/catalogcards"
	"jewelrydisplay.app/shared/catalog/catalogdynamo"
	"jewelrydisplay.app/shared/catalog/catalogtest"
	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/dynamo"
)

func TestCardsOfWhatIsShown(t *testing.T) {
	cloud, clk := awstest.Start(t), clock.At(time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC))
	db := dynamo.New(cloud.Config, cloud.Tables, clk)
	store := catalogdynamo.New(db, clk)
	cards := catalogcards.New(store)
	ctx, shown, retired := t.Context(), catalogtest.FullProduct("1"), catalogtest.FullProduct("2")
	for _, p := range []catalog.Product{shown, retired} {
		if err := store.Save(ctx, p, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.Retire(ctx, retired.ID, clk.Now()); err != nil {
		t.Fatal(err)
	}
	if err := store.SaveMerchant(ctx, catalog.Merchant{ID: "lu", Name: catalog.Texts{ZH: "璐", EN: "Lu"}}); err != nil {
		t.Fatal(err)
	}
	db.TakeCalls()
	got, err := cards.Products(ctx, []string{string(shown.ID), string(retired.ID), "not an id", string(catalog.NewProductID("lu", "none"))}, "en")
	want := `{"id":"` + string(shown.ID) + `","title":"Diamond ring","price":{"amount":1299900,"currency":"CNY"},` +
		`"image":{"url":"https://images.example/1.jpg","width":10,"height":20},"merchant":{"id":"lu","name":"Lu"},"available":true}`
	if err != nil || len(got) != 1 || string(got[string(shown.ID)]) != want {
		t.Errorf("cards %s, %v\nwant %s", got, err, want)
	}
	if calls := db.TakeCalls(); len(calls) != 2 {
		t.Errorf("calls %v", calls)
	}
	merchants, err := cards.Merchants(ctx, []string{"lu", "lu", "none", "a/b"}, "zh")
	if err != nil || len(merchants) != 1 || string(merchants["lu"]) != `{"id":"lu","name":"璐"}` {
		t.Errorf("merchants %s, %v", merchants, err)
	}
	if got, err := cards.Products(ctx, nil, "zh"); err != nil || len(got) != 0 {
		t.Errorf("none: %v, %v", got, err)
	}
	for id, want := range map[string]error{string(shown.ID): nil, string(retired.ID): catalog.ErrRetired, "x": catalog.ErrNoProduct, string(catalog.NewProductID("lu", "none")): catalog.ErrNoProduct} {
		if err := cards.ProductExists(ctx, id); !errors.Is(err, want) {
			t.Errorf("product %s: %v", id, err)
		}
	}
	for id, want := range map[string]error{"lu": nil, "none": catalog.ErrNoMerchant, "a/b": catalog.ErrNoMerchant} {
		if err := cards.MerchantExists(ctx, id); !errors.Is(err, want) {
			t.Errorf("merchant %s: %v", id, err)
		}
	}
}
