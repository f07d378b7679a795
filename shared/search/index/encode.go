package index

import "encoding/binary"

// writer appends counts and texts to a section that is read as a whole.
type writer []byte

func (w *writer) count(n int)   { *w = binary.AppendUvarint(*w, uint64(n)) }
func (w *writer) signed(n int)  { *w = binary.AppendVarint(*w, int64(n)) }
func (w *writer) text(s string) { w.count(len(s)); *w = append(*w, s...) }

// decoder reads what a writer wrote. After what is not there it fails, and
// returns nothing from then on.
type decoder struct {
	rest   []byte
	failed bool
}

func (d *decoder) fail() {
	d.rest, d.failed = nil, true
}

// count reads how many of something follow, each of a byte at least, so that a
// damaged count asks for no more memory than the file has bytes.
func (d *decoder) count() int {
	n, used := binary.Uvarint(d.rest)
	if used <= 0 || n > uint64(len(d.rest)-used) {
		d.fail()
		return 0
	}
	d.rest = d.rest[used:]
	return int(n)
}

// number reads a count of nothing that follows.
func (d *decoder) number() int {
	n, used := binary.Uvarint(d.rest)
	if used <= 0 || n > 1<<40 {
		d.fail()
		return 0
	}
	d.rest = d.rest[used:]
	return int(n)
}

func (d *decoder) signed() int {
	n, used := binary.Varint(d.rest)
	if used <= 0 || n > 1<<40 || n < -1<<40 {
		d.fail()
		return 0
	}
	d.rest = d.rest[used:]
	return int(n)
}

// bytes reads a text where it lies.
func (d *decoder) bytes() []byte {
	n := d.count()
	if d.failed {
		return nil
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

// text reads a text into memory of its own.
func (d *decoder) text() string { return string(d.bytes()) }
