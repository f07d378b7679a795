package chaos

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"jewelrydisplay.app/shared/local/built"
	"jewelrydisplay.app/shared/local/faults"
	"jewelrydisplay.app/shared/local/fresh"
)

// CHAOS_PEOPLE, CHAOS_SEED, CHAOS_RATE and CHAOS_DELAY (seconds) change the run;
// make chaos lives 200 lives. Three lives without faults come first: they say what the others must
// come to.
func TestLivesUnderFaultsEndAsWithoutThem(t *testing.T) {
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	var people int
	plan := &faults.Plan{Kind: faults.Any}
	number(t, os.Getenv("CHAOS_PEOPLE"), "6", &people)
	number(t, os.Getenv("CHAOS_SEED"), "1", &plan.Seed)
	number(t, os.Getenv("CHAOS_RATE"), "0.04", &plan.Rate)
	number(t, os.Getenv("CHAOS_DELAY"), "1", &plan.DelaySeconds)
	built.Functions(t, root)
	cloud, err := fresh.Start(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cloud.Stop(); err != nil {
			t.Error(err)
		}
	})
	shapes := map[string][]string{}
	quiet := newWorld(cloud, 0, 3)
	quiet.log, quiet.shapes = t.Logf, shapes
	quiet.live(t.Context())
	struck := newWorld(cloud, 3, people)
	struck.log, struck.shapes, struck.plan, struck.began = t.Logf, shapes, plan, 183*24*time.Hour
	struck.live(t.Context())
	for _, w := range []*world{quiet, struck} {
		for i, v := range w.violations {
			if i == 30 {
				t.Errorf("and %d more", len(w.violations)-i)
				break
			}
			t.Error(v)
		}
	}
	t.Logf("seed %d, %d people, rate %v", plan.Seed, people, plan.Rate)
}

func newWorld(cloud *fresh.Cloud, first, people int) *world {
	w := &world{cloud: cloud, title: []string{"安静九折", "风暴九折"}[min(first, 1)]}
	for n := range people {
		w.people = append(w.people, newLife(w, first+n))
	}
	return w
}
