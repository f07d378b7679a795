// Package scan proves forgetting: it looks for a person's identifiers, in every
// spelling in which a store might hold them, in whatever bytes a store gives
// back. What it finds is told by name, never by value (C04, C05, C88).
package scan

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// Identifier is a value that must be forgotten, under a name that may be
// printed: "phone", "device id".
type Identifier struct {
	Name  string
	Value string
}

// Leak is an identifier that was found.
type Leak struct {
	Identifier string // its name
	Spelling   string // how it was written, as in "base64 at offset 1"
	Where      string // what was scanned
}

// String says what was found where, without the value.
func (l Leak) String() string {
	return fmt.Sprintf("%s holds the %s, written as %s", l.Where, l.Identifier, l.Spelling)
}

// shortest is the length in bytes below which a value would be found by
// accident.
const shortest = 4

// Scanner looks for a set of identifiers. It is immutable and safe for
// concurrent use.
type Scanner struct {
	exact  []pattern // byte for byte
	folded []pattern // without regard to the case of ASCII letters
	digits []pattern // among digits, whatever separates them
}

type pattern struct {
	identifier string
	spelling   string
	bytes      []byte
	before     string // one of these bytes stands before; empty: anything or nothing
	after      string // one of these stands behind; empty: anything or nothing
}

// New returns a scanner for the identifiers. A value of fewer than four bytes,
// or an absent one, is an error: a scan for it would prove nothing.
func New(identifiers ...Identifier) (*Scanner, error) {
	s := &Scanner{}
	for _, id := range identifiers {
		if len(id.Value) < shortest {
			return nil, fmt.Errorf("scan: the %s is too short to be looked for", id.Name)
		}
		s.add(id)
	}
	return s, nil
}

// Reader scans all that r gives. The error is the reader's.
func (s *Scanner) Reader(where string, r io.Reader) ([]Leak, error) {
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("scan %s: %w", where, err)
	}
	return s.Bytes(where, b), nil
}

// Bytes scans b as it is, with its escapes undone (URL, JSON), and with what
// lies compressed in it taken out. Each identifier is told once for each
// spelling.
func (s *Scanner) Bytes(where string, b []byte) []Leak {
	found := map[Leak]bool{}
	var leaks []Leak
	s.scan(b, depth, func(p pattern) {
		l := Leak{Identifier: p.identifier, Spelling: p.spelling, Where: where}
		if !found[l] {
			found[l] = true
			leaks = append(leaks, l)
		}
	})
	return leaks
}

// depth is how many layers of escapes and compression are taken off.
const depth = 4

func (s *Scanner) scan(b []byte, layers int, hit func(pattern)) {
	search(b, s.exact, hit)
	search(fold(b), s.folded, hit)
	search(joinDigits(b), s.digits, hit)
	if layers == 0 {
		return
	}
	if plain := unescape(b); !bytes.Equal(plain, b) {
		s.scan(plain, layers-1, hit)
	}
	for _, inner := range unpack(b) {
		s.scan(inner, layers-1, hit)
	}
}

func search(b []byte, patterns []pattern, hit func(pattern)) {
	for _, p := range patterns {
		if p.in(b) {
			hit(p)
		}
	}
}

func (p pattern) in(b []byte) bool {
	for from := 0; ; {
		at := bytes.Index(b[from:], p.bytes)
		if at < 0 {
			return false
		}
		start := from + at
		end := start + len(p.bytes)
		if (p.before == "" || start > 0 && strings.IndexByte(p.before, b[start-1]) >= 0) &&
			(p.after == "" || end < len(b) && strings.IndexByte(p.after, b[end]) >= 0) {
			return true
		}
		from = start + 1
	}
}
