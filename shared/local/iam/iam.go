// Package iam holds the functions' calls against what their roles allow: a call
// that no policy grants is refused, as on AWS, and a grant that no call used is
// wider than it has to be.
package iam

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"jewelrydisplay.app/shared/local/stack"
)

// Record decides the functions' calls and takes note of them. It is safe for
// concurrent use, and its size does not grow with the number of calls.
type Record struct {
	roles map[string][]stack.Statement

	mu       sync.Mutex
	first    map[Grant]time.Time // when each grant was first used
	refused  map[Call]bool
	decided  map[Call]*Refusal // nil: allowed
	withheld map[Grant]bool
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

// Use is a grant and when a call first needed it, by the machine's clock.
type Use struct {
	Grant
	FirstAt time.Time `json:"first_at"`
}

// Report is what the record shows so far.
type Report struct {
	// Ungranted are calls that were refused, sorted, each with one of its resources.
	Ungranted []Call `json:"ungranted"`
	// Unused are grants that no call used, sorted. Grants of policies that AWS owns are left out.
	Unused []Grant `json:"unused"`
	// Used are the others, by the time of their first use.
	Used []Use `json:"used"`
	// Withheld are the grants that Withhold took away, sorted.
	Withheld []Grant `json:"withheld"`
}

// mostRemembered bounds the memory of calls that differ only in their resource,
// as those on objects and endpoints do.
const mostRemembered = 10_000

// New reads the functions' roles. A statement with a condition, or with another
// effect than Allow and Deny, is an error that names it: what is not evaluated
// must not be trusted.
func New(functions []stack.Function) (*Record, error) {
	r := &Record{
		roles: map[string][]stack.Statement{},
		first: map[Grant]time.Time{}, refused: map[Call]bool{}, decided: map[Call]*Refusal{}, withheld: map[Grant]bool{},
	}
	for _, f := range functions {
		for _, s := range f.Statements {
			if s.Effect != "Allow" && s.Effect != "Deny" {
				return nil, fmt.Errorf("%s: IAM effect %q is neither Allow nor Deny", f.LogicalID, s.Effect)
			}
			for _, operator := range slices.Sorted(maps.Keys(s.Condition)) {
				keys := slices.Sorted(maps.Keys(s.Condition[operator]))
				return nil, fmt.Errorf("%s: IAM condition %s of %s is not supported locally", f.LogicalID, operator, strings.Join(keys, ", "))
			}
		}
		r.roles[f.LogicalID] = f.Statements
	}
	return r, nil
}

// Decide records a call by a function and returns nil when its role allows all
// that the call needs, or what is refused first. Callers that are no function of
// the template, such as a person at the command line, may do everything and are
// not recorded.
func (r *Record) Decide(function string, needs []Need) *Refusal {
	statements, ok := r.roles[function]
	if !ok {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var refusal *Refusal
	for _, n := range needs {
		call := Call{function, n.Action, n.Resource}
		decision, known := r.decided[call]
		if !known {
			decision = r.decide(statements, call)
			if len(r.decided) < mostRemembered {
				r.decided[call] = decision
			}
		}
		if refusal == nil {
			refusal = decision
		}
	}
	return refusal
}

// decide compares one call with the role: an explicit deny wins over any grant,
// and what nothing grants is refused.
func (r *Record) decide(statements []stack.Statement, call Call) *Refusal {
	var grants []Grant
	for _, s := range statements {
		for _, action := range s.Actions {
			if !covers(strings.ToLower(action), strings.ToLower(call.Action)) {
				continue
			}
			for _, resource := range s.Resources {
				if call.Resource != "" && !covers(resource, call.Resource) {
					continue
				}
				grant := Grant{call.Function, action, resource}
				switch {
				case s.Effect == "Deny":
					r.refuse(call)
					return &Refusal{Call: call, Explicit: true}
				case s.Managed || !r.withheld[grant]:
					grants = append(grants, grant)
				}
			}
		}
	}
	if len(grants) == 0 {
		r.refuse(call)
		return &Refusal{Call: call}
	}
	for _, g := range grants {
		if r.first[g].IsZero() {
			r.first[g] = time.Now()
		}
	}
	return nil
}

func (r *Record) refuse(call Call) {
	if len(r.refused) < mostRemembered {
		r.refused[call] = true
	}
}

// Withhold takes these grants away from their roles until the next Withhold, and
// gives back those that the last one took. A grant that no policy of the template
// writes so is an error that names it, and changes nothing.
func (r *Record) Withhold(grants []Grant) error {
	withheld := map[Grant]bool{}
	for _, g := range grants {
		if !slices.ContainsFunc(r.roles[g.Function], func(s stack.Statement) bool {
			return s.Effect == "Allow" && !s.Managed && slices.Contains(s.Actions, g.Action) && slices.Contains(s.Resources, g.Resource)
		}) {
			return fmt.Errorf("%s is granted no %s on %s", g.Function, g.Action, g.Resource)
		}
		withheld[g] = true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.withheld = withheld
	clear(r.decided)
	return nil
}

// Report compares the calls so far with the policies.
func (r *Record) Report() Report {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := Report{Ungranted: []Call{}, Unused: []Grant{}, Used: []Use{}, Withheld: []Grant{}}
	told := map[Call]bool{}
	for _, c := range slices.SortedFunc(maps.Keys(r.refused), compareCalls) {
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
					if listed[g] {
						continue
					}
					listed[g] = true
					if at := r.first[g]; !at.IsZero() {
						out.Used = append(out.Used, Use{g, at})
					} else {
						out.Unused = append(out.Unused, g)
					}
				}
			}
		}
	}
	for g := range r.withheld {
		out.Withheld = append(out.Withheld, g)
	}
	slices.SortFunc(out.Unused, compareGrants)
	slices.SortFunc(out.Withheld, compareGrants)
	slices.SortFunc(out.Used, func(a, b Use) int { return a.FirstAt.Compare(b.FirstAt) })
	return out
}

func compareGrants(a, b Grant) int { return compareCalls(Call(a), Call(b)) }

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
