// Package person holds what identifies a person: ids, numbers, names and the
// like, each a type that cannot be printed by accident (C02, C62). Opening one
// is the method Reveal, which a search through the code finds.
package person

import (
	"log/slog"

	"jewelrydisplay.app/shared/inventory"
)

// Masked is a personal value. Its text, log and JSON forms are a mask; the
// value itself comes out only by Reveal. The zero value is the absent value.
type Masked[K kind] struct {
	value string
}

// kind says what a masked value is: its name in the mask and its class.
type kind interface {
	name() string
	class() inventory.Class
}

// Of masks a value.
func Of[T interface{ ~struct{ value string } }](value string) T {
	return T(struct{ value string }{value})
}

// Reveal returns the value itself: for storing, comparing, sending to its own
// owner, and nothing else.
func (m Masked[K]) Reveal() string { return m.value }

// IsZero reports whether the value is absent.
func (m Masked[K]) IsZero() bool { return m.value == "" }

// String returns the mask, whatever the value.
func (m Masked[K]) String() string {
	var k K
	return "<" + k.name() + ">"
}

// GoString returns the mask, so that %#v shows nothing either.
func (m Masked[K]) GoString() string { return m.String() }

// LogValue returns the mask for slog.
func (m Masked[K]) LogValue() slog.Value { return slog.StringValue(m.String()) }

// MarshalText returns the mask, so that JSON shows nothing.
func (m Masked[K]) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText takes the value as it is.
func (m *Masked[K]) UnmarshalText(text []byte) error {
	m.value = string(text)
	return nil
}

// InventoryClass returns the class of the value, which decides whether it is
// sealed at rest.
func (m Masked[K]) InventoryClass() inventory.Class {
	var k K
	return k.class()
}
