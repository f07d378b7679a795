// Package text reads what people type and what merchants write: it brings both
// to one form, cuts them into words and Chinese, knows the trade's own words
// and the syllables of pinyin, and marks what matched.
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// letter is a folded letter and the bytes of the original that it comes from.
type letter struct {
	r          rune
	start, end int32
}

// fold appends a text's letters in one form: compatibility forms (full width,
// ligatures, superscripts) and accents as Unicode decomposes them (UAX 15,
// NFKD), accents dropped, lower case.
func fold(out []letter, s string) []letter {
	if norm.NFKD.IsNormalString(s) { // nearly every text
		for i, r := range s {
			out = put(out, r, i, i+width(s[i:], r))
		}
		return out
	}
	var in norm.Iter
	in.InitString(norm.NFKD, s)
	for !in.Done() {
		start := in.Pos()
		segment := in.Next()
		end := in.Pos()
		for len(segment) > 0 {
			r, n := utf8.DecodeRune(segment)
			out = put(out, r, start, end)
			segment = segment[n:]
		}
	}
	return out
}

// width is how many bytes the rune takes at the text's beginning: a broken one
// takes 1, and is written as U+FFFD, which takes 3.
func width(s string, r rune) int {
	if r != utf8.RuneError {
		return utf8.RuneLen(r)
	}
	_, n := utf8.DecodeRuneInString(s)
	return n
}

func put(out []letter, r rune, start, end int) []letter {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
	} else if !common(r) {
		if unicode.Is(unicode.Mn, r) {
			return out
		}
		r = unicode.ToLower(r)
	}
	return append(out, letter{r, int32(start), int32(end)})
}

// common tells the block of Chinese characters that nearly all text is of.
func common(r rune) bool { return 0x4e00 <= r && r <= 0x9fff }

// Fold returns the text in the form in which it is compared: one width, no
// accents, lower case, single spaces.
func Fold(s string) string {
	var b strings.Builder
	for _, l := range fold(make([]letter, 0, len(s)/2+8), s) {
		b.WriteRune(l.r)
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// Han tells whether the rune is a Chinese character.
func Han(r rune) bool {
	if r < 0x2e80 {
		return false
	}
	return common(r) || unicode.Is(unicode.Han, r)
}

func wordly(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || '0' <= r && r <= '9'
	}
	return !Han(r) && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

func apostrophe(r rune) bool { return r == '\'' || r == '’' }
