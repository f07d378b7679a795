package catalog_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"jewelrydisplay.app/shared/catalog"
)

// attributes imports one row and returns what the trade says of it.
func attributes(t *testing.T, row map[string]any, mapping catalog.Mapping) string {
	t.Helper()
	b := newBench(t)
	row["key"] = "1"
	if row["title"] == nil {
		row["title"] = "件"
	}
	line, err := json.Marshal(row)
	if err != nil {
		t.Fatal(err)
	}
	r := request("a")
	r.Mapping = mapping
	state := b.importing(t, r, string(line))
	p, ok := b.store.Product(catalog.NewProductID("lu", "1"))
	if !ok {
		t.Fatalf("%s did not arrive: %v", line, state.Rejections)
	}
	var said []string
	for _, n := range catalog.AttributeNames {
		if codes := p.Attributes[n.Attribute]; len(codes) > 0 {
			said = append(said, string(n.Attribute)+"="+strings.Join(codes, "+"))
		}
	}
	return strings.Join(said, " ")
}

// What merchants write, in a title or in a list of materials, is what the trade
// says.
func TestTheTradesWordsAreFoundInTitles(t *testing.T) {
	for title, want := range map[string]string{
		"18K白金四爪钻石戒指":                                   "category=ring metal=white_gold fineness=750 stone=diamond setting=prong",
		"足金999古法传承手镯":                                   "category=bangle metal=gold fineness=999 style=chinese",
		"PT950铂金莫桑石求婚戒指":                                "category=ring metal=platinum fineness=pt950 stone=moissanite occasion=engagement",
		"S925银镀18K金珍珠耳钉":                                "category=earring metal=silver plating=gold fineness=925 stone=pearl",
		"Gold-plated sterling silver studs":             "category=earring metal=silver plating=gold fineness=925",
		"18K gold plated brass ring":                    "category=ring metal=copper plating=gold",
		"Vermeil chain bracelet":                        "category=bracelet metal=silver plating=gold",
		"18k white gold emerald-cut diamond ring":       "category=ring metal=white_gold fineness=750 stone=diamond cut=emerald",
		"Emerald pendant":                               "category=pendant stone=emerald",
		"凉山南红玛瑙手串":                                      "category=bracelet stone=nanhong origin=liangshan",
		"K白金祖母绿吊坠":                                      "category=pendant metal=white_gold stone=emerald",
		"新疆和田玉羊脂白玉玉佩 国检证书":                              "category=pendant stone=nephrite origin=xinjiang certificate=ngtc",
		"Necklace with ruby pendant":                    "category=necklace stone=ruby",
		"Ring of Shells":                                "category=ring stone=shell",
		"silver gilt inlaid with coral":                 "metal=silver plating=gold stone=coral",
		"Rose gold-tone earrings":                       "category=earring plating=gold",
		"German silver cuff links":                      "category=cufflink metal=alloy",
		"Lab-grown diamond tennis bracelets":            "category=bracelet stone=lab_diamond",
		"mother-of-pearl brooch":                        "category=brooch stone=mother_of_pearl",
		"Heart locket":                                  "category=pendant",
		"watch (incorporated into a bracelet)":          "category=watch",
		"Nine stone pendants and one shell bead":        "category=pendant stone=shell",
		"faux pearl and rhinestone brooch":              "category=brooch stone=glass",
		"仿珍珠耳钉":                                         "category=earring",
		"Rose gold ring, yellow gold wash":              "category=ring metal=rose_gold plating=gold",
		"Nephrite jade bangle":                          "category=bangle stone=nephrite",
		"银手镯":                                           "category=bangle metal=silver",
		"基金会纪念章":                                        "",
		"goldfish ringtone silverware":                  "",
		"第925件":                                         "",
		"GIA certified 1ct round-cut diamond solitaire": "stone=diamond cut=round certificate=gia",
	} {
		if got := attributes(t, map[string]any{"title": title}, nil); got != want {
			t.Errorf("%s\n got %s\nwant %s", title, got, want)
		}
	}
}

