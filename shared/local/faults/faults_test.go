package faults_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"jewelrydisplay.app/shared/local/faults"
)

var functions = []string{"SmsLogin", "Profile"}

func TestAPlanThatCouldNeverStrikeIsRefused(t *testing.T) {
	t.Parallel()
	for field, plans := range map[string][]faults.Plan{
		"rate":          {{}, {Rate: -0.1}, {Rate: 1.1}},
		"kind":          {{Rate: 1}, {Rate: 1, Kind: "slow"}},
		"service":       {{Rate: 1, Kind: faults.Lost, Service: "dynamo"}, {Rate: 1, Kind: faults.Truncated, Service: "s3"}, {Rate: 1, Kind: faults.Unprocessed, Service: "sns"}},
		"action":        {{Rate: 1, Kind: faults.Truncated, Action: "GetItem"}, {Rate: 1, Kind: faults.Unprocessed, Service: "sqs", Action: "BatchGetItem"}},
		"function":      {{Rate: 1, Kind: faults.Any, Function: "Login"}},
		"delay_seconds": {{Rate: 1, Kind: faults.Delay, DelaySeconds: 61}, {Rate: 1, Kind: faults.Lost, DelaySeconds: 1}},
		"":              {{Rate: 1, Kind: faults.Any, Service: "sns", Action: "Publish", Function: "Profile", DelaySeconds: 0.1, Seed: -1}},
	} {
		for _, plan := range plans {
			err := new(faults.Injector).Set(plan, functions)
			var wrong *faults.FieldError
			if field == "" && err != nil || field != "" && (!errors.As(err, &wrong) || wrong.Field != field) {
				t.Errorf("%+v: %v, want %q named", plan, err, field)
			}
		}
	}
}

// strikes makes so many calls of each and returns what struck them.
func strikes(t *testing.T, plan faults.Plan, n int, calls ...faults.Call) map[faults.Call][]faults.Kind {
	t.Helper()
	var i faults.Injector
	if err := i.Set(plan, functions); err != nil {
		t.Fatal(err)
	}
	out := map[faults.Call][]faults.Kind{}
	for range n {
		for _, c := range calls {
			kind, _ := i.Strike(c)
			out[c] = append(out[c], kind)
		}
	}
	return out
}

// The seed alone decides about the n-th call of a kind; the order among kinds,
// which concurrency changes, does not.
func TestTheSameSeedStrikesTheSameCalls(t *testing.T) {
	t.Parallel()
	a, b := faults.Call{"SmsLogin", "dynamodb", "PutItem"}, faults.Call{"Profile", "dynamodb", "Query"}
	plan := faults.Plan{Rate: 0.2, Kind: faults.Any, Seed: 7}
	first := strikes(t, plan, 5000, a, b)
	if diff := cmp.Diff(first, strikes(t, plan, 5000, b, a)); diff != "" {
		t.Error("the order among the calls changed what was struck")
	}
	plan.Seed = 8
	if cmp.Equal(first, strikes(t, plan, 5000, a, b)) {
		t.Error("another seed struck the same calls")
	}
	count := map[faults.Kind]int{}
	for _, kind := range first[b] {
		count[kind]++
	}
	for _, kind := range []faults.Kind{faults.Throttling, faults.Internal, faults.Lost, faults.Delay, faults.Truncated} {
		if count[kind] < 150 || count[kind] > 250 {
			t.Errorf("%s struck %d of 5000 calls, want about 200", kind, count[kind])
		}
	}
	if slices.Contains(first[a], faults.Truncated) || slices.Contains(first[b], faults.Unprocessed) {
		t.Error("a call was struck by what does not fit it")
	}
}

func TestOnlyWhatThePlanNamesIsStruck(t *testing.T) {
	t.Parallel()
	put := faults.Call{"SmsLogin", "dynamodb", "PutItem"}
	others := []faults.Call{{"operator", "dynamodb", "PutItem"}, {"Profile", "dynamodb", "PutItem"}, {"SmsLogin", "dynamodb", "GetItem"}, {"SmsLogin", "s3", "PutItem"}}
	plan := faults.Plan{Rate: 1, Kind: faults.Lost, Service: "dynamodb", Action: "PutItem", Function: "SmsLogin"}
	for c, kinds := range strikes(t, plan, 3, append(others, put)...) {
		if struck := slices.Contains(kinds, faults.Lost); struck != (c == put) {
			t.Errorf("%v: %v", c, kinds)
		}
	}
}

func TestTheStateCountsUntilTheNextPlan(t *testing.T) {
	t.Parallel()
	var i faults.Injector
	if kind, _ := i.Strike(faults.Call{"SmsLogin", "sns", "Publish"}); kind != faults.None {
		t.Errorf("without a plan: %s", kind)
	}
	plan := faults.Plan{Rate: 1, Kind: faults.Delay, Seed: 1}
	if err := i.Set(plan, functions); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if kind, delay := i.Strike(faults.Call{"SmsLogin", "sns", "Publish"}); kind != faults.Delay || delay != 5*time.Second {
			t.Errorf("%s %s, want a delay of 5 s", kind, delay)
		}
	}
	want := faults.State{Plan: plan, Seen: 2, Struck: []faults.Struck{{Service: "sns", Action: "Publish", Kind: faults.Delay, Calls: 2}}}
	if diff := cmp.Diff(want, i.State()); diff != "" {
		t.Error(diff)
	}
	i.Clear()
	if kind, _ := i.Strike(faults.Call{"SmsLogin", "sns", "Publish"}); kind != faults.None {
		t.Errorf("after the end: %s", kind)
	}
	want.Plan = faults.Plan{}
	if diff := cmp.Diff(want, i.State()); diff != "" {
		t.Error(diff)
	}
}
