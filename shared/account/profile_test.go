package account_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"jewelrydisplay.app/shared/account"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/person"
)

func set(text string) account.Change { return account.Change{Given: true, Text: text} }

func list(texts ...string) account.ListChange { return account.ListChange{Given: true, Texts: texts} }

// Clauses: C12, C17, C70.
func TestProfileTakesWhatPeopleWriteAndRefusesWhatBreaksItsSurroundings(t *testing.T) {
	now := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	cases := []struct {
		name  string
		patch account.Patch
		wrong string // location of the error; empty: fine
	}{
		{"chinese", account.Patch{Nickname: set("珠宝控")}, ""},
		{"24 characters", account.Patch{Nickname: set(strings.Repeat("珠", 24))}, ""},
		{"25 characters", account.Patch{Nickname: set(strings.Repeat("珠", 25))}, "body.nickname"},
		{"emoji joined", account.Patch{Nickname: set("👩‍👧‍👦 💎")}, ""},
		{"empty", account.Patch{Nickname: set("")}, "body.nickname"},
		{"spaces", account.Patch{Nickname: set(" \u3000 ")}, "body.nickname"},
		{"nothing visible", account.Patch{Nickname: set("\u200d\u200b")}, "body.nickname"},
		{"line break", account.Patch{Nickname: set("a\nb")}, "body.nickname"},
		{"null character", account.Patch{Nickname: set("a\x00b")}, "body.nickname"},
		{"direction override", account.Patch{Nickname: set("a\u202eb")}, "body.nickname"},
		{"direction isolate", account.Patch{Region: set("a\u2067b")}, "body.region"},
		{"arabic", account.Patch{Nickname: set("لؤلؤة")}, ""},
		{"gender", account.Patch{Gender: set("female")}, ""},
		{"no gender of the list", account.Patch{Gender: set("Female")}, "body.gender"},
		{"birthday", account.Patch{Birthday: set("1990-02-28")}, ""},
		{"no such day", account.Patch{Birthday: set("1990-02-30")}, "body.birthday"},
		{"another form", account.Patch{Birthday: set("28.02.1990")}, "body.birthday"},
		{"a time", account.Patch{Birthday: set("1990-02-28T00:00:00Z")}, "body.birthday"},
		{"tomorrow", account.Patch{Birthday: set("2026-11-25")}, "body.birthday"},
		{"too old", account.Patch{Birthday: set("1899-12-31")}, "body.birthday"},
		{"20 hobbies", account.Patch{Hobbies: list(strings.Split("abcdefghijklmnopqrst", "")...)}, ""},
		{"21 hobbies", account.Patch{Hobbies: list(strings.Split("abcdefghijklmnopqrstu", "")...)}, "body.hobbies"},
		{"an empty hobby", account.Patch{Hobbies: list("a", "")}, "body.hobbies"},
		{"a long hobby", account.Patch{Hobbies: list(strings.Repeat("x", 33))}, "body.hobbies"},
		{"time zone", account.Patch{TimeZone: set("Asia/Shanghai")}, ""},
		{"no time zone", account.Patch{TimeZone: set("Asia/Atlantis")}, "body.time_zone"},
		{"the machine's time zone", account.Patch{TimeZone: set("Local")}, "body.time_zone"},
		{"a path", account.Patch{TimeZone: set("../../etc/passwd")}, "body.time_zone"},
		{"empty time zone", account.Patch{TimeZone: set("")}, "body.time_zone"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := account.Profile{}.Apply(c.patch, now)
			if c.wrong == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var f *fault.Error
			if !errors.As(err, &f) || f.Code != fault.InvalidRequest || len(f.Fields) != 1 || f.Fields[0].Location != c.wrong {
				t.Errorf("got %v, want an invalid_request at %s", err, c.wrong)
			}
		})
	}
}

// Clauses: C72, C73.
func TestMergePatchChangesDeletesAndLeavesAlone(t *testing.T) {
	now := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	old := account.Profile{
		Nickname: person.Of[person.Nickname]("old"), Region: person.Of[person.Detail]("Suzhou"),
		Hobbies: []person.Detail{person.Of[person.Detail]("jade")}, Locale: "zh-CN", Revision: 3,
	}
	got, minor, err := old.Apply(account.Patch{
		Nickname: set("  new "), Region: account.Change{Given: true, Null: true}, Hobbies: list("gold", "jade", "gold"),
	}, now)
	want := account.Profile{
		Nickname: person.Of[person.Nickname]("new"),
		Hobbies:  []person.Detail{person.Of[person.Detail]("gold"), person.Of[person.Detail]("jade")}, Locale: "zh-CN",
	}
	if err != nil || minor || !got.Equal(want) {
		t.Errorf("minor %v, equal %v, %v", minor, got.Equal(want), err)
	}
	_, _, err = old.Apply(account.Patch{Nickname: set(""), Gender: set("x"), Birthday: set("2020-01-01")}, now)
	var f *fault.Error
	if !errors.As(err, &f) || len(f.Fields) != 2 {
		t.Errorf("got %v, want both wrong members named before the age is", err)
	}
}

// Clauses: C92.
func TestChildIsRefusedAndMinorIsTold(t *testing.T) {
	now := time.Date(2024, 6, 14, 15, 59, 59, 0, time.UTC) // the last second before their fourteenth birthday
	patch := account.Patch{Birthday: set("2010-06-15")}
	if _, _, err := (account.Profile{}).Apply(patch, now); !fault.Is(err, fault.GuardianRequired) {
		t.Errorf("got %v, want guardian_required", err)
	}
	if _, minor, err := (account.Profile{}).Apply(patch, now.Add(time.Second)); err != nil || !minor {
		t.Errorf("minor %v, %v", minor, err)
	}
}

func TestPhoneIsShownWithItsMiddleHidden(t *testing.T) {
	for phone, want := range map[string]string{
		"+8613800138000": "+86138****8000", "+4915112345678": "+49151****5678", "+123456": "*******", "": "",
	} {
		if got := account.MaskPhone(person.Of[person.PhoneNumber](phone)); got != want {
			t.Errorf("%s: %s, want %s", phone, got, want)
		}
	}
}
