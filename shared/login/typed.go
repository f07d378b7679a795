package login

import (
	"strings"
	"unicode"
)

// Typed reads digits as people type and paste them: full-width ones, with
// spaces of any width, and with the invisible marks by which a text that runs
// right to left turns a number round. A plus sign, and the letters and marks
// that are left, stay.
func Typed(written string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９':
			return r - '０' + '0'
		case r == '＋':
			return '+'
		case unicode.IsSpace(r), unicode.Is(unicode.Zs, r), unicode.Is(unicode.Cf, r):
			return -1
		default:
			return r
		}
	}, written)
}

// TypedNumber is Typed without what people put between the digits of a phone
// number: dashes of every kind, brackets, dots and slashes. Two leading zeros are
// a plus sign (ITU-T E.164 calls it the international prefix).
func TypedNumber(written string) string {
	plain := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Pd, r) || strings.ContainsRune("()（）./·•−", r) {
			return -1
		}
		return r
	}, Typed(written))
	if rest, ok := strings.CutPrefix(plain, "00"); ok {
		return "+" + rest
	}
	return plain
}
