package search_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/search"
)

func TestChangesBecomeADeltaAndDeltasABase(t *testing.T) {
	w := newWorld("1", "2", "3")
	step := func(what string, got search.Published, err error, changed bool, deltas int) {
		t.Helper()
		if err != nil || got.Changed != changed || got.Version != w.edition.Version || len(w.edition.Deltas) != deltas {
			t.Errorf("%s: %+v, %v; edition %d with %d deltas, want %d", what, got, err, w.edition.Version, len(w.edition.Deltas), deltas)
		}
		w.check(t)
		w.clock.Advance(time.Second)
	}
	got, err := w.apply(w.set("1", "项链"))
	step("the first changes build the base", got, err, true, 0)
	got, err = w.apply(w.set("1", "手镯"), w.set("4", "耳环"))
	step("a change and a new product", got, err, true, 1)
	got, err = w.apply(productID("1"), productID("4"))
	step("the same again", got, err, false, 1)
	if !w.edition.AsOf.Equal(w.clock.Now().Add(-time.Second)) {
		t.Errorf("the same again is as of %s", w.edition.AsOf)
	}
	got, err = w.apply(w.set("2", ""), w.set("9", ""))
	step("a product that left, and one that never was", got, err, true, 1)
	got, err = w.apply(w.set("2", "胸针"))
	step("it comes back", got, err, true, 1)
	scans := w.scans
	got, err = w.Refresh(t.Context())
	step("nothing is due", got, err, false, 1)
	if w.scans != scans {
		t.Error("the catalogue was read though nothing was due")
	}
	got, err = w.Rebuild(t.Context())
	step("by hand", got, err, true, 0)
	got, err = w.Rebuild(t.Context())
	step("by hand again", got, err, false, 0)
	w.clock.Advance(25 * time.Hour)
	got, err = w.Refresh(t.Context())
	step("a base of yesterday, unchanged", got, err, false, 0)
	w.edition.ChangedAt = w.clock.Now()
	w.set("5", "玉佩")
	w.clock.Advance(61 * time.Second)
	got, err = w.Refresh(t.Context())
	step("a change that no stream told of", got, err, true, 0)
}

func TestAFullDeltaIsLeftAndManyBecomeABase(t *testing.T) {
	w := newWorld("0")
	if _, err := w.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	most := 0
	for window := range 10 {
		var ids []catalog.ProductID
		for n := range 600 {
			ids = append(ids, w.set(fmt.Sprint(window, "-", n), "戒指"))
		}
		if _, err := w.apply(ids...); err != nil {
			t.Fatal(err)
		}
		most = max(most, len(w.edition.Deltas))
	}
	if most != 8 || w.scans != 2 {
		t.Errorf("up to %d deltas, %d bases; want 8 and the second base after the ninth", most, w.scans)
	}
	w.check(t)
}

func TestPinsTravelWithTheEdition(t *testing.T) {
	w := newWorld("1")
	if _, err := w.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	pinned := func(context.Context) (search.Pins, error) {
		return search.Pins{"戒指": {productID("1")}}, nil
	}
	for _, changed := range []bool{true, false} {
		if got, err := w.Repin(t.Context(), pinned); err != nil || got.Changed != changed || got.Version != 2 {
			t.Errorf("pinned %+v, %v", got, err)
		}
	}
	if _, err := w.apply(w.set("2", "项链")); err != nil {
		t.Fatal(err)
	}
	loaded, err := w.store.Load(t.Context(), w.edition)
	if err != nil || len(loaded.Pins.Of(" 戒指")) != 1 {
		t.Errorf("pins %v, %v", loaded.Pins, err)
	}
}

func TestWhatNobodyAsksForIsSwept(t *testing.T) {
	w := newWorld("1")
	for n := range 20 {
		if _, err := w.apply(w.set("1", fmt.Sprint("戒指", n))); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(time.Second)
	}
	if _, err := w.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	keys := w.keys(t)
	want := w.edition.Keys()
	slices.Sort(want)
	if !slices.Equal(keys, want) || len(keys) != 10 {
		t.Errorf("kept %v, want the edition's two objects and eight that were just replaced: %v", keys, want)
	}
	w.check(t)
}
