package register_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/person"
	"jewelrydisplay.app/shared/register"
)

// Clauses: C02, C63, C65.
func TestEveryRecordIsDeclaredWhole(t *testing.T) {
	names := map[string]bool{}
	for _, s := range register.Records() {
		if err := s.Err(); err != nil {
			t.Error(err)
		}
		if names[s.Name] {
			t.Errorf("two record types are named %s", s.Name)
		}
		names[s.Name] = true
		if s.Owner != "" && !strings.HasPrefix(s.Key, "U#{"+s.Owner+"}/") && !goesWithAnother(s) {
			t.Errorf("record %s belongs to a person, lies outside their partition, and no row inside names it in Also", s.Name)
		}
	}
}

// Everything about a person is shown to them (C70): what lies outside their
// partition without naming them is led to by a row that does.
// Clauses: C70.
func TestEveryRecordAboutAPersonIsShownToThem(t *testing.T) {
	// A cancellation under way has nobody who could ask for an export, and one
	// that was withdrawn leaves neither row.
	of := map[string]string{"cancellation_timer": "cancelled", "withdrawal": "cancelled"}
	shown := map[string]bool{}
	for _, s := range register.Records() {
		for _, partition := range s.Shows {
			found := false
			for _, other := range register.Records() {
				if other.Table == s.Table && other.Owner == "" && strings.HasPrefix(other.Key, partition+"/") {
					found, shown[other.Name] = true, true
					namesNobody(t, other.Name, other.Attributes())
				}
			}
			if !found {
				t.Errorf("record %s shows %s, where no record without an owner lies", s.Name, partition)
			}
			if !strings.HasPrefix(s.Key, "U#{"+s.Owner+"}/") && !goesWithAnother(s) {
				t.Errorf("record %s shows %s and is not shown itself", s.Name, partition)
			}
		}
	}
	for _, s := range register.Records() {
		if s.Owner == "" && s.OnCancel != inventory.NotPersonal && !shown[s.Name] && of[s.Name] == "" {
			t.Errorf("record %s is about a person, and no row of theirs leads to it in Shows", s.Name)
		}
	}
}

// namesNobody asks that a row without an owner shows no id: it may be that of
// who had the number before.
func namesNobody(t *testing.T, where string, attributes []inventory.Attribute) {
	for _, a := range attributes {
		switch a.Class {
		case inventory.None, inventory.Log, inventory.Secret:
		default:
			t.Errorf("%s.%s of class %s is shown to whoever is led to it", where, a.Name, a.Class)
		}
		namesNobody(t, where+"."+a.Name, a.Nested)
	}
}

func goesWithAnother(s *inventory.Schema) bool {
	for _, other := range register.Records() {
		for _, also := range other.Also {
			if also == s.Key {
				return true
			}
		}
	}
	return false
}

func TestTheClauseTableIsCurrent(t *testing.T) {
	table, err := register.Table(register.Records(), os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	stored, err := os.ReadFile("CLAUSES.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(stored) != register.Markdown(table, register.Records()) {
		t.Error("CLAUSES.md is not what the code says; run: go generate ./shared/register")
	}
	for _, clause := range register.Untested(table) {
		t.Errorf("clause %s is named by a declaration and shown by no test", clause)
	}
	for _, c := range table {
		if c.Asks == "" {
			t.Errorf("%s is no clause of the policy", c.ID)
		}
	}
}

type row struct {
	User person.ID       `inv:"user_id,C11,key"`
	Name person.Nickname `inv:"name,C12,account"`
	Work person.Detail   `inv:"work,C17,optional_profile"`
}

func TestAClauseWithoutATestIsFound(t *testing.T) {
	records := []*inventory.Schema{inventory.Declare[row](inventory.Record{
		Name: "row", Table: "Accounts", Key: "U#{user_id}/R", Owner: "user_id",
		Keep: inventory.WithPerson(), OnCancel: inventory.HoldUntilPurge,
	}).Schema()}
	repository := fstest.MapFS{
		"shared/a/a_test.go":    {Data: []byte("package a\n\n// Clauses: C11.\nfunc TestOne(t *testing.T) {}\n")},
		"shared/a/b.txtar":      {Data: []byte("# a journey\n# clauses: C12\n")},
		"shared/a/a.go":         {Data: []byte("// Clauses: C17.\nfunc TestNot() {}\n")},
		".data/x/stale_test.go": {Data: []byte("// Clauses: C17.\nfunc TestNot() {}\n")},
		"shared/a/no_test.go":   {Data: []byte("// Clauses: C17.\n\nfunc TestApart(t *testing.T) {}\n")},
	}
	table, err := register.Table(records, repository)
	if err != nil {
		t.Fatal(err)
	}
	if got := register.Untested(table); len(got) != 1 || got[0] != "C17" {
		t.Errorf("untested clauses %v, want C17 alone", got)
	}
	if table[0].Tests[0] != "shared/a: TestOne" || table[1].Tests[0] != "shared/a/b.txtar" {
		t.Errorf("the tests of the clauses: %+v", table)
	}
}
