package search

import (
	"context"
	"sort"
	"strings"

	"jewelrydisplay.app/shared/catalog"
)

// phrase is something that can be suggested: its folded form, and how many
// products it finds.
type phrase struct {
	text   string
	folded string
	count  int
}

// suggestions collects what can be suggested: the words of the vocabulary that
// products have, stones with categories, and merchants.
func (x *Index) suggestions() []phrase {
	counts := map[catalog.Texts]int{}
	for _, d := range x.documents {
		for _, a := range []catalog.Attribute{catalog.Category, catalog.Stone, catalog.Metal} {
			for _, code := range d.Attributes[a] {
				counts[catalog.Label(a, code)]++
			}
		}
		for _, category := range d.Attributes[catalog.Category] {
			what := catalog.Label(catalog.Category, category)
			for _, stone := range d.Attributes[catalog.Stone] {
				of := catalog.Label(catalog.Stone, stone)
				counts[catalog.Texts{ZH: of.ZH + what.ZH, EN: of.EN + " " + what.EN}]++
			}
		}
		counts[x.shops[d.Merchant].Name]++
	}
	var all []phrase
	for label, n := range counts {
		for _, text := range []string{label.ZH, label.EN} {
			if text != "" {
				all = append(all, phrase{text, Fold(text), n})
			}
		}
	}
	sort.Slice(all, func(i, j int) bool {
		if all[i].count != all[j].count {
			return all[i].count > all[j].count
		}
		return all[i].text < all[j].text
	})
	return all
}

// Suggest implements Searcher. What begins with what was typed comes before
// what has it inside.
func (x *Index) Suggest(_ context.Context, typed string, limit int) ([]Suggestion, error) {
	folded := Fold(typed)
	if folded == "" || limit <= 0 {
		return nil, nil
	}
	var begin, inside []Suggestion
	seen := map[string]bool{}
	for _, p := range x.phrases {
		if seen[p.folded] {
			continue
		}
		s := Suggestion{Text: p.text, Count: p.count}
		switch {
		case strings.HasPrefix(p.folded, folded):
			begin = append(begin, s)
		case within(p.folded, folded):
			inside = append(inside, s)
		default:
			continue
		}
		seen[p.folded] = true
	}
	all := append(begin, inside...)
	return all[:min(limit, len(all))], nil
}

// within finds Chinese anywhere, and letters at the beginning of a word.
func within(phrase, typed string) bool {
	if han([]rune(typed)[0]) {
		return strings.Contains(phrase, typed)
	}
	return strings.Contains(phrase, " "+typed)
}
