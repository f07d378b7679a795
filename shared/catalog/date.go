package catalog

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

var (
	errNoDate        = errors.New("is not a date such as 2026-11-24")
	errAmbiguousDate = errors.New("may be a day of two months: write it as 2026-11-24")
)

// dateForms are the ways in which feeds write a day or a moment.
var dateForms = []string{
	time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04Z0700", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05",
	"2006-1-2 15:04:05", "2006/1/2 15:04:05", "2006-1-2", "2006/1/2", "2006.1.2", "2006年1月2日", "20060102",
	"2 Jan 2006", "2 January 2006", "Jan 2, 2006", "January 2, 2006", "2-Jan-2006",
}

// parseDate reads a day or a moment; without an offset it is UTC's. A day such
// as 03/04/2026, which is another one in another country, is an error.
func parseDate(text string) (time.Time, error) {
	text = strings.TrimSpace(text)
	for _, form := range dateForms {
		if t, err := time.Parse(form, text); err == nil {
			return sane(t)
		}
	}
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == '/' || r == '.' || r == '-' })
	if len(parts) != 3 || len(parts[2]) != 4 {
		return time.Time{}, errNoDate
	}
	var n [3]int
	for i, p := range parts {
		var err error
		if n[i], err = strconv.Atoi(p); err != nil || n[i] < 1 || len(p) > 4 {
			return time.Time{}, errNoDate
		}
	}
	day, month := n[0], n[1]
	switch {
	case day <= 12 && month <= 12 && day != month:
		return time.Time{}, errAmbiguousDate
	case month > 12:
		day, month = month, day
	}
	t := time.Date(n[2], time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if t.Day() != day || int(t.Month()) != month {
		return time.Time{}, errNoDate
	}
	return sane(t)
}

// sane refuses what a table's milliseconds or a reader would not take for a day
// of a shop's life.
func sane(t time.Time) (time.Time, error) {
	if t.Year() < 1970 || t.Year() > 2199 {
		return time.Time{}, errNoDate
	}
	return t.UTC(), nil
}
