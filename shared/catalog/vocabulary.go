package catalog

import "strings"

// Attribute names one thing that the trade says of a piece.
type Attribute string

// The attributes.
const (
	Category    Attribute = "category"
	Metal       Attribute = "metal"
	Plating     Attribute = "plating" // apart from the metal beneath it
	Fineness    Attribute = "fineness"
	Stone       Attribute = "stone"
	Cut         Attribute = "cut"
	Setting     Attribute = "setting"
	Origin      Attribute = "origin"
	Certificate Attribute = "certificate"
	Style       Attribute = "style"
	Occasion    Attribute = "occasion"
)

// AttributeNames lists the attributes in the order in which a product shows
// them, with their names for a reader.
var AttributeNames = []struct {
	Attribute Attribute
	Label     Texts
	Many      bool // a piece may have several values
}{
	{Category, Texts{"品类", "Category"}, false},
	{Metal, Texts{"材质", "Metal"}, true},
	{Plating, Texts{"镀层", "Plating"}, false},
	{Fineness, Texts{"成色", "Fineness"}, false},
	{Stone, Texts{"宝石", "Stone"}, true},
	{Cut, Texts{"切工", "Cut"}, false},
	{Setting, Texts{"镶嵌", "Setting"}, false},
	{Origin, Texts{"产地", "Origin"}, false},
	{Certificate, Texts{"证书", "Certificate"}, true},
	{Style, Texts{"风格", "Style"}, true},
	{Occasion, Texts{"场合", "Occasion"}, true},
}

// Word is one value of the vocabulary: its code, its labels, and the other
// spellings under which feeds bring it.
type Word struct {
	Code    string
	Label   Texts
	Aliases []string
}

// Canonical returns the code of a value, however a feed or a filter spells it:
// in Chinese, in English, in another width or case. A value that the
// vocabulary does not have stays the merchant's own word, in one spelling.
func Canonical(a Attribute, value string) string {
	folded := foldWord(value)
	for _, w := range Words(a) {
		if folded == w.Code || folded == foldWord(w.Label.ZH) || folded == foldWord(w.Label.EN) {
			return w.Code
		}
		for _, alias := range w.Aliases {
			if folded == foldWord(alias) {
				return w.Code
			}
		}
	}
	return folded
}

// Label returns what a reader sees for a value in both languages; a
// merchant's own word is its own label.
func Label(a Attribute, code string) Texts {
	for _, w := range Words(a) {
		if w.Code == code {
			return w.Label
		}
	}
	return Texts{ZH: code, EN: code}
}

// foldWord brings a value to one spelling: lower case, full-width forms made
// half-width, runs of space one space.
func foldWord(s string) string {
	narrow := strings.Map(func(r rune) rune {
		if r >= 0xFF01 && r <= 0xFF5E {
			return r - 0xFEE0
		}
		if r == 0x3000 {
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.Fields(strings.ToLower(narrow)), " ")
}
