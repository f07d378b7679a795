package catalogfeed_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/catalog/catalogfeed"
	"jewelrydisplay.app/shared/catalog/catalogtest"
	"jewelrydisplay.app/shared/clock"
)

// bring imports a feed into an empty catalogue.
func bring(t testing.TB, r catalog.ImportRequest, body string) (catalog.Import, []catalog.Product) {
	t.Helper()
	store, objects := catalogtest.NewMemory(), catalogtest.NewObjects()
	importer := &catalog.Importer{
		Products: store, Merchants: store, Imports: store, Objects: objects, Feeds: catalogfeed.Feeds{},
		Clock: clock.At(time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)), Random: strings.NewReader(strings.Repeat("x", 64)),
		ImageHosts: []string{"cdn.shopify.com", "*.example.com"},
	}
	objects.Put("feed", []byte(body))
	r.Merchant.ID, r.Source.Key = "lu", "feed"
	state, err := importer.Start(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return state, store.Products()
}

// said is what a product says, on one line.
func said(p catalog.Product) string {
	line := p.Key + " | " + p.Title.ZH + p.Title.EN + " | " + p.Description.Both()
	if p.Price != nil {
		line += fmt.Sprint(" | ", *p.Price)
	}
	if p.Stock != nil {
		line += fmt.Sprint(" | stock ", *p.Stock)
	}
	for _, i := range p.Images {
		line += " | " + i.URL
	}
	for _, v := range p.Variants {
		line += " | " + strings.TrimPrefix(v.ID, string(p.ID)+"-") + fmt.Sprint(v.Attributes)
		if v.Price != nil {
			line += fmt.Sprint(*v.Price)
		}
		if v.Stock != nil {
			line += fmt.Sprint(" stock ", *v.Stock)
		}
	}
	attributes, _ := json.Marshal(p.Attributes)
	return line + " | " + string(attributes)
}

func byKey(t testing.TB, products []catalog.Product, key string) string {
	t.Helper()
	for _, p := range products {
		if p.Key == key {
			return said(p)
		}
	}
	t.Errorf("there is no product %s", key)
	return ""
}

func wantRejections(t testing.TB, state catalog.Import, want ...string) {
	t.Helper()
	var got []string
	for _, r := range state.Rejections {
		got = append(got, fmt.Sprint(r.Line, " ", r.Field, " ", r.Reason))
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("rejected\n%s\nwant\n%s", g, w)
	}
}

// one is one product in every format, without Chinese where an encoding has
// none.
func one(format, title string) string {
	switch format {
	case catalog.ShopifyCSV:
		return "Handle,Title,Variant Price,Option1 Name,Option1 Value\nr-1,\"" + title + "\",1299.00,Title,Default Title\n"
	case catalog.GoogleTSV:
		return "id\ttitle\tprice\nr-1\t" + title + "\t1299.00 CNY\n"
	case catalog.GoogleXML:
		return `<?xml version="1.0"?><rss xmlns:g="http://base.google.com/ns/1.0"><channel><item><g:id>r-1</g:id><title>` + title +
			"</title><g:price>1299.00 CNY</g:price></item></channel></rss>"
	default:
		return `{"key":"r-1","title":"` + title + `","price":"1299.00"}` + "\n"
	}
}

var formats = []string{catalog.JSONLines, catalog.ShopifyCSV, catalog.GoogleTSV, catalog.GoogleXML}

func TestEveryFormatIsReadInEveryEncoding(t *testing.T) {
	long := strings.Repeat("古法花丝", 60) + "钻石戒指"
	for _, c := range []struct {
		name, title string
		form        encoding.Encoding
		before      string // bytes before the text
		given, said string
	}{
		{"UTF-8", long, nil, "", "", ""},
		{"UTF-8 with a mark", long, nil, "\xef\xbb\xbf", "", ""},
		{"UTF-16 little-endian", long, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), "", "", "UTF-16"},
		{"UTF-16 big-endian", long, unicode.UTF16(unicode.BigEndian, unicode.UseBOM), "", "", "UTF-16"},
		{"UTF-16 little-endian without a mark", long, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "", "", "UTF-16"},
		{"UTF-16 big-endian without a mark", long, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), "", "", "UTF-16"},
		{"GB18030", long, simplifiedchinese.GB18030, "", "", "GB18030"},
		{"GB18030 of one character", "18K金", simplifiedchinese.GB18030, "", "", "GB18030"},
		{"Latin-1", "Bague sertie d'émeraudes, œuvre signée, très légère", charmap.Windows1252, "", "", "Latin-1"},
		{"Big5 when it is said", "鑽石戒指", traditionalchinese.Big5, "", "big5", "Big5"},
		{"Latin-1 when it is said", "Müßiggang", charmap.ISO8859_1, "", "latin-1", "Latin-1"},
	} {
		for _, format := range formats {
			t.Run(c.name+"/"+format, func(t *testing.T) {
				body := one(format, c.title)
				if c.form != nil {
					var err error
					if body, err = c.form.NewEncoder().String(body); err != nil {
						t.Fatal(err)
					}
				}
				state, products := bring(t, catalog.ImportRequest{Format: format, Encoding: c.given}, c.before+body)
				if len(products) != 1 || products[0].Title.ZH+products[0].Title.EN != c.title || products[0].Price.Amount != 129900 {
					t.Fatalf("%v %v", products, state.Rejections)
				}
				want := ""
				if c.said != "" {
					want = "the feed was read as " + c.said
				}
				if got := strings.Join(state.Warnings, "; "); got != want {
					t.Errorf("warned %q, want %q", got, want)
				}
			})
		}
	}
}

