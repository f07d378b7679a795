package account_test

import (
	"testing"
	"time"

	"jewelrydisplay.app/shared/account"
)

// Clauses: C08, C91, C92.
func TestChildrenAndMinorsGrowUpAtMidnightInShanghai(t *testing.T) {
	born := time.Date(2010, 6, 15, 0, 0, 0, 0, time.UTC)
	leap := time.Date(2012, 2, 29, 0, 0, 0, 0, time.UTC)
	at := func(s string) time.Time {
		when, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	cases := []struct {
		born         time.Time
		now          string
		child, minor bool
	}{
		{born, "2024-06-14T23:59:59+08:00", true, true},
		{born, "2024-06-15T00:00:00+08:00", false, true},
		{born, "2024-06-14T15:59:59Z", true, true},
		{born, "2024-06-14T16:00:00Z", false, true},
		{born, "2028-06-14T23:59:59+08:00", false, true},
		{born, "2028-06-15T00:00:00+08:00", false, false},
		{leap, "2026-02-28T23:59:59+08:00", true, true},
		{leap, "2026-03-01T00:00:00+08:00", false, true},
	}
	for _, c := range cases {
		if got := account.Child(c.born, at(c.now)); got != c.child {
			t.Errorf("born %s, at %s: child %v", c.born.Format(time.DateOnly), c.now, got)
		}
		if got := account.Minor(c.born, at(c.now)); got != c.minor {
			t.Errorf("born %s, at %s: minor %v", c.born.Format(time.DateOnly), c.now, got)
		}
	}
}
