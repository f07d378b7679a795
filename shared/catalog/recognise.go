package catalog

import (
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// recogniser finds the words of the trade in what merchants write: as a whole
// value, and inside titles, tags and lists of materials.
type recogniser struct {
	whole  map[Attribute]map[string]string // by folded spelling: the code
	inside map[Attribute]map[rune][]spelling
}

// spelling is one way to write a value, folded.
type spelling struct{ text, code string }

func newRecogniser() *recogniser {
	r := &recogniser{whole: map[Attribute]map[string]string{}, inside: map[Attribute]map[rune][]spelling{}}
	for _, n := range AttributeNames {
		attribute, values := n.Attribute, Words(n.Attribute)
		whole, inside := map[string]string{}, map[rune][]spelling{}
		for _, w := range values {
			whole[w.Code] = w.Code
			for _, text := range w.spellings() {
				text = foldWord(text)
				whole[text] = w.Code
				first, _ := utf8.DecodeRuneInString(text)
				switch text = loosen(text); {
				case telling(attribute, text):
					inside[first] = append(inside[first], spelling{text, w.Code})
				case attribute == Metal && hasHan(text):
					inside[first] = append(inside[first], joined(text, w.Code)...)
				}
			}
		}
		for _, all := range inside {
			sort.SliceStable(all, func(i, j int) bool { return len(all[i].text) > len(all[j].text) })
		}
		r.whole[attribute], r.inside[attribute] = whole, inside
	}
	return r
}

func (w Word) spellings() []string { return append([]string{w.Label.ZH, w.Label.EN}, w.Aliases...) }

// joined returns a metal of one character before each sort of piece: 银 alone
// says little, 银项链 says silver.
func joined(metal, code string) []spelling {
	var all []spelling
	for _, w := range categories {
		for _, text := range w.spellings() {
			if hasHan(text) {
				all = append(all, spelling{metal + foldWord(text), code})
			}
		}
	}
	return all
}

// loosen makes one word of princess-cut and princess cut. The text keeps its
// length.
func loosen(folded string) string {
	return strings.Map(func(c rune) rune {
		if strings.ContainsRune("-_/|,;", c) {
			return ' '
		}
		return c
	}, folded)
}

// telling tells whether a spelling says something inside a longer text. One
// Chinese character does not (基金 is no gold), nor do figures alone, nor, for
// the shape of a stone, words such as heart or round.
func telling(a Attribute, text string) bool {
	if strings.Trim(text, "0123456789. ") == "" {
		return false
	}
	if hasHan(text) {
		return utf8.RuneCountInString(text) > 1
	}
	if a == Cut || a == Setting {
		return strings.Contains(text, " ")
	}
	return len(text) > 1
}

// is returns the code of a value that is wholly a word of the vocabulary.
func (r *recogniser) is(a Attribute, value string) (string, bool) {
	code, ok := r.whole[a][foldWord(value)]
	return code, ok
}

// found is a word of the vocabulary in a text.
type found struct {
	start, end int // bytes
	code       string
}

// in returns the words of an attribute in a loosened text, the longest at each
// place. An English word ends where its letters end, and may have a plural's s.
func (r *recogniser) in(a Attribute, text string) []found {
	var all []found
	edge := true // the character before is no letter or digit of a word
	for i := 0; i < len(text); {
		c, size := utf8.DecodeRuneInString(text[i:])
		n := 0
		for _, s := range r.inside[a][c] {
			if (edge || !wordly(c)) && strings.HasPrefix(text[i:], s.text) {
				if n = ends(text[i:], len(s.text)); n > 0 {
					if a != Stone || !imitated(text[:i]) {
						all = append(all, found{i, i + n, s.code})
					}
					break
				}
			}
		}
		if n > 0 {
			c, _ = utf8.DecodeLastRuneInString(text[:i+n])
			size = n
		}
		edge = !wordly(c)
		i += size
	}
	return all
}

// imitated tells whether what follows the text is said to be an imitation: a
// faux pearl is no pearl, and what it is made of is not said.
func imitated(before string) bool {
	before = strings.TrimRight(before, " ")
	for _, word := range []string{"faux", "fake", "imitation", "simulated", "artificial", "仿", "人造", "合成", "假"} {
		if strings.HasSuffix(before, word) {
			return true
		}
	}
	return false
}

// wordly tells whether a character belongs to a word that only its ends bound.
func wordly(c rune) bool {
	return c < utf8.RuneSelf && (unicode.IsLetter(c) || unicode.IsDigit(c)) || c >= 0xC0 && c < 0x250
}

// ends returns the length of the word of n bytes at the beginning of the text,
// with a plural's s; 0 when a longer word goes on there.
func ends(text string, n int) int {
	last, _ := utf8.DecodeLastRuneInString(text[:n])
	next, _ := utf8.DecodeRuneInString(text[n:])
	if !wordly(last) || !wordly(next) {
		return n
	}
	if next != 's' || !unicode.IsLetter(last) {
		return 0
	}
	if after, _ := utf8.DecodeRuneInString(text[n+1:]); wordly(after) {
		return 0
	}
	return n + 1
}

// read returns what texts about a piece say of it. Words that belong together
// are one thing: gold-plated silver is not of gold, and an emerald cut is no
// emerald.
func (r *recogniser) read(texts ...string) Attributes {
	said := Attributes{}
	for _, t := range texts {
		text := loosen(foldWord(t))
		base := r.without(text, Plating, Metal)
		stone := r.without(text, Cut, Stone)
		for _, n := range AttributeNames {
			from := text
			switch n.Attribute {
			case Metal, Fineness:
				from = base
			case Stone:
				from = stone
			case Category:
				from = r.subject(text)
			}
			words := r.in(n.Attribute, from)
			if n.Attribute == Category && len(words) > 0 {
				words = words[len(words)-1:] // a chain bracelet is a bracelet
			}
			for _, w := range words {
				if n.Many || len(said[n.Attribute]) == 0 {
					said.add(n.Attribute, w.code)
				}
			}
		}
	}
	return said
}

// without blanks the words of one attribute out of a text, but for those that
// are words of the other as well: vermeil is silver, and gold-plated.
func (r *recogniser) without(text string, a, other Attribute) string {
	for _, w := range r.in(a, text) {
		if _, both := r.whole[other][text[w.start:w.end]]; !both {
			text = text[:w.start] + strings.Repeat(" ", w.end-w.start) + text[w.end:]
		}
	}
	return text
}

// subject is the part of a title that says what the piece is: a necklace with a
// pendant is a necklace, a ring of shells a ring, a watch (in a bracelet) a watch.
func (r *recogniser) subject(text string) string {
	for _, joint := range []string{"(", " with ", " of ", " for ", " from ", " and ", " & ", "配", "、"} {
		if before, _, cut := strings.Cut(text, joint); cut && len(r.in(Category, before)) > 0 {
			text = before
		}
	}
	return text
}
