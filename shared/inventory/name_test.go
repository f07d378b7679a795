package inventory_test

import (
	"regexp"
	"strings"
	"testing"

	"jewelrydisplay.app/shared/inventory"
)

func TestNamesAreShortAndOfPlainCharacters(t *testing.T) {
	for name, want := range map[string]bool{
		"a": true, "Z9": true, "0-_": true, strings.Repeat("x", 8): true,
		"": false, "-a": false, "_": false, strings.Repeat("x", 9): false, "a.b": false, "a b": false, "a/b": false,
		"a#b": false, "é": false, "aé": false, "a\n": false, "a\x00": false, "戒指": false, "a\xff": false,
	} {
		if got := inventory.Named(name, 8, "-_"); got != want {
			t.Errorf("Named(%q): %v, want %v", name, got, want)
		}
	}
}

func FuzzNamesAreThoseOfTheRegularExpression(f *testing.F) {
	shape := regexp.MustCompile(`\A[A-Za-z0-9][A-Za-z0-9._:-]{0,7}\z`)
	for _, seed := range []string{"", "a", "a.b:c-d_", "a12345678", ".a", "é", "a\n", "a`", "a[", "a@", "a/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got, want := inventory.Named(s, 8, "._:-"), shape.MatchString(s); got != want {
			t.Errorf("Named(%q): %v, the regular expression says %v", s, got, want)
		}
	})
}
