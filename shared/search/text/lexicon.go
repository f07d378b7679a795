package text

import (
	"strings"
	"unicode/utf8"

	"jewelrydisplay.app/shared/catalog"
)

// Lexicon is the Chinese words of the trade of two characters or more. A text
// is found by them as a whole: 红宝石 (ruby) is no 蓝宝石 (sapphire), although
// both end in 宝石.
type Lexicon struct {
	words   map[string]bool
	longest int // characters
}

// NewLexicon returns the words of the vocabulary and the synonyms.
func NewLexicon() *Lexicon {
	l := LexiconOf()
	for _, n := range catalog.AttributeNames {
		for _, w := range catalog.Words(n.Attribute) {
			l.add(w.Label.ZH)
		}
	}
	for _, group := range synonyms {
		for _, member := range group {
			l.add(member)
		}
	}
	return l
}

// LexiconOf returns the lexicon of just these words.
func LexiconOf(words ...string) *Lexicon {
	l := &Lexicon{words: map[string]bool{}}
	for _, w := range words {
		l.add(w)
	}
	return l
}

func (l *Lexicon) add(s string) {
	var r Reader
	for _, run := range r.Read(s) {
		if n := run.Len(); run.Han && n > 1 {
			l.words[string(run.Text())] = true
			l.longest = max(l.longest, n)
		}
	}
}

// Has tells whether the folded text is a word of the lexicon.
func (l *Lexicon) Has(folded []byte) bool { return l.words[string(folded)] }

// Longest returns how many characters the longest word has that begins at the
// i-th of a Chinese run; 0: none does.
func (l *Lexicon) Longest(r Run, i int) int {
	for n := min(l.longest, r.Len()-i); n > 1; n-- {
		if l.Has(r.Part(i, n)) {
			return n
		}
	}
	return 0
}

// synonyms are words for the same thing. Platinum and white gold are not.
var synonyms = [][]string{
	{"项链", "颈链"},
	{"戒指", "指环", "戒子"},
	{"耳饰", "耳环", "耳饰品"},
	{"手镯", "镯子", "手环"},
	{"吊坠", "坠子", "挂坠", "链坠"},
	{"脚链", "足链"},
	{"莫桑石", "莫桑钻"},
	{"和田玉", "和阗玉"},
	{"platinum", "pt"},
	{"jadeite", "jade", "feicui"},
	{"lab-grown", "lab grown", "synthetic"},
}

// Synonyms returns what else a text may be looked for as.
func Synonyms(s string) string {
	folded := " " + Fold(s) + " "
	var more []string
	for _, group := range synonyms {
		for _, member := range group {
			if contains(folded, member) {
				more = append(more, group...)
				break
			}
		}
	}
	return strings.Join(more, " , ")
}

// contains finds Chinese anywhere and words as words.
func contains(folded, member string) bool {
	if r, _ := utf8.DecodeRuneInString(member); Han(r) {
		return strings.Contains(folded, member)
	}
	return strings.Contains(folded, " "+member+" ") || strings.Contains(folded, " "+member+"s ")
}
