package searchtest

import (
	"strings"
	"unicode/utf8"

	"github.com/mozillazg/go-pinyin"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/search"
)

// Class is a kind of query.
type Class string

// The classes of the mix that is measured, as often each.
const (
	Chinese  Class = "chinese"
	English  Class = "english"
	Prefix   Class = "prefix"
	Typo     Class = "typo"
	Pinyin   Class = "pinyin"
	Filtered Class = "filtered"
	Nearby   Class = "nearby"
)

// Further classes, which only the oracle asks.
const (
	Twice    Class = "two typos"
	Initials Class = "initials"
	Wide     Class = "full width"
	Partial  Class = "partial"
	Synonym  Class = "synonym"
)

// Classes lists the mix that is measured.
var Classes = []Class{Chinese, English, Prefix, Typo, Pinyin, Filtered, Nearby}

// Asked is a query of a class, with what it was made from, for engines that
// have a language of their own.
type Asked struct {
	Class  Class
	Query  search.Query
	Words  []string // what must match; the last is only begun in Prefix, the first misspelt in Typo
	Spelt  []string // syllables of Pinyin
	Places [2]float64
}

// Mix returns n queries, each made of some product, so that it finds one.
func (l *Large) Mix(n int) []Asked {
	all := make([]Asked, n)
	for i := range all {
		d := newDice(uint64(i)*17 + 5)
		all[i] = l.asked(Classes[i%len(Classes)], l.Document(d.below(l.Size)), d)
	}
	return all
}

func (l *Large) asked(c Class, doc search.Document, d *dice) Asked {
	label := func(a catalog.Attribute) catalog.Texts {
		if codes := doc.Attributes[a]; len(codes) > 0 {
			return catalog.Label(a, codes[0])
		}
		return catalog.Texts{}
	}
	first := []rune(doc.Title.ZH)[:2]
	words := strings.Fields(strings.ToLower(doc.Title.EN))
	stone, category, style := label(catalog.Stone), label(catalog.Category), label(catalog.Style)
	none := []search.Facet{}
	a := Asked{Class: c, Query: search.Query{Limit: 20, Facets: none}}
	switch c {
	case Chinese:
		a.Words = nonempty(stone.ZH, category.ZH)
		if d.below(2) == 0 {
			a.Words = nonempty(string(first), category.ZH)
		}
		a.Query.Text = strings.Join(a.Words, "")
	case English:
		a.Words = []string{words[0], words[len(words)-1]}
		if d.below(2) == 0 {
			a.Words = nonempty(strings.Fields(strings.ToLower(stone.EN + " " + category.EN))...)
		}
	case Prefix:
		last := words[d.below(len(words))]
		a.Words = []string{words[len(words)-1], last[:min(len(last), 2+d.below(4))]}
		if d.below(2) == 0 {
			a.Words = a.Words[1:]
		}
	case Typo:
		a.Words = []string{misspelt(words[0], d), words[len(words)-1]}
	case Pinyin:
		for _, r := range category.ZH {
			a.Spelt = append(a.Spelt, spelt(r))
		}
		a.Words = []string{strings.Join(a.Spelt, "")}
	case Filtered:
		a.Words = nonempty(stone.ZH, category.ZH)
		a.Query.Text, a.Query.Facets = strings.Join(a.Words, ""), nil
		a.Query.Filters = map[search.Facet][]string{"metal": doc.Attributes[catalog.Metal]}
		low, high := int64(0), int64(50_000_000)
		a.Query.PriceMin, a.Query.PriceMax = &low, &high
	case Twice:
		a.Words = []string{misspelt(misspelt(words[0], d), d), words[len(words)-1]}
	case Initials:
		for _, r := range category.ZH {
			a.Words = append(a.Words, spelt(r)[:1])
		}
		a.Words = []string{strings.Join(a.Words, "")}
	case Wide:
		a.Words = []string{wide(label(catalog.Fineness).EN), category.ZH}
	case Partial:
		other := l.Document(d.below(l.Size))
		a.Words = []string{words[0], strings.Fields(strings.ToLower(other.Title.EN))[0], words[len(words)-1]}
	case Synonym:
		a.Words = []string{map[string]string{"necklace": "颈链", "ring": "指环", "bangle": "镯子", "anklet": "足链"}[doc.Attributes[catalog.Category][0]], style.ZH}
	case Nearby:
		a.Words = []string{category.ZH}
		city := cities[d.below(len(cities))].at
		a.Query.Text, a.Query.Near, a.Query.RadiusKM, a.Query.Sort = category.ZH, &city, 50, search.Distance
	}
	if a.Query.Text == "" {
		a.Query.Text = strings.Join(a.Words, " ")
	}
	return a
}

// wide writes letters and digits in full width.
func wide(s string) string {
	return strings.Map(func(r rune) rune {
		if r > ' ' && r <= '~' {
			return r + 0xFEE0
		}
		return r
	}, s)
}

func nonempty(all ...string) []string {
	var some []string
	for _, s := range all {
		if s != "" {
			some = append(some, s)
		}
	}
	return some
}

// spelt is how a character is typed in pinyin.
func spelt(r rune) string {
	if said := pinyin.SinglePinyin(r, pinyin.NewArgs()); len(said) > 0 {
		return said[0]
	}
	return ""
}

// misspelt changes a letter, leaves one out, puts one in, or swaps two.
func misspelt(w string, d *dice) string {
	if utf8.RuneCountInString(w) != len(w) || len(w) < 4 {
		return w
	}
	at := 1 + d.below(len(w)-2)
	letter := string("abcdefghijklmnopqrstuvwxyz"[d.below(26)])
	switch d.below(4) {
	case 0:
		return w[:at] + letter + w[at+1:]
	case 1:
		return w[:at] + w[at+1:]
	case 2:
		return w[:at] + letter + w[at:]
	default:
		return w[:at] + w[at+1:at+2] + w[at:at+1] + w[at+2:]
	}
}
