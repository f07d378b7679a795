// Package catalogfeed reads merchants' feeds as they come: Shopify's product
// CSV, Google Merchant's TSV and XML, and JSON lines, in UTF-8, UTF-16, GB18030,
// Big5 or Latin-1. It streams: whatever the length of a file, of a line, or of
// a quote that never closes, it holds about a megabyte. What is broken becomes a
// rejected row with its line, and reading goes on behind it.
package catalogfeed

import (
	"bufio"
	"errors"
	"io"

	"jewelrydisplay.app/shared/catalog"
)

// maxRow is how long a row of a table or an item of XML may be, in bytes. It is
// also how far the end of a quote is looked for.
const maxRow = 1 << 20

// Feeds implements catalog.Feeds.
type Feeds struct{}

var _ catalog.Feeds = Feeds{}

// Open implements catalog.Feeds.
func (Feeds) Open(format, encoding string, body io.Reader) (catalog.Feed, error) {
	in := bufio.NewReaderSize(body, sampleSize)
	text, read, err := decoded(in, encoding)
	if err != nil {
		return nil, err
	}
	switch format {
	case catalog.JSONLines:
		return &jsonLines{in: newLines(text), strict: read}, nil
	case catalog.ShopifyCSV:
		return newShopify(newTable(text, ',', read))
	case catalog.GoogleTSV:
		return newGoogle(newTable(text, '\t', read))
	case catalog.GoogleXML:
		return &items{in: newWindow(text), strict: read, barren: map[string]int{}}, nil
	default:
		return nil, errors.New("catalogfeed: unknown format " + format)
	}
}

// broken is a row that cannot be read.
func broken(line int, reason string) catalog.Row {
	return catalog.Row{Line: line, Rejected: &catalog.Rejection{Line: line, Field: "row", Reason: reason}}
}
