package catalog

import "io"

// The formats in which merchants bring their feeds.
const (
	JSONLines  = "jsonl"
	ShopifyCSV = "shopify_csv"
	GoogleTSV  = "google_tsv"
	GoogleXML  = "google_xml"
)

// Feeds opens merchants' feeds.
type Feeds interface {
	// Open begins to read a feed in one of the formats. The encoding is detected
	// when none is given. It returns an *UnreadableError when the file is no such
	// feed.
	Open(format, encoding string, body io.Reader) (Feed, error)
}

// Feed is a merchant's feed, product by product, in constant memory.
type Feed interface {
	// Next returns the next row, and io.EOF behind the last. Any other error is
	// the source's: it cannot be read on.
	Next() (Row, error)
	// Encoding returns how the feed's bytes are read as text: "UTF-8".
	Encoding() string
}

// Row is one product as its feed has it.
type Row struct {
	Line     int            // of its first line, from 1
	Values   map[string]any // by the feed's own names: texts, json.Numbers, arrays and objects
	Rejected *Rejection     // set: the row is broken. Values then hold at least its key, if that could be read
	Withheld bool           // the feed itself says that the piece is not shown
}

// UnreadableError says that a file is not the feed that it should be. Reason is
// for the operator and repeats nothing of the file.
type UnreadableError struct{ Reason string }

// Error returns the reason.
func (e *UnreadableError) Error() string { return e.Reason }

// encoded tells whether a request may give a feed's encoding by this name; none
// means that it is detected.
func encoded(name string) bool {
	switch name {
	case "", "utf-8", "utf-16", "gb18030", "big5", "latin-1":
		return true
	default:
		return false
	}
}

// defaults says how the fields of a format are mapped where the request maps
// nothing else, ours to theirs, and whether there is such a format.
func defaults(format string) (Mapping, bool) {
	switch format {
	case JSONLines:
		return Mapping{}, true
	case ShopifyCSV:
		return Mapping{"key": "Handle", "title": "Title", "description": "Body (HTML)", "category": "Type"}, true
	case GoogleTSV, GoogleXML:
		return Mapping{
			"key": "id", "category": "product_type", "metal": "material", "stone": "material", "stock": "availability",
			"until": "expiration_date",
		}, true
	default:
		return nil, false
	}
}
