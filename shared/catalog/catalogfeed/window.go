package catalogfeed

import (
	"bytes"
	"errors"
	"io"
)

// window shows up to maxRow bytes of a feed ahead of where reading is. What was
// looked at can be looked at again until it is taken, so that a reader that
// followed a quote to nowhere goes on behind the line in which it began.
type window struct {
	in    io.Reader
	held  []byte
	start int // of what is not taken, in held
	taken int // bytes before start, since the beginning
	line  int // of start, from 1
	ended bool
	err   error // of the source; not io.EOF
}

func newWindow(in io.Reader) *window {
	return &window{in: in, held: make([]byte, 0, maxRow+sampleSize), line: 1}
}

// at returns the i-th byte ahead. It is not there behind the end of the feed,
// nor behind maxRow.
func (w *window) at(i int) (byte, bool) {
	for w.start+i >= len(w.held) {
		if i >= maxRow || !w.more() {
			return 0, false
		}
	}
	return w.held[w.start+i], true
}

// more reads on; false at the end.
func (w *window) more() bool {
	if w.ended {
		return false
	}
	if len(w.held) == cap(w.held) {
		w.held = w.held[:copy(w.held, w.held[w.start:])]
		w.start = 0
	}
	for range 100 { // a reader may return nothing, but not for ever
		n, err := w.in.Read(w.held[len(w.held):min(cap(w.held), len(w.held)+sampleSize)])
		w.held = w.held[:len(w.held)+n]
		if err != nil {
			w.ended = true
			if !errors.Is(err, io.EOF) {
				w.err = err
			}
		}
		if n > 0 || err != nil {
			return n > 0
		}
	}
	w.ended, w.err = true, io.ErrNoProgress
	return false
}

// see returns the first n bytes ahead, which at has reached.
func (w *window) see(n int) []byte { return w.held[w.start : w.start+n] }

// take goes n bytes on, which at has reached.
func (w *window) take(n int) {
	w.line += bytes.Count(w.see(n), []byte{'\n'})
	w.start += n
	w.taken += n
}

// takeLine goes behind the end of the line, however long it is.
func (w *window) takeLine() {
	for {
		ahead := w.held[w.start:]
		if i := bytes.IndexByte(ahead, '\n'); i >= 0 {
			w.take(i + 1)
			return
		}
		w.taken += len(ahead)
		w.start = len(w.held)
		if !w.more() {
			return
		}
	}
}

// done tells whether nothing is ahead.
func (w *window) done() bool {
	_, ok := w.at(0)
	return !ok
}
