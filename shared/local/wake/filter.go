package wake

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// filter is an event filter of a mapping: a pattern of nested objects whose
// leaves are lists of allowed values, or of the operators prefix and exists.
type filter struct {
	children map[string]filter
	leaves   []leaf
}

type leaf struct {
	value  any // of an exact match: string, json.Number, bool or nil
	prefix *string
	exists *bool
}

// parseFilter understands what AWS calls a filter pattern. An operator that it
// does not know is an error that names it.
func parseFilter(pattern string) (filter, error) {
	value, err := decodeJSON([]byte(pattern))
	if err != nil {
		return filter{}, fmt.Errorf("filter pattern %s is not JSON: %w", pattern, err)
	}
	object, ok := value.(map[string]any)
	if !ok {
		return filter{}, fmt.Errorf("filter pattern %s is not an object", pattern)
	}
	return parseObject(object)
}

func parseObject(object map[string]any) (filter, error) {
	f := filter{children: map[string]filter{}}
	for name, value := range object {
		var child filter
		var err error
		switch value := value.(type) {
		case map[string]any:
			child, err = parseObject(value)
		case []any:
			child, err = parseList(value)
		default:
			err = fmt.Errorf("a filter pattern's leaf is a list, %q holds %v", name, value)
		}
		if err != nil {
			return filter{}, err
		}
		f.children[name] = child
	}
	return f, nil
}

func parseList(list []any) (filter, error) {
	var f filter
	for _, value := range list {
		object, operator := value.(map[string]any)
		if !operator {
			if _, nested := value.([]any); nested {
				return f, fmt.Errorf("a filter pattern's list holds a list")
			}
			f.leaves = append(f.leaves, leaf{value: value})
			continue
		}
		for name, operand := range object {
			text, isText := operand.(string)
			flag, isFlag := operand.(bool)
			switch {
			case name == "prefix" && isText:
				f.leaves = append(f.leaves, leaf{prefix: &text})
			case name == "exists" && isFlag:
				f.leaves = append(f.leaves, leaf{exists: &flag})
			default:
				return f, fmt.Errorf("the local cloud does not know the filter operator %q", name)
			}
		}
	}
	if len(f.leaves) == 0 {
		return f, fmt.Errorf("a filter pattern's list is empty")
	}
	return f, nil
}

// matches reports whether the event, decoded JSON, fits.
func (f filter) matches(event any, present bool) bool {
	if f.leaves != nil {
		for _, l := range f.leaves {
			if l.matches(event, present) {
				return true
			}
		}
		return false
	}
	object, _ := event.(map[string]any)
	for name, child := range f.children {
		value, there := object[name]
		if !child.matches(value, there) {
			return false
		}
	}
	return true
}

func (l leaf) matches(value any, present bool) bool {
	if l.exists != nil {
		return present == *l.exists
	}
	if list, ok := value.([]any); ok {
		for _, v := range list {
			if l.matches(v, true) {
				return true
			}
		}
		return false
	}
	if l.prefix != nil {
		text, ok := value.(string)
		return ok && strings.HasPrefix(text, *l.prefix)
	}
	return present && value == l.value
}

// anyMatches reports whether one of the filters fits; no filters let everything through.
func anyMatches(filters []filter, event any) bool {
	for _, f := range filters {
		if f.matches(event, true) {
			return true
		}
	}
	return len(filters) == 0
}

func decodeJSON(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var value any
	err := d.Decode(&value)
	return value, err
}
