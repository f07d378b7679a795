package inventory

import (
	"fmt"
	"reflect"
	"strings"
	"time"
)

var (
	timeType   = reflect.TypeFor[time.Time]()
	classified = reflect.TypeFor[Classified]()
)

// reserved names are the codec's own.
var reserved = map[string]bool{"pk": true, "sk": true, "rt": true, "expires_at": true}

// attributes reads the declarations of a struct's fields.
func attributes(where string, t reflect.Type) ([]Attribute, error) {
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("inventory: %s is declared with %s, which is no struct", where, t)
	}
	var list []Attribute
	seen := map[string]bool{}
	for i := range t.NumField() {
		a, err := attribute(where, i, t.Field(i))
		if err != nil {
			return nil, err
		}
		if seen[a.Name] {
			return nil, fmt.Errorf("inventory: %s declares %s twice", where, a.Name)
		}
		seen[a.Name] = true
		list = append(list, a)
	}
	return list, nil
}

func attribute(where string, i int, f reflect.StructField) (Attribute, error) {
	field := where + "." + f.Name
	tag, ok := f.Tag.Lookup("inv")
	if !ok {
		return Attribute{}, fmt.Errorf(`inventory: field %s is not declared: it needs a tag inv:"name,clause,purpose"`, field)
	}
	parts := strings.Split(tag, ",")
	if len(parts) != 3 {
		return Attribute{}, fmt.Errorf("inventory: field %s: the tag needs name, clause and purpose", field)
	}
	a := Attribute{Name: parts[0], Clause: parts[1], Purpose: Purpose(parts[2]), Index: i, Type: f.Type}
	switch {
	case !f.IsExported():
		return a, fmt.Errorf("inventory: field %s must be exported to be stored", field)
	case !attributeName(a.Name) || reserved[a.Name]:
		return a, fmt.Errorf("inventory: field %s: %q is no attribute name", field, a.Name)
	case !clauseName(a.Clause):
		return a, fmt.Errorf("inventory: field %s names no clause", field)
	}
	if _, ok := Purposes[a.Purpose]; !ok {
		return a, fmt.Errorf("inventory: field %s: %q is no purpose of the list", field, a.Purpose)
	}
	a.Class = classOf(f.Type)
	var err error
	if s, ok := structInside(f.Type); ok {
		a.Nested, err = attributes(field, s)
	}
	return a, err
}

// attributeName reports whether a text is small letters, digits and
// underscores, a letter first.
func attributeName(s string) bool {
	return s != "" && s[0] >= 'a' && s[0] <= 'z' && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

// clauseName reports whether a text is C and two or three digits.
func clauseName(s string) bool {
	digits, ok := strings.CutPrefix(s, "C")
	return ok && (len(digits) == 2 || len(digits) == 3) && strings.Trim(digits, "0123456789") == ""
}

// classOf returns the class of a type, looking through slices and maps.
func classOf(t reflect.Type) Class {
	if t.Implements(classified) {
		return reflect.Zero(t).Interface().(Classified).InventoryClass()
	}
	switch t.Kind() {
	case reflect.Slice, reflect.Map, reflect.Pointer:
		return classOf(t.Elem())
	default:
		return None
	}
}

// structInside returns the struct type whose fields are stored inside a value
// of type t, if there is one.
func structInside(t reflect.Type) (reflect.Type, bool) {
	switch t.Kind() {
	case reflect.Slice, reflect.Map:
		return structInside(t.Elem())
	case reflect.Struct:
		return t, t != timeType && !t.Implements(classified)
	default:
		return nil, false
	}
}
