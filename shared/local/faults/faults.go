// Package faults makes the local cloud's AWS fail as AWS fails now and then: it
// decides which calls of the functions are struck, and by what. The proxy does it.
package faults

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"slices"
	"sync"
	"time"
)

// Kind is a way to fail.
type Kind string

// The kinds.
const (
	None Kind = "" // the call is not struck

	Throttling  Kind = "throttling"  // refused without effect, in the service's own words
	Internal    Kind = "error"       // answered with 500, without effect
	Lost        Kind = "lost"        // carried out, and the connection closed instead of an answer
	Delay       Kind = "delay"       // carried out late
	Truncated   Kind = "truncated"   // Query and Scan: a page of one item, with LastEvaluatedKey
	Unprocessed Kind = "unprocessed" // BatchGetItem, BatchWriteItem, SendMessageBatch: a part is left undone
	Any         Kind = "any"         // one of those that fit the call
)

// fits are the actions, by service, of the kinds that do not fit every one.
var fits = map[Kind]map[string][]string{
	Truncated:   {"dynamodb": {"Query", "Scan"}},
	Unprocessed: {"dynamodb": {"BatchGetItem", "BatchWriteItem"}, "sqs": {"SendMessageBatch"}},
}

// fit tells whether the kind fits some call that the plan names; empty means any.
func (k Kind) fit(service, action string) bool {
	by, special := fits[k]
	if !special {
		return true
	}
	for name, actions := range by {
		if (service == "" || service == name) && (action == "" || slices.Contains(actions, action)) {
			return true
		}
	}
	return false
}

var kinds = []Kind{Throttling, Internal, Lost, Delay, Truncated, Unprocessed}

// pollers are calls that Lambda makes by a function's role, not the function.
var pollers = []string{"ReceiveMessage", "DeleteMessageBatch", "ChangeMessageVisibility", "GetQueueAttributes", "DescribeStream", "GetShardIterator", "GetRecords"}

// services are those that functions call.
var services = []string{"dynamodb", "lambda", "s3", "secretsmanager", "sns", "sqs"}

// Plan says which calls are struck.
type Plan struct {
	Rate     float64 `json:"rate"`               // of the calls that the plan fits, 0 to 1
	Kind     Kind    `json:"kind"`               //
	Service  string  `json:"service,omitempty"`  // of the signature; empty means every one
	Action   string  `json:"action,omitempty"`   // as the service names it; empty means every one
	Function string  `json:"function,omitempty"` // logical id; empty means every one
	Seed     int64   `json:"seed"`               // another seed strikes other calls
	// DelaySeconds is how late Delay answers; 0 means 5.
	DelaySeconds float64 `json:"delay_seconds,omitempty"`
}

// late is how late Delay answers when the plan does not say.
const late = 5 * time.Second

// FieldError says which member of a Plan is wrong.
type FieldError struct{ Field, Message string }

// Error implements error.
func (e *FieldError) Error() string { return e.Field + " " + e.Message }

// Call is a call of a function.
type Call struct{ Function, Service, Action string }

// Struck counts the calls that were struck in one way.
type Struck struct {
	Service string `json:"service"`
	Action  string `json:"action"`
	Kind    Kind   `json:"kind"`
	Calls   int    `json:"calls"`
}

// State is the plan, and what it has done since it was set.
type State struct {
	Plan
	Seen   int      `json:"seen"` // calls that the plan fits
	Struck []Struck `json:"struck"`
}

// Injector strikes calls. The zero value strikes none. It is safe for concurrent use.
type Injector struct {
	mu     sync.Mutex
	plan   Plan
	whose  []string
	turn   map[Call]uint64 // how many calls of each kind there have been
	seen   int
	struck map[Struck]int
}

// Set puts the plan in the place of the last one. Returns a *FieldError when the
// plan could never strike. functions are the logical ids that there are; the calls
// of anybody else are never struck.
func (i *Injector) Set(plan Plan, functions []string) error {
	if err := plan.check(functions); err != nil {
		return err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.plan, i.whose, i.turn, i.seen, i.struck = plan, functions, map[Call]uint64{}, 0, map[Struck]int{}
	return nil
}

// Clear ends every fault; what was struck stays counted until the next Set.
func (i *Injector) Clear() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.plan = Plan{}
}

