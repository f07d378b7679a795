// Package iam holds what the functions do against what their roles allow: a call
// that no policy grants would fail on AWS, and a grant that no call used is wider
// than it has to be.
package iam

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"sync"

	"jewelrydisplay.app/shared/local/stack"
)

// Record takes note of the functions' calls. It is safe for concurrent use, and
// its size does not grow with the number of calls.
type Record struct {
	roles map[string][]stack.Statement

	mu        sync.Mutex
	used      map[Grant]bool
	ungranted map[Call]int
	seen      map[Call]bool
}

// Call is something that a function did.
type Call struct {
	Function string `json:"function"` // logical id
	Action   string `json:"action"`
	Resource string `json:"resource"`
}

// Grant is one action on one resource, as a policy of a function's role writes it.
type Grant struct {
	Function string `json:"function"` // logical id
	Action   string `json:"action"`
	Resource string `json:"resource"`
}

// Report is what the record shows so far.
type Report struct {
	// Ungranted are calls that AWS would have refused, sorted, each with one of
	// its resources.
	Ungranted []Call `json:"ungranted"`
	// Unused are grants that no call used, sorted. Grants of policies that AWS owns are left out.
	Unused []Grant `json:"unused"`
}

// mostRemembered bounds the memory of calls that differ only in their resource,
// as those on objects and endpoints do.
const mostRemembered = 10_000

// New reads the functions' roles. A statement with a condition is refused with
// its operator: what is not evaluated must not be trusted.
func New(functions []stack.Function) (*Record, error) {
	r := &Record{
		roles: map[string][]stack.Statement{},
		used:  map[Grant]bool{}, ungranted: map[Call]int{}, seen: map[Call]bool{},
	}
	for _, f := range functions {
		for _, s := range f.Statements {
			if len(s.Condition) > 0 {
				operators := slices.Sorted(maps.Keys(s.Condition))
				return nil, fmt.Errorf("%s: IAM condition %s is not supported locally", f.LogicalID, operators[0])
			}
		}
		r.roles[f.LogicalID] = f.Statements
	}
	return r, nil
}

// Note records a call by a function. Callers that are no function of the
// template, such as a person at the command line, are not recorded.
func (r *Record) Note(function string, needs []Need) {
	statements, ok := r.roles[function]
	if !ok {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, n := range needs {
		call := Call{function, n.Action, n.Resource}
		if r.seen[call] {
			continue
		}
		if len(r.seen) < mostRemembered {
			r.seen[call] = true
		}
		allowed := false
		var grants []Grant
		for _, s := range statements {
			action, ok := first(s.Actions, n.Action, true)
			if !ok {
				continue
			}
			resource, ok := first(s.Resources, n.Resource, false)
			if n.Resource == "" && len(s.Resources) > 0 {
				resource, ok = s.Resources[0], true
			}
			if !ok {
				continue
			}
			if s.Effect == "Deny" {
				grants, allowed = nil, false
				break
			}
			allowed = true
			grants = append(grants, Grant{function, action, resource})
		}
		for _, g := range grants {
			r.used[g] = true
		}
		if !allowed {
			r.ungranted[call]++
		}
	}
}

// Report compares the calls so far with the policies.
func (r *Record) Report() Report {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := Report{Ungranted: []Call{}, Unused: []Grant{}}
	told := map[Call]bool{}
	for _, c := range slices.SortedFunc(maps.Keys(r.ungranted), compareCalls) {
		if kind := (Call{c.Function, c.Action, container(c.Resource)}); !told[kind] {
			told[kind] = true
			out.Ungranted = append(out.Ungranted, c)
		}
	}
	listed := map[Grant]bool{}
	for function, statements := range r.roles {
		for _, s := range statements {
			if s.Effect != "Allow" || s.Managed {
				continue
			}
			for _, action := range s.Actions {
				for _, resource := range s.Resources {
					g := Grant{function, action, resource}
					if !r.used[g] && !listed[g] {
						listed[g] = true
						out.Unused = append(out.Unused, g)
					}
				}
			}
		}
	}
	sort.Slice(out.Unused, func(i, j int) bool { return compareCalls(Call(out.Unused[i]), Call(out.Unused[j])) < 0 })
	return out
}

func compareCalls(a, b Call) int {
	if c := strings.Compare(a.Function, b.Function); c != 0 {
		return c
	}
	if c := strings.Compare(a.Action, b.Action); c != 0 {
		return c
	}
	return strings.Compare(a.Resource, b.Resource)
}

// container is what holds the resource, where there may be any number of its
// kind: the bucket of an object, the application of an endpoint.
func container(resource string) string {
	if strings.HasPrefix(resource, "arn:aws:s3:::") {
		bucket, _, _ := strings.Cut(resource, "/")
		return bucket
	}
	if strings.Contains(resource, ":endpoint/") {
		return resource[:strings.LastIndexByte(resource, '/')]
	}
	return resource
}

// first returns the first pattern that covers the value. Actions are compared
// without regard to case, as IAM does.
func first(patterns []string, value string, fold bool) (string, bool) {
	for _, p := range patterns {
		if fold && covers(strings.ToLower(p), strings.ToLower(value)) || !fold && covers(p, value) {
			return p, true
		}
	}
	return "", false
}

// covers tells whether the pattern, in which * stands for any run and ? for one
// character, matches the whole value.
func covers(pattern, value string) bool {
	p, v, star, mark := 0, 0, -1, 0
	for v < len(value) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, v
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == value[v]):
			p++
			v++
		case star >= 0:
			mark++
			p, v = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
