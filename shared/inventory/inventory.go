// Package inventory is the schema of everything that is stored. A record type
// declares each attribute once, in Go, beside the code that owns it: clause,
// purpose, class, retention, and what a cancellation does to it (C02, C63,
// C64). The codec, export, erasure, consent gates and the table of clauses are
// derived from these declarations; nothing of them is written twice.
package inventory

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"
)

// Class says how sensitive an attribute is (C03). It comes from the
// attribute's Go type.
type Class string

// The classes. Identity, contact, financial and location track are sealed at
// rest under a key of the person's own.
const (
	None          Class = "none"           // says nothing about a person
	Reference     Class = "reference"      // an id of our own that says nothing by itself
	Secret        Class = "secret"         // a hash or wrapped key: held, never shown
	Log           Class = "log"            // what was done and when
	Device        Class = "device"         // tells a device apart
	Contact       Class = "contact"        // reaches a person
	Identity      Class = "identity"       // says who a person is
	Financial     Class = "financial"      // an account that money goes to
	LocationTrack Class = "location track" // where a person was
)

// Sealed reports whether attributes of the class are encrypted at rest.
func (c Class) Sealed() bool {
	switch c {
	case Contact, Identity, Financial, LocationTrack:
		return true
	default:
		return false
	}
}

// Classified is a type that knows its class. Types without the method are of
// class None.
type Classified interface{ InventoryClass() Class }

// Disposition says what a cancellation does to a record (C18, C86, C88).
type Disposition string

// The dispositions, in the order in which they come due.
const (
	// EraseAtOnce: with the cancellation itself.
	EraseAtOnce Disposition = "at once"
	// EraseAfterWithdrawal: when the 7 days of withdrawal are over.
	EraseAfterWithdrawal Disposition = "after withdrawal"
	// HoldUntilPurge: on day 180.
	HoldUntilPurge Disposition = "purge"
	// OwnExpiry: the record is not tied to the person any more and keeps its
	// own expiry (a receipt, a security record under a pseudonym).
	OwnExpiry Disposition = "own expiry"
	// NotPersonal: the record belongs to nobody.
	NotPersonal Disposition = "not personal"
)

// Record declares a record type.
type Record struct {
	Name     string      // unique in the product, as in "session"
	Table    string      // the logical table, as in "Accounts"
	Key      string      // partition and sort key, as in "U#{user_id}/S#{session_id}"
	Indexes  []Index     // where else the row is found
	Owner    string      // the attribute that holds the person's id; empty: nobody's
	Also     []string    // keys of rows outside the person's partition that go with this one
	Shows    []string    // partitions whose ownerless rows are shown to the person with this one, and not erased with it
	Keep     Keep        // how long it is kept
	OnCancel Disposition // what a cancellation does
}

// Index declares that rows are also found under Key in the global index Name.
// When a placeholder's attribute is empty the row is not in the index.
type Index struct {
	Name string
	Key  string
}

// Keep is how long a record is kept.
type Keep struct {
	attribute string
	after     time.Duration
	reason    string
}

// Until keeps a record until the time in the attribute; a row in which it is
// absent has no expiry of its own.
func Until(attribute string) Keep { return Keep{attribute: attribute} }

// For keeps a record for d after the time in the attribute.
func For(attribute string, d time.Duration) Keep { return Keep{attribute: attribute, after: d} }

// WithPerson keeps a record as long as the person's account.
func WithPerson() Keep { return Keep{reason: "as long as the account"} }

// Always keeps a record without an end, for the reason given.
func Always(reason string) Keep { return Keep{reason: reason} }

// String says the retention in words.
func (k Keep) String() string {
	switch {
	case k.attribute == "":
		return k.reason
	case k.after == 0:
		return "until " + k.attribute
	default:
		return fmt.Sprintf("%s after %s", days(k.after), k.attribute)
	}
}

func days(d time.Duration) string {
	if d%(24*time.Hour) == 0 {
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	}
	return d.String()
}

// Expiring reports whether the record has an expiry of its own, and from
// which attribute and how long after it.
func (k Keep) Expiring() (attribute string, after time.Duration, ok bool) {
	return k.attribute, k.after, k.attribute != ""
}

