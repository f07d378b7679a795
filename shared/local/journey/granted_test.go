package journey

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"jewelrydisplay.app/shared/local/iam"
)

// stepAt is a line of a script and when it began.
type stepAt struct {
	line  string
	began time.Time
}

// use is where a grant was used first.
type use struct{ script, line string }

// ledger is which grants the scripts used, together.
type ledger struct {
	mu   sync.Mutex
	seen map[string]bool // scripts
	used map[iam.Grant]use
	all  map[iam.Grant]bool
}

// whole reports whether every script that ends with granted has come to its end.
func (l *ledger) whole(t *testing.T, files []string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		script := strings.TrimSuffix(filepath.Base(file), ".txtar")
		if strings.Contains(string(text), "\ngranted\n") && !l.seen[script] {
			return false
		}
	}
	return true
}

func (l *ledger) note(script string, steps []stepAt, report iam.Report) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seen == nil {
		l.seen, l.used, l.all = map[string]bool{}, map[iam.Grant]use{}, map[iam.Grant]bool{}
	}
	l.seen[script] = true
	for _, g := range report.Unused {
		l.all[g] = true
	}
	for _, u := range report.Used {
		l.all[u.Grant] = true
		at := "the start"
		for _, s := range steps {
			if !s.began.After(u.FirstAt) {
				at = s.line
			}
		}
		if _, known := l.used[u.Grant]; !known {
			l.used[u.Grant] = use{script, at}
		}
	}
}

// check fails for a grant that no script used and testdata/unused.txt gives no
// reason for, and for a reason to keep what template.yaml does not give. A grant
// that is used now and then, by chance or time, may have a reason too.
func (l *ledger) check(t *testing.T) {
	reasons, err := unusedGrants()
	if err != nil {
		t.Fatal(err)
	}
	for g := range l.all {
		_, used := l.used[g]
		_, excused := reasons[g]
		switch {
		case !used && !excused:
			t.Errorf("no journey uses this grant: take it out of template.yaml, or say in testdata/unused.txt why it is needed:\n%s %s %s", g.Function, g.Action, g.Resource)
		case used && excused:
			t.Logf("testdata/unused.txt excuses a grant that %s uses: %s %s %s", l.used[g].script, g.Function, g.Action, g.Resource)
		}
	}
	for g := range reasons {
		if !l.all[g] {
			t.Errorf("testdata/unused.txt excuses a grant that template.yaml does not give: %s %s %s", g.Function, g.Action, g.Resource)
		}
	}
	t.Logf("%d grants, %d of them used, %d excused", len(l.all), len(l.used), len(reasons))
}

// unusedGrants reads the reasons: a line a grant, "Function action resource", and
// above them, as comments, why no journey uses them.
func unusedGrants() (map[iam.Grant]string, error) {
	text, err := os.ReadFile("testdata/unused.txt")
	if err != nil {
		return nil, err
	}
	reasons := map[iam.Grant]string{}
	var reason string
	for n, line := range strings.Split(string(text), "\n") {
		line = strings.TrimSpace(line)
		if why, comment := strings.CutPrefix(line, "# "); comment || line == "" {
			reason = why
			continue
		}
		words := strings.Fields(line)
		if len(words) != 3 || reason == "" {
			return nil, fmt.Errorf("testdata/unused.txt:%d is not a grant below its reason", n+1)
		}
		reasons[iam.Grant{Function: words[0], Action: words[1], Resource: words[2]}] = reason
	}
	return reasons, nil
}

// granted compares what the functions called so far with what template.yaml
// lets them: a call that no policy grants was refused.
func (s *state) granted(ts *testscript.TestScript, _ []string) error {
	answer, err := http.Get(s.control + "/iam")
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	var report iam.Report
	if err := json.NewDecoder(answer.Body).Decode(&report); err != nil {
		return err
	}
	if len(report.Ungranted) > 0 {
		return fmt.Errorf("template.yaml grants none of %v", report.Ungranted)
	}
	s.book.note(ts.Name(), s.steps, report)
	return nil
}

// withhold takes the grants away.
func (s *state) withhold() error {
	text, err := json.Marshal(map[string]any{"withheld": s.withheld})
	if err != nil {
		return err
	}
	r, err := http.NewRequest(http.MethodPut, s.control+"/iam", bytes.NewReader(text))
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the grants stay: %s", answer.Status)
	}
	return nil
}

