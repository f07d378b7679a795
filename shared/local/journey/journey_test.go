package journey

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"jewelrydisplay.app/shared/local/iam"
)

func TestJourneys(t *testing.T) {
	place, err := here(t, root(t))
	if err != nil {
		t.Fatal(err)
	}
	files, book := place.scripts(t), &ledger{}
	// The scripts run when this function has returned.
	t.Cleanup(func() {
		if place.host == "" && book.whole(t, files) {
			book.check(t)
		}
	})
	testscript.Run(t, params(place, files, book, nil))
}

// root is the checkout.
func root(t *testing.T) string {
	dir, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// params run the scripts, each grant that is used noted in the book, and without
// the withheld ones.
func params(place place, files []string, book *ledger, withheld []iam.Grant) testscript.Params {
	return testscript.Params{
		Files:               files,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Values[stateKey{}] = &state{place: place, people: map[string]*someone{}, book: book, withheld: withheld}
			return nil
		},
		Cmds: commands(),
	}
}

// commands are what a script can say.
func commands() map[string]func(*testscript.TestScript, bool, []string) {
	all := map[string]func(*testscript.TestScript, bool, []string){}
	for name, run := range map[string]func(*state, *testscript.TestScript, []string) error{
		"cloud":   (*state).start,
		"person":  (*state).person,
		"as":      (*state).as,
		"call":    (*state).call,
		"login":   (*state).login,
		"code":    (*state).code,
		"keep":    (*state).keep,
		"want":    (*state).want,
		"absent":  (*state).absent,
		"count":   (*state).count,
		"invoke":  (*state).invoke,
		"put":     (*state).put,
		"turn":    (*state).turn,
		"pushed":  (*state).pushed,
		"rows":    (*state).rows,
		"same":    (*state).same,
		"forgot":  (*state).forgot,
		"leak":    (*state).leak,
		"granted": (*state).granted,
		"names":   (*state).names,
		"pages":   (*state).pages,
		"records": (*state).records,
		"metrics": (*state).metrics,
		"deliver": (*state).deliver,
		"replay":  (*state).replay,
		"stored":  (*state).stored,
	} {
		all[name] = command(name, run)
	}
	return all
}

type stateKey struct{}

// state is what a script has built up so far.
type state struct {
	place             place
	api, aws, control string
	dataDir           string
	called            names
	people            map[string]*someone
	who               *someone // nil: nobody is logged in
	answer            any      // the body of the last call or invocation
	snapshots         map[string]map[string]string
	steps             []stepAt
	book              *ledger
	withheld          []iam.Grant
}

// someone is a person with a phone in their hand.
type someone struct {
	name, phone, device, pushToken string
	access, refresh, id            string
	known                          []string // every identifier this person ever had
}

// command fits a method to testscript: an error fails the script, or is what
// it expects when the command is negated. What the host cannot do is passed over.
func command(name string, run func(*state, *testscript.TestScript, []string) error) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, negated bool, args []string) {
		s := ts.Value(stateKey{}).(*state)
		if why := s.place.refuses(name, args); why != "" {
			ts.Logf("not on this host: %s", why)
			return
		}
		s.steps = append(s.steps, stepAt{strings.Join(append([]string{name}, args...), " "), time.Now()})
		err := run(s, ts, args)
		switch {
		case err != nil && !negated:
			ts.Fatalf("%v", err)
		case err == nil && negated:
			ts.Fatalf("unexpected success")
		}
	}
}

// start gives the script a fresh cloud: the sample catalogue is in it.
func (s *state) start(ts *testscript.TestScript, _ []string) error {
	cloud, err := s.place.fresh(ts)
	if err != nil {
		return err
	}
	s.api, s.aws, s.control, s.dataDir, s.called = cloud.API, cloud.AWS, cloud.Control, cloud.Data, cloud.Names
	ts.Setenv("API", s.api)
	ts.Setenv("AWS", s.aws)
	ts.Setenv("CONTROL", s.control)
	ts.Setenv("Imports", s.called.of("Imports"))
	if s.withheld != nil {
		return s.withhold()
	}
	return nil
}

// names are the physical names of the template's resources, where a host has others.
type names map[string]string

func (n names) of(id string) string {
	if name, ok := n[id]; ok {
		return name
	}
	return id
}