func (p Plan) check(functions []string) error {
	switch {
	case math.IsNaN(p.Rate) || p.Rate <= 0 || p.Rate > 1:
		return &FieldError{"rate", "is more than 0 and at most 1"}
	case p.Kind != Any && !slices.Contains(kinds, p.Kind):
		return &FieldError{"kind", fmt.Sprintf("is any or one of %v", kinds)}
	case p.Service != "" && !slices.Contains(services, p.Service):
		return &FieldError{"service", fmt.Sprintf("is absent or one of %v", services)}
	case !p.Kind.fit(p.Service, ""):
		return &FieldError{"service", "knows nothing of this kind"}
	case !p.Kind.fit(p.Service, p.Action):
		return &FieldError{"action", "knows nothing of this kind"}
	case p.Function != "" && !slices.Contains(functions, p.Function):
		return &FieldError{"function", "is absent or the logical id of a function"}
	case p.DelaySeconds < 0 || p.DelaySeconds > 60:
		return &FieldError{"delay_seconds", "is between 0 and 60"}
	case p.DelaySeconds != 0 && p.Kind != Delay && p.Kind != Any:
		return &FieldError{"delay_seconds", "is for the kinds delay and any"}
	}
	return nil
}

// Strike decides about a call. The n-th call of a function to an action is
// struck or not by the seed alone, however the calls of others lie between.
func (i *Injector) Strike(c Call) (Kind, time.Duration) {
	i.mu.Lock()
	defer i.mu.Unlock()
	p := i.plan
	if p.Rate == 0 || !slices.Contains(i.whose, c.Function) || slices.Contains(pollers, c.Action) || p.Service != "" && p.Service != c.Service || p.Action != "" && p.Action != c.Action ||
		p.Function != "" && p.Function != c.Function {
		return None, 0
	}
	var fitting []Kind
	for _, kind := range kinds {
		if (p.Kind == Any || p.Kind == kind) && kind.fit(c.Service, c.Action) {
			fitting = append(fitting, kind)
		}
	}
	if len(fitting) == 0 {
		return None, 0
	}
	i.seen++
	i.turn[c]++
	chance := p.draw(c, i.turn[c])
	if float64(chance>>11)/(1<<53) >= p.Rate {
		return None, 0
	}
	kind := fitting[chance%uint64(len(fitting))]
	i.struck[Struck{c.Service, c.Action, kind, 0}]++
	delay := time.Duration(p.DelaySeconds * float64(time.Second))
	if delay == 0 {
		delay = late
	}
	return kind, delay
}

// draw is an even number for the n-th call of its kind.
func (p Plan) draw(c Call, n uint64) uint64 {
	h := fnv.New64a()
	var number [8]byte
	for _, v := range []uint64{uint64(p.Seed), n} {
		binary.LittleEndian.PutUint64(number[:], v)
		_, _ = h.Write(number[:]) // a hash never fails
	}
	_, _ = h.Write([]byte(c.Function + "\x00" + c.Service + "\x00" + c.Action))
	// FNV's high bits are not even by themselves: splitmix64's finish.
	x := h.Sum64()
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// State returns the plan and its count, sorted.
func (i *Injector) State() State {
	i.mu.Lock()
	defer i.mu.Unlock()
	out := State{Plan: i.plan, Seen: i.seen, Struck: []Struck{}}
	for one := range maps.Keys(i.struck) {
		one.Calls = i.struck[one]
		out.Struck = append(out.Struck, one)
	}
	slices.SortFunc(out.Struck, func(a, b Struck) int {
		for _, d := range []int{compare(a.Service, b.Service), compare(a.Action, b.Action)} {
			if d != 0 {
				return d
			}
		}
		return compare(string(a.Kind), string(b.Kind))
	})
	return out
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
