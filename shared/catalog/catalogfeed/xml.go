package catalogfeed

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"jewelrydisplay.app/shared/catalog"
)

// items is Google Merchant's XML: RSS's items or Atom's entries. Each is cut
// out of the text and decoded by itself, so that a broken one spoils no other
// and memory holds one.
type items struct {
	in     *window
	strict charset
	barren map[string]int // by mark: up to which byte of the feed it is known not to come
}

// Encoding implements catalog.Feed.
func (f *items) Encoding() string { return f.strict.name }

// Next implements catalog.Feed.
func (f *items) Next() (catalog.Row, error) {
	if !f.find() {
		if f.in.err != nil {
			return catalog.Row{}, f.in.err
		}
		return catalog.Row{}, io.EOF
	}
	line := f.in.line
	n, reason := f.extent()
	if f.in.err != nil {
		return catalog.Row{}, f.in.err
	}
	if reason != "" {
		f.in.take(1) // the next item is looked for behind the name of this one
		return broken(line, reason), nil
	}
	text := f.in.see(n)
	if !f.strict.strict(text) {
		reason = f.strict.garbled()
	}
	values, err := decode(text)
	f.in.take(n)
	row := catalog.Row{Line: line, Values: values}
	if err != nil && reason == "" {
		reason = "is not well-formed XML"
	}
	if reason != "" {
		row.Rejected = &catalog.Rejection{Line: line, Field: "row", Reason: reason}
	}
	return row, nil
}

// opens tells which of the two kinds of item begins with the text.
func opens(text []byte) (name string) {
	for _, name := range []string{"item", "entry"} {
		if len(text) > len(name)+1 && string(text[1:1+len(name)]) == name && bytes.IndexByte([]byte(" \t\r\n>"), text[1+len(name)]) >= 0 {
			return name
		}
	}
	return ""
}

// closes tells whether the text begins with the end of an item of that name.
func closes(text []byte, name string) bool {
	end := len(name) + 2
	return len(text) > end && string(text[:end]) == "</"+name && bytes.IndexByte([]byte(" \t\r\n>"), text[end]) >= 0
}

// find goes to the next item; false when there is none.
func (f *items) find() bool {
	for !f.in.done() {
		f.in.at(min(64, maxRow-1))
		ahead := f.in.held[f.in.start:]
		i := bytes.IndexByte(ahead, '<')
		switch {
		case i < 0:
			f.in.take(len(ahead))
		case i > 0:
			f.in.take(i)
		case opens(ahead) != "":
			return true
		case bytes.HasPrefix(ahead, []byte("<!--")):
			f.skip("-->")
		default:
			f.in.take(1)
		}
	}
	return false
}

// skip goes behind the next occurrence of the mark, if it is within reach.
func (f *items) skip(mark string) {
	if n, ok := f.seek(0, mark); ok {
		f.in.take(n)
		return
	}
	f.in.take(1)
}

// seek returns the place behind the next mark at or behind i. Where it looked in
// vain it does not look again, or a feed of nothing but beginnings would be
// looked through once for each.
func (f *items) seek(i int, mark string) (int, bool) {
	for i = max(i, f.barren[mark]-f.in.taken); ; i++ {
		c, ok := f.in.at(i + len(mark) - 1)
		if !ok {
			f.barren[mark] = f.in.taken + i
			return 0, false
		}
		if c == mark[len(mark)-1] && string(f.in.see(i + len(mark))[i:]) == mark {
			return i + len(mark), true
		}
	}
}

// extent returns the length of the item ahead. What stands in CDATA or in a
// comment does not end it.
func (f *items) extent() (n int, reason string) {
	f.in.at(64)
	name := opens(f.in.held[f.in.start:])
	const tooLong = "is longer than 1 MB, or never ends"
	for i := 1; ; i++ {
		c, ok := f.in.at(i)
		if !ok {
			return 0, tooLong
		}
		if c != '<' {
			continue
		}
		f.in.at(i + 16)
		ahead := f.in.held[f.in.start+i:]
		end, found := 0, true
		switch {
		case closes(ahead, name):
			if end, found = f.seek(i, ">"); found {
				return end, ""
			}
		case opens(ahead) != "":
			return 0, "has no end before the next one begins"
		case bytes.HasPrefix(ahead, []byte("<![CDATA[")):
			end, found = f.seek(i, "]]>")
		case bytes.HasPrefix(ahead, []byte("<!--")):
			end, found = f.seek(i, "-->")
		default:
			continue
		}
		if !found {
			return 0, tooLong
		}
		i = end - 1
	}
}

// decode reads the elements of an item. What is nested deeper, as shipping is,
// is not for the catalogue.
func decode(text []byte) (map[string]any, error) {
	d := xml.NewDecoder(bytes.NewReader(text))
	d.Entity = xml.HTMLEntity
	values, more, depth := map[string]any{}, []any(nil), 0
	var name string
	var content strings.Builder
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) && depth == 0 {
			break
		}
		if err != nil {
			return values, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			if depth++; depth == 2 {
				name = token.Name.Local
				content.Reset()
			}
		case xml.CharData:
			if depth == 2 {
				content.Write(token)
			}
		case xml.EndElement:
			if depth--; depth == 1 {
				more = note(values, more, name, strings.TrimSpace(content.String()))
			}
		}
	}
	offer(values, more)
	return values, nil
}

// note keeps an element: further pictures in their list, of others the first.
func note(values map[string]any, more []any, name, text string) []any {
	switch {
	case text == "":
	case name == "additional_image_link":
		return append(more, text)
	case values[name] == nil:
		values[name] = text
	}
	return more
}
