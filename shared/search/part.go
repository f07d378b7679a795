package search

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Kind is what a part of an edition is.
type Kind string

// The kinds.
const (
	Base  Kind = "base"
	Delta Kind = "delta"
	Pin   Kind = "pins"
)

// ErrDamaged says that a part is not what was published.
var ErrDamaged = errors.New("search: a part of the edition is damaged")

// PartKey names the object of a part that is made for the edition of a version:
// two publishers at once never write to one name, and a name tells whether it
// can still be published.
func PartKey(kind Kind, version int, digest string) string {
	return fmt.Sprintf("%s/%09d-%.16s.zst", kind, version, digest)
}

// ParseKey returns the kind and the version that a key names.
func ParseKey(key string) (kind Kind, version int, ok bool) {
	name, rest, _ := strings.Cut(key, "/")
	digits, _, ok := strings.Cut(rest, "-")
	kind = Kind(name)
	if !ok || (kind != Base && kind != Delta && kind != Pin) {
		return kind, 0, false
	}
	version, err := strconv.Atoi(digits)
	return kind, version, err == nil && version > 0
}
