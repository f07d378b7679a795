package index

import (
	"bytes"
	"encoding/binary"
)

// perBlock is how many terms a block of the dictionary has.
const perBlock = 16

// maxTerm is how many bytes a term has at most: longer ones are not indexed,
// and not found.
const maxTerm = 96

// The first byte of terms that are no text. Words and Chinese begin with none
// of them.
const (
	pairTerm     = 1 // two syllables with a space between
	initialsTerm = 2 // the initials of two to four characters
	prefixTerm   = 3 // the first one to three letters of a word
	facetTerm    = 4 // a facet's number plus one, then its value
)

// dictionary is the terms in the order of their bytes. A term's place is its
// ordinal: what belongs to it is found by that.
type dictionary struct {
	blocks  []byte
	offsets []uint32
	keys    []uint64
	terms   int
}

// writeDictionary writes terms that are in order.
func writeDictionary(terms []string) (blocks []byte, offsets []uint32, keys []uint64) {
	last := ""
	for i, t := range terms {
		if i%perBlock == 0 {
			offsets = append(offsets, uint32(len(blocks)))
			keys = append(keys, keyOf(t))
			last = ""
		}
		shared := 0
		for shared < len(t) && shared < len(last) && t[shared] == last[shared] {
			shared++
		}
		blocks = append(blocks, byte(shared), byte(len(t)-shared))
		blocks = append(blocks, t[shared:]...)
		last = t
	}
	return blocks, append(offsets, uint32(len(blocks))), keys
}

// keyOf is the first eight bytes of a term as a number in the order of terms.
func keyOf[T string | []byte](term T) uint64 {
	var first [8]byte
	copy(first[:], term)
	return binary.BigEndian.Uint64(first[:])
}

// openDictionary checks that the blocks lie in the section. What a block holds
// is checked when it is read.
func openDictionary(blocks, offsets, keys []byte, terms int, err *error) dictionary {
	n := (terms + perBlock - 1) / perBlock
	d := dictionary{
		blocks: blocks, offsets: numbers[uint32](offsets, n+1, err), keys: numbers[uint64](keys, n, err), terms: terms,
	}
	if *err == nil && !ascending(d.offsets, len(blocks)) {
		*err = damaged("the dictionary's blocks are not in order")
	}
	return d
}

// walk is a place in the dictionary. The zero walk stands nowhere.
type walk struct {
	buffer [maxTerm]byte
	term   []byte // in buffer
	rest   []byte // of the block
	ord    int    // of term
}

// enter stands before the first term of a block.
func (d *dictionary) enter(w *walk, block int) {
	w.term, w.rest, w.ord = w.buffer[:0], d.blocks[d.offsets[block]:d.offsets[block+1]], block*perBlock-1
}

// next goes to the next term. False: that was the last, or the block is damaged.
func (d *dictionary) next(w *walk) bool {
	if w.ord+1 >= d.terms {
		return false
	}
	if (w.ord+1)%perBlock == 0 {
		d.enter(w, (w.ord+1)/perBlock)
	}
	if len(w.rest) < 2 {
		return false
	}
	shared, more := int(w.rest[0]), int(w.rest[1])
	if shared > len(w.term) || shared+more > maxTerm || more > len(w.rest)-2 {
		return false
	}
	copy(w.buffer[shared:], w.rest[2:2+more])
	w.term = w.buffer[:shared+more]
	w.rest = w.rest[2+more:]
	w.ord++
	return true
}

// seek goes to the first term that is not before the given one.
func (d *dictionary) seek(w *walk, term []byte) bool {
	low, high := 0, len(d.keys) // the block is before high
	key := keyOf(term)
	for low < high {
		middle := int(uint(low+high) >> 1)
		if d.begins(middle, key, term) {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if len(d.keys) == 0 {
		return false
	}
	d.enter(w, max(low-1, 0))
	for d.next(w) {
		if bytes.Compare(w.term, term) >= 0 {
			return true
		}
	}
	return false
}

// begins tells whether the block's first term is not behind the given one.
func (d *dictionary) begins(block int, key uint64, term []byte) bool {
	if d.keys[block] != key {
		return d.keys[block] < key
	}
	first := d.blocks[d.offsets[block]:d.offsets[block+1]]
	if len(first) < 2 || int(first[1]) > len(first)-2 {
		return false
	}
	return bytes.Compare(first[2:2+int(first[1])], term) <= 0
}

// find returns a term's ordinal, or -1.
func (d *dictionary) find(w *walk, term []byte) int32 {
	if len(term) > maxTerm || !d.seek(w, term) || !bytes.Equal(w.term, term) {
		return -1
	}
	return int32(w.ord)
}

// at returns the term with the ordinal, in the walk's buffer; nil when the file
// has none.
func (d *dictionary) at(w *walk, ord int) []byte {
	if ord < 0 || ord >= d.terms {
		return nil
	}
	d.enter(w, ord/perBlock)
	for w.ord < ord {
		if !d.next(w) {
			return nil
		}
	}
	return w.term
}
