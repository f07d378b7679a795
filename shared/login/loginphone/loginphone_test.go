package loginphone_test

import (
	"strings"
	"testing"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/login/loginphone"
)

// Clauses: C11.
func TestSpellingsOfOneNumberAreOneNumber(t *testing.T) {
	cn := loginphone.New([]string{"CN"})
	for _, written := range []string{
		"13800138000", "+86 138-0013-8000", "8613800138000", "0086 138 0013 8000", "１３８００１３８０００",
		" +86 (138) 0013 8000 ", "+86.138.0013.8000", "＋8613800138000",
	} {
		got, err := cn.Parse("body.phone", written)
		if err != nil || got.Reveal() != "+8613800138000" {
			t.Errorf("%q: %q, %v", written, got.Reveal(), err)
		}
	}
}

func TestWhatIsNoMobileNumberOfAServedCountryIsRefused(t *testing.T) {
	cn := loginphone.New([]string{"CN"})
	for _, written := range []string{
		"", "+", "1", "12345", "138001380001", "1380013800", "010-12345678", "02012345678", "4001234567", "95588",
		"+852 9123 4567", "+1 202 555 0123", "13800138OOO", "1-800-FLOWERS", "13800138000 ext 5", "😀", "\u202e13800138000",
		"13800138000;ext=1", strings.Repeat("1", 1000), strings.Repeat("1", 41), "+86+8613800138000x",
	} {
		got, err := cn.Parse("body.phone", written)
		if !fault.Is(err, fault.InvalidRequest) || !got.IsZero() {
			t.Errorf("%q: %q, %v", written, got.Reveal(), err)
			continue
		}
		if len(written) > 3 && strings.Contains(err.Error(), written) {
			t.Errorf("%q is echoed: %v", written, err)
		}
	}
	if got, err := loginphone.New([]string{"CN", "HK"}).Parse("body.phone", "+852 9123 4567"); err != nil {
		t.Errorf("a served country: %q, %v", got.Reveal(), err)
	}
}
