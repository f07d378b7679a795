// Package unrouted knows what to say about a request that no route took: its
// path is unknown, or known with other methods.
package unrouted

import (
	"slices"
	"strings"
)

//go:generate go run jewelrydisplay.app/shared/local/routes -template ../../template.yaml -out routes.go

type route struct {
	path    string // with {names} for what varies
	methods []string
}

// Methods returns the methods that the API knows for a path, sorted and
// without doubles; none when it does not know the path (RFC 9110 15.5.6).
func Methods(path string) []string {
	var methods []string
	for _, r := range routes {
		if matches(r.path, path) {
			methods = append(methods, r.methods...)
		}
	}
	slices.Sort(methods)
	return slices.Compact(methods)
}

// matches compares segment by segment, as API Gateway does: a name stands for
// one whole segment, which is not empty.
func matches(pattern, path string) bool {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return false
	}
	for i, segment := range want {
		if strings.HasPrefix(segment, "{") && got[i] != "" {
			continue
		}
		if segment != got[i] {
			return false
		}
	}
	return true
}
