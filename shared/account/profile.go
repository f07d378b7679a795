package account

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/person"
)

// Profile is what a person says about themselves. Every part is optional, and
// no function depends on one (C12, C17).
type Profile struct {
	Nickname   person.Nickname
	Gender     person.Detail // female, male or other
	Birthday   person.Detail // YYYY-MM-DD
	Region     person.Detail
	Occupation person.Detail
	Hobbies    []person.Detail
	Locale     string // BCP 47
	TimeZone   string // IANA
	Revision   int64  // counts the changes
}

// Change is what a merge patch (RFC 7396) says of one text: nothing, a value,
// or that it goes.
type Change struct {
	Given bool
	Null  bool
	Text  string
}

// ListChange is what a merge patch says of a list of texts. A list replaces the
// whole list.
type ListChange struct {
	Given bool
	Null  bool
	Texts []string
}

// Patch is a change to a profile.
type Patch struct {
	Nickname   Change
	Gender     Change
	Birthday   Change
	Region     Change
	Occupation Change
	Hobbies    ListChange
	Locale     Change
	TimeZone   Change
}

// Collects reports whether the patch stores anything: deleting is never behind
// a gate (C73).
func (p Patch) Collects() bool {
	for _, c := range []Change{p.Nickname, p.Gender, p.Birthday, p.Region, p.Occupation, p.Locale, p.TimeZone} {
		if c.Given && !c.Null {
			return true
		}
	}
	return p.Hobbies.Given && !p.Hobbies.Null && len(p.Hobbies.Texts) > 0
}

// Limits of the profile, in code points.
const (
	nicknameLength = 24
	detailLength   = 64
	hobbyLength    = 32
	hobbyCount     = 20
)

// Apply returns the profile with the patch applied, and whether the birthday
// shows a minor of 14 to 17. Errors: InvalidRequest that names every wrong
// member; GuardianRequired for a birthday under 14 (C92).
func (p Profile) Apply(patch Patch, now time.Time) (changed Profile, minor bool, err error) {
	var wrong []fault.Field
	check := func(name string, c Change, rule func(string) (string, string)) string {
		value, reason := rule(c.Text)
		if reason != "" {
			wrong = append(wrong, fault.Field{Location: "body." + name, Message: reason})
		}
		return value
	}
	apply := func(name string, c Change, old string, rule func(string) (string, string)) string {
		switch {
		case !c.Given:
			return old
		case c.Null:
			return ""
		default:
			return check(name, c, rule)
		}
	}
	detail := func(name string, c Change, old person.Detail, rule func(string) (string, string)) person.Detail {
		return person.Of[person.Detail](apply(name, c, old.Reveal(), rule))
	}
	birthday := func(s string) (string, string) {
		_, reason := parseBirthday(s, now)
		return s, reason
	}
	p.Nickname = person.Of[person.Nickname](apply("nickname", patch.Nickname, p.Nickname.Reveal(), plain(nicknameLength)))
	p.Gender = detail("gender", patch.Gender, p.Gender, gender)
	p.Birthday = detail("birthday", patch.Birthday, p.Birthday, birthday)
	p.Region = detail("region", patch.Region, p.Region, plain(detailLength))
	p.Occupation = detail("occupation", patch.Occupation, p.Occupation, plain(detailLength))
	p.Locale = apply("locale", patch.Locale, p.Locale, plain(detailLength))
	p.TimeZone = apply("time_zone", patch.TimeZone, p.TimeZone, timeZone)
	if patch.Hobbies.Given {
		hobbies, reason := hobbies(patch.Hobbies.Texts)
		if reason != "" {
			wrong = append(wrong, fault.Field{Location: "body.hobbies", Message: reason})
		}
		p.Hobbies = hobbies
	}
	if len(wrong) > 0 {
		return Profile{}, false, &fault.Error{Code: fault.InvalidRequest, Detail: "The request is not valid.", Fields: wrong}
	}
	if !patch.Birthday.Given || patch.Birthday.Null {
		return p, false, nil
	}
	born, _ := parseBirthday(patch.Birthday.Text, now)
	if Child(born, now) {
		return Profile{}, false, fault.New(fault.GuardianRequired, "A guardian must agree before anything is stored of a child under 14.")
	}
	return p, Minor(born, now), nil
}

// Equal reports whether two profiles say the same.
func (p Profile) Equal(o Profile) bool {
	return p.Nickname == o.Nickname && p.Gender == o.Gender && p.Birthday == o.Birthday && p.Region == o.Region &&
		p.Occupation == o.Occupation && slices.Equal(p.Hobbies, o.Hobbies) && p.Locale == o.Locale && p.TimeZone == o.TimeZone
}

func gender(s string) (string, string) {
	switch s {
	case "female", "male", "other":
		return s, ""
	default:
		return "", "is none of female, male, other"
	}
}

func timeZone(s string) (string, string) {
	if _, err := time.LoadLocation(s); err != nil || s == "" || s == "Local" || len(s) > detailLength {
		return "", "is not a time zone of the IANA database"
	}
	return s, ""
}

func hobbies(texts []string) ([]person.Detail, string) {
	if len(texts) > hobbyCount {
		return nil, "has more than 20 entries"
	}
	var list []person.Detail
	for _, text := range texts {
		value, reason := plain(hobbyLength)(text)
		if reason != "" {
			return nil, "has an entry that " + reason
		}
		if h := person.Of[person.Detail](value); !slices.Contains(list, h) {
			list = append(list, h)
		}
	}
	return list, ""
}

// plain returns the rule for a line of text of at most max code points. Space
// around it is taken off. Controls, line breaks, halves of characters and
// the marks that turn the direction of the text around it are refused: a name must not change how its
// surroundings read.
func plain(max int) func(string) (string, string) {
	return func(s string) (string, string) {
		s = strings.TrimSpace(s)
		visible := false
		for _, r := range s {
			switch {
			case unicode.IsControl(r), r == utf8.RuneError, r == '\u2028', r == '\u2029', r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
				return "", "holds a character that cannot be shown"
			case unicode.IsGraphic(r) && !unicode.IsSpace(r) && !unicode.Is(unicode.Mn, r):
				visible = true
			}
		}
		switch n := utf8.RuneCountInString(s); {
		case !visible:
			return "", "is empty"
		case n > max:
			return "", "is too long"
		default:
			return s, ""
		}
	}
}

// MaskPhone returns a phone number in E.164 form with its middle hidden, for
// showing to its owner.
func MaskPhone(phone person.PhoneNumber) string {
	s := phone.Reveal()
	const tail, hidden = 4, 4
	if len(s) <= tail+hidden {
		return strings.Repeat("*", len(s))
	}
	return s[:len(s)-tail-hidden] + strings.Repeat("*", hidden) + s[len(s)-tail:]
}