// What a field says holds over what the title says, and a word that the
// vocabulary does not have stays the merchant's own.
func TestTheFeedsOwnFieldsComeFirst(t *testing.T) {
	for _, c := range []struct {
		row     map[string]any
		mapping catalog.Mapping
		want    string
	}{
		{map[string]any{"title": "Silver ring", "metal": "18K金"}, nil, "category=ring metal=gold fineness=750"},
		{map[string]any{"title": "ring", "metal": "Unobtainium"}, nil, "category=ring metal=unobtainium"},
		{map[string]any{"title": "ring", "stone": "tsavorite, Bluestone of Preseli"}, nil, "category=ring stone=garnet+bluestone of preseli"},
		{map[string]any{"title": "an heirloom", "metal": "silver gilt with enamel", "stone": "silver gilt with enamel"}, nil, "metal=silver plating=gold stone=enamel"},
		{map[string]any{"title": "ring", "medium": "gold and enamel"}, catalog.Mapping{"metal": "medium", "stone": "medium"}, "category=ring metal=gold stone=enamel"},
		{map[string]any{"title": "ring", "medium": "felt"}, catalog.Mapping{"metal": "medium", "stone": "medium"}, "category=ring"},
		{map[string]any{"title": "Amulet ring", "category": "Jewelry > Engagement"}, nil, "category=ring occasion=engagement"},
		{map[string]any{"title": "thing", "category": "Jewelry > Body Chains"}, nil, "category=necklace"},
		{map[string]any{"title": "thing", "category": "Jewelry > Cuirass"}, nil, "category=cuirass"},
		{map[string]any{"title": "thing", "hints": []string{"s925", "送礼"}}, nil, "metal=silver fineness=925 occasion=gift"},
		{map[string]any{"title": "thing", "fineness": "18K"}, nil, "metal=gold fineness=750"},
		{map[string]any{"title": "thing", "Metal": "铂金"}, nil, "metal=platinum"},
		{map[string]any{"title": "thing"}, catalog.Mapping{"metal": "=silver", "category": "=Brooches"}, "category=brooch metal=silver"},
		{map[string]any{"title": "thing", "cut": "emerald"}, nil, "cut=emerald"},
		{map[string]any{"title": "thing", "plating": "gold"}, nil, "plating=gold"},
	} {
		if got := attributes(t, c.row, c.mapping); got != c.want {
			t.Errorf("%v\n got %s\nwant %s", c.row, got, c.want)
		}
	}
}

func TestStockInWords(t *testing.T) {
	for written, want := range map[string]string{
		`"in stock"`: "some", `"有货"`: "some", `true`: "some", `"preorder"`: "some", `""`: "some", `"缺货"`: "0", `"sold out"`: "0", `false`: "0",
		`"007"`: "7", `3.0`: "3", `"3.00"`: "3", `0`: "0",
		`-1`: "rejected", `"-1"`: "rejected", `1.5`: "rejected", `"many"`: "rejected", `99999999999`: "rejected",
	} {
		b := newBench(t)
		state := b.importing(t, request("a"), `{"key":"1","title":"戒指","stock":`+written+`}`)
		got := "rejected"
		if p, ok := b.store.Product(catalog.NewProductID("lu", "1")); ok {
			if got = "some"; p.Stock != nil {
				got = fmt.Sprint(*p.Stock)
			}
		}
		if got != want {
			t.Errorf("%s: %s, want %s (%v)", written, got, want, state.Rejections)
		}
	}
}

