package account

import (
	"encoding/base64"
	"reflect"
	"time"

	"jewelrydisplay.app/shared/inventory"
)

// keyPurpose is the purpose of attributes that only say which row it is.
const keyPurpose inventory.Purpose = "key"

// Items shows a row as it is declared: an item for each purpose and clause, in
// the order of declaration. What says which row it is stands in each. Hashes
// and wrapped keys are shown as held, never as they are.
func Items(s *inventory.Schema, row reflect.Value) []Item {
	var (
		list    []Item
		keys    []inventory.Attribute
		expires = expiry(s, row)
	)
	for _, a := range s.Attributes() {
		value, held := show(a, row.Field(a.Index))
		if !held {
			continue
		}
		if a.Purpose == keyPurpose {
			keys = append(keys, a)
			continue
		}
		group(&list, s, a, expires).Data[a.Name] = value
	}
	if len(list) == 0 {
		for _, a := range keys {
			group(&list, s, a, expires)
		}
	}
	for _, a := range keys {
		for i := range list {
			list[i].Data[a.Name], _ = show(a, row.Field(a.Index))
		}
	}
	return list
}

// group returns the list's item for the attribute's purpose and clause.
func group(list *[]Item, s *inventory.Schema, a inventory.Attribute, expires time.Time) *Item {
	for i := range *list {
		if item := &(*list)[i]; item.Purpose == a.Purpose && item.Clause == a.Clause {
			return item
		}
	}
	*list = append(*list, Item{
		Record: s.Name, Purpose: a.Purpose, Clause: a.Clause, ExpiresAt: expires, Data: map[string]any{},
	})
	return &(*list)[len(*list)-1]
}

// expiry returns the moment from which the row is gone; zero: it has none.
func expiry(s *inventory.Schema, row reflect.Value) time.Time {
	name, after, ok := s.Keep.Expiring()
	if !ok {
		return time.Time{}
	}
	a, _ := s.Attribute(name)
	at, _ := row.Field(a.Index).Interface().(time.Time)
	if at.IsZero() {
		return time.Time{}
	}
	return at.Add(after)
}

// show returns the value of a stored attribute as JSON shows it; false when it
// is not stored.
func show(a inventory.Attribute, v reflect.Value) (any, bool) {
	if v.IsZero() && !v.CanInt() && v.Kind() != reflect.Bool {
		return nil, false
	}
	if a.Class == inventory.Secret {
		return map[string]any{"held": true}, true
	}
	switch x := v.Interface().(type) {
	case time.Time:
		return x.UTC().Format(time.RFC3339Nano), true
	case interface{ Reveal() string }:
		return x.Reveal(), true
	case []byte:
		return base64.StdEncoding.EncodeToString(x), true
	}
	switch v.Kind() {
	case reflect.Slice:
		list := make([]any, v.Len())
		for i := range list {
			list[i], _ = show(a, v.Index(i))
		}
		return list, true
	case reflect.Map:
		entries := make(map[string]any, v.Len())
		for _, k := range v.MapKeys() {
			entries[k.String()], _ = show(a, v.MapIndex(k))
		}
		return entries, true
	case reflect.Struct:
		members := map[string]any{}
		for _, n := range a.Nested {
			if value, held := show(n, v.Field(n.Index)); held {
				members[n.Name] = value
			}
		}
		return members, true
	default:
		return v.Interface(), true
	}
}
