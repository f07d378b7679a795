package inventory

import "strings"

// Named reports whether s is a name that can stand in keys and addresses: 1 to
// longest characters, an ASCII letter or digit first, then letters, digits and
// marks. It is no regular expression, because every function would pay for
// compiling its counted repetitions when it starts.
func Named(s string, longest int, marks string) bool {
	if s == "" || len(s) > longest || !letterOrDigit(s[0]) {
		return false
	}
	for i := range len(s) {
		if !letterOrDigit(s[i]) && strings.IndexByte(marks, s[i]) < 0 {
			return false
		}
	}
	return true
}

func letterOrDigit(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}
