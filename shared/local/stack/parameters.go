package stack

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"unicode/utf8"
)

// parametersOf merges the given values with the defaults and checks them as
// CloudFormation would before it creates anything. A rejected value is not
// repeated in the error: a parameter may be NoEcho.
func parametersOf(doc map[string]any, given map[string]string) (map[string]string, error) {
	declared, _ := doc["Parameters"].(map[string]any)
	for _, name := range sortedKeys(given) {
		if declared[name] == nil {
			return nil, fmt.Errorf("parameter %s: not declared by the template", name)
		}
	}
	values := map[string]string{}
	for _, name := range sortedKeys(declared) {
		var p parameter
		if err := decode("parameter "+name, declared[name], &p); err != nil {
			return nil, err
		}
		value, ok := given[name]
		if !ok {
			if p.Default == nil {
				return nil, fmt.Errorf("parameter %s: no value and no default", name)
			}
			value = fmt.Sprint(p.Default)
		}
		if err := p.check(value); err != nil {
			return nil, fmt.Errorf("parameter %s: %w", name, err)
		}
		values[name] = value
	}
	return values, nil
}

type parameter struct {
	Type           string
	Default        any
	AllowedValues  []any
	AllowedPattern string
	MinLength      *int
	MaxLength      *int
	MinValue       *float64
	MaxValue       *float64
	// Words for people.
	Description, ConstraintDescription, NoEcho any
}

func (p parameter) check(value string) error {
	switch p.Type {
	case "String", "CommaDelimitedList":
	case "Number":
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return fmt.Errorf("not a number")
		}
		if p.MinValue != nil && n < *p.MinValue || p.MaxValue != nil && n > *p.MaxValue {
			return fmt.Errorf("out of its range")
		}
	default:
		return fmt.Errorf("type %s is not supported locally", p.Type)
	}
	if len(p.AllowedValues) > 0 && !slices.ContainsFunc(p.AllowedValues, func(v any) bool { return fmt.Sprint(v) == value }) {
		return fmt.Errorf("not one of its AllowedValues")
	}
	if p.AllowedPattern != "" {
		re, err := regexp.Compile("^(?:" + p.AllowedPattern + ")$")
		if err != nil {
			return fmt.Errorf("AllowedPattern: %w", err)
		}
		if !re.MatchString(value) {
			return fmt.Errorf("does not match its AllowedPattern")
		}
	}
	n := utf8.RuneCountInString(value)
	if p.MinLength != nil && n < *p.MinLength || p.MaxLength != nil && n > *p.MaxLength {
		return fmt.Errorf("its length is out of range")
	}
	return nil
}
