package catalogfeed_test

import (
	"strings"
	"testing"

	"jewelrydisplay.app/shared/catalog"
)

const shopifyHead = "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant SKU," +
	"Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Price,Image Src,Status,Jewelry material (product.metafields.shopify.jewelry-material)\r\n"

func TestAShopifyProductIsItsRowsTogether(t *testing.T) {
	state, products := bring(t, catalog.ImportRequest{Format: catalog.ShopifyCSV, Mapping: catalog.Mapping{"currency": "=HKD"}}, shopifyHead+
		"solitaire,18K White Gold Diamond Ring,\"<p>A \"\"solitaire\"\".</p>\r\n<p>Round&nbsp;brilliant,<br>GIA</p><script>track()</script>\",Lu,Rings,\"wedding, 六爪镶\",TRUE,Size,12,Metal,18K,,shopify,3,deny,\"1,299.00\",https://cdn.shopify.com/1.jpg,active,white gold\r\n"+
		"solitaire,,,,,,,,14,,18K,,shopify,-2,deny,1399.00,https://cdn.shopify.com/2.jpg,,\r\n"+
		"solitaire,,,,,,,,,,,,,,,,https://evil.test/3.jpg,,\r\n"+
		"chain,银项链,,Lu,,,TRUE,Title,Default Title,,,,shopify,0,continue,88,,active,\r\n"+
		"hidden,Hidden ring,,Lu,Rings,,TRUE,Title,Default Title,,,,,,,1,,draft,\r\n"+
		"bare,Bare ring,,Lu,Rings,,,,,,,,,,,,,,\r\n")
	wantRejections(t, state, "7 row says itself that the piece is not shown")
	if got := strings.Join(state.Warnings, ""); got != "1 pictures were left out: IMAGE_HOSTS does not name where they lie (evil.test)" {
		t.Errorf("warned %q", got)
	}
	for key, want := range map[string]string{
		"solitaire": "solitaire | 18K White Gold Diamond Ring | A \"solitaire\".\nRound brilliant,\nGIA | https://cdn.shopify.com/1.jpg | https://cdn.shopify.com/2.jpg" +
			" | 12 / 18K[{metal 18K} {size 12}]{129900 HKD} stock 3 | 14 / 18K[{metal 18K} {size 14}]{139900 HKD} stock 0" +
			` | {"category":["ring"],"fineness":["750"],"metal":["white_gold"],"occasion":["wedding"],"setting":["prong"],"stone":["diamond"]}`,
		"chain": `chain | 银项链 |  | {8800 HKD} | {"category":["necklace"],"metal":["silver"]}`,
		"bare":  `bare | Bare ring |  | {"category":["ring"]}`,
	} {
		if got := byKey(t, products, key); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	if len(products) != 3 {
		t.Errorf("%d products", len(products))
	}
}

func TestShopifysNewNamesOfColumns(t *testing.T) {
	_, products := bring(t, catalog.ImportRequest{Format: catalog.ShopifyCSV},
		"Title,URL handle,Description,Published on online store,Status,Option1 name,Option1 value,Price,Inventory quantity,Continue selling when out of stock,Product image URL\n"+
			"Pearl studs,studs,Akoya,TRUE,Active,Title,Default Title,12.50,2,FALSE,https://a.example.com/1.jpg\n")
	want := `studs | Pearl studs | Akoya | {1250 CNY} | stock 2 | https://a.example.com/1.jpg | {"category":["earring"],"stone":["pearl"]}`
	if got := byKey(t, products, "studs"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// A product of which one row is broken is not in the catalogue: half of it
// would be.
func TestNeverHalfAProduct(t *testing.T) {
	const head = "Handle,Title,Body (HTML),Option1 Name,Option1 Value,Variant Price\n"
	for name, c := range map[string]struct {
		rows string
		want []string // rejections
		keys string   // what arrives
	}{
		"a variant's price": {"a,A ring,,Size,12,10\na,,,,14,many\nb,B ring,,Size,12,10\n", []string{"2 variants.price is not a decimal number such as 12999.00"}, "b"},
		"a quote that never closes": {
			"a,A ring,,Size,12,10\nb,B ring,\"<p>never\n<p>closed, but long, with, commas, in, it</p>\n,,x\nb,,,,14,10\nc,C ring,,Size,12,10\n",
			[]string{"4 row may be the rest of a broken row", "5 row may be the rest of a broken row", "3 row has a quote that never closes"},
			"a c",
		},
		"a quote that the next row closes": {
			"a,A ring,\"x,Size,12,10\nb,B ring,\"y\",Size,12,10\nc,C ring,,Size,12,10\n",
			[]string{"2 row has text behind a closing quote"},
			"b c",
		},
		"a broken row without a handle": {
			"a,A ring,,Size,12,10\n\"a\"x,,,,14,10\na,,,,16,10\nb,B ring,,Size,12,10\n",
			[]string{"3 row has text behind a closing quote", "3 row has text behind a closing quote, and may belong to this product"},
			"b",
		},
		"too many fields":        {"a,A ring,,Size,12,10\na,,,,14,10,11\nb,B ring,,Size,12,10\n", []string{"3 row has more fields than there are columns"}, "b"},
		"a key that comes again": {"a,A ring,,Size,12,10\nb,B ring,,Size,12,10\na,Another ring,,Size,14,10\n", []string{"4 key is there twice: the first row with it was taken"}, "a b"},
		"two variants alike":     {"a,A ring,,Size,12,10\na,,,,12,10\nb,B ring,,,,\n", []string{"2 variants.key is there twice"}, "b"},
		"no title":               {"a,,,Size,12,10\nb,B ring,,Size,12,10\n", []string{"2 title is missing"}, "b"},
		"too many variants":      {"a,A ring,,,,\n" + strings.Repeat("a,,,,x,10\n", 2_000) + "b,B ring,,,,\n", []string{"2 variants are too many"}, "b"},
	} {
		t.Run(name, func(t *testing.T) {
			state, products := bring(t, catalog.ImportRequest{Format: catalog.ShopifyCSV}, head+c.rows)
			wantRejections(t, state, c.want...)
			arrived := map[string]bool{}
			for _, p := range products {
				arrived[p.Key] = true
			}
			for _, key := range strings.Fields(c.keys) {
				if !arrived[key] {
					t.Errorf("%s did not arrive", key)
				}
				delete(arrived, key)
			}
			if len(arrived) > 0 {
				t.Errorf("%v arrived", arrived)
			}
			if state.Rows != state.Created+state.Rejected {
				t.Errorf("%d rows are not %d and %d", state.Rows, state.Created, state.Rejected)
			}
		})
	}
}
