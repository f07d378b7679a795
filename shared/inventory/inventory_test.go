package inventory_test

import (
	"strings"
	"testing"
	"time"

	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/person"
)

type good struct {
	User  person.ID          `inv:"user_id,C11,key"`
	Phone person.PhoneNumber `inv:"phone,C11,login"`
	Parts []inner            `inv:"parts,C12,account"`
	Ends  time.Time          `inv:"ends_at,C11,login"`
}

type inner struct {
	Name person.Nickname `inv:"name,C12,account"`
}

func record() inventory.Record {
	return inventory.Record{
		Name: "good", Table: "Accounts", Key: "U#{user_id}/G", Owner: "user_id",
		Keep: inventory.For("ends_at", 48*time.Hour), OnCancel: inventory.EraseAtOnce,
	}
}

// Clauses: C02, C03, C63.
func TestADeclarationGivesClassPurposeAndRetention(t *testing.T) {
	s := inventory.Declare[good](record()).Schema()
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	phone, ok := s.Attribute("phone")
	if !ok || phone.Class != inventory.Contact || !phone.Class.Sealed() || phone.Clause != "C11" || phone.Purpose != "login" {
		t.Errorf("phone is declared as %+v", phone)
	}
	parts, _ := s.Attribute("parts")
	if len(parts.Nested) != 1 || parts.Nested[0].Class != inventory.Identity {
		t.Errorf("the inner attribute is declared as %+v", parts.Nested)
	}
	if s.Keep.String() != "2 days after ends_at" {
		t.Errorf("retention %q", s.Keep)
	}
}

type (
	noTag    struct{ Email string }
	twoParts struct {
		E string `inv:"e,C11"`
	}
	noClause struct {
		E string `inv:"e,11,login"`
	}
	noPurpose struct {
		E string `inv:"e,C11,fun"`
	}
	reserved struct {
		E string `inv:"expires_at,C11,login"`
	}
	twice struct {
		A string `inv:"e,C11,login"`
		B string `inv:"e,C11,login"`
	}
	innerNoTag struct {
		List []noTag `inv:"list,C11,login"`
	}
)

// Clauses: C02, C65.
func TestEveryIncompleteDeclarationIsRefusedByName(t *testing.T) {
	r := inventory.Record{Name: "bad", Table: "Accounts", Key: "X/Y", Keep: inventory.Always("test"), OnCancel: inventory.NotPersonal}
	for want, s := range map[string]*inventory.Schema{
		"bad.Email":       inventory.Declare[noTag](r).Schema(),
		"bad.E":           inventory.Declare[twoParts](r).Schema(),
		"names no clause": inventory.Declare[noClause](r).Schema(),
		`"fun"`:           inventory.Declare[noPurpose](r).Schema(),
		`"expires_at"`:    inventory.Declare[reserved](r).Schema(),
		"twice":           inventory.Declare[twice](r).Schema(),
		"bad.List.Email":  inventory.Declare[innerNoTag](r).Schema(),
	} {
		if err := s.Err(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want a refusal with %s", err, want)
		}
	}
	for want, change := range map[string]func(*inventory.Record){
		"retention":                      func(r *inventory.Record) { r.Keep = inventory.Keep{} },
		"cancellation":                   func(r *inventory.Record) { r.OnCancel = "" },
		"owner":                          func(r *inventory.Record) { r.Owner = "" },
		"session_id":                     func(r *inventory.Record) { r.Key = "U#{user_id}/S#{session_id}" },
		"sealed":                         func(r *inventory.Record) { r.Key = "P#{phone}/X" },
		"forever_at":                     func(r *inventory.Record) { r.Keep = inventory.Until("forever_at") },
		"a key of":                       func(r *inventory.Record) { r.Key = "U" },
		"pseudonym":                      func(r *inventory.Record) { r.Shows = []string{"A#{pseudonym}"} },
		`shows "A/E"`:                    func(r *inventory.Record) { r.Shows = []string{"A/E"} },
		`shows "A"`:                      func(r *inventory.Record) { r.Shows = []string{"A"} },
		`has the sealed attribute phone`: func(r *inventory.Record) { r.Shows = []string{"P#{phone}"} },
		`shows "A#{ends_at}"`: func(r *inventory.Record) {
			r.Shows, r.Owner, r.OnCancel = []string{"A#{ends_at}"}, "", inventory.OwnExpiry
		},
	} {
		r := record()
		change(&r)
		if err := inventory.Declare[good](r).Schema().Err(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want a refusal with %q", err, want)
		}
	}
}

// Clauses: C10.
func TestOnlyPurposesWithAConsentNeedOne(t *testing.T) {
	var nobody inventory.Subject
	for purpose, use := range inventory.Purposes {
		if got := nobody.Allows(purpose); got != (use.Consent == "") {
			t.Errorf("%s without consents: allowed %v", purpose, got)
		}
		if use.Basic && use.Consent != "" {
			t.Errorf("the basic purpose %s asks for a consent", purpose)
		}
		all := inventory.Subject{Granted: map[inventory.Consent]bool{use.Consent: true}}
		if !all.Allows(purpose) {
			t.Errorf("%s with its consent is refused", purpose)
		}
	}
	if nobody.Allows("unheard of") {
		t.Error("an unknown purpose is allowed")
	}
}
