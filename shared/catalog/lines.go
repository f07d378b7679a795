package catalog

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// maxLine is how long a row may be, in bytes: far below what a table's row
// holds. A longer one is one broken row, and the feed goes on behind it.
const maxLine = 256 << 10

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
		if l.number == 1 {
			line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
		}
		if l.line = bytes.TrimSpace(line); len(l.line) > 0 || l.tooLong {
			return true
		}
	}
	return false
}
