package catalogfeed_test

import (
	"strings"
	"testing"

	"jewelrydisplay.app/shared/catalog"
)

const googleWant = `g-1 | 18K Gold Ruby Ring | Oval ruby,
hand-made | {129900 USD} | stock 0 | https://a.example.com/1.jpg | https://a.example.com/2.jpg?a=1,2 | https://a.example.com/3.jpg` +
	` | {"category":["ring"],"fineness":["750"],"metal":["gold"],"stone":["ruby"]}`

func TestGooglesTable(t *testing.T) {
	state, products := bring(t, catalog.ImportRequest{Format: catalog.GoogleTSV},
		"id\ttitle\tdescription\tprice\tavailability\timage link\tadditional_image_link\tproduct_type\tmaterial\n"+
			"g-1\t18K Gold Ruby Ring\t\"Oval ruby,\n<b>hand-made</b>\"\t\"1,299.00 USD\"\tout_of_stock\thttps://a.example.com/1.jpg\thttps://a.example.com/2.jpg?a=1,2,https://a.example.com/3.jpg\tJewelry > Rings\tgold/ruby\n"+
			"g-2\t14\" pearl necklace\t\"Forever\" and ever\t面议\tin stock\n"+
			"g-3\t\"never closed\t\t10 EUR\tin stock\n"+
			"g-4\tx ring\ta\tb\tc\td\te\tf\tg\th\n")
	wantRejections(t, state, "6 row has more fields than there are columns")
	for key, want := range map[string]string{
		"g-1": googleWant,
		"g-2": `g-2 | 14" pearl necklace | "Forever" and ever | {"category":["necklace"],"stone":["pearl"]}`,
		"g-3": `g-3 | "never closed |  | {1000 EUR} | {}`,
	} {
		if got := byKey(t, products, key); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestGooglesXML(t *testing.T) {
	for name, body := range map[string]string{
		"RSS": `<?xml version="1.0"?><!-- <item> --><rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel><title>Lu</title><item>
<g:id>g-1</g:id><title>18K Gold Ruby Ring</title><g:description><![CDATA[Oval ruby,<br><b>hand-made</b></item>]]></g:description>
<g:price>1,299.00 USD</g:price><g:availability>out of stock</g:availability><g:image_link>https://a.example.com/1.jpg</g:image_link>
<g:additional_image_link>https://a.example.com/2.jpg?a=1,2</g:additional_image_link><g:additional_image_link>https://a.example.com/3.jpg</g:additional_image_link>
<g:shipping><g:price>5 USD</g:price></g:shipping><g:product_type>Jewelry &gt; Rings</g:product_type><g:material>gold/ruby</g:material></item></channel></rss>`,
		"Atom": `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0"><entry foo="bar">
<g:id>g-1</g:id><g:title>18K Gold Ruby Ring</g:title><summary/><g:description>Oval ruby,&lt;br&gt;hand-made</g:description><g:price>1299 USD</g:price>
<g:availability>out_of_stock</g:availability><g:image_link>https://a.example.com/1.jpg</g:image_link><g:additional_image_link>https://a.example.com/2.jpg?a=1,2</g:additional_image_link>
<g:additional_image_link>https://a.example.com/3.jpg</g:additional_image_link><g:product_type>Ring</g:product_type><g:material>gold, ruby</g:material></entry></feed>`,
	} {
		state, products := bring(t, catalog.ImportRequest{Format: catalog.GoogleXML}, body)
		wantRejections(t, state)
		if got := byKey(t, products, "g-1"); got != googleWant {
			t.Errorf("%s\ngot  %s\nwant %s", name, got, googleWant)
		}
	}
}

func TestABrokenItemSpoilsNoOther(t *testing.T) {
	good := func(id string) string { return "<item><id>" + id + "</id><title>Ring</title></item>\n" }
	for name, c := range map[string]struct {
		body string
		want string
	}{
		"not closed":         {"<rss>\n" + good("1") + "<item><id>2</id>\n" + good("3") + "</rss>", "3 row has no end before the next one begins"},
		"crossed elements":   {"<rss>\n" + good("1") + "<item><id>2</item>\n" + good("3") + "</rss>", "3 row is not well-formed XML"},
		"an entity":          {"<rss>\n" + good("1") + "<item><id>2</id><title>&bomb;</title></item>\n" + good("3") + "</rss>", "3 row is not well-formed XML"},
		"CDATA not closed":   {"<rss>\n" + good("1") + "<item><id>2</id><![CDATA[\n" + good("3") + "</rss>", "3 row is longer than 1 MB, or never ends"},
		"a long item":        {"<rss>\n" + good("1") + "<item><id>" + strings.Repeat("x", 2<<20) + "</id></item>\n" + good("3") + "</rss>", "3 row is longer than 1 MB, or never ends"},
		"the end of a file":  {"<rss>\n" + good("1") + good("3") + "<item><id>2</id>", "4 row is longer than 1 MB, or never ends"},
		"control characters": {"<rss>\n" + good("1") + "<item><id>2\x01</id></item>\n" + good("3"), "3 row is not well-formed XML"},
	} {
		t.Run(name, func(t *testing.T) {
			state, products := bring(t, catalog.ImportRequest{Format: catalog.GoogleXML}, c.body)
			wantRejections(t, state, c.want)
			if len(products) != 2 {
				t.Errorf("%d products arrived", len(products))
			}
		})
	}
}
