package dynamo

import (
	"fmt"
	"reflect"
	"sort"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"jewelrydisplay.app/shared/inventory"
)

// update writes an update expression. When the attribute that the retention
// counts from is set or removed, expires_at is with it.
func (e *expression) update(u Update) (string, error) {
	var set, add, remove []string
	for _, name := range sorted(u.Set) {
		if e.codec.addresses(name) {
			return "", fmt.Errorf("dynamo: %s.%s stands in a key: put the row anew", e.codec.schema.Name, name)
		}
		path, err := e.path(name)
		if err != nil {
			return "", err
		}
		v, err := e.declared(name, u.Set[name])
		if err != nil {
			return "", err
		}
		set = append(set, path+" = "+e.value(v))
	}
	if at, ok := e.expiry(u.Set); ok {
		set = append(set, e.name("expires_at")+" = "+e.value(number(ceilSeconds(at))))
	}
	for _, name := range sorted(u.Add) {
		path, err := e.path(name)
		if err != nil {
			return "", err
		}
		by := e.value(number(u.Add[name]))
		if strings.Contains(name, ".") { // ADD takes no attribute inside another
			set = append(set, path+" = if_not_exists("+path+", "+e.value(number(0))+") + "+by)
			continue
		}
		add = append(add, path+" "+by)
	}
	for _, name := range u.Remove {
		path, err := e.path(name)
		if err != nil {
			return "", err
		}
		remove = append(remove, path)
		if kept, _, ok := e.codec.schema.Keep.Expiring(); ok && name == kept {
			remove = append(remove, e.name("expires_at"))
		}
	}
	return clauses(map[string][]string{"SET": set, "ADD": add, "REMOVE": remove}), nil
}

// addresses reports whether a row is found by the attribute, in the table or in
// an index: an update does not move a row.
func (c codec) addresses(name string) bool {
	patterns := []string{c.schema.Key}
	for _, i := range c.schema.Indexes {
		patterns = append(patterns, i.Key)
	}
	return strings.Contains(strings.Join(patterns, " "), "{"+name+"}")
}

func clauses(parts map[string][]string) string {
	var out []string
	for _, word := range sorted(parts) {
		if len(parts[word]) > 0 {
			out = append(out, word+" "+strings.Join(parts[word], ", "))
		}
	}
	return strings.Join(out, " ")
}

func sorted[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

func (e *expression) expiry(set map[string]any) (time.Time, bool) {
	name, after, ok := e.codec.schema.Keep.Expiring()
	if !ok {
		return time.Time{}, false
	}
	at, ok := set[name].(time.Time)
	return at.Add(after), ok
}

// declared encodes a value for the attribute at the path: consent, class and
// type are the attribute's own.
func (e *expression) declared(path string, value any) (types.AttributeValue, error) {
	a, at, err := e.attribute(path)
	if err != nil {
		return nil, err
	}
	v := reflect.ValueOf(value)
	if !v.IsValid() || v.Type() != a.Type {
		return nil, fmt.Errorf("dynamo: %s.%s is declared as %s, not %T", e.codec.schema.Name, path, a.Type, value)
	}
	written, err := e.codec.value(a, v, at)
	if err == nil && written == nil {
		return nil, fmt.Errorf("dynamo: %s.%s is set to nothing; remove it instead", e.codec.schema.Name, path)
	}
	return written, err
}

// attribute finds the declaration at a path, through maps and structs.
func (e *expression) attribute(path string) (inventory.Attribute, string, error) {
	parts := strings.Split(path, ".")
	a, ok := e.codec.schema.Attribute(parts[0])
	at := e.at + "\x00" + parts[0]
	for _, p := range parts[1:] {
		if !ok {
			break
		}
		if a.Type.Kind() == reflect.Map {
			a.Type = a.Type.Elem()
			continue
		}
		ok = false
		for _, n := range a.Nested {
			if n.Name == p {
				a, ok, at = n, true, at+"\x00"+p
				break
			}
		}
	}
	if !ok {
		return a, "", fmt.Errorf("dynamo: record %s does not declare attribute %q", e.codec.schema.Name, path)
	}
	return a, at, nil
}

// plain encodes a value to compare with: sealed attributes cannot be compared.
func (e *expression) plain(path string, value any) (types.AttributeValue, error) {
	if a, _, err := e.attribute(path); err == nil && a.Class.Sealed() {
		return nil, fmt.Errorf("dynamo: %s.%s is sealed and cannot be compared", e.codec.schema.Name, path)
	}
	switch x := value.(type) {
	case time.Time:
		return number(x.UnixMilli()), nil
	case revealer:
		return text(x.Reveal()), nil
	}
	v := reflect.ValueOf(value)
	switch {
	case v.CanInt():
		return number(v.Int()), nil
	case v.Kind() == reflect.String:
		return text(v.String()), nil
	case v.Kind() == reflect.Bool:
		return &types.AttributeValueMemberBOOL{Value: v.Bool()}, nil
	default:
		return nil, fmt.Errorf("dynamo: %s.%s cannot be compared with %T", e.codec.schema.Name, path, value)
	}
}
