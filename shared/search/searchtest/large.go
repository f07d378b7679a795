package searchtest

import (
	"fmt"
	"math"
	"sort"
	"strings"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/search"
)

// Large is a catalogue of any size for measuring and for the oracle: the same
// for the same size, its words as unevenly frequent as those of a language
// (Zipf), in Chinese and English, of the vocabulary's own pieces.
type Large struct {
	Size      int
	Merchants []catalog.Merchant
	english   []string
	chinese   []string
	often     []float64 // cumulated, for both lists
}

// Sizes of the invented vocabularies, and of a merchant's stock.
const (
	inventedWords = 20_000
	perMerchant   = 50
)

// NewLarge returns a catalogue of so many products.
func NewLarge(size int) *Large {
	l := &Large{Size: size}
	d := newDice(7)
	seen := map[string]bool{}
	for len(l.english) < inventedWords {
		if w := d.word(); !seen[w] {
			seen[w] = true
			l.english = append(l.english, w)
		}
	}
	for len(l.chinese) < inventedWords {
		if w := string([]rune{d.character(), d.character()}); !seen[w] {
			seen[w] = true
			l.chinese = append(l.chinese, w)
		}
	}
	sum := 0.0
	for i := range inventedWords {
		sum += 1 / math.Pow(float64(i)+3, 1.05)
		l.often = append(l.often, sum)
	}
	for i := range max(1, size/perMerchant) {
		l.Merchants = append(l.Merchants, l.merchant(i))
	}
	return l
}

func (l *Large) merchant(i int) catalog.Merchant {
	d := newDice(uint64(i) + 1_000_003)
	city := cities[d.zipf(cumulated(len(cities)))]
	at := catalog.Location{LatE2: city.at.LatE2 + d.below(61) - 30, LonE2: city.at.LonE2 + d.below(61) - 30}
	return catalog.Merchant{
		ID:   catalog.MerchantID(fmt.Sprintf("shop-%05d", i)),
		Name: catalog.Texts{ZH: l.chinese[d.below(inventedWords)] + "珠宝", EN: capital(l.english[d.below(inventedWords)]) + " Jewellers"},
		City: city.name, Location: &at,
	}
}

func cumulated(n int) []float64 {
	all, sum := make([]float64, n), 0.0
	for i := range all {
		sum += 1 / float64(i+1)
		all[i] = sum
	}
	return all
}

// cities are where the invented merchants are, the largest first.
var cities = []struct {
	name catalog.Texts
	at   catalog.Location
}{
	{catalog.Texts{ZH: "上海", EN: "Shanghai"}, catalog.Location{LatE2: 3123, LonE2: 12147}},
	{catalog.Texts{ZH: "深圳", EN: "Shenzhen"}, catalog.Location{LatE2: 2254, LonE2: 11406}},
	{catalog.Texts{ZH: "北京", EN: "Beijing"}, catalog.Location{LatE2: 3990, LonE2: 11641}},
	{catalog.Texts{ZH: "广州", EN: "Guangzhou"}, catalog.Location{LatE2: 2313, LonE2: 11326}},
	{catalog.Texts{ZH: "成都", EN: "Chengdu"}, catalog.Location{LatE2: 3057, LonE2: 10407}},
	{catalog.Texts{ZH: "杭州", EN: "Hangzhou"}, catalog.Location{LatE2: 3027, LonE2: 12016}},
	{catalog.Texts{ZH: "西安", EN: "Xi'an"}, catalog.Location{LatE2: 3434, LonE2: 10894}},
	{catalog.Texts{ZH: "昆明", EN: "Kunming"}, catalog.Location{LatE2: 2504, LonE2: 10272}},
}