// Attribute is one declared attribute of a record.
type Attribute struct {
	Name    string
	Clause  string
	Purpose Purpose
	Class   Class
	Index   int          // the field's place in its struct
	Type    reflect.Type // the field's Go type
	Nested  []Attribute  // the attributes inside, when it is a struct or holds structs
}

// Schema is a declared record type with its attributes.
type Schema struct {
	Record
	GoType reflect.Type
	fields func() fields // nil: there are none
}

// fields is what the fields of the Go type declare.
type fields struct {
	attributes []Attribute
	err        error
}

func (s *Schema) read() fields {
	if s.fields == nil {
		return fields{}
	}
	return s.fields()
}

// Attributes returns the declared attributes, in the fields' order.
func (s *Schema) Attributes() []Attribute { return s.read().attributes }

// Err returns what is wrong with the declaration, naming the field: an
// undeclared field, an unknown purpose, a key without its attribute.
func (s *Schema) Err() error { return s.read().err }

// Attribute returns the declared attribute of the name.
func (s *Schema) Attribute(name string) (Attribute, bool) { return s.read().named(name) }

func (f fields) named(name string) (Attribute, bool) {
	for _, a := range f.attributes {
		if a.Name == name {
			return a, true
		}
	}
	return Attribute{}, false
}

// Type binds a Go type to its schema.
type Type[T any] struct{ schema *Schema }

// Schema returns the schema.
func (t *Type[T]) Schema() *Schema { return t.schema }

// Declare declares the record type whose rows have the Go type T. Every field
// of T carries a tag `inv:"name,clause,purpose"`. What is wrong with the
// declaration is told by Schema.Err and by every use of the type. The fields are
// read when they are first asked for: a function does not pay at its start for
// records that it does not use yet.
func Declare[T any](r Record) *Type[T] {
	s := &Schema{Record: r, GoType: reflect.TypeFor[T]()}
	s.fields = sync.OnceValue(func() (f fields) {
		if f.attributes, f.err = attributes(r.Name, s.GoType); f.err == nil {
			f.err = s.check(f)
		}
		return f
	})
	return &Type[T]{schema: s}
}

func (s *Schema) check(f fields) error {
	if s.Name == "" || s.Table == "" || !strings.Contains(s.Key, "/") {
		return fmt.Errorf("inventory: record %q needs a name, a table and a key of the form pk/sk", s.Name)
	}
	if s.OnCancel == "" {
		return fmt.Errorf("inventory: record %s does not say what a cancellation does to it", s.Name)
	}
	if s.Owner == "" && s.OnCancel != NotPersonal && s.OnCancel != OwnExpiry {
		return fmt.Errorf("inventory: record %s is erased for a person but names no owner", s.Name)
	}
	if s.Keep == (Keep{}) {
		return fmt.Errorf("inventory: record %s has no retention", s.Name)
	}
	named := placeholders(s.Key)
	for _, i := range s.Indexes {
		named = append(named, placeholders(i.Key)...)
	}
	for _, also := range s.Also {
		named = append(named, placeholders(also)...)
	}
	for _, shows := range s.Shows {
		if s.Owner == "" || strings.Contains(shows, "/") || len(placeholders(shows)) == 0 {
			return fmt.Errorf("inventory: record %s shows %q: it needs an owner, and a partition of an attribute's without sort key", s.Name, shows)
		}
		named = append(named, placeholders(shows)...)
	}
	if s.Owner != "" {
		named = append(named, s.Owner)
	}
	if s.Keep.attribute != "" {
		named = append(named, s.Keep.attribute)
	}
	for _, name := range named {
		a, ok := f.named(name)
		if !ok {
			return fmt.Errorf("inventory: record %s uses attribute %s, which it does not declare", s.Name, name)
		}
		if a.Class.Sealed() {
			return fmt.Errorf("inventory: record %s has the sealed attribute %s in a key", s.Name, name)
		}
	}
	return nil
}

// placeholders returns the attribute names in a key pattern.
func placeholders(pattern string) []string {
	var names []string
	for {
		_, rest, ok := strings.Cut(pattern, "{")
		if !ok {
			return names
		}
		name, after, _ := strings.Cut(rest, "}")
		names = append(names, name)
		pattern = after
	}
}
