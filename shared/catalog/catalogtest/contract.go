package catalogtest

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"jewelrydisplay.app/shared/catalog"
)

// Stores is everything that keeps the catalogue.
type Stores interface {
	catalog.ProductStore
	catalog.MerchantStore
	catalog.ImportStore
}

// Contract runs the contract of the stores; each call of empty gives empty
// ones.
func Contract(t *testing.T, empty func(*testing.T) Stores) {
	t.Run("AProductIsSavedOnlyOverWhatWasRead", func(t *testing.T) { saving(t, empty(t)) })
	t.Run("ARetiredProductIsNotShownAndMayComeBack", func(t *testing.T) { retiring(t, empty(t)) })
	t.Run("ShownPagesEndAndHoldOneMerchant", func(t *testing.T) { shown(t, empty(t)) })
	t.Run("AMerchantIsAsSaved", func(t *testing.T) { merchants(t, empty(t)) })
	t.Run("AnImportMovesOneRevisionAtATime", func(t *testing.T) { imports(t, empty(t)) })
}

// FullProduct returns a product with everything that one can have.
func FullProduct(key string) catalog.Product {
	price, stock, none := catalog.Money{Amount: 1299900, Currency: "CNY"}, 3, 0
	at := time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)
	return catalog.Product{
		ID: catalog.NewProductID("lu", key), Merchant: "lu", Key: key, Hash: "h-" + key,
		Title: catalog.Texts{ZH: "钻石戒指", EN: "Diamond ring"}, Description: catalog.Texts{ZH: "好", EN: "Good"},
		Attributes: catalog.Attributes{catalog.Category: {"ring"}, catalog.Stone: {"diamond", "ruby"}},
		Price:      &price, Stock: &stock,
		Images: []catalog.Image{{URL: "https://images.example/1.jpg", Width: 10, Height: 20}, {URL: "https://images.example/2.jpg"}},
		Variants: []catalog.Variant{
			{ID: "v1", Attributes: []catalog.Feature{{Name: "size", Value: "12"}}, Price: &price, Stock: &none},
			{ID: "v2"},
		},
		CreatedAt: at, UpdatedAt: at.Add(time.Hour),
	}
}

