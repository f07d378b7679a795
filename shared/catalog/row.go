package catalog

import (
	"encoding/json"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Bounds of a row. A longer text is a broken row, never a cut one.
const (
	maxKey         = 200   // characters
	maxTitle       = 300   // characters
	maxDescription = 5_000 // characters
	maxValue       = 100   // characters of an attribute's value
	maxValues      = 20    // values of an attribute
	maxImages      = 60
	maxVariants    = 100
	maxStock       = 1_000_000_000
	maxAddress     = 2_000     // characters of a picture's address
	maxHint        = 2_000     // bytes of a text that words are looked for in
	maxProduct     = 256 << 10 // bytes: below the 400 kB of a table's row
)

// Rejection says why a row did not become a product. Reason never repeats the
// row's value. Line is counted from 1; Field is our name of the field, or
// "row" for the line as a whole.
type Rejection struct {
	Line   int    `json:"line"`
	Field  string `json:"field"`
	Reason string `json:"reason"`
}

// reading is how the rows of one feed are read.
type reading struct {
	merchant MerchantID
	mapping  Mapping
	words    *recogniser
	hosts    []string // where pictures may lie
	now      time.Time
}

// row is one row of a feed. The first fault found stays.
type row struct {
	*reading
	values  map[string]any
	err     *Rejection
	until   time.Time // when the feed says that the piece is no longer shown
	foreign []string  // hosts of pictures that were left out
}

// product reads a row into a product of the merchant. Where the row is broken
// but its key could be read, the returned product has its id: the feed still
// knows that piece.
func (rd *reading) product(values map[string]any) (Product, *row) {
	r := &row{reading: rd, values: values}
	p := Product{Merchant: rd.merchant}
	p.Key = r.text("key", maxKey)
	if r.err == nil && p.Key == "" {
		r.fail("key", "is missing")
	}
	if r.err != nil {
		return Product{}, r
	}
	p.ID = NewProductID(rd.merchant, p.Key)
	r.describe(&p)
	said := p.said()
	if len(said) > maxProduct {
		r.fail("row", "is larger than a product may be")
	}
	p.Hash = digestOf(said)
	return p, r
}

func (r *row) describe(p *Product) {
	p.Title = r.texts("title", maxTitle)
	if r.err == nil && p.Title.Empty() {
		r.fail("title", "is missing")
	}
	if r.err == nil && !hasLetter(p.Title.Both()) {
		r.fail("title", "has no letter")
	}
	p.Description = r.texts("description", maxDescription)
	currency := strings.ToUpper(r.text("currency", maxValue))
	if _, known := MinorDigits(currency); currency != "" && !known {
		r.fail("currency", errCurrency.Error())
	}
	p.Price = r.money("price", r.mapping.value(r.values, "price"), currency)
	p.Stock = r.count("stock", r.mapping.value(r.values, "stock"))
	p.Images = r.images()
	p.Attributes = r.attributes(p.Title)
	p.Variants = r.variants(p.ID, currency)
	if p.CreatedAt = r.date("listed_at"); p.CreatedAt.After(r.now.Add(24 * time.Hour)) {
		r.fail("listed_at", "is in the future")
	}
	r.until = r.date("until")
}

func (r *row) date(field string) time.Time {
	text := r.text(field, maxValue)
	if text == "" || r.err != nil {
		return time.Time{}
	}
	t, err := parseDate(text)
	if err != nil {
		r.fail(field, err.Error())
	}
	return t
}

func (r *row) fail(field, reason string) {
	if r.err == nil {
		r.err = &Rejection{Field: field, Reason: reason}
	}
}

// text reads a text of at most limit characters; a number is taken as written.
func (r *row) text(field string, limit int) string {
	return r.asText(field, r.mapping.value(r.values, field), limit)
}

func (r *row) asText(field string, v any, limit int) string {
	var s string
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		s = strings.TrimSpace(v)
	case json.Number:
		s = v.String()
	default:
		r.fail(field, "must be a text")
		return ""
	}
	if utf8.RuneCountInString(s) > limit {
		r.fail(field, "is too long")
	}
	if strings.ContainsFunc(s, func(c rune) bool { return unicode.IsControl(c) && c != '\n' && c != '\r' && c != '\t' }) {
		r.fail(field, "holds control characters")
	}
	return s
}

// texts reads a text in both languages: from field_zh and field_en, from an
// object with zh and en, or from one text whose language its letters tell.
func (r *row) texts(field string, limit int) Texts {
	t := Texts{ZH: r.text(field+"_zh", limit), EN: r.text(field+"_en", limit)}
	switch v := r.mapping.value(r.values, field).(type) {
	case nil:
	case map[string]any:
		fill(&t.ZH, r.asText(field, v["zh"], limit))
		fill(&t.EN, r.asText(field, v["en"], limit))
	default:
		if s := r.asText(field, v, limit); hasHan(s) {
			fill(&t.ZH, s)
		} else {
			fill(&t.EN, s)
		}
	}
	return t
}

