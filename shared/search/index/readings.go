package index

import (
	"sort"

	"github.com/mozillazg/go-pinyin"
)

// The block of Unicode whose characters' readings the file has: nearly all
// Chinese that is written today.
const (
	firstRead = 0x4e00
	lastRead  = 0x9fff
)

// soundsOf is how characters are read, as a file has it: for each the number
// of its syllable's name, 0 for none.
type soundsOf struct {
	numbers []uint16
	names   []string // the first is empty
}

// Reading implements text.Readings.
func (s *soundsOf) Reading(r rune) string {
	if r < firstRead || int(r-firstRead) >= len(s.numbers) {
		return ""
	}
	return s.names[s.numbers[r-firstRead]]
}

// Sounds is how characters are read, for builders.
type Sounds struct{ of *soundsOf }

// NewSounds asks the library for the first reading of every character, which
// takes tens of milliseconds: once is enough for all builders of a process.
// Only who builds calls it; the library's table costs a start some more.
func NewSounds() Sounds { return Sounds{newSounds()} }

func newSounds() *soundsOf {
	args := pinyin.NewArgs()
	known := map[string]bool{}
	all := make([]string, lastRead-firstRead+1)
	for i := range all {
		if said := pinyin.SinglePinyin(rune(firstRead+i), args); len(said) > 0 {
			all[i] = said[0]
			known[said[0]] = true
		}
	}
	s := &soundsOf{numbers: make([]uint16, len(all)), names: []string{""}}
	for name := range known {
		s.names = append(s.names, name)
	}
	sort.Strings(s.names)
	for i, name := range all {
		s.numbers[i] = uint16(sort.SearchStrings(s.names, name))
	}
	return s
}

func (s *soundsOf) write() (numbers []uint16, names []byte) {
	var w writer
	w.count(len(s.names))
	for _, name := range s.names {
		w.text(name)
	}
	return s.numbers, w
}

// openSounds reads them into memory: answers refer to them.
func openSounds(numbered, named []byte, err *error) *soundsOf {
	s := &soundsOf{numbers: append([]uint16(nil), numbers[uint16](numbered, -1, err)...)}
	d := decoder{rest: named}
	for range d.count() {
		s.names = append(s.names, d.text())
	}
	for _, n := range s.numbers {
		if int(n) >= len(s.names) && *err == nil {
			*err = damaged("a reading has no name")
		}
	}
	return s
}
