package search

import (
	"math/bits"
	"sort"
	"strings"
)

// enough is how much of a query a product must match, in hundredths: of two
// words both, of three two, 钻石戒指 of 钻石女士戒指.
const enough = 60

// places is a set of a query's places: a Chinese character is one, a word two,
// so that a word weighs what two characters do.
type places [2]uint64

const maxPlaces = 128

func (p *places) set(i int) { p[i/64] |= 1 << (i % 64) }

func (p places) has(i int) bool { return p[i/64]&(1<<(i%64)) != 0 }

func (p places) or(o places) places { return places{p[0] | o[0], p[1] | o[1]} }

func (p places) count() int { return bits.OnesCount64(p[0]) + bits.OnesCount64(p[1]) }

// term is a token that a query looks for, and which places of the query it
// covers. factor weighs how sure it is, in hundredths.
type term struct {
	text   string
	covers places
	factor int64
}

// understood is a query as the index understands it.
type understood struct {
	terms []term
	known places // what of the query the index has at all
	asked bool   // the query has a word
	reads string // the query as read, when words were corrected
}

// understand looks up a query's words. A word that the index does not have is
// completed, when it is the last, or corrected.
func (x *Index) understand(text string) understood {
	var u understood
	at, corrected := 0, false
	var reads []string
	all := runs(text)
	for i, r := range all {
		size := 2
		if r.han {
			size = len(r.letters)
		}
		if at+size > maxPlaces {
			break
		}
		u.asked = true
		if r.han {
			x.understandHan(&u, r, at)
			reads = append(reads, r.text)
		} else {
			w, changed := x.understandWord(&u, r.word(), at, i == len(all)-1)
			reads = append(reads, w)
			corrected = corrected || changed
		}
		at += size
	}
	if corrected {
		u.reads = strings.Join(reads, " ")
	}
	return u
}

func (u *understood) add(text string, covers places, factor int64) {
	u.terms = append(u.terms, term{text, covers, factor})
	u.known = u.known.or(covers)
}

// understandHan looks up a run of Chinese: the trade's own words as a whole, so
// that 红宝石 is no 蓝宝石 and 钻石吊坠 no 红宝石吊坠, and what stands between
// them by pairs of characters.
func (x *Index) understandHan(u *understood, r run, at int) {
	for i := 0; i < len(r.letters); {
		n := x.lexicon.longest(r, i)
		if n > 0 {
			if g := r.gram(i, n); x.postings[g.text] != nil {
				u.add(g.text, span(at+i, n), 100)
			}
			i += n
			continue
		}
		from := i
		for i < len(r.letters) && x.lexicon.longest(r, i) == 0 {
			i++
		}
		x.understandPairs(u, r.part(from, i), at+from)
	}
}

func (x *Index) understandPairs(u *understood, r run, at int) {
	for i := 0; i+1 < len(r.letters); i++ {
		if g := r.gram(i, 2); x.postings[g.text] != nil {
			u.add(g.text, span(at+i, 2), 100)
		}
	}
	for i := range r.letters {
		if u.known.has(at + i) {
			continue
		}
		if g := r.gram(i, 1); x.postings[g.text] != nil {
			u.add(g.text, span(at+i, 1), 50)
		}
	}
}

func span(from, n int) places {
	var p places
	for i := from; i < from+n; i++ {
		p.set(i)
	}
	return p
}

// understandWord returns the word as it was read, and whether it was corrected.
func (x *Index) understandWord(u *understood, t token, at int, last bool) (string, bool) {
	covers := span(at, 2)
	if x.postings[t.text] != nil {
		u.add(t.text, covers, 100)
		return t.text, false
	}
	if last {
		if completed := x.completions(t.text); len(completed) > 0 {
			for _, w := range completed {
				u.add(w, covers, 80)
			}
			return t.text, false
		}
	}
	near := x.corrections(t.text)
	for _, w := range near {
		u.add(w, covers, 60)
	}
	if len(near) == 0 {
		return t.text, false
	}
	return near[0], true
}

// completions returns the words that begin with the prefix.
func (x *Index) completions(prefix string) []string {
	from := sort.SearchStrings(x.words, prefix)
	to := from
	for to < len(x.words) && strings.HasPrefix(x.words[to], prefix) {
		to++
	}
	return x.words[from:to]
}

// corrections returns the nearest words: one edit away for words of four
// letters, up to two from eight. Words with digits are not guessed at: 14K is
// no misspelt 18K. The most found comes first.
func (x *Index) corrections(w string) []string {
	letters := []rune(w)
	if len(letters) < 4 || strings.ContainsAny(w, "0123456789") {
		return nil
	}
	allowed := 1
	if len(letters) >= 8 {
		allowed = 2
	}
	var near []string
	for _, candidate := range x.words {
		d := edits(letters, []rune(candidate), allowed)
		if d < allowed {
			near, allowed = near[:0], d
		}
		if d <= allowed {
			near = append(near, candidate)
		}
	}
	sort.SliceStable(near, func(i, j int) bool { return len(x.postings[near[i]]) > len(x.postings[near[j]]) })
	return near[:min(3, len(near))]
}

// edits counts how many letters must be changed, left out, put in or swapped
// with their neighbour to make a into b; more than limit is limit+1.
func edits(a, b []rune, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least > limit {
			return limit + 1
		}
		before, last, row = last, row, before
	}
	return min(last[len(b)], limit+1)
}

// match is what a document has of a query.
type match struct {
	document int32
	covered  int
	score    int64
}

// matches returns the documents that have enough of the query. A query without
// a word matches nothing; no query at all matches everything.
func (x *Index) matches(text string, u understood) []match {
	if strings.TrimSpace(text) == "" {
		all := make([]match, len(x.documents))
		for i := range all {
			all[i].document = int32(i)
		}
		return all
	}
	covered := make(map[int32]places)
	scores := make(map[int32]int64)
	for _, t := range u.terms {
		list := x.postings[t.text]
		rarity := x.rarity(list) * t.factor / 100
		for _, p := range list {
			covered[p.document] = covered[p.document].or(t.covers)
			scores[p.document] += rarity * int64(p.weight)
		}
	}
	known := u.known.count()
	var found []match
	for document, has := range covered {
		if n := has.count(); n*100 >= known*enough {
			found = append(found, match{document, n, scores[document]})
		}
	}
	return found
}