func fill(to *string, s string) {
	if *to == "" {
		*to = s
	}
}

func hasHan(s string) bool {
	return strings.ContainsFunc(s, func(c rune) bool { return unicode.Is(unicode.Han, c) })
}

func hasLetter(s string) bool { return strings.ContainsFunc(s, unicode.IsLetter) }

func (r *row) money(field string, v any, currency string) *Money {
	text := r.asText(field, v, maxValue)
	if text == "" || r.err != nil {
		return nil
	}
	m, err := ParsePrice(text, currency)
	if err != nil {
		r.fail(field, err.Error())
		return nil
	}
	return m
}

// supply is what feeds write in place of a number of pieces: none or some.
func supply(text string) (some, said bool) {
	switch text {
	case "in stock", "in_stock", "instock", "available", "preorder", "pre-order", "backorder", "有货", "现货", "在售", "预售", "可定制":
		return true, true
	case "out of stock", "out_of_stock", "outofstock", "sold out", "sold_out", "unavailable", "discontinued", "缺货", "无货", "售罄", "已售", "售完", "下架":
		return false, true
	default:
		return false, false
	}
}

// count reads a number of pieces; nil when there are some and nobody says how
// many.
func (r *row) count(field string, v any) *int {
	if there, ok := v.(bool); ok {
		v = map[bool]string{true: "in stock", false: "out of stock"}[there]
	}
	text := r.asText(field, v, maxValue)
	if text == "" || r.err != nil {
		return nil
	}
	if some, said := supply(foldWord(text)); said {
		if some {
			return nil
		}
		return new(int)
	}
	if whole, zeros, point := strings.Cut(text, "."); point && strings.Trim(zeros, "0") == "" {
		text = whole
	}
	if !allDigits(text) {
		r.fail(field, "is not a whole number from 0")
		return nil
	}
	text = strings.TrimLeft(text, "0")
	n := 0
	for _, d := range text {
		if n = n*10 + int(d-'0'); n > maxStock {
			r.fail(field, "is too large")
			return nil
		}
	}
	return &n
}

// list reads one text, several separated by commas, semicolons, | or 、, or an
// array of texts.
func (r *row) list(field string, v any, limit int) []string {
	var parts []string
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			parts = append(parts, r.asText(field, item, limit))
		}
	default:
		parts = strings.FieldsFunc(r.asText(field, v, limit*maxValues), func(c rune) bool {
			return strings.ContainsRune("|;、；,，", c)
		})
	}
	var values []string
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			values = append(values, p)
		}
		if utf8.RuneCountInString(p) > limit {
			r.fail(field, "is too long")
		}
	}
	if len(values) > maxValues {
		r.fail(field, "has too many values")
	}
	return values
}

func (r *row) images() []Image {
	v := r.mapping.value(r.values, "images")
	items, several := v.([]any)
	if !several && v != nil {
		items = []any{v}
	}
	if len(items) > maxImages {
		r.fail("images", "are too many")
		return nil
	}
	var images []Image
	for _, item := range items {
		if image, ok := r.image(item); ok {
			images = append(images, image)
		}
	}
	return images
}

func (r *row) image(v any) (Image, bool) {
	var image Image
	object, isObject := v.(map[string]any)
	if isObject {
		v = object["url"]
	}
	image.URL = r.asText("images", v, maxAddress)
	if r.err != nil {
		return Image{}, false
	}
	if !webAddress(image.URL) {
		r.fail("images", "is not an http or https address")
		return Image{}, false
	}
	if host, ok := hosted(image.URL, r.hosts); !ok {
		r.foreign = append(r.foreign, host)
		return Image{}, false
	}
	if isObject {
		image.Width = deref(r.count("images", object["width"]))
		image.Height = deref(r.count("images", object["height"]))
	}
	return image, true
}

// webAddress reports whether a client may be sent to the address for a picture.
func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && u.User == nil && (u.Scheme == "https" || u.Scheme == "http")
}

// hosted tells whether a picture lies at one of the hosts; *.example.com is
// every host below example.com. A picture anywhere else would tell strangers who
// looks at a piece.
func hosted(address string, hosts []string) (host string, ok bool) {
	u, err := url.Parse(address)
	if err != nil {
		return "", false
	}
	host = strings.ToLower(u.Hostname())
	for _, h := range hosts {
		h = strings.ToLower(h)
		if below, wild := strings.CutPrefix(h, "*"); h == host || wild && strings.HasPrefix(below, ".") && strings.HasSuffix(host, below) {
			return host, true
		}
	}
	return host, false
}

func deref(n *int) int {
	if n == nil {
		return 0
	}
	return *n
}
