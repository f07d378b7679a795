package catalogfeed

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"

	"jewelrydisplay.app/shared/catalog"
)

// sampleSize is how many bytes of a feed tell its encoding.
const sampleSize = 64 << 10

// charset is how a feed's bytes are text.
type charset struct {
	name string            // as people call it
	form encoding.Encoding // nil: UTF-8
}

// charsetOf returns the encoding of a name, as requests and XML declarations
// write it.
func charsetOf(name string) (charset, bool) {
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "utf-8", "utf8", "us-ascii", "ascii":
		return charset{"UTF-8", nil}, true
	case "utf-16":
		return charset{"UTF-16", unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)}, true
	case "utf-16le":
		return charset{"UTF-16", unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)}, true
	case "utf-16be":
		return charset{"UTF-16", unicode.UTF16(unicode.BigEndian, unicode.UseBOM)}, true
	case "gb18030", "gbk", "gb2312", "cp936":
		return charset{"GB18030", simplifiedchinese.GB18030}, true
	case "big5":
		return charset{"Big5", traditionalchinese.Big5}, true
	case "latin-1", "latin1", "iso-8859-1", "windows-1252", "cp1252":
		return charset{"Latin-1", charmap.Windows1252}, true
	default:
		return charset{}, false
	}
}

// decoded returns the feed as UTF-8, without its byte order mark, and its
// encoding: the given one, or else the one that its first bytes show.
func decoded(in *bufio.Reader, given string) (io.Reader, charset, error) {
	sample, err := in.Peek(sampleSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, charset{}, err
	}
	if what := noFeed(sample); what != "" {
		return nil, charset{}, &catalog.UnreadableError{Reason: what}
	}
	read, known := charsetOf(given)
	if !known {
		read = detect(sample)
	}
	if read.form != nil {
		return read.form.NewDecoder().Reader(in), read, nil
	}
	if bytes.HasPrefix(sample, []byte("\xef\xbb\xbf")) {
		_, err = in.Discard(3)
		return in, read, err
	}
	return in, read, nil
}

// noFeed tells what the bytes are when they are no text.
func noFeed(sample []byte) string {
	switch {
	case bytes.HasPrefix(sample, []byte("PK\x03\x04")):
		return "the file is a ZIP archive, as an .xlsx workbook is: export it as text"
	case bytes.HasPrefix(sample, []byte{0x1f, 0x8b}):
		return "the file is packed with gzip: unpack it first"
	case bytes.HasPrefix(sample, []byte("\xd0\xcf\x11\xe0")):
		return "the file is an .xls workbook: export it as text"
	default:
		return ""
	}
}

// detect tells a feed's encoding by its byte order mark, by its XML
// declaration, or by what its bytes can be.
func detect(sample []byte) charset {
	switch {
	case bytes.HasPrefix(sample, []byte("\xef\xbb\xbf")):
		return charset{name: "UTF-8"}
	case bytes.HasPrefix(sample, []byte("\xff\xfe")), bytes.HasPrefix(sample, []byte("\xfe\xff")):
		c, _ := charsetOf("utf-16")
		return c
	}
	if order := zeros(sample); order != "" {
		c, _ := charsetOf(order)
		return c
	}
	if c, ok := charsetOf(declared(sample)); ok {
		return c
	}
	good, bad := sequences(sample)
	if bad == 0 || good >= 10*bad { // a few broken bytes are a few broken rows
		return charset{name: "UTF-8"}
	}
	name := "latin-1"
	if chinese(sample) {
		name = "gb18030"
	}
	c, _ := charsetOf(name)
	return c
}

// zeros tells UTF-16 without a mark: every second byte of its commas, quotes
// and digits is zero.
func zeros(sample []byte) string {
	var at [2]int
	for i, b := range sample {
		if b == 0 {
			at[i%2]++
		}
	}
	few := len(sample) / 40
	switch {
	case at[1] > few && at[1] > 10*at[0]:
		return "utf-16le"
	case at[0] > few && at[0] > 10*at[1]:
		return "utf-16be"
	default:
		return ""
	}
}

// declared returns the encoding that an XML declaration names.
func declared(sample []byte) string {
	if !bytes.HasPrefix(bytes.TrimSpace(sample[:min(len(sample), 100)]), []byte("<?xml")) {
		return ""
	}
	head, _, _ := bytes.Cut(sample, []byte("?>"))
	_, after, found := bytes.Cut(head, []byte("encoding="))
	if !found || len(after) < 2 {
		return ""
	}
	name, _, _ := bytes.Cut(after[1:], after[:1])
	return string(name)
}

// sequences counts the characters beyond ASCII that are UTF-8, and the bytes
// that are not. What the end of the sample cuts is neither.
func sequences(sample []byte) (good, bad int) {
	for len(sample) > 0 {
		r, n := utf8.DecodeRune(sample)
		switch {
		case r == utf8.RuneError && n == 1:
			if !utf8.FullRune(sample) {
				return good, bad
			}
			bad++
		case n > 1:
			good++
		}
		sample = sample[n:]
	}
	return good, bad
}

// chinese tells GB18030 from a Western encoding: nearly all of Chinese text is
// pairs of bytes from 0xA1, while accented letters mostly stand alone.
func chinese(sample []byte) bool {
	pairs, common := 0, 0
	for i := 0; i < len(sample); i++ {
		if sample[i] < 0x80 {
			continue
		}
		if i+1 == len(sample) {
			break
		}
		pairs++
		if sample[i] >= 0xa1 && sample[i+1] >= 0xa1 {
			common++
		}
		i++
	}
	return common*10 >= pairs*7
}

// strict tells whether a text is what its bytes say: the decoder writes U+FFFD
// in place of what it cannot read.
func (c charset) strict(text []byte) bool {
	if c.form == nil {
		return utf8.Valid(text)
	}
	return !bytes.ContainsRune(text, utf8.RuneError)
}

// garbled is the reason for which a text that is not strict is rejected.
func (c charset) garbled() string { return "is not " + c.name }
