package scan

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"io"
	"strconv"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"
)

// fold lowers the ASCII letters and leaves every other byte.
func fold(b []byte) []byte {
	out := bytes.Clone(b)
	for i, c := range out {
		if c >= 'A' && c <= 'Z' {
			out[i] = c + 'a' - 'A'
		}
	}
	return out
}

// joinDigits takes out what people put between the digits of a number, and
// writes full-width digits as plain ones.
func joinDigits(b []byte) []byte {
	out := make([]byte, 0, len(b))
	gap := -1 // where, in out, the separators after a digit begin
	for i := 0; i < len(b); {
		r, size := rune(b[i]), 1
		if b[i] >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(b[i:])
		}
		if r >= '０' && r <= '９' {
			r = r - '０' + '0'
		}
		switch {
		case r >= '0' && r <= '9':
			if gap >= 0 {
				out = out[:gap]
			}
			out = append(out, byte(r))
			gap = len(out)
		case gap >= 0 && len(out)-gap < 8 && separator(r):
			out = append(out, b[i:i+size]...)
		default:
			out = append(out, b[i:i+size]...)
			gap = -1
		}
		i += size
	}
	return out
}

func separator(r rune) bool {
	switch r {
	case ' ', '-', '.', '(', ')', '/', '\u00a0', '\u2010', '\u2011', '\u2013', '\u3000':
		return true
	default:
		return false
	}
}

// unescape undoes one layer of percent escapes (RFC 3986) and of the escapes
// of JSON strings (RFC 8259).
func unescape(b []byte) []byte {
	if !bytes.ContainsAny(b, `%\`) {
		return b
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); {
		r, size, ok := escape(b[i:])
		switch {
		case !ok:
			out = append(out, b[i])
			i++
			continue
		case b[i] == '%':
			out = append(out, byte(r))
		default:
			out = utf8.AppendRune(out, r)
		}
		i += size
	}
	return out
}

// escape reads the escape that b begins with.
func escape(b []byte) (r rune, size int, ok bool) {
	switch {
	case b[0] == '%' && len(b) >= 3:
		n, err := strconv.ParseUint(string(b[1:3]), 16, 8)
		return rune(n), 3, err == nil
	case b[0] != '\\' || len(b) < 2:
		return 0, 0, false
	case b[1] == 'u' && len(b) >= 6:
		n, err := strconv.ParseUint(string(b[2:6]), 16, 16)
		if err != nil {
			return 0, 0, false
		}
		if n >= 0xD800 && n < 0xDC00 && len(b) >= 12 && b[6] == '\\' && b[7] == 'u' {
			low, err := strconv.ParseUint(string(b[8:12]), 16, 16)
			if err == nil && low >= 0xDC00 && low < 0xE000 {
				return rune((n-0xD800)<<10+(low-0xDC00)) + 0x10000, 12, true
			}
		}
		return rune(n), 6, true
	case b[1] == '"' || b[1] == '\\' || b[1] == '/':
		return rune(b[1]), 2, true
	default:
		return 0, 0, false
	}
}

// largest bounds what one compressed body may grow to, in bytes.
const largest = 256 << 20

// unpack returns what lies compressed in b, wherever it begins, also when the
// compressed bytes are written in base64.
func unpack(b []byte) [][]byte {
	var out [][]byte
	for _, magic := range [][]byte{{0x1f, 0x8b, 8}, {0x28, 0xb5, 0x2f, 0xfd}, {0x78, 0x01}, {0x78, 0x9c}, {0x78, 0xda}} {
		for at := 0; ; at++ {
			next := bytes.Index(b[at:], magic)
			if next < 0 {
				break
			}
			at += next
			if plain := inflate(b[at:]); len(plain) > 0 {
				out = append(out, plain)
			}
		}
	}
	for at := 0; ; at++ {
		next := bytes.Index(b[at:], []byte("H4sI"))
		if next < 0 {
			return out
		}
		at += next
		if plain := inflate(base64Run(b[at:])); len(plain) > 0 {
			out = append(out, plain)
		}
	}
}

// inflate decompresses as much as can be: a body that is cut off gives what
// came before the cut.
func inflate(b []byte) []byte {
	if len(b) < 2 {
		return nil
	}
	var r io.Reader
	var err error
	switch b[0] {
	case 0x1f:
		r, err = gzip.NewReader(bytes.NewReader(b))
	case 0x28:
		var d *zstd.Decoder
		if d, err = zstd.NewReader(bytes.NewReader(b), zstd.WithDecoderConcurrency(1)); err == nil {
			defer d.Close()
			r = d
		}
	default:
		r, err = zlib.NewReader(bytes.NewReader(b))
	}
	if err != nil {
		return nil
	}
	plain, _ := io.ReadAll(io.LimitReader(r, largest)) // an error ends what can be read
	return plain
}

// base64Run decodes the base64 text, in either alphabet, that b begins with.
func base64Run(b []byte) []byte {
	text := make([]byte, 0, len(b))
	for _, c := range b {
		switch {
		case c == '-':
			c = '+'
		case c == '_':
			c = '/'
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '+' || c == '/':
		default:
			c = 0
		}
		if c == 0 {
			break
		}
		text = append(text, c)
	}
	if len(text)%4 == 1 {
		text = text[:len(text)-1]
	}
	plain := make([]byte, base64.RawStdEncoding.DecodedLen(len(text)))
	n, _ := base64.RawStdEncoding.Decode(plain, text) // stray bits at the end are no matter
	return plain[:n]
}
