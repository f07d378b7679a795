package catalogfeed

import (
	"io"
	"strings"

	"jewelrydisplay.app/shared/catalog"
)

// table reads a table as RFC 4180 writes it, with commas or tabs. The standard
// library's reader holds a quote that never closes in memory to the end of the
// file, and does not go on behind a broken row.
type table struct {
	in     *window
	comma  byte
	strict charset
	flat   []byte // the fields of a record, one behind the other
	ends   []int
}

func newTable(in io.Reader, comma byte, strict charset) *table {
	return &table{in: newWindow(in), comma: comma, strict: strict}
}

// record is a row of a table. When it is broken, reason says why, and fields
// holds what stands before the break.
type record struct {
	line   int
	fields []string
	reason string
}

// next returns the next record that is not blank; false at the end, or when the
// source fails, so that a cut row is never taken for a whole one.
func (t *table) next() (record, bool) {
	for !t.in.done() {
		r := record{line: t.in.line}
		n, reason := t.scan(true)
		if reason != "" && t.comma == '\t' { // most who write tabs do not quote
			n, reason = t.scan(false)
		}
		if t.in.err != nil {
			return record{}, false
		}
		r.fields, r.reason = t.split(), reason
		if reason != "" {
			t.in.takeLine()
			return r, t.in.err == nil
		}
		t.in.take(n)
		if len(r.fields) == 1 && strings.TrimSpace(r.fields[0]) == "" {
			continue
		}
		if !t.strict.strict(t.flat) {
			r.reason = t.strict.garbled()
		}
		return r, true
	}
	return record{}, false
}

// scan finds the fields of the record ahead. It returns how many bytes the
// record has, or why it is broken.
func (t *table) scan(quotes bool) (n int, reason string) {
	t.flat, t.ends = t.flat[:0], t.ends[:0]
	for {
		if c, ok := t.in.at(n); ok && c == '"' && quotes {
			n, reason = t.quoted(n + 1)
		} else {
			n, reason = t.plain(n)
		}
		if reason != "" {
			return n, reason
		}
		t.ends = append(t.ends, len(t.flat))
		switch c, ok := t.in.at(n); {
		case !ok:
			return n, ""
		case c == t.comma:
			n++
		case c == '\r':
			return n + 2, ""
		default:
			return n + 1, ""
		}
	}
}

// plain reads a field without quotes up to what ends it. Quotes inside are what
// they are: 14" is a length.
func (t *table) plain(i int) (int, string) {
	began := len(t.flat)
	for {
		c, ok := t.in.at(i)
		switch {
		case !ok && i >= maxRow:
			return i, "is longer than 1 MB"
		case !ok || c == '\n':
			if last := len(t.flat) - 1; last >= began && t.flat[last] == '\r' {
				t.flat = t.flat[:last]
			}
			return i, ""
		case c == t.comma:
			return i, ""
		}
		t.flat = append(t.flat, c)
		i++
	}
}

// quoted reads a field behind its opening quote up to what follows the closing
// one. Line breaks inside belong to the field, and a quote is written twice.
func (t *table) quoted(i int) (int, string) {
	for {
		c, ok := t.in.at(i)
		switch {
		case !ok:
			return i, "has a quote that never closes"
		case c != '"':
			t.flat = append(t.flat, c)
			i++
			continue
		}
		next, ok := t.in.at(i + 1)
		if ok && next == '"' {
			t.flat = append(t.flat, '"')
			i += 2
			continue
		}
		if i++; !ok || next == t.comma || next == '\n' {
			return i, ""
		}
		if behind, ok := t.in.at(i + 1); next == '\r' && (!ok || behind == '\n') {
			return i, ""
		}
		return i, "has text behind a closing quote"
	}
}

// split returns the fields that scan found.
func (t *table) split() []string {
	fields, all, from := make([]string, len(t.ends)), string(t.flat), 0
	for i, end := range t.ends {
		fields[i] = all[from:end]
		from = end
	}
	return fields
}

// header reads the first record as the names of the columns.
func (t *table) header() ([]string, error) {
	r, ok := t.next()
	switch {
	case t.in.err != nil:
		return nil, t.in.err
	case !ok:
		return nil, nil
	case r.reason != "":
		return nil, &catalog.UnreadableError{Reason: "the line with the names of the columns " + r.reason}
	}
	for i, name := range r.fields {
		r.fields[i] = strings.TrimSpace(name)
	}
	return r.fields, nil
}

// named returns a record's fields by the names of their columns, without the
// empty ones, and why it cannot be.
func (r record) named(columns []string) (map[string]any, string) {
	values := make(map[string]any, len(columns))
	for i, field := range r.fields {
		if i < len(columns) && strings.TrimSpace(field) != "" {
			values[columns[i]] = field
		}
	}
	if r.reason == "" && len(r.fields) > len(columns) {
		return values, "has more fields than there are columns"
	}
	return values, r.reason
}
