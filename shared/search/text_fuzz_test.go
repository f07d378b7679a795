package search_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"jewelrydisplay.app/shared/search"
	"jewelrydisplay.app/shared/search/searchtest"
)

// Whatever is typed and whatever a title holds: nothing breaks, the pieces of a
// highlighted title are the title, and what a text consists of finds it.
func FuzzAnyText(f *testing.F) {
	for _, s := range []string{
		"18K金钻石戒指", "１８Ｋ金", "women's ring", "' ' '", "💍💎", "\u202e反\u200f", "é e\u0301 ﬁ ①㎏", "ｶﾞ한글ไทย", "a'", "'金'", "\u0301",
		strings.Repeat("钻石", 60), strings.Repeat("a ", 70), "İstanbul ẞ", "\x00", "·—…", "𠮷野家", "😀'a", "\ufffd",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) || len(text) > 500 {
			return
		}
		x := search.NewIndex(searchtest.Small(text, "钻石戒指 Diamond ring"))
		r := found(x, search.Query{Text: text, Limit: 20})
		if _, err := x.Suggest(t.Context(), text, 5); err != nil {
			t.Error(err)
		}
		marked := r.Match.Highlight(text)
		var whole strings.Builder
		for _, m := range marked {
			whole.WriteString(m.Text)
		}
		if marked != nil && whole.String() != text {
			t.Errorf("the pieces of %q are %q", text, whole.String())
		}
		found := false
		for _, h := range r.Hits {
			found = found || h.ID == "p0"
		}
		if len(r.Match.Words) > 0 && !found {
			t.Errorf("%q does not find itself by %q", text, r.Match.Words)
		}
	})
}
