package searchtest

import (
	"bytes"
	"math"
	"slices"
	"sort"
	"strings"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/search"
	"jewelrydisplay.app/shared/search/text"
)

// oracle answers queries by looking at every document, with tables of its own
// and in floating point: the plainest way to say what a query should find.
type oracle struct {
	lexicon   *text.Lexicon
	trade     map[string]bool
	documents []search.Document
	held      []held
	frequency map[string]int
	words     map[string]bool // spelt with letters
}

// held is what a document can be found by: its terms, how much it is about
// each, and its factor of relevance.
type held struct {
	about   map[string]float64
	quality float64
}

func newOracle(s search.Snapshot) *oracle {
	o := &oracle{
		lexicon: text.NewLexicon(), trade: map[string]bool{}, documents: s.Documents,
		frequency: map[string]int{}, words: map[string]bool{},
	}
	for _, n := range catalog.AttributeNames {
		for _, w := range catalog.Words(n.Attribute) {
			o.tokens(w.Label.Both(), func(t text.Token) {
				if t.Kind == text.Word || o.lexicon.Has(t.Text) {
					o.trade[string(t.Text)] = true
				}
			})
		}
	}
	shops := map[catalog.MerchantID]catalog.Merchant{}
	for _, m := range s.Merchants {
		shops[m.ID] = m
	}
	for _, d := range s.Documents {
		h := o.hold(d, shops[d.Merchant])
		for term := range h.about {
			o.frequency[term]++
		}
		o.held = append(o.held, h)
	}
	return o
}

func (o *oracle) tokens(s string, each func(text.Token)) {
	var r text.Reader
	o.lexicon.Tokens(&r, s, each)
}

// hold notes everything that is said of a document, in the best place where it
// is said: title, properties, words for the same, merchant, description.
func (o *oracle) hold(d search.Document, shop catalog.Merchant) held {
	weights := map[string]float64{}
	length := 0
	say := func(s string, weight int) {
		o.tokens(s, func(t text.Token) {
			w := weight
			if t.Inside {
				w = (w + 1) / 2
			}
			if weight == 8 && t.Kind <= text.Character {
				length++
			}
			term := string(t.Text)
			if weight < 4 && len(d.Attributes) > 0 && o.trade[term] || t.Kind == text.Character && w < 4 {
				return
			}
			weights[term] = max(weights[term], float64(w))
			if t.Kind == text.Word {
				o.words[term] = true
				for n := 1; n <= min(3, len(term)) && w >= 4; n++ {
					weights["^"+term[:n]] = max(weights["^"+term[:n]], float64(w))
				}
			}
		})
		if weight >= 5 {
			var r text.Reader
			sound := func(b []byte) { weights["~"+string(b)] = max(weights["~"+string(b)], float64(weight)) }
			o.lexicon.PinyinTokens(&r, mandarin{}, s, sound, sound)
		}
	}
	said := d.Title.Both()
	say(d.Title.ZH, 8)
	say(d.Title.EN, 8)
	for a, codes := range d.Attributes {
		for _, code := range codes {
			label := catalog.Label(a, code)
			say(label.ZH, 5)
			say(label.EN, 5)
			said += " " + label.Both()
		}
	}
	say(text.Synonyms(said), 4)
	say(shop.Name.Both()+" , "+shop.City.Both(), 3)
	say(d.Text.ZH, 1)
	say(d.Text.EN, 1)
	h := held{about: weights, quality: 1 + 0.3*float64(d.Popularity)/255}
	if !d.Available {
		h.quality *= 0.8
	}
	brevity := 24 / float64(16+min(max(length/4*4, 8), 40)) // of words and characters in steps of four
	for term := range weights {
		weights[term] *= brevity
	}
	return h
}

// mandarin reads characters as the library does.
type mandarin struct{}

// Reading implements text.Readings.
func (mandarin) Reading(r rune) string { return spelt(r) }

// part is a part of a query: any of its terms matches it, each as surely as
// its factor says.
type part struct {
	terms  map[string]float64
	places []int
}

// meant reads a query of one class.
func (o *oracle) meant(a Asked) []part {
	var parts []part
	at := 0
	var r text.Reader
	runs := r.Read(a.Query.Text)
	for i, run := range runs {
		if run.Han {
			parts = append(parts, o.chinese(run, at)...)
			at += run.Len()
			continue
		}
		word := string(run.Word())
		places := []int{at, at + 1}
		at += 2
		last := i == len(runs)-1
		if a.Class == Pinyin {
			for j := 0; j+1 < len(a.Spelt); j++ {
				parts = append(parts, part{map[string]float64{"~" + a.Spelt[j] + " " + a.Spelt[j+1]: 0.9}, places})
			}
			continue
		}
		terms := map[string]float64{}
		if o.frequency[word] > 0 {
			terms[word] = 1
		}
		if last && o.frequency[word] < 20 {
			o.complete(word, terms)
		}
		if len(terms) == 0 {
			terms = o.corrected(word)
		}
		parts = append(parts, part{terms, places})
	}
	return slices.DeleteFunc(parts, func(p part) bool { return o.found(p) == 0 })
}

