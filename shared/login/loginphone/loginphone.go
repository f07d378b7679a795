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

var _ login.Plans = Numbers{}

// Numbers reads the numbers of the countries that are served.
type Numbers struct {
	countries []string
}

// New returns the reader for regions (ISO 3166-1 alpha-2). A number written
// without a country is one of the first.
func New(countries []string) Numbers { return Numbers{countries: countries} }

// longest is how many bytes a number is written with at most, and maxDigits how
// many digits a number has at most, with 00 and its country.
const (
	longest   = 160
	maxDigits = 17
)

// What is wrong with a number, in one message each.
const (
	noNumber   = "is not a phone number"
	extended   = "has an extension; a code is sent to a number that rings a phone directly"
	tooShort   = "is too short for a phone number"
	tooLong    = "is too long for a phone number"
	landline   = "is a landline number; a code is sent to a mobile phone"
	premium    = "is a number of a paid service; a code is sent to a mobile phone"
	notMobile  = "is not a mobile number"
	notServed  = "is not a number of a country that the app serves"
	unassigned = "is not a number that its country gives to phones"
)

// Parse returns the number in E.164 form, so that all spellings of one number
// are one number. Only mobile numbers receive codes: landlines cannot, premium
// numbers cost, and neither shows that a person holds a phone.
func (n Numbers) Parse(location, written string) (person.PhoneNumber, error) {
	refuse := func(message string) (person.PhoneNumber, error) {
		return person.PhoneNumber{}, fault.Invalid(location, message)
	}
	if len(written) > longest {
		return refuse(tooLong)
	}
	plain := login.TypedNumber(written)
	digits := strings.TrimPrefix(plain, "+")
	switch extension := strings.TrimLeft(digits, "0123456789"); {
	case extension != "" && extension != digits && isExtension(extension):
		return refuse(extended)
	case extension != "" || digits == "": // letters, which some plans read as digits, and everything else
		return refuse(noNumber)
	case len(digits) > maxDigits:
		return refuse(tooLong)
	}
	number, err := phonenumbers.Parse(plain, n.countries[0])
	if err != nil {
		return refuse(tooShort) // nothing but digits is left that it could dislike
	}
	if !n.serves(number) {
		return refuse(notServed)
	}
	switch phonenumbers.IsPossibleNumberWithReason(number) {
	case phonenumbers.TOO_SHORT, phonenumbers.IS_POSSIBLE_LOCAL_ONLY:
		return refuse(tooShort)
	case phonenumbers.TOO_LONG:
		return refuse(tooLong)
	}
	switch phonenumbers.GetNumberType(number) {
	case phonenumbers.MOBILE, phonenumbers.FIXED_LINE_OR_MOBILE:
		return person.Of[person.PhoneNumber](phonenumbers.Format(number, phonenumbers.E164)), nil
	case phonenumbers.FIXED_LINE:
		return refuse(landline)
	case phonenumbers.PREMIUM_RATE, phonenumbers.SHARED_COST, phonenumbers.UAN:
		return refuse(premium)
	case phonenumbers.UNKNOWN:
		return refuse(misdialled(number))
	default:
		return refuse(notMobile)
	}
}

// serves reports whether the number is one of a served country, or none at all
// under a served country's code.
func (n Numbers) serves(number *phonenumbers.PhoneNumber) bool {
	if region := phonenumbers.GetRegionCodeForNumber(number); region != "" {
		return slices.Contains(n.countries, region)
	}
	return slices.ContainsFunc(phonenumbers.GetRegionCodesForCountryCode(int(number.GetCountryCode())), func(region string) bool {
		return slices.Contains(n.countries, region)
	})
}

// misdialled says of a number that its country gives to nobody whether a digit
// is missing, or one too many, for a mobile number.
func misdialled(number *phonenumbers.PhoneNumber) string {
	region := phonenumbers.GetRegionCodeForCountryCode(int(number.GetCountryCode()))
	example := phonenumbers.GetExampleNumberForType(region, phonenumbers.MOBILE)
	digits := len(phonenumbers.GetNationalSignificantNumber(number))
	switch want := len(phonenumbers.GetNationalSignificantNumber(example)); {
	case digits < want:
		return tooShort
	case digits > want:
		return tooLong
	default:
		return unassigned
	}
}

// isExtension reports whether what follows a number's digits names a line behind
// a switchboard, as in "ext. 5", "x5", "转5", "#5", "分机5" and ";ext=1" (RFC 3966).
func isExtension(rest string) bool {
	word := strings.ToLower(strings.TrimRight(rest, "0123456789"))
	return slices.Contains([]string{"ext", "ext:", "extn", "extension", "x", "#", ",", ",,", ";", ";ext=", "转", "轉", "转接", "分机", "分機", "～", "~"}, word) && word != rest
}

// Region returns the country of a number.
func (Numbers) Region(p person.PhoneNumber) string {
	number, err := phonenumbers.Parse(p.Reveal(), "")
	if err != nil {
		return "ZZ" // ISO 3166-1's own code for none
	}
	return phonenumbers.GetRegionCodeForNumber(number)
}
