package account

import "time"

// Shanghai is where days begin for the rules on age. The offset is fixed since
// 1992, so no time zone data is needed.
var Shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// The ages that the policy names (C08, C91), in years.
const (
	childUntil = 14
	minorUntil = 18
)

// Child reports whether a person born on the date is under 14 at now: until the
// midnight, in Shanghai, that begins their fourteenth birthday (C08).
func Child(born, now time.Time) bool { return age(born, now) < childUntil }

// Minor reports whether a person born on the date is under 18 at now (C91).
func Minor(born, now time.Time) bool { return age(born, now) < minorUntil }

// age returns the full years between a date of birth and now's date in
// Shanghai. Who was born on 29 February has their birthday on 1 March in a
// common year.
func age(born, now time.Time) int {
	today := now.In(Shanghai)
	years := today.Year() - born.Year()
	if today.Month() < born.Month() || (today.Month() == born.Month() && today.Day() < born.Day()) {
		years--
	}
	return years
}

// parseBirthday reads a date of birth: a day of the calendar as YYYY-MM-DD, not
// in the future and not before 1900. The empty reason says that it is fine.
func parseBirthday(text string, now time.Time) (born time.Time, reason string) {
	born, err := time.Parse(time.DateOnly, text)
	switch {
	case err != nil:
		return born, "is not a date of the form YYYY-MM-DD"
	case born.Year() < 1900 || age(born, now) < 0:
		return born, "is not a possible date of birth"
	default:
		return born, ""
	}
}
