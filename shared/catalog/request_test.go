package catalog_test

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/fault"
)

func TestAnotherRequestUnderTheSameIDIsAConflict(t *testing.T) {
	b := newBench(t)
	b.importing(t, request("a"), threeRings)
	r := request("a")
	r.FullFeed = true
	if _, err := b.Start(t.Context(), r); !fault.Is(err, fault.Conflict) {
		t.Errorf("error is %v", err)
	}
}

func TestRequestsThatAreWrongAreRefused(t *testing.T) {
	for name, change := range map[string]func(*catalog.ImportRequest){
		"import_id":         func(r *catalog.ImportRequest) { r.ImportID = "a b" },
		"merchant.id":       func(r *catalog.ImportRequest) { r.Merchant.ID = "a/b" },
		"format":            func(r *catalog.ImportRequest) { r.Format = "xls" },
		"encoding":          func(r *catalog.ImportRequest) { r.Encoding = "ebcdic" },
		"retire_up_to":      func(r *catalog.ImportRequest) { r.RetireUpTo = 101 },
		"source.key":        func(r *catalog.ImportRequest) { r.Source.Key = "" },
		"mapping":           func(r *catalog.ImportRequest) { r.Mapping = catalog.Mapping{"colour": "c"} },
		"mapping.title":     func(r *catalog.ImportRequest) { r.Mapping = catalog.Mapping{"title": " "} },
		"merchant.location": func(r *catalog.ImportRequest) { r.Merchant.Location = &catalog.LocationInput{Lat: 91} },
		"merchant.logo":     func(r *catalog.ImportRequest) { r.Merchant.Logo = "javascript:alert(1)" },
	} {
		b := newBench(t)
		b.objects.Put("feed.jsonl", []byte(threeRings))
		r := request("a")
		change(&r)
		_, err := b.Start(t.Context(), r)
		var f *fault.Error
		if !errors.As(err, &f) || len(f.Fields) != 1 || f.Fields[0].Location != name {
			t.Errorf("%s: error is %v", name, err)
		}
		if b.store.Writes != 0 {
			t.Errorf("%s: something was written", name)
		}
	}
	b := newBench(t)
	if _, err := b.Start(t.Context(), request("a")); !fault.Is(err, fault.InvalidRequest) {
		t.Errorf("a missing object: %v", err)
	}
}

func TestMappingFollowsTheFeedsNames(t *testing.T) {
	b := newBench(t)
	r := request("a")
	r.Mapping = catalog.Mapping{"key": "sku", "title": "name.cn", "price": "money.value", "currency": "money.unit", "stone": "gems"}
	b.importing(t, r, `{"sku":7,"name":{"cn":"手链"},"money":{"value":"1500","unit":"jpy"},"gems":"钻石|Ruby, turquoise"}`)
	p, ok := b.store.Product(catalog.NewProductID("lu", "7"))
	if !ok || p.Title.ZH != "手链" || *p.Price != (catalog.Money{Amount: 1500, Currency: "JPY"}) || fmt.Sprint(p.Attributes["stone"]) != "[diamond ruby turquoise]" {
		t.Errorf("product is %+v", p)
	}
}

func TestARequestMayNameTheMerchantInOneText(t *testing.T) {
	var r catalog.ImportRequest
	if err := json.Unmarshal([]byte(`{"merchant":{"id":"m","name":"周记","city":{"zh":"上海","en":"Shanghai"},"location":{"lat":31.234,"lon":121.478}}}`), &r); err != nil {
		t.Fatal(err)
	}
	if r.Merchant.Name.ZH != "周记" || r.Merchant.City.EN != "Shanghai" || r.Merchant.Location.Lat != 31.234 {
		t.Errorf("merchant is %+v", r.Merchant)
	}
}

func TestMerchantsAreMadeByImportAndKeepWhatIsNotSaid(t *testing.T) {
	b := newBench(t)
	r := request("a")
	r.Merchant.Location = &catalog.LocationInput{Lat: 31.2345, Lon: -121.476}
	b.importing(t, r, threeRings)
	bare := request("b")
	bare.Merchant = catalog.MerchantInput{ID: "lu", City: catalog.Texts{ZH: "上海"}}
	b.importing(t, bare, threeRings)
	m, err := b.store.Merchant(t.Context(), "lu")
	if err != nil || m.Name.ZH != "璐珠宝" || m.City.ZH != "上海" || *m.Location != (catalog.Location{LatE2: 3123, LonE2: -12148}) {
		t.Errorf("merchant is %+v, %v", m, err)
	}
	bare.ImportID, bare.Merchant.ID = "c", "nameless"
	b.importing(t, bare, threeRings)
	if m, _ := b.store.Merchant(t.Context(), "nameless"); m.Name.ZH != "nameless" {
		t.Errorf("merchant is %+v", m)
	}
}

func TestProductIDsAreOfTheirMerchantAndKey(t *testing.T) {
	a, b := catalog.NewProductID("m", "1"), catalog.NewProductID("m1", "")
	if a == b || !a.Valid() || catalog.ProductID("x").Valid() || a != catalog.NewProductID("m", "1") {
		t.Errorf("ids %s %s", a, b)
	}
	if strings.Contains(string(a), fmt.Sprintf("%x", sha256.Sum256([]byte("1")))) {
		t.Error("the id shows its key")
	}
}