func TestDaysAsFeedsWriteThem(t *testing.T) {
	day := "2026-03-04T00:00:00Z"
	for written, want := range map[string]string{
		"2026-03-04": day, "2026/3/4": day, "2026年3月4日": day, "20260304": day, "4 March 2026": day, "Mar 4, 2026": day, "2026.3.4": day,
		"2026-03-04T08:00:00+08:00": day, "2026-03-04 00:00:00": day, "2026-03-04T08:00+0800": day,
		"13/04/2026": "2026-04-13T00:00:00Z", "04/13/2026": "2026-04-13T00:00:00Z", "04.04.2026": "2026-04-04T00:00:00Z",
		"03/04/2026": "listed_at may be a day of two months: write it as 2026-11-24",
		"2026-02-30": "listed_at is not a date such as 2026-11-24", "30/02/2026": "listed_at is not a date such as 2026-11-24", "46032": "listed_at is not a date such as 2026-11-24",
		"1/2/26": "listed_at is not a date such as 2026-11-24", "yesterday": "listed_at is not a date such as 2026-11-24", "0001-01-01": "listed_at is not a date such as 2026-11-24",
		"2027-01-01": "listed_at is in the future",
	} {
		b := newBench(t)
		state := b.importing(t, request("a"), `{"key":"1","title":"戒指","listed_at":"`+written+`"}`)
		got := ""
		for _, r := range state.Rejections {
			got = r.Field + " " + r.Reason
		}
		if p, ok := b.store.Product(catalog.NewProductID("lu", "1")); ok {
			got = p.CreatedAt.Format(time.RFC3339)
		}
		if got != want {
			t.Errorf("%s: %s, want %s", written, got, want)
		}
	}
}

func TestAPieceThatIsNoLongerShownLeaves(t *testing.T) {
	b := newBench(t)
	b.importing(t, request("a"), `{"key":"1","title":"戒指","until":"2026-12-01"}`+"\n"+`{"key":"2","title":"戒指"}`)
	state := b.importing(t, request("b"), `{"key":"1","title":"戒指","until":"2026-10-01"}`+"\n"+`{"key":"3","title":"戒指","until":"2026-10-01"}`)
	wantCounts(t, state, "completed rows 2: 0 created, 0 updated, 0 unchanged, 1 retired, 2 rejected")
	if p, _ := b.store.Product(catalog.NewProductID("lu", "1")); !p.Retired() {
		t.Error("the piece is still shown")
	}
	if p, _ := b.store.Product(catalog.NewProductID("lu", "2")); p.Retired() {
		t.Error("another piece left with it")
	}
	writes := b.store.Writes
	b.importing(t, request("c"), `{"key":"1","title":"戒指","until":"2026-10-01"}`)
	if b.store.Writes != writes {
		t.Error("it left twice")
	}
	wantCounts(t, b.importing(t, request("d"), `{"key":"1","title":"戒指"}`), "completed rows 1: 0 created, 1 updated, 0 unchanged, 0 retired, 0 rejected")
}

// Clauses: C19.
func TestPicturesElsewhereAreLeftOut(t *testing.T) {
	b := newBench(t)
	b.ImageHosts = []string{"Images.example", "*.cdn.example"}
	state := b.importing(t, request("a"), `{"key":"1","title":"戒指","images":["https://images.example/1.jpg","https://a.cdn.example/2.jpg",`+
		`"https://cdn.example/3.jpg","https://images.example.evil.test/4.jpg","https://evil.test/?images.example","https://IMAGES.EXAMPLE:443/5.jpg"]}`)
	p, _ := b.store.Product(catalog.NewProductID("lu", "1"))
	if got := fmt.Sprint(p.Images); got != "[{https://images.example/1.jpg 0 0} {https://a.cdn.example/2.jpg 0 0} {https://IMAGES.EXAMPLE:443/5.jpg 0 0}]" {
		t.Errorf("pictures %s", got)
	}
	if got := strings.Join(state.Warnings, ""); got != "3 pictures were left out: IMAGE_HOSTS does not name where they lie (cdn.example, evil.test, images.example.evil.test)" {
		t.Errorf("warned %q", got)
	}
	b.ImageHosts = nil
	b.importing(t, request("b"), "")
	if p, _ = b.store.Product(p.ID); len(p.Images) != 0 {
		t.Errorf("without a host: %v", p.Images)
	}
}
