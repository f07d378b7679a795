package catalogfeed_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/catalog/catalogfeed"
)

// endless is a feed that is made as it is read: head, then piece after piece,
// until size bytes are out, then tail.
type endless struct {
	head, tail string
	piece      func(n int) []byte
	size       int
	made, n    int
	rest       []byte
}

func (e *endless) Read(p []byte) (int, error) {
	for len(e.rest) == 0 {
		switch {
		case e.n == 0:
			e.rest = []byte(e.head)
		case e.made < e.size:
			e.rest = e.piece(e.n)
		case e.tail != "":
			e.rest, e.tail = []byte(e.tail), ""
		default:
			return 0, io.EOF
		}
		e.n++
		e.made += len(e.rest)
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

// megabytes is how long the long feeds are: FEED_MB, or less where every test
// runs.
func megabytes(t testing.TB) int {
	t.Helper()
	text := os.Getenv("FEED_MB")
	if text == "" {
		return 3
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// pieces makes products of a format without end.
func pieces(format string) (head string, piece func(n int) []byte, tail string) {
	text := strings.Repeat("古法金镶钻石戒指，手工打造。", 40)
	switch format {
	case catalog.ShopifyCSV:
		return "Handle,Title,Body (HTML),Option1 Name,Option1 Value,Variant Price\n", func(n int) []byte {
			return fmt.Appendf(nil, "r-%d,18K金戒指 %d,\"<p>%s</p>\n<p>\"\"x\"\"</p>\",Size,12,1299.00\nr-%d,,,,14,1399.00\n", n, n, text, n)
		}, ""
	case catalog.GoogleTSV:
		return "id\ttitle\tdescription\tprice\n", func(n int) []byte {
			return fmt.Appendf(nil, "r-%d\t18K金戒指 %d\t\"%s\n\"\t1299.00 CNY\n", n, n, text)
		}, ""
	case catalog.GoogleXML:
		return "<rss><channel>", func(n int) []byte {
			return fmt.Appendf(nil, "<item><id>r-%d</id><title>18K金戒指 %d</title><description><![CDATA[%s]]></description><price>1299.00 CNY</price></item>\n", n, n, text)
		}, "</channel></rss>"
	default:
		return "", func(n int) []byte {
			return fmt.Appendf(nil, `{"key":"r-%d","title":"18K金戒指 %d","description":"%s","price":"1299.00"}`+"\n", n, n, text)
		}, ""
	}
}

// drain reads a feed to its end and returns its rows, those that are broken,
// and how much the heap held more than before, at most.
func drain(t testing.TB, format string, in io.Reader) (rows, brokenRows int, last catalog.Row, grown int64) {
	t.Helper()
	held := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := held()
	feed, err := catalogfeed.Feeds{}.Open(format, "", in)
	if err != nil {
		t.Fatal(err)
	}
	for {
		row, err := feed.Next()
		if errors.Is(err, io.EOF) {
			return rows, brokenRows, last, max(grown, held()-before)
		}
		if err != nil {
			t.Fatal(err)
		}
		if rows++; row.Rejected != nil {
			brokenRows++
		}
		if last = row; rows&(rows-1) == 0 {
			grown = max(grown, held()-before)
		}
	}
}

// bounded is what reading a feed may hold, in bytes.
const bounded = 2 << 20

// A feed of any length is read in the same memory. FEED_MB=200 makes it long.
func TestALongFeedOfEachFormatIsReadInConstantMemory(t *testing.T) {
	for _, format := range formats {
		head, piece, tail := pieces(format)
		in := &endless{head: head, piece: piece, tail: tail, size: megabytes(t) << 20}
		rows, brokenRows, _, grown := drain(t, format, in)
		if want := in.size / (2 * len(piece(1))); rows < want || brokenRows != 0 {
			t.Errorf("%s: %d rows, %d of them broken", format, rows, brokenRows)
		}
		if grown > bounded {
			t.Errorf("%s: %d MB were held", format, grown>>20)
		}
		t.Logf("%s: %d MB, %d rows, %d kB held", format, in.made>>20, rows, grown>>10)
	}
}

// A line of 100 MB, in quotes or not, is one broken row with its line, and the
// row behind it arrives.
func TestALineOfAnyLengthIsOneBrokenRow(t *testing.T) {
	x := bytes.Repeat([]byte("x"), 64<<10)
	for name, c := range map[string]struct{ format, head, tail, last string }{
		"JSON":           {catalog.JSONLines, `{"key":"1","title":"` + "\n" + `{"key":"2","title":"`, "\"}\n" + `{"key":"3","title":"戒指"}`, "key"},
		"CSV":            {catalog.ShopifyCSV, "Handle,Title\n1,x\n2,", "\n3,x\n", "Handle"},
		"CSV in quotes":  {catalog.ShopifyCSV, "Handle,Title\n1,x\n2,\"", "\n3,x\n", "Handle"},
		"TSV":            {catalog.GoogleTSV, "id\ttitle\n1\tx\n2\t", "\n3\tx\n", "id"},
		"TSV in quotes":  {catalog.GoogleTSV, "id\ttitle\n1\tx\n2\t\"", "\n3\tx\n", "id"},
		"XML":            {catalog.GoogleXML, "<rss>\n<item><id>1</id></item>\n<item><id>", "</id></item>\n<item><id>3</id></item>", "id"},
		"XML in CDATA":   {catalog.GoogleXML, "<rss>\n<item><id>1</id></item>\n<item><id><![CDATA[", "]]></id></item>\n<item><id>3</id></item>", "id"},
		"XML in a tag":   {catalog.GoogleXML, "<rss>\n<item><id>1</id></item>\n<item a=\"", "\"></item>\n<item><id>3</id></item>", "id"},
		"a quoted title": {catalog.ShopifyCSV, "Handle,Title\n1,x\n2,\"", "\"\n3,x\n", "Handle"},
	} {
		t.Run(name, func(t *testing.T) {
			in := &endless{head: c.head, piece: func(int) []byte { return x }, tail: c.tail, size: 100 << 20}
			rows, brokenRows, last, grown := drain(t, c.format, in)
			if rows != 3 || last.Values[c.last] != "3" || brokenRows == 0 || brokenRows > 2 {
				t.Errorf("%d rows, %d broken, the last is %v", rows, brokenRows, last.Values)
			}
			if grown > 2*bounded { // the window, and one row of it
				t.Errorf("%d MB were held", grown>>20)
			}
		})
	}
}

// What begins and never ends is looked for once, not once for each beginning.
func TestBeginningsWithoutAnEndAreReadOnce(t *testing.T) {
	for name, c := range map[string]struct{ format, head, piece string }{
		"CDATA":    {catalog.GoogleXML, "<rss>", "<item><![CDATA["},
		"comments": {catalog.GoogleXML, "<rss>", "<item><!--"},
		"bare":     {catalog.GoogleXML, "<rss>", "<item>"},
		"outside":  {catalog.GoogleXML, "<rss>", "<!--"},
		"quotes":   {catalog.ShopifyCSV, "Handle,Title\n", "a,\"b\n"},
		"escapes":  {catalog.ShopifyCSV, "Handle,Title\n", "a,\"b\"\"\n"},
		"tabs":     {catalog.GoogleTSV, "id\ttitle\n", "a\t\"b\"\"\n"},
	} {
		in := &endless{head: c.head, piece: func(int) []byte { return []byte(c.piece) }, size: 3 << 18}
		rows, brokenRows, _, _ := drain(t, c.format, in)
		if rows == 0 && name != "outside" || c.format == catalog.GoogleXML && brokenRows != rows {
			t.Errorf("%s: %d rows, %d broken", name, rows, brokenRows)
		}
	}
}

// failing ends in the middle with an error of the source.
type failing struct{ io.Reader }

var errSource = errors.New("the connection broke")

func (f failing) Read(p []byte) (int, error) {
	n, err := f.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = errSource
	}
	return n, err
}

// A source that breaks off is an error, never a shorter product.
func TestACutSourceIsNoShorterProduct(t *testing.T) {
	for _, format := range formats {
		head, piece, _ := pieces(format)
		before, whole := head, 0
		for len(before) < 70<<10 { // more than what tells the encoding
			whole++
			before += string(piece(whole))
		}
		last := string(piece(whole + 1))
		complete := len(last)
		if format == catalog.GoogleXML {
			complete = strings.Index(last, "</item>") + len("</item>")
		}
		for cut := 1; cut < complete; cut++ {
			if cut%211 != 0 && cut < complete-30 {
				continue
			}
			rows := 0
			feed, err := catalogfeed.Feeds{}.Open(format, "", failing{strings.NewReader(before + last[:cut])})
			for err == nil {
				var row catalog.Row
				if row, err = feed.Next(); err != nil {
					break
				}
				if rows++; row.Rejected != nil || rows > whole {
					t.Fatalf("%s cut at %d: row %v", format, cut, row.Values)
				}
			}
			if !errors.Is(err, errSource) || rows < whole-1 {
				t.Fatalf("%s cut at %d: %d rows, %v", format, cut, rows, err)
			}
		}
	}
}