func TestXMLSaysItsEncoding(t *testing.T) {
	body, err := simplifiedchinese.GBK.NewEncoder().String(`<?xml version='1.0' encoding='GB2312'?><rss><item><id>1</id><title>é 戒</title></item></rss>`)
	if err != nil {
		t.Fatal(err)
	}
	if _, products := bring(t, catalog.ImportRequest{Format: catalog.GoogleXML}, body); len(products) != 1 || products[0].Title.ZH != "é 戒" {
		t.Errorf("read %v", products)
	}
}

// A few broken bytes in a feed of UTF-8 are a few broken rows, and what an
// encoding cannot say is no question mark in a shop.
func TestBytesThatAreNoTextAreRejected(t *testing.T) {
	good := strings.Repeat("戒指", 20)
	state, products := bring(t, catalog.ImportRequest{Format: catalog.ShopifyCSV}, "Handle,Title\n1,"+good+"\n2,"+good+"\xff\n3,"+good+"\n")
	wantRejections(t, state, "3 row is not UTF-8")
	if len(products) != 2 {
		t.Errorf("%d products", len(products))
	}
	state, products = bring(t, catalog.ImportRequest{Format: catalog.JSONLines}, "\xff\xfe{\x00\"\x00k\x00e\x00y\x00\"\x00:\x001\x00,\x00\"\x00t\x00i\x00t\x00l\x00e\x00\"\x00:\x00\"\x00a\x00\x00\xd8\"\x00}\x00")
	wantRejections(t, state, "1 row is not UTF-16")
	if len(products) != 0 {
		t.Errorf("%d products", len(products))
	}
}

func TestWhatIsNoFeedIsSaid(t *testing.T) {
	for name, c := range map[string]struct{ format, body, why string }{
		"a workbook":                  {catalog.ShopifyCSV, "PK\x03\x04rest", "the file is a ZIP archive, as an .xlsx workbook is: export it as text"},
		"an old workbook":             {catalog.GoogleTSV, "\xd0\xcf\x11\xe0rest", "the file is an .xls workbook: export it as text"},
		"packed":                      {catalog.JSONLines, "\x1f\x8b\x08", "the file is packed with gzip: unpack it first"},
		"no Handle":                   {catalog.ShopifyCSV, "id,title\n1,x\n", "the first line names no column Handle, as a Shopify product export does"},
		"commas for tabs":             {catalog.GoogleTSV, "id,title\n1,x\n", "the first line names one column: the columns must be divided by tabs"},
		"a header that is not closed": {catalog.ShopifyCSV, "\"Handle,Title\n1,x\n", "the line with the names of the columns has a quote that never closes"},
	} {
		t.Run(name, func(t *testing.T) {
			state, products := bring(t, catalog.ImportRequest{Format: c.format, FullFeed: true}, c.body)
			if got := strings.Join(state.Warnings, "; "); state.State != catalog.Failed || got != c.why || len(products) != 0 {
				t.Errorf("%s: %q, want %q", state.State, got, c.why)
			}
		})
	}
}

func TestAnEmptyFeedIsNoError(t *testing.T) {
	for _, format := range formats {
		for _, body := range []string{"", "\n\n", "\xef\xbb\xbf"} {
			if format == catalog.GoogleTSV || format == catalog.ShopifyCSV {
				body = strings.TrimSpace(body)
			}
			state, _ := bring(t, catalog.ImportRequest{Format: format, FullFeed: true}, body)
			if state.State != catalog.Completed || state.Rows != 0 || len(state.Warnings) != 1 {
				t.Errorf("%s %q: %s, %d rows, %v", format, body, state.State, state.Rows, state.Warnings)
			}
		}
	}
}
