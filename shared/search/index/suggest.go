package index

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"jewelrydisplay.app/shared/search"
	"jewelrydisplay.app/shared/search/text"
)

// writePhrases writes what can be suggested, the most found first: its count,
// the text, and the forms by which it is found: folded, its pinyin in one word,
// and its initials, the last two of Chinese alone.
func writePhrases(counts map[string]int, sounds text.Readings) []byte {
	all := make([]string, 0, len(counts))
	for s := range counts {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b string) int {
		if counts[a] != counts[b] {
			return counts[b] - counts[a]
		}
		return strings.Compare(a, b)
	})
	var w writer
	for _, s := range all {
		folded := text.Fold(s)
		spelt, initials := sounding(folded, sounds)
		w.count(counts[s])
		w.text(s)
		w.text(folded)
		w.text(spelt)
		w.text(initials)
	}
	return w
}

// sounding returns how a Chinese text is typed in pinyin, and by its initials;
// nothing of a text that is not all Chinese.
func sounding(folded string, sounds text.Readings) (spelt, initials string) {
	for _, r := range folded {
		syllable := sounds.Reading(r)
		if syllable == "" {
			return "", ""
		}
		spelt += syllable
		initials += syllable[:1]
	}
	return spelt, initials
}

// Suggest implements search.Searcher. What begins with what was typed comes
// before what has it inside or sounds like it. The counts are those of the
// catalogue when its files were built.
func (x *Index) Suggest(_ context.Context, typed string, limit int) ([]search.Suggestion, error) {
	if !x.Retain() {
		return nil, nil
	}
	defer x.Release()
	folded := []byte(text.Fold(typed[:min(len(typed), maxQuery)]))
	if len(folded) == 0 || limit <= 0 {
		return nil, nil
	}
	var ranks [3][]search.Suggestion
	seen := map[string]bool{}
	for _, s := range x.segments {
		d := decoder{rest: s.phrases}
		for !d.failed && len(d.rest) > 0 {
			count, said, form := d.number(), d.bytes(), d.bytes()
			rank := fit(form, d.bytes(), d.bytes(), folded)
			if rank < 0 || len(ranks[rank]) == limit || seen[string(form)] {
				continue
			}
			seen[string(form)] = true
			ranks[rank] = append(ranks[rank], search.Suggestion{Text: string(said), Count: count})
			if len(ranks[0]) == limit {
				break
			}
		}
	}
	all := slices.Concat(ranks[:]...)
	return all[:min(limit, len(all))], nil
}

// fit ranks a phrase: 0 begins with what was typed, 1 has it inside, 2 sounds
// like it, -1 none of these.
func fit(form, spelt, initials, typed []byte) int {
	switch {
	case bytes.HasPrefix(form, typed):
		return 0
	case inside(form, typed):
		return 1
	case bytes.HasPrefix(spelt, typed), len(typed) > 1 && bytes.HasPrefix(initials, typed):
		return 2
	default:
		return -1
	}
}

// inside finds Chinese anywhere, and letters at the beginning of a word.
func inside(form, typed []byte) bool {
	first, _ := utf8.DecodeRune(typed)
	if text.Han(first) {
		return bytes.Contains(form, typed)
	}
	for at := bytes.Index(form, typed); at >= 0; {
		if at > 0 && form[at-1] == ' ' {
			return true
		}
		next := bytes.Index(form[at+1:], typed)
		if next < 0 {
			return false
		}
		at += 1 + next
	}
	return false
}
