package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"jewelrydisplay.app/shared/catalog"
)

// token is a piece of text that is looked up: a word of letters and digits, or
// one or two Chinese characters. start and end are bytes of the original text.
type token struct {
	text       string
	start, end int
	han        bool
	inside     bool // part of a longer word of the lexicon: 钻石 in 培育钻石
}

// letter is a folded letter and the bytes of the original that it comes from.
type letter struct {
	r          rune
	start, end int
}

// fold brings a text to one form: compatibility forms (full width, ligatures,
// superscripts) and accents as Unicode decomposes them (UAX 15, NFKD), accents
// dropped, lower case.
func fold(s string) []letter {
	out := make([]letter, 0, len(s)/2+8)
	if norm.NFKD.IsNormalString(s) { // nearly every text
		for i, r := range s {
			out = put(out, r, i, i+utf8.RuneLen(r))
		}
		return out
	}
	var in norm.Iter
	in.InitString(norm.NFKD, s)
	for !in.Done() {
		start := in.Pos()
		segment := in.Next()
		end := in.Pos()
		for _, r := range string(segment) {
			out = put(out, r, start, end)
		}
	}
	return out
}

func put(out []letter, r rune, start, end int) []letter {
	if r >= utf8.RuneSelf && unicode.Is(unicode.Mn, r) {
		return out
	}
	return append(out, letter{unicode.ToLower(r), start, end})
}

func han(r rune) bool { return unicode.Is(unicode.Han, r) }

func wordly(r rune) bool { return !han(r) && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

func apostrophe(r rune) bool { return r == '\'' || r == '’' }

// run is a stretch of Chinese characters, or a word: its letters, and as one
// text with where in it each letter begins.
type run struct {
	letters []letter
	text    string
	begins  []int
	han     bool
}

func newRun(letters []letter, han bool) run {
	r := run{letters: letters, begins: make([]int, len(letters)+1), han: han}
	var b strings.Builder
	for i, l := range letters {
		r.begins[i] = b.Len()
		b.WriteRune(l.r)
	}
	r.text = b.String()
	r.begins[len(letters)] = len(r.text)
	return r
}

// part returns the letters from the i-th to before the j-th as a run.
func (r run) part(i, j int) run { return newRun(r.letters[i:j], r.han) }

// runs cuts a text at everything that is neither Chinese nor of a word. An
// apostrophe inside a word does not cut it.
func runs(s string) []run {
	var found []run
	letters := fold(s)
	for i := 0; i < len(letters); {
		start, belongs := i, wordly
		switch {
		case han(letters[i].r):
			belongs = han
		case !wordly(letters[i].r):
			i++
			continue
		}
		cut := false
		for i < len(letters) {
			inside := i > start && i+1 < len(letters) && apostrophe(letters[i].r) && wordly(letters[i+1].r) && wordly(letters[start].r)
			if !inside && !belongs(letters[i].r) {
				break
			}
			cut = cut || inside
			i++
		}
		in := letters[start:i]
		if cut {
			in = slices.DeleteFunc(slices.Clone(in), func(l letter) bool { return apostrophe(l.r) })
		}
		found = append(found, newRun(in, han(letters[start].r)))
	}
	return found
}

// word returns a run of letters as one token, in the singular.
func (r run) word() token {
	return token{text: singular(r.text), start: r.letters[0].start, end: r.letters[len(r.letters)-1].end}
}

// gram returns n characters from the i-th as one token.
func (r run) gram(i, n int) token {
	return token{text: r.text[r.begins[i]:r.begins[i+n]], start: r.letters[i].start, end: r.letters[i+n-1].end, han: true}
}

// tokens returns everything by which a text is found: words, and of Chinese
// each character, each pair of neighbours and each longer word of the lexicon.
func tokens(s string, known lexicon) []token {
	var found []token
	for _, r := range runs(s) {
		if !r.han {
			found = append(found, r.word())
			continue
		}
		reach, length := 0, 0 // where the longest word met so far ends, and how long it is
		for i := range r.letters {
			if n := known.longest(r, i); i+n > reach {
				reach, length = i+n, n
			}
			for n := 1; i+n <= len(r.letters) && n <= max(2, known.longestWord); n++ {
				g := r.gram(i, n)
				g.inside = i+n <= reach && n < length
				if n <= 2 || known.words[g.text] {
					found = append(found, g)
				}
			}
		}
	}
	return found
}

// lexicon is the Chinese words of the trade of two characters or more.
type lexicon struct {
	words       map[string]bool
	longestWord int // characters
}

func newLexicon() lexicon {
	known := lexicon{words: map[string]bool{}}
	for _, n := range catalog.AttributeNames {
		for _, w := range catalog.Words(n.Attribute) {
			known.add(w.Label.ZH)
		}
	}
	for _, group := range synonyms {
		for _, member := range group {
			known.add(member)
		}
	}
	return known
}

// tradeTokens returns the words and word-long Chinese tokens of the
// vocabulary's labels.
func tradeTokens(known lexicon) map[string]bool {
	trade := map[string]bool{}
	for _, n := range catalog.AttributeNames {
		for _, w := range catalog.Words(n.Attribute) {
			for _, t := range append(tokens(w.Label.ZH, known), tokens(w.Label.EN, known)...) {
				if !t.han || known.words[t.text] {
					trade[t.text] = true
				}
			}
		}
	}
	return trade
}

func (l *lexicon) add(text string) {
	for _, r := range runs(text) {
		if n := len(r.letters); r.han && n > 1 {
			l.words[r.text] = true
			l.longestWord = max(l.longestWord, n)
		}
	}
}

// longest returns how many characters the longest word has that begins at the
// i-th; 0: none does.
func (l *lexicon) longest(r run, i int) int {
	for n := min(l.longestWord, len(r.letters)-i); n > 1; n-- {
		if l.words[r.gram(i, n).text] {
			return n
		}
	}
	return 0
}

// singular takes the plural's ending off an English word of four letters or
// more: rings, rubies, brooches.
func singular(w string) string {
	switch {
	case len(w) < 4 || !strings.HasSuffix(w, "s") || strings.HasSuffix(w, "ss") || strings.HasSuffix(w, "us"):
		return w
	case strings.HasSuffix(w, "ies") && len(w) > 4:
		return strings.TrimSuffix(w, "ies") + "y"
	case strings.HasSuffix(w, "ches"), strings.HasSuffix(w, "shes"), strings.HasSuffix(w, "xes"), strings.HasSuffix(w, "sses"):
		return strings.TrimSuffix(w, "es")
	default:
		return strings.TrimSuffix(w, "s")
	}
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

// alike returns what else a text may be looked for as.
func alike(s string) string {
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
	if r, _ := utf8.DecodeRuneInString(member); han(r) {
		return strings.Contains(folded, member)
	}
	return strings.Contains(folded, " "+member+" ") || strings.Contains(folded, " "+member+"s ")
}
