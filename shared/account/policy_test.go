package account_test

import (
	"testing"
	"time"

	"jewelrydisplay.app/shared/account"
	"jewelrydisplay.app/shared/fault"
)

var day0 = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func day(n int) time.Time { return day0.AddDate(0, 0, n) }

func version(name string, effective int, change account.ChangeClass) account.Version {
	return account.Version{Name: name, PublishedAt: day0, EffectiveAt: day(effective), Change: change}
}

// Clauses: C96, C97, C98.
func TestEachMajorChangeIsDueAndNoticedAndATypoIsNot(t *testing.T) {
	cases := []struct {
		change account.ChangeClass
		notice account.Notice
		due    string
	}{
		{"", account.NoticeNone, ""},
		{account.ChangeBusinessModel, account.NoticePopUp, "2"},
		{account.ChangeSubject, account.NoticePopUp, "2"},
		{account.ChangeSharing, account.NoticePopUp, "2"},
		{account.ChangeRights, account.NoticeRedDot, "2"},
		{account.ChangeContact, account.NoticeRedDot, "2"},
		{account.ChangeImpact, account.NoticePopUp, "2"},
	}
	for _, c := range cases {
		h := account.History{version("2", 10, c.change), version("1", 0, "")}
		if got := h.Notice("1"); got != c.notice {
			t.Errorf("%q: notice %s, want %s", c.change, got, c.notice)
		}
		if got := h.Notice("2"); got != account.NoticeNone {
			t.Errorf("%q: still %s after the acceptance", c.change, got)
		}
		for now, due := range map[time.Time]string{day(10).Add(-time.Millisecond): "", day(10): c.due} {
			if got := h.Due("1", now); got != due {
				t.Errorf("%q at %v: due %q, want %q", c.change, now, got, due)
			}
		}
		if got := h.Due("2", day(10)); got != "" {
			t.Errorf("%q: due %q after the acceptance", c.change, got)
		}
	}
}

func TestWhatIsDueIsTheVersionInForceWhateverBroughtTheChange(t *testing.T) {
	h := account.History{version("1", 0, ""), version("2", 10, account.ChangeSharing), version("3", 20, ""), version("4", 30, account.ChangeRights)}
	for accepted, want := range map[string]string{"1": "3", "2": "", "3": "", "4": "", "": "3", "unknown": "3"} {
		if got := h.Due(accepted, day(25)); got != want {
			t.Errorf("accepted %q: due %q, want %q", accepted, got, want)
		}
	}
	for accepted, want := range map[string]account.Notice{"1": account.NoticePopUp, "2": account.NoticeRedDot, "4": account.NoticeNone} {
		if got := h.Notice(accepted); got != want {
			t.Errorf("accepted %q: notice %s, want %s", accepted, got, want)
		}
	}
	if got := (account.History{}).Due("1", day(1)); got != "" {
		t.Errorf("without a policy %q is due", got)
	}
}

func TestWhatMayBeAccepted(t *testing.T) {
	h := account.History{version("1", 0, ""), version("2", 10, ""), version("3", 20, "")}
	cases := []struct {
		version         string
		login, settings fault.Code
	}{
		{"1", fault.ConsentRequired, fault.ConsentRequired},
		{"2", "", ""},
		{"3", fault.InvalidRequest, ""},
		{"9", fault.InvalidRequest, fault.InvalidRequest},
		{"", fault.InvalidRequest, fault.InvalidRequest},
	}
	for _, c := range cases {
		_, login := h.AtLogin(c.version, day(15))
		_, settings := h.InAdvance(c.version, day(15))
		for where, got := range map[string]struct {
			err  error
			want fault.Code
		}{"login": {login, c.login}, "settings": {settings, c.settings}} {
			if (got.want == "") != (got.err == nil) || got.want != "" && !fault.Is(got.err, got.want) {
				t.Errorf("%q at %s: %v, want %q", c.version, where, got.err, got.want)
			}
		}
	}
}