// complete adds what sounds as these initials, and the words that begin so; of up to three letters only where a
// piece is named: its title, its properties, words for the same.
func (o *oracle) complete(word string, terms map[string]float64) {
	if len(word) >= 2 && len(word) <= 4 && o.frequency["~"+word] > 0 {
		terms["~"+word] = 0.7
	}
	if len(word) <= 3 {
		if o.frequency["^"+word] > 0 {
			terms["^"+word] = 0.8
		}
		return
	}
	for w := range o.words {
		if strings.HasPrefix(w, word) && w != word {
			terms[w] = 0.8
		}
	}
}

func (o *oracle) found(p part) (n int) {
	for term := range p.terms {
		n += o.frequency[term]
	}
	return n
}

// chinese takes the trade's words as a whole, and pairs of what is between.
func (o *oracle) chinese(run text.Run, at int) []part {
	var parts []part
	one := func(i, n int, factor float64) bool {
		p := part{terms: map[string]float64{string(run.Part(i, n)): factor}}
		for j := range n {
			p.places = append(p.places, at+i+j)
		}
		if o.found(p) > 0 {
			parts = append(parts, p)
		}
		return o.found(p) > 0
	}
	for i := 0; i < run.Len(); {
		if n := o.lexicon.Longest(run, i); n > 0 {
			one(i, n, 1)
			i += n
			continue
		}
		from := i
		for i < run.Len() && o.lexicon.Longest(run, i) == 0 {
			i++
		}
		covered := make([]bool, i)
		for j := from; j+1 < i; j++ {
			if one(j, 2, 1) {
				covered[j], covered[j+1] = true, true
			}
		}
		for j := from; j < i; j++ {
			if !covered[j] {
				one(j, 1, 0.5)
			}
		}
	}
	return parts
}

// corrected returns the nearest of all words, the three most frequent.
func (o *oracle) corrected(word string) map[string]float64 {
	allowed := 0
	switch {
	case len(word) >= 8:
		allowed = 2
	case len(word) >= 4:
		allowed = 1
	}
	var near []string
	for w := range o.words {
		if !text.Spelt([]byte(w)) {
			continue
		}
		switch e := distance(word, w); {
		case e < allowed:
			near, allowed = []string{w}, e
		case e == allowed && e > 0:
			near = append(near, w)
		}
	}
	sort.Slice(near, func(i, j int) bool {
		if o.frequency[near[i]] != o.frequency[near[j]] {
			return o.frequency[near[i]] > o.frequency[near[j]]
		}
		return near[i] < near[j]
	})
	terms := map[string]float64{}
	for _, w := range near[:min(3, len(near))] {
		terms[w] = 0.6
	}
	return terms
}

// distance counts edits in the plainest way: the whole table.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
		for j := 1; j <= len(b); j++ {
			if i == 0 {
				rows[i][j] = j
				continue
			}
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}

// scored is a document of the oracle's answer.
type scored struct {
	document search.Document
	covered  int
	score    float64
}

// answer returns everything that a query should find, the best first.
func (o *oracle) answer(a Asked) []scored {
	parts := o.meant(a)
	known := map[int]bool{}
	weights := make([]float64, len(parts))
	for i, p := range parts {
		for _, place := range p.places {
			known[place] = true
		}
		n, df := float64(len(o.held)), float64(min(o.found(p), len(o.held)))
		weights[i] = math.Log(1 + (n-df+0.5)/(df+0.5))
	}
	var whole, some []scored
	for n, h := range o.held {
		covered, score, all := map[int]bool{}, 0.0, true
		for i, p := range parts {
			best := 0.0
			for term, factor := range p.terms {
				best = max(best, factor*h.about[term])
			}
			if best == 0 {
				all = false
				continue
			}
			score += weights[i] * best
			for _, place := range p.places {
				covered[place] = true
			}
		}
		s := scored{o.documents[n], len(covered), score * h.quality}
		if all && len(parts) > 0 {
			whole = append(whole, s)
		}
		if len(covered) > 0 && len(covered)*100 >= len(known)*60 {
			some = append(some, s)
		}
	}
	if len(whole) < 20 {
		whole = some
	}
	sort.Slice(whole, func(i, j int) bool {
		if whole[i].covered != whole[j].covered {
			return whole[i].covered > whole[j].covered
		}
		if whole[i].score != whole[j].score {
			return whole[i].score > whole[j].score
		}
		return bytes.Compare([]byte(whole[i].document.ID), []byte(whole[j].document.ID)) < 0
	})
	return whole
}
