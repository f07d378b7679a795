package login_test

import (
	"strings"
	"testing"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/login/loginphone"
)

func TestAnOperatorsNumberIsTheOneThatLoginKnows(t *testing.T) {
	asked, err := loginphone.New([]string{"CN"}).Parse("body.phone", "138 0013 8000")
	if err != nil {
		t.Fatal(err)
	}
	got, err := login.International{}.Parse("phone", asked.Reveal())
	if err != nil || got != asked {
		t.Errorf("%q: %q, %v", asked.Reveal(), got.Reveal(), err)
	}
	for _, written := range []string{
		"", "+", "13800138000", "8613800138000", "+86 13800138000", "+08613800138000", "+861380", "+8613800138000123",
		"+86138001380O0", "++8613800138000", "+8613800138000\n", "＋8613800138000", "+８６13800138000",
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