// Document returns the n-th product.
func (l *Large) Document(n int) search.Document {
	d := newDice(uint64(n) + 99_991)
	attributes := catalog.Attributes{}
	pick := func(a catalog.Attribute, percent int) catalog.Texts {
		if d.below(100) >= percent {
			return catalog.Texts{}
		}
		all := catalog.Words(a)
		w := all[d.zipf(cumulated(len(all)))]
		attributes[a] = append(attributes[a], w.Code)
		return w.Label
	}
	style, metal, cut := pick(catalog.Style, 90), pick(catalog.Metal, 90), pick(catalog.Cut, 50)
	stone, category := pick(catalog.Stone, 80), pick(catalog.Category, 100)
	fineness := pick(catalog.Fineness, 70)
	for a, percent := range map[catalog.Attribute]int{catalog.Setting: 40, catalog.Origin: 30, catalog.Certificate: 30, catalog.Occasion: 60, catalog.Plating: 10} {
		words := catalog.Words(a) // each from dice of its own: a map has no order
		own := newDice(uint64(n)*31 + uint64(len(a)) + uint64(a[0])<<8)
		if own.below(100) < percent {
			attributes[a] = []string{words[own.below(len(words))].Code}
		}
	}
	first, second := l.zipf(d), l.zipf(d)
	doc := search.Document{
		ID:       catalog.NewProductID("large", fmt.Sprint(n)),
		Merchant: l.Merchants[d.below(len(l.Merchants))].ID,
		Title: catalog.Texts{
			ZH: l.chinese[first] + style.ZH + fineness.ZH + metal.ZH + cut.ZH + stone.ZH + l.chinese[second] + category.ZH,
			EN: title(l.english[first], style.EN, fineness.EN, metal.EN, cut.EN, stone.EN, l.english[second], category.EN),
		},
		Attributes: attributes,
		Available:  d.below(100) < 85,
		Popularity: uint8(255 * (1 - math.Pow(float64(d.below(1000))/1000, 0.25))),
		Created:    1_700_000_000_000 + int64(d.below(90_000_000))*1000,
	}
	if d.below(100) < 95 {
		doc.Price = &catalog.Money{Amount: int64(math.Exp(8+7*float64(d.below(1000))/1000)) / 100 * 100, Currency: catalog.DefaultCurrency}
	}
	var zh, en strings.Builder
	for range 20 + d.below(20) {
		zh.WriteString(l.chinese[l.zipf(d)])
	}
	for range 20 + d.below(20) {
		en.WriteString(l.english[l.zipf(d)] + " ")
	}
	doc.Text = catalog.Texts{ZH: zh.String(), EN: en.String()}
	return doc
}

// Snapshot returns the whole catalogue.
func (l *Large) Snapshot() search.Snapshot {
	s := search.Snapshot{Merchants: l.Merchants}
	for n := range l.Size {
		s.Documents = append(s.Documents, l.Document(n))
	}
	return s
}

func (l *Large) zipf(d *dice) int { return d.zipf(l.often) }

func title(parts ...string) string {
	var words []string
	for _, p := range parts {
		if p != "" {
			words = append(words, capital(p))
		}
	}
	return strings.Join(words, " ")
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// dice is a small generator of fixed sequences (SplitMix64). It is no source of
// chance: the same seed throws the same.
type dice struct{ state uint64 }

func newDice(seed uint64) *dice { return &dice{state: (seed + 1) * 0xd1342543de82ef95} }

func (d *dice) next() uint64 {
	d.state += 0x9e3779b97f4a7c15
	z := d.state
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb
	return z ^ (z >> 31)
}

func (d *dice) below(n int) int { return int(d.next() % uint64(n)) }

// zipf returns a place in a list of cumulated frequencies.
func (d *dice) zipf(often []float64) int {
	at := float64(d.next()>>11) / (1 << 53) * often[len(often)-1]
	return min(sort.SearchFloat64s(often, at), len(often)-1)
}

// word returns an invented word of four to ten letters or so.
func (d *dice) word() string {
	var b strings.Builder
	for range 2 + d.below(3) {
		b.WriteByte("bcdfghjklmnprstvwz"[d.below(18)])
		b.WriteByte("aeiou"[d.below(5)])
		if d.below(3) == 0 {
			b.WriteByte("lmnrst"[d.below(6)])
		}
	}
	return b.String()
}

// character returns one of the 2,500 first characters of the Chinese block.
func (d *dice) character() rune { return rune(0x4e00 + d.below(2500)*8) }