func saving(t *testing.T, s Stores) {
	ctx, p := t.Context(), FullProduct("1")
	if err := s.Save(ctx, p, &catalog.Held{Hash: p.Hash}); !errors.Is(err, catalog.ErrMoved) {
		t.Errorf("saved over a row that is not there: %v", err)
	}
	if err := s.Save(ctx, p, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Save(ctx, p, nil); !errors.Is(err, catalog.ErrMoved) {
		t.Errorf("saved as new over a row: %v", err)
	}
	held, err := s.Find(ctx, []catalog.ProductID{p.ID, catalog.NewProductID("lu", "none")})
	want := catalog.Held{Hash: p.Hash, CreatedAt: p.CreatedAt}
	if err != nil || len(held) != 1 || held[p.ID] != want {
		t.Errorf("found %+v, %v", held, err)
	}
	next := p
	next.Hash = "other"
	if err := s.Save(ctx, next, &catalog.Held{Hash: "stale"}); !errors.Is(err, catalog.ErrMoved) {
		t.Errorf("saved over a changed row: %v", err)
	}
	if err := s.Save(ctx, next, &want); err != nil {
		t.Error(err)
	}
}

func retiring(t *testing.T, s Stores) {
	ctx, p := t.Context(), FullProduct("1")
	at := p.CreatedAt.Add(24 * time.Hour)
	if err := s.Save(ctx, p, nil); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Retire(ctx, p.ID, at); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Retire(ctx, catalog.NewProductID("lu", "none"), at); err != nil {
		t.Errorf("retiring what is not there: %v", err)
	}
	if page, err := s.Shown(ctx, "lu", ""); err != nil || len(page) != 0 {
		t.Errorf("shown %v, %v", page, err)
	}
	held, err := s.Find(ctx, []catalog.ProductID{p.ID})
	if err != nil || !held[p.ID].Retired {
		t.Fatalf("held %+v, %v", held, err)
	}
	if err := s.Save(ctx, p, &catalog.Held{Hash: p.Hash}); !errors.Is(err, catalog.ErrMoved) {
		t.Errorf("saved over a retired row as if it were shown: %v", err)
	}
	known := held[p.ID]
	if err := s.Save(ctx, p, &known); err != nil {
		t.Fatal(err)
	}
	if page, err := s.Shown(ctx, "lu", ""); err != nil || len(page) != 1 {
		t.Errorf("back: shown %v, %v", page, err)
	}
}

func shown(t *testing.T, s Stores) {
	ctx, want := t.Context(), map[catalog.ProductID]bool{}
	for _, key := range []string{"1", "2", "3", "4", "5"} {
		p := FullProduct(key)
		want[p.ID] = true
		if err := s.Save(ctx, p, nil); err != nil {
			t.Fatal(err)
		}
	}
	other := FullProduct("1")
	other.Merchant, other.ID = "ma", catalog.NewProductID("ma", "1")
	if err := s.Save(ctx, other, nil); err != nil {
		t.Fatal(err)
	}
	var after catalog.ProductID
	for pages := 0; ; pages++ {
		page, err := s.Shown(ctx, "lu", after)
		if err != nil || pages > 5 {
			t.Fatalf("page %d: %v", pages, err)
		}
		if len(page) == 0 {
			break
		}
		for _, id := range page {
			if !want[id] {
				t.Errorf("%s is shown twice or not ours", id)
			}
			delete(want, id)
		}
		after = page[len(page)-1]
	}
	if len(want) != 0 {
		t.Errorf("not shown: %v", want)
	}
}

func merchants(t *testing.T, s Stores) {
	ctx := t.Context()
	if _, err := s.Merchant(ctx, "lu"); !errors.Is(err, catalog.ErrNoMerchant) {
		t.Errorf("no merchant: %v", err)
	}
	for _, m := range []catalog.Merchant{
		{ID: "lu", Name: catalog.Texts{ZH: "璐", EN: "Lu"}, City: catalog.Texts{ZH: "上海"}, Location: &catalog.Location{LatE2: 3123, LonE2: -12147}, Logo: "https://images.example/l.png"},
		{ID: "lu", Name: catalog.Texts{EN: "Lu"}, Location: &catalog.Location{}},
	} {
		if err := s.SaveMerchant(ctx, m); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Merchant(ctx, "lu"); err != nil || !reflect.DeepEqual(got, m) {
			t.Errorf("merchant %+v, %v; want %+v", got, err, m)
		}
	}
}

func imports(t *testing.T, s Stores) {
	ctx := t.Context()
	if _, err := s.Import(ctx, "i"); !errors.Is(err, catalog.ErrNoImport) {
		t.Errorf("no import: %v", err)
	}
	i := catalog.Import{
		ID: "i", Fingerprint: "f", State: catalog.Running, Source: "e", StartedAt: time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC),
		HeldUntil: time.Date(2026, 11, 1, 8, 16, 0, 0, time.UTC), Handled: 7, Rows: 6, Created: 1, Updated: 2, Unchanged: 3, Retired: 4, Rejected: 1,
		Rejections: []catalog.Rejection{{Line: 3, Field: "price", Reason: "is zero"}},
		Report:     catalog.ObjectPlace{Bucket: "b", Key: "k"}, Warnings: []string{"w"},
	}
	if err := s.SaveImport(ctx, i); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveImport(ctx, i); !errors.Is(err, catalog.ErrMoved) {
		t.Errorf("begun twice: %v", err)
	}
	i.Revision, i.Run = 1, 1
	if err := s.SaveImport(ctx, i); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Import(ctx, "i"); err != nil || !reflect.DeepEqual(got, i) {
		t.Errorf("import\n got %+v, %v\nwant %+v", got, err, i)
	}
	i.Revision = 3
	if err := s.SaveImport(ctx, i); !errors.Is(err, catalog.ErrMoved) {
		t.Errorf("a revision was passed over: %v", err)
	}
}
