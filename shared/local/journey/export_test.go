package journey

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// pages PATH reads every page of a list: the answer holds the items of all.
func (s *state) pages(ts *testscript.TestScript, args []string) error {
	var items []any
	for cursor, n := "", 0; ; n++ {
		status, err := s.do(ts, "GET", args[0]+cursor, nil)
		if err != nil {
			return err
		}
		if status != 200 || n == 1000 {
			return fmt.Errorf("page %d: status %d", n, status)
		}
		page, _ := s.at("items").([]any)
		items = append(items, page...)
		next, more := s.at("next_cursor").(string)
		if !more {
			s.answer = map[string]any{"items": items, "pages": float64(n + 1)}
			return nil
		}
		cursor = "&cursor=" + next
	}
}

// records FILE: the items of the last answer are of the record types that the
// file lists, of each one at least, and of no other.
func (s *state) records(ts *testscript.TestScript, args []string) error {
	items, _ := s.at("items").([]any)
	var got []string
	for _, item := range items {
		members, _ := item.(map[string]any)
		got = append(got, fmt.Sprint(members["record_type"]))
	}
	slices.Sort(got)
	want := slices.Sorted(strings.FieldsSeq(ts.ReadFile(args[0])))
	if got = slices.Compact(got); !slices.Equal(got, want) {
		return fmt.Errorf("record types\n%s, want\n%s", strings.Join(got, " "), strings.Join(want, " "))
	}
	return nil
}

// names NAME: something in the last answer names the person.
func (s *state) names(_ *testscript.TestScript, args []string) error {
	scanner, err := s.people[args[0]].scanner()
	if err != nil {
		return err
	}
	text, err := json.Marshal(s.answer)
	if err != nil {
		return err
	}
	if len(scanner.Bytes("the answer", text)) == 0 {
		return fmt.Errorf("nothing in the answer names %s", args[0])
	}
	return nil
}
