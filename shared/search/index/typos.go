package index

import (
	"slices"

	"jewelrydisplay.app/shared/search/text"
)

// A word and its misspelling become the same when each loses the letters in
// which they differ: the table holds what is left of every word, and a query's
// word looks for what is left of itself. It is enough to look at the first
// letters: who differs by two edits there differs by no more than two lost
// letters each.
const (
	typoLetters = 7
	hashBits    = 40 // of an entry; the lower bits are the term's ordinal
	ordinalBits = 64 - hashBits
)

// remains calls back with the hash of the word's first letters, less none, one
// or, with two, two of them.
func remains(word []byte, two bool, each func(uint64)) {
	var buffer [typoLetters]byte
	n := copy(buffer[:], word)
	each(hash(buffer[:n], -1, -1))
	for i := range n {
		each(hash(buffer[:n], i, -1))
		for j := i + 1; two && j < n; j++ {
			each(hash(buffer[:n], i, j))
		}
	}
}

// hash is FNV-1a of the letters without the i-th and the j-th, spread and cut
// to the bits of an entry.
func hash(letters []byte, i, j int) uint64 {
	h := uint64(14695981039346656037)
	for k, c := range letters {
		if k != i && k != j {
			h = (h ^ uint64(c)) * 1099511628211
		}
	}
	h ^= h >> 29
	h *= 0xbf58476d1ce4e5b9
	return (h >> ordinalBits) << ordinalBits
}

// deep tells whether words of n letters may be two edits from a query's word,
// which then has eight at least.
func deep(n int) bool { return n >= 6 }

// writeTypos makes the table of the words among the terms, and its directory.
func writeTypos(terms []string) (entries []uint64, directory []uint32) {
	for ord, t := range terms {
		w := []byte(t)
		if !text.Spelt(w) {
			continue
		}
		remains(w, deep(len(w)), func(h uint64) { entries = append(entries, h|uint64(ord)) })
	}
	slices.Sort(entries)
	entries = slices.Compact(entries)
	bits := 1
	for bits < 20 && len(entries)>>(bits+2) > 0 {
		bits++
	}
	directory = make([]uint32, 1<<bits+1)
	at := 0
	for i := range directory {
		for at < len(entries) && entries[at]>>(64-bits) < uint64(i) {
			at++
		}
		directory[i] = uint32(at)
	}
	directory[len(directory)-1] = uint32(len(entries))
	return entries, directory
}

// typos is the table as a segment has it.
type typos struct {
	entries   []uint64
	directory []uint32
	shift     int
}

func openTypos(entries, directory []byte, err *error) typos {
	t := typos{entries: numbers[uint64](entries, -1, err), directory: numbers[uint32](directory, -1, err)}
	bits := 1
	for 1<<bits+1 < len(t.directory) {
		bits++
	}
	if *err == nil && (1<<bits+1 != len(t.directory) || !ascending(t.directory, len(t.entries))) {
		*err = damaged("the table of misspellings is not in order")
	}
	t.shift = 64 - bits
	return t
}

// near appends the ordinals of terms that share what is left with a word of
// the query; some of them only by chance.
func (t *typos) near(word []byte, two bool, found []uint32) []uint32 {
	remains(word, two, func(h uint64) {
		bucket := h >> t.shift
		for _, e := range t.entries[t.directory[bucket]:t.directory[bucket+1]] {
			if e>>ordinalBits<<ordinalBits == h {
				found = append(found, uint32(e&(1<<ordinalBits-1)))
			}
		}
	})
	slices.Sort(found)
	return slices.Compact(found)
}
