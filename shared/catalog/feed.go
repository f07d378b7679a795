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

// encodings are the names under which a request may give a feed's encoding.
var encodings = map[string]bool{"": true, "utf-8": true, "utf-16": true, "gb18030": true, "big5": true, "latin-1": true}

// formats says how the fields of each format are mapped where the request maps
// nothing else: ours to theirs.
var formats = map[string]Mapping{
	JSONLines: {},
	ShopifyCSV: {
		"key": "Handle", "title": "Title", "description": "Body (HTML)", "category": "Type",
		"price": "price", "stock": "stock", "images": "images", "variants": "variants", "hints": "hints",
	},
	GoogleTSV: googleMapping,
	GoogleXML: googleMapping,
}

var googleMapping = Mapping{
	"key": "id", "category": "product_type", "metal": "material", "stone": "material", "stock": "availability",
	"until": "expiration_date",
}
