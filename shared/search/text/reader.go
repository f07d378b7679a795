package text

import (
	"slices"
	"unicode/utf8"
)

// Reader cuts texts into runs. It uses its buffers again: what it returned is
// overwritten by the next Read. It is for one goroutine at a time.
type Reader struct {
	letters []letter
	bytes   []byte
	begins  []int32
	runs    []Run
}

// Run is a stretch of Chinese characters, or a word: letters and digits of any
// other script. An apostrophe inside a word neither cuts it nor belongs to it.
type Run struct {
	Han     bool
	text    []byte  // folded
	begins  []int32 // where in text each letter begins; last: where it ends
	letters []letter
}

// Read cuts a text at everything that is neither Chinese nor of a word.
func (r *Reader) Read(s string) []Run {
	r.letters = fold(r.letters[:0], s)
	letters := r.letters
	r.runs = r.runs[:0]
	// Runs point into these buffers, which therefore never grow below.
	r.bytes = slices.Grow(r.bytes[:0], utf8.UTFMax*len(letters))
	r.begins = slices.Grow(r.begins[:0], 2*len(letters))
	for i := 0; i < len(letters); {
		han := Han(letters[i].r)
		if !han && !wordly(letters[i].r) {
			i++
			continue
		}
		end := i + 1
		for end < len(letters) && (r.joins(letters, end, han) || belongs(letters[end].r, han)) {
			end++
		}
		r.run(letters[i:end], han)
		i = end
	}
	return r.runs
}

func belongs(r rune, han bool) bool {
	if han {
		return Han(r)
	}
	return wordly(r)
}

// joins tells an apostrophe between two letters of a word.
func (r *Reader) joins(letters []letter, i int, han bool) bool {
	return !han && apostrophe(letters[i].r) && i+1 < len(letters) && wordly(letters[i+1].r)
}

func (r *Reader) run(letters []letter, han bool) {
	text, begin := len(r.bytes), len(r.begins)
	kept := letters[:0] // an apostrophe's place is taken by the letter behind it
	for _, l := range letters {
		if !han && apostrophe(l.r) {
			continue
		}
		r.begins = append(r.begins, int32(len(r.bytes)-text))
		r.bytes = utf8.AppendRune(r.bytes, l.r)
		kept = append(kept, l)
	}
	r.begins = append(r.begins, int32(len(r.bytes)-text))
	r.runs = append(r.runs, Run{
		Han: han, text: r.bytes[text:len(r.bytes):len(r.bytes)], begins: r.begins[begin:], letters: kept,
	})
}

// Len returns how many letters the run has.
func (r Run) Len() int { return len(r.letters) }

// Text returns the folded run.
func (r Run) Text() []byte { return r.text }

// Part returns n letters from the i-th, folded.
func (r Run) Part(i, n int) []byte { return r.text[r.begins[i]:r.begins[i+n]] }

// Rune returns the i-th letter, folded.
func (r Run) Rune(i int) rune { return r.letters[i].r }

// Place returns where in the original n letters from the i-th begin and end.
func (r Run) Place(i, n int) (start, end int) {
	return int(r.letters[i].start), int(r.letters[i+n-1].end)
}

// Word returns a word in the singular: of an English word of four letters or
// more the plural's ending is taken off: rings, rubies, brooches.
func (r Run) Word() []byte {
	w := r.text
	n := len(w)
	ends := func(s string) bool { return n >= len(s) && string(w[n-len(s):]) == s }
	switch {
	case n < 4 || w[n-1] != 's' || ends("ss") || ends("us"):
		return w
	case n > 4 && ends("ies"):
		w[n-3] = 'y' // the run's own bytes
		return w[:n-2]
	case ends("ches"), ends("shes"), ends("xes"), ends("sses"):
		return w[:n-2]
	default:
		return w[:n-1]
	}
}
