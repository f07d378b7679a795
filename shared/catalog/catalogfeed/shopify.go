package catalogfeed

import (
	"io"
	"strings"

	"jewelrydisplay.app/shared/catalog"
)

// kept bounds what is remembered of one product's rows: a product of more
// pictures or variants is rejected, so the rest need not be.
const kept = 1_000

// shopify is Shopify's product CSV. A product is one row with its title, and
// further rows under the same handle, one for each variant and picture beyond
// the first.
type shopify struct {
	in      *table
	columns []string
	open    *group // the product whose rows are being read
	ready   []catalog.Row
	suspect bool // a row's quotes are wrong: what follows may be the rest of it
	ended   bool
}

// group is the rows of one product so far.
type group struct {
	line     int
	handle   string
	first    map[string]any
	images   []any
	variants []map[string]any
	rejected *catalog.Rejection
}

func newShopify(t *table) (catalog.Feed, error) {
	columns, err := t.header()
	if err != nil {
		return nil, err
	}
	s := &shopify{in: t, columns: columns, ended: columns == nil}
	known := false
	for i, name := range columns {
		s.columns[i] = column(name)
		known = known || s.columns[i] == "Handle"
	}
	if !known && !s.ended {
		return nil, &catalog.UnreadableError{Reason: "the first line names no column Handle, as a Shopify product export does"}
	}
	return s, nil
}

// column returns the name by which this reader knows a column: Shopify changed
// some of them, and their case.
func column(name string) string {
	old := map[string]string{
		"handle": "Handle", "url handle": "Handle", "title": "Title", "body (html)": "Body (HTML)", "description": "Body (HTML)",
		"type": "Type", "product category": "Product Category", "tags": "Tags", "published": "Published",
		"published on online store": "Published", "status": "Status",
		"option1 name": "Option1 Name", "option1 value": "Option1 Value", "option2 name": "Option2 Name",
		"option2 value": "Option2 Value", "option3 name": "Option3 Name", "option3 value": "Option3 Value",
		"variant price": "Variant Price", "price": "Variant Price",
		"variant inventory qty": "Variant Inventory Qty", "inventory quantity": "Variant Inventory Qty",
		"variant inventory policy": "Variant Inventory Policy", "continue selling when out of stock": "Variant Inventory Policy",
		"variant inventory tracker": "Variant Inventory Tracker", "inventory tracker": "Variant Inventory Tracker",
		"image src": "Image Src", "product image url": "Image Src",
	}
	if known, ok := old[strings.ToLower(name)]; ok {
		return known
	}
	return name
}

// Encoding implements catalog.Feed.
func (s *shopify) Encoding() string { return s.in.strict.name }

// Next implements catalog.Feed.
func (s *shopify) Next() (catalog.Row, error) {
	for len(s.ready) == 0 {
		if s.ended {
			return catalog.Row{}, io.EOF
		}
		r, ok := s.in.next()
		if !ok {
			if s.in.in.err != nil {
				return catalog.Row{}, s.in.in.err
			}
			s.ended = true
			s.close()
			continue
		}
		s.take(r)
	}
	row := s.ready[0]
	s.ready = s.ready[1:]
	return row, nil
}

// take adds a record to the product it belongs to. A broken record breaks the
// product under its handle; when the handle cannot be read, it may have been a
// row of the product before it, which is then not whole either.
func (s *shopify) take(r record) {
	values, reason := r.named(s.columns)
	handle, _ := values["Handle"].(string)
	handle = strings.TrimSpace(handle)
	switch {
	case r.reason != "":
		s.suspect = true
	case s.suspect && (len(r.fields) != len(s.columns) || strings.ContainsAny(handle, " <>&;")):
		handle, reason = "", "may be the rest of a broken row"
	default:
		s.suspect = false
	}
	if handle == "" {
		if reason == "" {
			reason = "has no handle"
		}
		if s.open != nil {
			s.open.reject(r.line, reason+", and may belong to this product")
		}
		s.ready = append(s.ready, broken(r.line, reason))
		return
	}
	if s.open == nil || s.open.handle != handle {
		s.close()
		s.open = &group{line: r.line, handle: handle, first: values}
	}
	if reason != "" {
		s.open.reject(r.line, reason)
		return
	}
	s.open.add(values)
}

// close hands the open product over.
func (s *shopify) close() {
	if s.open != nil {
		s.ready = append(s.ready, s.open.row())
		s.open = nil
	}
}

// reject notes why the product is not whole; the first reason stays.
func (g *group) reject(line int, reason string) {
	if g.rejected == nil {
		g.rejected = &catalog.Rejection{Line: line, Field: "row", Reason: reason}
	}
}

// add takes in what a row says of a picture and of a variant.
func (g *group) add(values map[string]any) {
	if src, ok := values["Image Src"]; ok && len(g.images) < kept {
		g.images = append(g.images, src)
	}
	_, priced := values["Variant Price"]
	_, chosen := values["Option1 Value"]
	if (!priced && !chosen) || len(g.variants) == kept {
		return
	}
	variant := map[string]any{"price": values["Variant Price"], "stock": stock(values)}
	var key []string
	for _, option := range []string{"Option1", "Option2", "Option3"} {
		value, ok := values[option+" Value"].(string)
		if !ok {
			continue
		}
		name, _ := g.first[option+" Name"].(string)
		if name == "" {
			name = option
		}
		variant[strings.ToLower(strings.TrimSpace(name))] = value
		key = append(key, strings.TrimSpace(value))
	}
	variant["key"] = strings.Join(key, " / ")
	g.variants = append(g.variants, variant)
}

// stock returns how many there are: nobody knows when they are not counted or
// are sold beyond the count, and more sold than there were leaves none.
func stock(values map[string]any) any {
	text := func(name string) string {
		s, _ := values[name].(string)
		return strings.ToLower(strings.TrimSpace(s))
	}
	quantity, beyond := text("Variant Inventory Qty"), text("Variant Inventory Policy")
	switch {
	case quantity == "", beyond == "continue", beyond == "true":
		return nil
	case strings.HasPrefix(quantity, "-"):
		return "0"
	default:
		return quantity
	}
}

// row returns the whole product.
func (g *group) row() catalog.Row {
	row := catalog.Row{Line: g.line, Values: g.first, Rejected: g.rejected}
	status, _ := g.first["Status"].(string)
	published, _ := g.first["Published"].(string)
	status, published = strings.ToLower(strings.TrimSpace(status)), strings.ToLower(strings.TrimSpace(published))
	row.Withheld = status == "draft" || status == "archived" || published == "false"
	for _, name := range []string{"Variant Price", "Variant Inventory Qty", "Image Src"} {
		delete(g.first, name)
	}
	if body, ok := g.first["Body (HTML)"].(string); ok {
		g.first["Body (HTML)"] = plainText(body)
	}
	g.first["images"], g.first["hints"] = g.images, hints(g.first)
	if len(g.variants) == 1 && g.variants[0]["key"] == "Default Title" {
		g.first["price"], g.first["stock"] = g.variants[0]["price"], g.variants[0]["stock"]
		return row
	}
	var variants []any
	for _, v := range g.variants {
		variants = append(variants, v)
	}
	g.first["variants"] = variants
	return row
}

// hints returns the texts beside the title that tell what the piece is: its
// tags, its category, and metafields such as "Jewelry material".
func hints(values map[string]any) any {
	var found []any
	for name, v := range values {
		if name == "Tags" || name == "Product Category" || name == "Type" || strings.Contains(name, "product.metafields.") {
			found = append(found, v)
		}
	}
	return found
}
