package catalog

import (
	"bytes"
	"encoding/json"
	"io"
	"net/url"
	"strings"
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
	maxImages      = 20
	maxVariants    = 100
	maxStock       = 1_000_000_000
	maxAddress     = 2_000 // characters of a picture's address
)

// Rejection says why a row did not become a product. Reason never repeats the
// row's value. Line is counted from 1; Field is our name of the field, or
// "row" for the line as a whole.
type Rejection struct {
	Line   int    `json:"line"`
	Field  string `json:"field"`
	Reason string `json:"reason"`
}

// rowError is a rejection before its line is known.
type rowError struct{ field, reason string }

func (e *rowError) Error() string { return e.field + " " + e.reason }

func reject(field, reason string) *rowError { return &rowError{field, reason} }

// row is one object of a feed under its mapping. The first fault found stays.
type row struct {
	values  map[string]any
	mapping Mapping
	err     *rowError
}

// parseRow reads one line of JSON into a product of the merchant. Where the
// row is broken but its key could be read, the returned product has its id:
// the feed still knows that piece.
func parseRow(line []byte, merchant MerchantID, mapping Mapping) (Product, *rowError) {
	if !utf8.Valid(line) {
		return Product{}, reject("row", "is not UTF-8")
	}
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.UseNumber()
	r := &row{mapping: mapping}
	if err := decoder.Decode(&r.values); err != nil || r.values == nil {
		return Product{}, reject("row", "is not a JSON object")
	}
	if _, err := decoder.Token(); err != io.EOF {
		return Product{}, reject("row", "holds more than one JSON object")
	}
	p := Product{Merchant: merchant}
	p.Key = r.text("key", maxKey)
	if r.err == nil && p.Key == "" {
		r.fail("key", "is missing")
	}
	if r.err != nil {
		return Product{}, r.err
	}
	p.ID = NewProductID(merchant, p.Key)
	r.describe(&p)
	p.Hash = p.content()
	return p, r.err
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
	if currency == "" {
		currency = DefaultCurrency
	}
	if _, known := MinorDigits(currency); !known {
		r.fail("currency", errCurrency.Error())
	}
	p.Price = r.money("price", r.mapping.value(r.values, "price"), currency)
	p.Stock = r.count("stock", r.mapping.value(r.values, "stock"))
	p.Images = r.images()
	p.Attributes = r.attributes()
	p.Variants = r.variants(p.ID, currency)
}

func (r *row) fail(field, reason string) {
	if r.err == nil {
		r.err = reject(field, reason)
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
	m, err := ParseMoney(text, currency)
	if err != nil {
		r.fail(field, err.Error())
		return nil
	}
	return &m
}

func (r *row) count(field string, v any) *int {
	text := r.asText(field, v, maxValue)
	if text == "" || r.err != nil {
		return nil
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

func (r *row) attributes() Attributes {
	found := Attributes{}
	for _, n := range AttributeNames {
		field := string(n.Attribute)
		v := r.mapping.value(r.values, field)
		var written []string
		if n.Many {
			written = r.list(field, v, maxValue)
		} else if s := r.asText(field, v, maxValue); s != "" {
			written = []string{s}
		}
		for _, s := range written {
			found.add(n.Attribute, Canonical(n.Attribute, s))
			if n.Attribute == Metal && r.mapping.value(r.values, string(Fineness)) == nil {
				found.fineness(s)
			}
		}
	}
	return found
}

func (a Attributes) add(name Attribute, code string) {
	for _, has := range a[name] {
		if has == code {
			return
		}
	}
	a[name] = append(a[name], code)
}

// fineness takes the fineness out of a metal such as 18K金 or PT950, where a
// feed has no field of its own for it.
func (a Attributes) fineness(metal string) {
	code := Canonical(Fineness, metal)
	for _, w := range words[Fineness] {
		if w.Code == code {
			a[Fineness] = []string{code}
		}
	}
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

func deref(n *int) int {
	if n == nil {
		return 0
	}
	return *n
}
