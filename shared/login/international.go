package login

import (
	"strings"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/person"
)

var _ Numbers = International{}

// International reads numbers as operators write them, without any country's
// numbering plan: in every spelling that TypedNumber reads, and mainland mobile
// numbers also without their country. With the plans an operator's function would take three times as long to start, to tell a
// number that nobody has from one that nobody can have.
type International struct{}

// mainland is the country of a number that is written without one.
const mainland = "86"

// Parse returns the number, or an InvalidRequest for the field at location
// when it is none of these forms.
func (International) Parse(location, written string) (person.PhoneNumber, error) {
	plain := TypedNumber(written)
	digits, international := strings.CutPrefix(plain, "+")
	if !international { // without a country, or with it and no plus sign
		digits = mainland + strings.TrimPrefix(plain, mainland)
	}
	mobile := strings.HasPrefix(digits, mainland+"1") && len(digits) == len(mainland)+11
	if strings.Trim(digits, "0123456789") != "" || len(digits) < 7 || len(digits) > 15 || digits[0] == '0' || strings.HasPrefix(digits, mainland) && !mobile {
		return person.PhoneNumber{}, fault.Invalid(location, "is neither a mainland mobile number nor a plus sign and 7 to 15 digits, the country's first")
	}
	return person.Of[person.PhoneNumber]("+" + digits), nil
}
