package login

import (
	"strings"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/person"
)

var _ Numbers = International{}

// International reads numbers that are in E.164 form already, as an operator
// copies them. It knows no numbering plan, and so any number of any country:
// an operator's function would take three times as long to start with the
// plans, to tell a number that nobody has from one that nobody can have.
type International struct{}

// Parse returns the number, or an InvalidRequest for the field at location
// when it is not in E.164 form.
func (International) Parse(location, written string) (person.PhoneNumber, error) {
	digits, ok := strings.CutPrefix(written, "+")
	if !ok || len(digits) < 7 || len(digits) > 15 || digits[0] == '0' || strings.Trim(digits, "0123456789") != "" {
		return person.PhoneNumber{}, fault.Invalid(location, "is not a plus sign and 7 to 15 digits, the country's first")
	}
	return person.Of[person.PhoneNumber](written), nil
}