// TestWithoutAGrantAStepFails takes single grants away: the step that needs one
// fails, and no other before it. With GRANTS=all it takes away each grant that a
// journey uses, and lists which step fails.
func TestWithoutAGrantAStepFails(t *testing.T) {
	place, err := here(t, root(t))
	if err != nil {
		t.Fatal(err)
	}
	if place.host != "" {
		return // only the local cloud can take a grant away
	}
	if os.Getenv("GRANTS") == "all" {
		everyGrant(t, place)
		return
	}
	const sns, tables = "arn:aws:sns:us-east-1:123456789012:", "arn:aws:dynamodb:us-east-1:123456789012:table/"
	for _, tc := range []struct {
		grant iam.Grant
		fails string
	}{
		{iam.Grant{Function: "SmsLogin", Action: "sns:Publish", Resource: "*"}, "login"},
		{iam.Grant{Function: "EngagementApi", Action: "dynamodb:DeleteItem", Resource: tables + "Engagement"}, "call 204 DELETE /v1/me/favourites/$LOTUS"},
		{iam.Grant{Function: "PushFanoutMarketing", Action: "sns:Publish", Resource: sns + "endpoint/*"}, "pushed 1"},
	} {
		t.Run(tc.grant.Function, func(t *testing.T) {
			t.Parallel()
			if step := without(place, "testdata/corners.txtar", tc.grant, &ledger{}); step != tc.fails {
				t.Errorf("without %s the step %q fails, want %q", tc.grant.Action, step, tc.fails)
			}
		})
	}
}

// everyGrant lists for each grant the step that first uses it, and the one that
// fails without it. It takes a quarter of an hour.
func everyGrant(t *testing.T, place place) {
	book := &ledger{}
	for _, file := range place.scripts(t) {
		if step := without(place, file, iam.Grant{}, book); step != "" {
			t.Fatalf("%s fails at %q", file, step)
		}
	}
	grants := make([]iam.Grant, 0, len(book.used))
	for g := range book.used {
		grants = append(grants, g)
	}
	slices.SortFunc(grants, func(a, b iam.Grant) int {
		return strings.Compare(a.Function+a.Action+a.Resource, b.Function+b.Action+b.Resource)
	})
	for _, g := range grants {
		at := book.used[g]
		fails := without(place, "testdata/"+at.script+".txtar", g, &ledger{})
		if fails == "" {
			fails = "nothing: it is done again, or left out"
		}
		t.Logf("%s %s %s\n\tused first:  %s: %s\n\tfails without: %s", g.Function, g.Action, g.Resource, at.script, at.line, fails)
	}
}

// without runs a script, a grant taken away unless it is the zero one, and returns
// the line that fails, or "".
func without(place place, file string, g iam.Grant, book *ledger) string {
	var withheld []iam.Grant
	if g != (iam.Grant{}) {
		withheld = []iam.Grant{g}
	}
	run := &quietly{}
	run.Run("", func(testscript.T) { testscript.RunT(run, params(place, []string{file}, book, withheld)) })
	if !run.failed {
		return ""
	}
	var last string
	for line := range strings.Lines(run.log.String()) {
		if step, isStep := strings.CutPrefix(strings.TrimSpace(line), "> "); isStep {
			last = step
		}
	}
	return last
}

// quietly runs a script that may fail.
type quietly struct {
	mu     sync.Mutex
	log    strings.Builder
	failed bool
}

var _ testscript.T = (*quietly)(nil)

// stop ends a script's run.
type stop struct{}

func (q *quietly) Skip(...any)   { panic(stop{}) }
func (q *quietly) Parallel()     {}
func (q *quietly) Verbose() bool { return true }

func (q *quietly) Log(args ...any) {
	q.mu.Lock()
	defer q.mu.Unlock()
	fmt.Fprintln(&q.log, args...)
}

func (q *quietly) Fatal(args ...any) {
	q.Log(args...)
	q.FailNow()
}

func (q *quietly) FailNow() {
	q.mu.Lock()
	q.failed = true
	q.mu.Unlock()
	panic(stop{})
}

func (q *quietly) Run(_ string, f func(testscript.T)) {
	defer func() {
		if v := recover(); v != nil && v != (stop{}) {
			panic(v)
		}
	}()
	f(q)
}
