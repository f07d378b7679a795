package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/catalog/catalogtest"
)

func manyRows(n int) string {
	var feed strings.Builder
	for i := range n {
		fmt.Fprintf(&feed, `{"key":"%d","title":"戒指 %d"}`+"\n", i, i)
		if i%10 == 9 {
			feed.WriteString("broken\n")
		}
	}
	return feed.String()
}

// An invocation whose time is up hands over; the next one goes on behind the
// last line, and the sum is the sum of one that needed no second invocation.
func TestALongFeedGoesOnInFurtherInvocations(t *testing.T) {
	b := newBench(t)
	b.objects.Put("feed.jsonl", []byte(manyRows(240)))
	r := request("long")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second) // within the reserve
	defer cancel()
	state, err := b.Start(ctx, r)
	runs := 1
	for ; err == nil && state.State == catalog.Running; runs++ {
		if len(b.onward) != runs {
			t.Fatalf("run %d handed over %d times", runs, len(b.onward))
		}
		state, err = b.Start(ctx, b.onward[runs-1])
	}
	if err != nil {
		t.Fatal(err)
	}
	wantCounts(t, state, "completed rows 264: 240 created, 0 updated, 0 unchanged, 0 retired, 24 rejected")
	if runs < 3 || b.store.Writes != 240 {
		t.Errorf("%d runs, %d writes", runs, b.store.Writes)
	}
	if got := strings.Count(string(b.objects.Get(state.Report.Key)), "\n"); got != 24 {
		t.Errorf("the report has %d lines", got)
	}
	again, err := b.Start(ctx, r)
	if err != nil || counts(again) != counts(state) || b.store.Writes != 240 {
		t.Errorf("asked again: %s, %v", counts(again), err)
	}
}

// A hand-over that fails is taken up by asking again; the call that arrives
// after all finds that it is too late.
func TestAHandOverThatFailedIsTakenUpByAskingAgain(t *testing.T) {
	b := newBench(t)
	b.objects.Put("feed.jsonl", []byte(manyRows(240)))
	hurried, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	b.refusing = errors.New("refused")
	if _, err := b.Start(hurried, request("a")); !errors.Is(err, b.refusing) {
		t.Fatalf("error is %v", err)
	}
	late := request("a")
	late.Source.Bucket, late.Resume = "Imports", 1
	b.store.FailAfter = 150
	b.store.Fail = func() { // in the middle of the work of who took it up
		if state := b.importing(t, late, ""); state.State != catalog.Running {
			t.Errorf("too early: %s", counts(state))
		}
	}
	_, _ = b.Start(t.Context(), request("a"))
	if b.store.Writes != 150 {
		t.Errorf("the late call wrote: %d writes", b.store.Writes)
	}
	b.store.FailAfter = 0
	state := b.importing(t, request("a"), "")
	if state.State != catalog.Completed || state.Created+state.Unchanged != 240 || state.Rejected != 24 {
		t.Errorf("taken up: %s", counts(state))
	}
	if again := b.importing(t, late, ""); counts(again) != counts(state) || b.store.Writes != 240 {
		t.Errorf("too late: %s, %d writes", counts(again), b.store.Writes)
	}
}

func TestOfTwoThatAskOneImports(t *testing.T) {
	b := newBench(t)
	b.objects.Put("feed.jsonl", []byte(manyRows(120)))
	b.store.FailAfter = 70
	b.store.Fail = func() { // in the middle of the first one's work
		state, err := b.Start(t.Context(), request("a"))
		if err != nil || state.State != catalog.Running || state.Created != 0 {
			t.Errorf("the second: %s, %v", counts(state), err)
		}
	}
	_, _ = b.Start(t.Context(), request("a"))
	if b.store.Writes != 70 {
		t.Errorf("%d writes", b.store.Writes)
	}
}

func TestAnImportThatFailedGoesOnWhenAskedAgain(t *testing.T) {
	b := newBench(t)
	b.objects.Put("feed.jsonl", []byte(manyRows(120)))
	b.store.FailAfter = 70
	if _, err := b.Start(t.Context(), request("a")); !errors.Is(err, catalogtest.ErrStore) {
		t.Fatalf("error is %v", err)
	}
	b.store.FailAfter = 0
	state := b.importing(t, request("a"), "")
	if state.State != catalog.Completed || state.Created+state.Unchanged != 120 || b.store.Writes != 120 {
		t.Errorf("%s, %d writes", counts(state), b.store.Writes)
	}
}

func TestAnImportWhoseSourceChangesFails(t *testing.T) {
	b := newBench(t)
	b.objects.Put("feed.jsonl", []byte(manyRows(120)))
	b.store.FailAfter = 70
	_, _ = b.Start(t.Context(), request("a"))
	b.store.FailAfter = 0
	state := b.importing(t, request("a"), manyRows(10))
	if state.State != catalog.Failed || len(state.Warnings) != 1 {
		t.Errorf("%s %v", counts(state), state.Warnings)
	}
}
