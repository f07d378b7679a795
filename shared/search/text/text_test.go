package text_test

import (
	"strings"
	"testing"

	"jewelrydisplay.app/shared/search/text"
)

func TestSyllablesAreCutAsTheyAreRead(t *testing.T) {
	p := text.NewPinyin()
	for word, want := range map[string]string{
		"hongbaoshi": "hong bao shi", "zuanshi": "zuan shi", "xiangang": "xiang ang", "lvsongshi": "lv song shi",
		"zuansh": "zuan sh+", "fangan": "fang an", "ring": "", "diamond": "", "z": "z+", "": "",
		"hongbaoshh": "", strings.Repeat("a", 49): "",
	} {
		cuts, begun := p.Split([]byte(word), nil)
		var parts []string
		from := 0
		for _, c := range cuts {
			parts = append(parts, word[from:c])
			from = int(c)
		}
		got := strings.Join(parts, " ")
		if begun {
			got += "+"
		}
		if got != want {
			t.Errorf("%s is read %q, want %q", word, got, want)
		}
	}
}

func TestEditsAreCounted(t *testing.T) {
	for _, c := range []struct {
		a, b        string
		limit, want int
	}{
		{"ring", "ring", 1, 0},
		{"rnig", "ring", 1, 1},
		{"rng", "ring", 1, 1},
		{"rinng", "ring", 1, 1},
		{"rong", "ring", 1, 1},
		{"diamnods", "diamond", 2, 2},
		{"sapphire", "emerald", 2, 3},
		{"ab", "abcdef", 2, 3},
		{strings.Repeat("a", 25), "a", 2, 3},
	} {
		if got := text.Edits([]byte(c.a), []byte(c.b), c.limit); got != c.want {
			t.Errorf("from %s to %s: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestTextsAreBroughtToOneForm(t *testing.T) {
	for given, want := range map[string]string{
		"１８Ｋ金": "18k金", "Pavé  Déco": "pave deco", "ﬁ①": "fi1", " A\tB ": "a b", "\u0301": "", "": "",
	} {
		if got := text.Fold(given); got != want {
			t.Errorf("%q folds to %q, want %q", given, got, want)
		}
	}
}

// Whatever is read: tokens lie in the text, in order of their beginnings, and
// the pieces of a marked text are the text.
func FuzzReader(f *testing.F) {
	for _, s := range []string{"18K金钻石戒指", "women's ring", "é e\u0301 ﬁ ①㎏", "ｶﾞ한글", "'金'a'", "\u0301", "İẞ", "\xed\xa0\xbd", "\xff金", "zuan shi"} {
		f.Add(s, "zuan shi")
	}
	lexicon, pinyin := text.NewLexicon(), text.NewPinyin()
	f.Fuzz(func(t *testing.T, s, word string) {
		var r text.Reader
		var words []string
		last := 0
		lexicon.Tokens(&r, s, func(k text.Token) {
			if k.Start < last || k.End <= k.Start || k.End > len(s) || len(k.Text) == 0 {
				t.Errorf("%q has a token %q from %d to %d", s, k.Text, k.Start, k.End)
			}
			last = k.Start
			words = append(words, string(k.Text))
		})
		var whole strings.Builder
		pieces := text.Matched{Words: words}.Highlight(s)
		for _, p := range pieces {
			whole.WriteString(p.Text)
		}
		if (pieces == nil) != (len(words) == 0) || (pieces != nil && whole.String() != s) {
			t.Errorf("%q in pieces is %q", s, whole.String())
		}
		cuts, _ := pinyin.Split([]byte(word), nil)
		if cuts != nil && int(cuts[len(cuts)-1]) != len(word) {
			t.Errorf("%q is cut at %v", word, cuts)
		}
		text.Synonyms(s)
	})
}
