package catalogfeed_test

import (
	"encoding/json"
	"reflect"
	"testing"
	"unicode/utf8"

	"jewelrydisplay.app/shared/catalog"
)

// check imports any bytes: every row is a product or a rejection, and every
// product is whole, and what a second import finds it again as.
func check(t *testing.T, r catalog.ImportRequest, body []byte) {
	state, products := bring(t, r, string(body))
	if state.State == catalog.Failed {
		if len(state.Warnings) == 0 || len(products) > 0 {
			t.Errorf("failed with %v and %d products", state.Warnings, len(products))
		}
		return
	}
	if state.Rows != state.Created+state.Rejected || state.Created != len(products) {
		t.Errorf("%d rows: %d created, %d rejected, %d products", state.Rows, state.Created, state.Rejected, len(products))
	}
	for _, p := range products {
		if p.Key == "" || p.Title.Empty() || p.Hash == "" || p.CreatedAt.IsZero() || p.ID != catalog.NewProductID("lu", p.Key) {
			t.Errorf("a product is not whole: %+v", p)
		}
		for _, s := range []string{p.Key, p.Title.Both(), p.Description.Both()} {
			if !utf8.ValidString(s) {
				t.Errorf("%q is no text", s)
			}
		}
		for _, m := range []*catalog.Money{p.Price, p.PriceShown()} {
			if m != nil && m.Amount <= 0 {
				t.Errorf("a price is %v", *m)
			}
		}
		if p.Stock != nil && *p.Stock < 0 {
			t.Errorf("a stock is %d", *p.Stock)
		}
	}
	for _, rejection := range state.Rejections {
		if rejection.Line < 1 || rejection.Field == "" || rejection.Reason == "" {
			t.Errorf("a rejection says nothing: %+v", rejection)
		}
	}
	if _, again := bring(t, r, string(body)); !reflect.DeepEqual(again, products) {
		t.Error("read twice, it is not the same")
	}
}

func fuzz(f *testing.F, format string, seeds ...string) {
	f.Add([]byte(one(format, "18K金戒指")))
	f.Add([]byte(""))
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) { check(t, catalog.ImportRequest{Format: format, FullFeed: true}, body) })
}

func FuzzShopifyCSV(f *testing.F) {
	fuzz(f, catalog.ShopifyCSV, shopifyHead+"a,Ring,\"<p>x\n\"\"y\"\"</p>\",,Rings,\"a, b\",TRUE,Size,12,,,,shopify,3,deny,¥1,https://a.example.com/1.jpg,active,gold\na,,,,,,,,14,,,,shopify,-1,continue,2,,,\n",
		"Handle,Title\na,\"never\nclosed,x\nb,B\n", "Handle,Title,Status\na,A,draft\n", "\xff\xfeH\x00", "Handle\r\na\r\n")
}

func FuzzGoogleTSV(f *testing.F) {
	fuzz(f, catalog.GoogleTSV, "id\ttitle\tprice\tavailability\timage_link\tadditional_image_link\tmaterial\n1\tRing\t1,299 USD\tout_of_stock\thttps://a.example.com/1\thttps://a.example.com/2,https://b\tgold/ruby\n",
		"id\ttitle\texpiration_date\n1\t\"a\"b\t2020-01-01\n")
}

func FuzzGoogleXML(f *testing.F) {
	fuzz(f, catalog.GoogleXML, "<rss><item><g:id>1</g:id><title><![CDATA[a</item>]]></title><g:price>1 USD</g:price><g:shipping><g:price>2</g:price></g:shipping></item><item><id>2<item>",
		"<feed><entry a='b'><id>1</id><title>&eacute;&#x4e2d;</title></entry><!-- <entry> --></feed>", "<?xml version='1.0' encoding='gbk'?><item><id>1</id><title>\xbd\xe4</title></item>")
}

func FuzzJSONLines(f *testing.F) {
	fuzz(f, catalog.JSONLines, `{"key":"1","title":{"zh":"戒","en":"ring"},"variants":[{"key":"a","price":1,"size":"12"}],"images":[{"url":"https://a.example.com/1","width":1}],"stock":true,"listed_at":"2026-01-02"}`,
		`{"id":7,"title":"ring","stone":["ruby",null],"metal":"silver gilt","hints":[1,"x"]}`, "{}\n[]\nnull\n")
}

func FuzzMapping(f *testing.F) {
	for _, mapping := range []string{`{"key":"sku","title":"name.zh"}`, `{"title":"=x","currency":"=HKD"}`, `{"metal":"m","stone":"m"}`, `{"title":""}`, `{"variants":"a.b.c"}`} {
		f.Add([]byte(mapping), []byte(`{"sku":1,"name":{"zh":"戒指"},"m":"gold, ruby","a":{"b.c":[{}]},"key":"2","title":"x"}`))
	}
	f.Fuzz(func(t *testing.T, text, row []byte) {
		var m catalog.Mapping
		if json.Unmarshal(text, &m) != nil || m.Check() != nil {
			return
		}
		check(t, catalog.ImportRequest{Format: catalog.JSONLines, Mapping: m}, row)
	})
}
