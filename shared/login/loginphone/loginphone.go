// Package loginphone reads phone numbers as people write them, with the
// numbering plans of nyaruka/phonenumbers. Only functions that take a number
// from outside import it: the plans are large.
package loginphone

import (
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/person"
)

var _ login.Numbers = Numbers{}

// Numbers reads the numbers of the countries that are served.
type Numbers struct {
	countries []string
}

// New returns the reader for regions (ISO 3166-1 alpha-2). A number written
// without a country is one of the first.
func New(countries []string) Numbers { return Numbers{countries: countries} }

// longest is how many characters a number is written with at most.
const longest = 40

// Parse returns the number in E.164 form, so that all spellings of one number
// are one number. Only mobile numbers receive codes: landlines cannot, premium
// numbers cost, and neither shows that a person holds a phone.
func (n Numbers) Parse(location, written string) (person.PhoneNumber, error) {
	plain, ok := plain(written)
	if !ok {
		return person.PhoneNumber{}, fault.Invalid(location, "is not a phone number")
	}
	number, err := phonenumbers.Parse(plain, n.countries[0])
	if err != nil || !phonenumbers.IsValidNumber(number) || number.GetExtension() != "" {
		return person.PhoneNumber{}, fault.Invalid(location, "is not a phone number")
	}
	if !slices.Contains(n.countries, phonenumbers.GetRegionCodeForNumber(number)) {
		return person.PhoneNumber{}, fault.Invalid(location, "is not a number of a country that the app serves")
	}
	switch phonenumbers.GetNumberType(number) {
	case phonenumbers.MOBILE, phonenumbers.FIXED_LINE_OR_MOBILE:
		return person.Of[person.PhoneNumber](phonenumbers.Format(number, phonenumbers.E164)), nil
	default:
		return person.PhoneNumber{}, fault.Invalid(location, "is not a mobile number")
	}
}

// plain takes digits, also full-width ones, with the marks that people put
// between them. Letters, which some plans read as digits, are refused.
func plain(written string) (string, bool) {
	if len(written) > 4*longest {
		return "", false
	}
	var out strings.Builder
	for _, r := range strings.TrimSpace(written) {
		switch {
		case r >= '0' && r <= '9', r == '+':
			out.WriteRune(r)
		case r >= '０' && r <= '９':
			out.WriteRune(r - '０' + '0')
		case r == '＋':
			out.WriteRune('+')
		case strings.ContainsRune(" -()./\u00a0\u2010\u2011\u3000（）－", r):
		default:
			return "", false
		}
	}
	return out.String(), out.Len() > 0 && out.Len() <= longest
}
