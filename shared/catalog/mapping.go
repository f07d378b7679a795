package catalog

import (
	"slices"
	"sort"
	"strings"

	"jewelrydisplay.app/shared/fault"
)

// Mapping says under which name a feed carries each of our fields: ours to
// theirs. A field that it leaves out is looked for under our own name. Theirs
// may be a path into nested objects, as in "price.amount", or a value for every
// row behind an equals sign, as in "=HKD".
type Mapping map[string]string

// fields are the names that a mapping may use on our side, in order.
var fields = []string{
	"category", "certificate", "currency", "cut", "description", "description_en", "description_zh", "fineness", "hints",
	"images", "key", "listed_at", "metal", "occasion", "origin", "plating", "price", "setting",
	"stock", "stone", "style", "title", "title_en", "title_zh", "until", "variants",
}

// Check tells whether the mapping names only fields that exist, each with a
// path. It returns an InvalidRequest that names the first wrong one.
func (m Mapping) Check() error {
	names := make([]string, 0, len(m))
	for ours := range m {
		names = append(names, ours)
	}
	sort.Strings(names)
	for _, ours := range names {
		if !slices.Contains(fields, ours) {
			return fault.Invalid("mapping", "names a field that does not exist; there are: "+strings.Join(fields, ", "))
		}
		if strings.TrimSpace(m[ours]) == "" {
			return fault.Invalid("mapping."+ours, "must name the feed's field")
		}
	}
	return nil
}

// value returns what the row holds for one of our fields, nil when it holds
// nothing: absent, null, or an empty text.
func (m Mapping) value(row map[string]any, ours string) any {
	theirs, mapped := m[ours]
	if !mapped {
		theirs = ours
	}
	if constant, ok := strings.CutPrefix(theirs, "="); ok {
		return constant
	}
	v := at(row, theirs)
	if v == nil && ours == "key" && !mapped {
		v = at(row, "id")
	}
	if s, ok := v.(string); ok && strings.TrimSpace(s) == "" {
		return nil
	}
	return v
}

// over returns the mapping with another one beneath it.
func (m Mapping) over(defaults Mapping) Mapping {
	all := make(Mapping, len(m)+len(defaults))
	for ours, theirs := range defaults {
		all[ours] = theirs
	}
	for ours, theirs := range m {
		all[ours] = theirs
	}
	return all
}

// shares tells whether another attribute is read from the same name: a list of
// materials holds metals and stones.
func (m Mapping) shares(a Attribute) bool {
	for ours, theirs := range m {
		if ours != string(a) && theirs != "" && theirs == m[string(a)] {
			return true
		}
	}
	return false
}

// at follows a path: the whole name first, since a feed's own names may hold
// dots, then the name in another case, then step by step into objects.
func at(row map[string]any, path string) any {
	if v, ok := row[path]; ok {
		return v
	}
	alike := ""
	for name := range row {
		if strings.EqualFold(name, path) && (alike == "" || name < alike) {
			alike = name
		}
	}
	if alike != "" {
		return row[alike]
	}
	for i := range len(path) {
		if path[i] != '.' {
			continue
		}
		if inner, ok := row[path[:i]].(map[string]any); ok {
			if v := at(inner, path[i+1:]); v != nil {
				return v
			}
		}
	}
	return nil
}
