package gateway

import (
	"fmt"
	"net/url"
	"strings"

	"jewelrydisplay.app/shared/local/stack"
)

// table finds the route of a request: a full match before a greedy one, a
// literal segment before a variable, the method before ANY, $default last.
type table struct {
	routes   []route
	fallback *route
}

type route struct {
	key      string
	function string
	method   string
	segments []segment
}

type segment struct {
	literal string
	name    string // of a variable
	greedy  bool
}

// match is a route with the values of its variables, decoded.
type match struct {
	route
	parameters map[string]string
}

func newTable(routes []stack.Route) (*table, error) {
	t := &table{}
	seen := map[string]bool{}
	for _, r := range routes {
		if seen[r.Key] {
			return nil, fmt.Errorf("route %q is there twice", r.Key)
		}
		seen[r.Key] = true
		if r.Key == "$default" {
			t.fallback = &route{key: r.Key, function: r.Function}
			continue
		}
		method, path, found := strings.Cut(r.Key, " ")
		if !found || !strings.HasPrefix(path, "/") {
			return nil, fmt.Errorf("route %q is not a method and a path", r.Key)
		}
		segments, err := parse(path)
		if err != nil {
			return nil, fmt.Errorf("route %q: %w", r.Key, err)
		}
		t.routes = append(t.routes, route{key: r.Key, function: r.Function, method: method, segments: segments})
	}
	return t, nil
}

func parse(path string) ([]segment, error) {
	var segments []segment
	parts := strings.Split(path[1:], "/")
	for n, part := range parts {
		name, variable := strings.CutPrefix(part, "{")
		if !variable {
			segments = append(segments, segment{literal: part})
			continue
		}
		name, closed := strings.CutSuffix(name, "}")
		name, greedy := strings.CutSuffix(name, "+")
		switch {
		case !closed || name == "":
			return nil, fmt.Errorf("%q is not a variable", part)
		case greedy && n != len(parts)-1:
			return nil, fmt.Errorf("%q is greedy and not the last", part)
		}
		segments = append(segments, segment{name: name, greedy: greedy})
	}
	return segments, nil
}

// find returns the route of a method and an escaped path.
func (t *table) find(method, path string) (match, bool) {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	var best *route
	for i := range t.routes {
		r := &t.routes[i]
		if (r.method == method || r.method == "ANY") && r.fits(parts) && (best == nil || r.before(best)) {
			best = r
		}
	}
	if best == nil {
		best = t.fallback
	}
	if best == nil {
		return match{}, false
	}
	return match{*best, best.parameters(parts)}, true
}

func (r *route) fits(parts []string) bool {
	for i, s := range r.segments {
		switch {
		case i >= len(parts):
			return false
		case s.greedy:
			return parts[i] != ""
		case s.name != "":
			if parts[i] == "" {
				return false
			}
		case s.literal != decode(parts[i]):
			return false
		}
	}
	return len(parts) == len(r.segments)
}

// before reports whether r is the more specific of two routes that both fit.
func (r *route) before(other *route) bool {
	for i := range min(len(r.segments), len(other.segments)) {
		if a, b := r.segments[i].rank(), other.segments[i].rank(); a != b {
			return a < b
		}
	}
	return r.method != "ANY" && other.method == "ANY"
}

func (s segment) rank() int {
	switch {
	case s.greedy:
		return 2
	case s.name != "":
		return 1
	}
	return 0
}

func (r *route) parameters(parts []string) map[string]string {
	var values map[string]string
	for i, s := range r.segments {
		if s.name == "" {
			continue
		}
		if values == nil {
			values = map[string]string{}
		}
		if s.greedy {
			values[s.name] = decode(strings.Join(parts[i:], "/"))
		} else {
			values[s.name] = decode(parts[i])
		}
	}
	return values
}

func decode(part string) string {
	decoded, err := url.PathUnescape(part)
	if err != nil {
		return part
	}
	return decoded
}
