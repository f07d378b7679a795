package catalogfeed

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"jewelrydisplay.app/shared/catalog"
)

// maxLine is how long a line of JSON may be, in bytes: below what a table's row
// holds. A longer one is one broken row, and the feed goes on behind it.
const maxLine = 256 << 10

// jsonLines is a feed of JSON objects, one a line.
type jsonLines struct {
	in     *lines
	strict charset
}

// Encoding implements catalog.Feed.
func (f *jsonLines) Encoding() string { return f.strict.name }

// Next implements catalog.Feed.
func (f *jsonLines) Next() (catalog.Row, error) {
	if !f.in.next() {
		if f.in.err != nil {
			return catalog.Row{}, f.in.err
		}
		return catalog.Row{}, io.EOF
	}
	switch {
	case f.in.tooLong:
		return broken(f.in.number, "is longer than 256 kB"), nil
	case !f.strict.strict(f.in.line):
		return broken(f.in.number, f.strict.garbled()), nil
	}
	row := catalog.Row{Line: f.in.number}
	decoder := json.NewDecoder(bytes.NewReader(f.in.line))
	decoder.UseNumber()
	if err := decoder.Decode(&row.Values); err != nil || row.Values == nil {
		return broken(row.Line, "is not a JSON object"), nil
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return broken(row.Line, "holds more than one JSON object"), nil
	}
	return row, nil
}

// lines reads a feed line by line in constant memory. Blank lines are passed
// over but counted, so that a reported line is the one an editor shows.
type lines struct {
	in      *bufio.Reader
	number  int // of the current line, from 1
	line    []byte
	tooLong bool
	err     error
}

func newLines(r io.Reader) *lines {
	return &lines{in: bufio.NewReaderSize(r, maxLine)}
}

// next goes to the next line that is not blank.
func (l *lines) next() bool {
	for l.err == nil {
		line, err := l.in.ReadSlice('\n')
		l.tooLong = errors.Is(err, bufio.ErrBufferFull)
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = l.in.ReadSlice('\n')
		}
		if err != nil && !errors.Is(err, io.EOF) {
			l.err = err
			return false
		}
		if err != nil && len(line) == 0 {
			return false
		}
		l.number++
		if l.line = bytes.TrimSpace(line); len(l.line) > 0 || l.tooLong {
			return true
		}
	}
	return false
}
