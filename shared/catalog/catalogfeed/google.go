package catalogfeed

import (
	"io"
	"regexp"
	"strings"

	"jewelrydisplay.app/shared/catalog"
)

// google is Google Merchant's table.
type google struct {
	in      *table
	columns []string
}

func newGoogle(t *table) (catalog.Feed, error) {
	columns, err := t.header()
	if err != nil {
		return nil, err
	}
	for i, name := range columns {
		name = strings.TrimPrefix(strings.ToLower(name), "g:")
		columns[i] = strings.ReplaceAll(name, " ", "_")
	}
	if len(columns) == 1 {
		return nil, &catalog.UnreadableError{Reason: "the first line names one column: the columns must be divided by tabs"}
	}
	return &google{in: t, columns: columns}, nil
}

// Encoding implements catalog.Feed.
func (g *google) Encoding() string { return g.in.strict.name }

// Next implements catalog.Feed.
func (g *google) Next() (catalog.Row, error) {
	r, ok := g.in.next()
	if !ok {
		if g.in.in.err != nil {
			return catalog.Row{}, g.in.in.err
		}
		return catalog.Row{}, io.EOF
	}
	values, reason := r.named(g.columns)
	row := catalog.Row{Line: r.line, Values: values}
	if more, ok := values["additional_image_link"].(string); ok {
		delete(values, "additional_image_link")
		offer(values, addresses(more))
	} else {
		offer(values, nil)
	}
	if reason != "" {
		row.Rejected = &catalog.Rejection{Line: r.line, Field: "row", Reason: reason}
	}
	return row, nil
}

// between divides addresses: their own commas are followed by no scheme.
var between = regexp.MustCompile(`\s*,\s*(https?://)`)

func addresses(list string) []any {
	var all []any
	for _, address := range strings.Split(between.ReplaceAllString(strings.TrimSpace(list), "\n$1"), "\n") {
		all = append(all, address)
	}
	return all
}

// offer brings what Google's feeds say into the form that rows have: pictures
// in one list, a description without HTML, and the texts that tell what the
// piece is.
func offer(values map[string]any, more []any) {
	var images []any
	if first, ok := values["image_link"]; ok {
		images = append(images, first)
	}
	if images = append(images, more...); len(images) > 0 {
		values["images"] = images
	}
	if text, ok := values["description"].(string); ok {
		values["description"] = plainText(text)
	}
	var told []any
	for _, name := range []string{"product_type", "google_product_category", "material"} {
		if v, ok := values[name]; ok {
			told = append(told, v)
		}
	}
	values["hints"] = told
}
