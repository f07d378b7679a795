package erasure_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"jewelrydisplay.app/shared/erasure"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/person"
)

// shelf is Rows in memory: what was removed, in order, and rows that come back.
type shelf struct {
	rows    map[string][]row // by table
	removed []string
	haunted int // so many times a session appears anew after a pass
	failAt  int // the nth removal fails
}

type row struct {
	table, sk, record string
	also              string
}

func (r row) Place() erasure.Place { return erasure.Place{Table: r.table, PK: "U#u", SK: r.sk} }
func (r row) Record() string       { return r.record }
func (r row) Expand(pattern string) (erasure.Place, bool) {
	return erasure.Place{Table: r.table, PK: strings.ReplaceAll(pattern, "{x}", r.also)}, r.also != ""
}

func (s *shelf) Of(_ context.Context, table string, _ person.ID) ([]erasure.Row, error) {
	var out []erasure.Row
	for _, r := range s.rows[table] {
		out = append(out, r)
	}
	return out, nil
}

func (s *shelf) Remove(_ context.Context, at erasure.Place) error {
	if s.failAt--; s.failAt == 0 {
		return errors.New("not now")
	}
	s.removed = append(s.removed, at.Table+" "+at.SK)
	s.rows[at.Table] = slices.DeleteFunc(s.rows[at.Table], func(r row) bool { return r.sk == at.SK })
	if s.haunted--; s.haunted >= 0 {
		s.rows["A"] = append(s.rows["A"], row{table: "A", sk: "again", record: "session"})
	}
	return nil
}

func (s *shelf) RemoveOwned(_ context.Context, at erasure.Place, attribute string, _ person.ID) error {
	s.removed = append(s.removed, at.Table+" "+at.PK+" by "+attribute)
	return nil
}

type watch struct{ seen []string }

func (w *watch) UnknownRow(_ context.Context, table, record string) {
	w.seen = append(w.seen, table+" "+record)
}

func schema(name, table string, d inventory.Disposition, also ...string) *inventory.Schema {
	return &inventory.Schema{Record: inventory.Record{Name: name, Table: table, Owner: "user_id", OnCancel: d, Also: also}}
}

func setUp() (*shelf, *watch, *erasure.Eraser) {
	s := &shelf{haunted: 0, rows: map[string][]row{
		"A": {
			{table: "A", sk: "gate", record: "gate"},
			{table: "A", sk: "account", record: "account", also: "7"},
			{table: "A", sk: "session", record: "session"},
			{table: "A", sk: "stray", record: "unheard_of"},
			{table: "A", sk: "receipt", record: "receipt"},
		},
		"B": {{table: "B", sk: "like", record: "like"}, {table: "B", sk: "device", record: "device"}},
		"C": {{table: "C", sk: "hint", record: "hint"}},
	}}
	w := &watch{}
	return s, w, erasure.New(s, w, []*inventory.Schema{
		schema("gate", "A", inventory.HoldUntilPurge), schema("account", "A", inventory.HoldUntilPurge, "CLAIM#{x}/C"),
		schema("session", "A", inventory.EraseAtOnce), schema("like", "B", inventory.EraseAfterWithdrawal),
		schema("device", "B", inventory.EraseAtOnce), schema("hint", "C", inventory.EraseAfterWithdrawal),
		schema("receipt", "A", inventory.OwnExpiry),
	}, "account", "gate")
}

// Clauses: C18, C86, C88.
func TestEachStageErasesWhatTheInventorySays(t *testing.T) {
	for _, c := range []struct {
		upTo inventory.Disposition
		want []string
	}{
		{inventory.EraseAtOnce, []string{"A session", "B device"}},
		{inventory.EraseAfterWithdrawal, []string{"A session", "B like", "B device", "C hint"}},
		{inventory.HoldUntilPurge, []string{
			"A session", "A stray", "A receipt", "B like", "B device", "C hint",
			"A gate", "A CLAIM#7/C by user_id", "A account",
		}},
	} {
		s, w, e := setUp()
		if err := e.Erase(context.Background(), person.Of[person.ID]("u"), c.upTo); err != nil {
			t.Errorf("%s: %v", c.upTo, err)
		}
		if !slices.Equal(s.removed, c.want) {
			t.Errorf("%s removed\n%q, want\n%q", c.upTo, s.removed, c.want)
		}
		if want := c.upTo == inventory.HoldUntilPurge; slices.Equal(w.seen, []string{"A unheard_of"}) != want {
			t.Errorf("%s told of %q", c.upTo, w.seen)
		}
	}
}

// While something still writes for the person the erasure is not done, and
// neither gate nor account goes.
func TestErasureIsDoneOnlyWhenNothingIsLeft(t *testing.T) {
	s, _, e := setUp()
	s.haunted = 1
	if err := e.Erase(context.Background(), person.Of[person.ID]("u"), inventory.HoldUntilPurge); err != nil {
		t.Errorf("a row that appears once more: %v", err)
	}
	s, _, e = setUp()
	s.haunted = 1 << 20
	if err := e.Erase(context.Background(), person.Of[person.ID]("u"), inventory.HoldUntilPurge); !errors.Is(err, erasure.ErrLeft) {
		t.Errorf("rows without end: %v", err)
	}
	if slices.Contains(s.removed, "A gate") {
		t.Error("the gate went before the rest was gone")
	}
}

func TestFailureStopsAndTheNextRunGoesOn(t *testing.T) {
	s, _, e := setUp()
	user := person.Of[person.ID]("u")
	for n := range 9 {
		s.failAt = n + 1
		_ = e.Erase(context.Background(), user, inventory.HoldUntilPurge)
	}
	s.failAt = 0
	if err := e.Erase(context.Background(), user, inventory.HoldUntilPurge); err != nil {
		t.Error(err)
	}
	for table, rows := range s.rows {
		if len(rows) > 0 {
			t.Errorf("%s still holds %v", table, rows)
		}
	}
}

func TestNobodyAndNoStageAreRefused(t *testing.T) {
	_, _, e := setUp()
	if e.Erase(context.Background(), person.ID{}, inventory.HoldUntilPurge) == nil {
		t.Error("nobody was erased")
	}
	if e.Erase(context.Background(), person.Of[person.ID]("u"), inventory.NotPersonal) == nil {
		t.Error("what is not personal was erased")
	}
}
