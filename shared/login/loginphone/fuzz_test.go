package loginphone_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/login/loginphone"
)

func FuzzPhone(f *testing.F) {
	for _, seed := range []string{
		"13800138000", "+86 138-0013-8000", "138 0013 8000", "１３８００１３８０００", "0086 13800138000", "+85291234567", "+1 (800) FLOWERS",
		"", "+", "tel:+8613800138000;ext=1", "13800138000 ext. 5", "\xff", "\u202e13800138000", strings.Repeat("1", 300),
	} {
		f.Add(seed)
	}
	e164 := regexp.MustCompile(`^\+[1-9]\d{6,14}$`)
	countries := []string{"CN", "HK", "US"}
	numbers := loginphone.New(countries)
	f.Fuzz(func(t *testing.T, written string) {
		p, err := numbers.Parse("body.phone", written)
		if err != nil {
			digits := strings.Trim(written, " ")
			if !fault.Is(err, fault.InvalidRequest) || len(digits) > 6 && strings.Contains(err.Error(), digits) {
				t.Errorf("%q: %v", written, err)
			}
			return
		}
		if !e164.MatchString(p.Reveal()) || !slices.Contains(countries, numbers.Region(p)) {
			t.Errorf("%q is read as %q of %q", written, p.Reveal(), numbers.Region(p))
		}
		if again, err := numbers.Parse("body.phone", p.Reveal()); err != nil || again != p {
			t.Errorf("%q, read again: %q, %v", p.Reveal(), again.Reveal(), err)
		}
	})
}
