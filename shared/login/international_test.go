package login_test

import (
	"strings"
	"testing"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/login/loginphone"
)

func TestAnOperatorsNumberIsTheOneThatLoginKnows(t *testing.T) {
	for _, written := range []string{
		"+8613800138000", "13800138000", "8613800138000", "138 0013 8000", "+86 138-0013-8000", "008613800138000", "(+86) 13800138000",
		"＋8613800138000", "+８６13800138000", "\u202d+86 138\u20110013\u20118000\u202c\n",
	} {
		asked, err := loginphone.New([]string{"CN"}).Parse("body.phone", written)
		if err != nil {
			t.Fatal(err)
		}
		got, err := login.International{}.Parse("phone", written)
		if err != nil || got != asked {
			t.Errorf("%q: %q, want %q, %v", written, got.Reveal(), asked.Reveal(), err)
		}
	}
	if got, err := (login.International{}).Parse("phone", "+44 7911 123456"); err != nil || got.Reveal() != "+447911123456" {
		t.Errorf("a number abroad: %q, %v", got.Reveal(), err)
	}
	for _, written := range []string{
		"", "+", "1380013800", "138001380001", "447911123456", "+08613800138000", "+861380", "+861380013800", "+8613800138000123",
		"+86138001380O0", "++8613800138000",
	} {
		got, err := login.International{}.Parse("phone", written)
		if !fault.Is(err, fault.InvalidRequest) || !got.IsZero() {
			t.Errorf("%q: %q, %v", written, got.Reveal(), err)
			continue
		}
		if len(written) > 4 && strings.Contains(err.Error(), written) {
			t.Errorf("%q is echoed", written)
		}
	}
}
