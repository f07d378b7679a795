package main

import (
	"testing"
	"time"
)

func TestRecoveryIsToldFromItsLack(t *testing.T) {
	at := func(ms ...int) (r result) {
		for _, n := range ms {
			r.latencies = append(r.latencies, time.Duration(n)*time.Millisecond)
		}
		return r
	}
	calm := at(5, 6, 7)
	if err := at(5, 6, 30).recovered(calm); err != nil {
		t.Error(err)
	}
	if at(5, 6, 900).recovered(calm) == nil {
		t.Error("slow is not recovered")
	}
	failing := at(5)
	failing.failed = map[string]int{"500": 1}
	if failing.recovered(calm) == nil {
		t.Error("failing is not recovered")
	}
	if got := at(1, 2, 3, 4).quantile(0.5); got != 3*time.Millisecond {
		t.Errorf("p50 %s", got)
	}
	if got := (result{}).quantile(0.99); got != 0 {
		t.Errorf("p99 of nothing is %s", got)
	}
}
