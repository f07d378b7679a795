package accounthttp_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"jewelrydisplay.app/shared/account"
	"jewelrydisplay.app/shared/inventory"
)

// Clauses: C10, C71, C77, C78.
func TestConsentsAreGrantedWithdrawnAndRemembered(t *testing.T) {
	w := start(t)
	items := w.must(200, anna, "GET", "/v1/me/consents", "").items()
	if len(items) != len(inventory.Consents) {
		t.Fatalf("%d consents", len(items))
	}
	for i, item := range items {
		if item["purpose"] != string(inventory.Consents[i].Consent) || item["granted"] != false || item["changed_at"] != nil {
			t.Errorf("before anything: %v", item)
		}
	}
	first := w.must(200, anna, "PUT", "/v1/me/consents/marketing_push", `{"granted":true}`)
	if first.body["granted"] != true || first.body["changed_at"] != "2026-11-24T03:04:05.678Z" || first.body["purpose"] != "marketing_push" {
		t.Errorf("granted: %s", first.text)
	}
	if caller, err := w.Authenticate(context.Background(), anna); err != nil || !caller.Subject.Granted[inventory.ConsentMarketingPush] {
		t.Errorf("the gate does not know: %v", err)
	}
	if known, err := w.Marketing(context.Background(), anna); err != nil || !known["marketing_push"] {
		t.Errorf("the audience knows %v, %v", known, err)
	}
	w.clock.Advance(time.Minute)
	if again := w.must(200, anna, "PUT", "/v1/me/consents/marketing_push", `{"granted":true}`); again.text != first.text {
		t.Errorf("repeated: %s", again.text)
	}
	w.must(200, anna, "PUT", "/v1/me/consents/marketing_push", `{"granted":false}`)
	if caller, _ := w.Authenticate(context.Background(), anna); caller.Subject.Granted[inventory.ConsentMarketingPush] {
		t.Error("the gate still grants after the withdrawal")
	}
	if known, _ := w.Marketing(context.Background(), anna); known["marketing_push"] {
		t.Error("the audience still knows after the withdrawal")
	}
	evidence := 0
	for key := range w.rows() {
		if strings.Contains(key, anna+" CONSENTED#marketing_push#") {
			evidence++
		}
	}
	if evidence != 2 {
		t.Errorf("%d rows of evidence, want 2: a repeat is no change", evidence)
	}
	for _, item := range w.must(200, bao, "GET", "/v1/me/consents", "").items() {
		if item["granted"] != false {
			t.Errorf("another person's: %v", item)
		}
	}
}

// Clauses: C10, C78.
func TestWithdrawingIsNeverBehindAGate(t *testing.T) {
	w := start(t)
	w.must(200, anna, "PUT", "/v1/me/consents/location", `{"granted":true}`)
	w.publish("2", t0.Add(time.Second), account.ChangeSharing)
	w.clock.Advance(time.Second)
	if a := w.refuse(409, "consent_required", anna, "PUT", "/v1/me/consents/statistics", `{"granted":true}`); a.body["policy_version"] != "2" {
		t.Errorf("no version: %s", a.text)
	}
	if a := w.must(200, anna, "PUT", "/v1/me/consents/location", `{"granted":false}`); a.body["granted"] != false {
		t.Errorf("withdrawn: %s", a.text)
	}
	w.must(200, anna, "GET", "/v1/me/consents", "")
}

func TestBadConsents(t *testing.T) {
	w := start(t)
	before := w.rows()
	for _, purpose := range []string{"login", "everything", "%F0%9F%92%8E", "location%20", "LOCATION", "a%2Fb", strings.Repeat("x", 2000)} {
		w.refuse(404, "not_found", anna, "PUT", "/v1/me/consents/"+purpose, `{"granted":true}`)
	}
	for _, body := range []string{`{}`, `{"granted":"yes"}`, `{"granted":1}`, `{"granted":null}`, `{"granted":true,"all":true}`, `[true]`} {
		w.refuse(422, "invalid_request", anna, "PUT", "/v1/me/consents/location", body)
	}
	w.refuse(400, "malformed_request", anna, "PUT", "/v1/me/consents/location", `{"granted":tru`)
	w.refuse(400, "malformed_request", anna, "PUT", "/v1/me/consents/location", "")
	w.refuse(401, "unauthenticated", "", "PUT", "/v1/me/consents/location", `{"granted":true}`)
	w.refuse(401, "unauthenticated", "", "GET", "/v1/me/consents", "")
	if after := w.rows(); !maps.Equal(before, after) {
		t.Errorf("rows appeared: %v", after)
	}
}

// Clauses: C09, C10.
func TestEverySubsetOfConsentsLeavesTheAccountWhole(t *testing.T) {
	w := start(t)
	hash := account.Hash("policy 1")
	all := inventory.Consents
	for subset := range 1 << len(all) {
		// From one subset to the next in Gray code order one consent changes.
		gray, before := subset^(subset>>1), (subset-1)^((subset-1)>>1)
		if subset > 0 {
			for i, known := range all {
				if bit := 1 << i; (gray^before)&bit != 0 {
					w.must(200, anna, "PUT", "/v1/me/consents/"+string(known.Consent), fmt.Sprintf(`{"granted":%v}`, gray&bit != 0))
				}
			}
		}
		w.must(200, anna, "GET", "/v1/me", "")
		w.must(200, anna, "PATCH", "/v1/me", fmt.Sprintf(`{"nickname":"n%d","birthday":"1990-01-01"}`, subset))
		w.must(200, anna, "GET", "/v1/me/consents", "")
		w.must(201, anna, "POST", "/v1/me/policy-acceptances", fmt.Sprintf(`{"policy_version":"1","sha256":%q}`, hash))
		export := w.must(201, anna, "POST", "/v1/me/exports", fmt.Sprintf(`{"challenge_id":"c%d","code":"123456"}`, subset), "Device-Id: "+device)
		w.must(200, anna, "GET", "/v1/me/exports/"+export.body["export_id"].(string), "")
	}
}

func TestConcurrentChangesOfAConsentAreEachOnRecord(t *testing.T) {
	w := start(t)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			a := w.call(anna, "PUT", "/v1/me/consents/location", fmt.Sprintf(`{"granted":%v}`, i%2 == 0))
			if a.status != 200 && a.status != 503 {
				t.Errorf("%d %s", a.status, a.text)
			}
		})
	}
	wg.Wait()
	caller, err := w.Authenticate(context.Background(), anna)
	if err != nil {
		t.Fatal(err)
	}
	revision := 0
	for key := range w.rows() {
		if strings.Contains(key, "CONSENTED#location#") {
			revision++
		}
	}
	if granted := caller.Subject.Granted[inventory.ConsentLocation]; granted != (revision%2 == 1) {
		t.Errorf("granted %v after %d changes: a change is missing", granted, revision)
	}
}

// Clauses: C86 (nothing is written for an account that is gone).
func TestWhatWasUnderWayWhenTheAccountWentIsNotWritten(t *testing.T) {
	w := start(t)
	consents, profiles := w.services()
	caller, err := w.Authenticate(context.Background(), anna)
	if err != nil {
		t.Fatal(err)
	}
	who := account.Person{ID: caller.User, Subject: caller.Subject, Accepted: "1"}
	if err := w.Leave(context.Background(), anna); err != nil {
		t.Fatal(err)
	}
	before := w.rows()
	_, errConsent := consents.Set(context.Background(), who, inventory.ConsentLocation, true)
	_, errProfile := profiles.Change(context.Background(), who, account.Patch{Nickname: account.Change{Given: true, Text: "ghost"}})
	_, errMinor := profiles.Change(context.Background(), who, account.Patch{Birthday: account.Change{Given: true, Text: "2010-01-01"}})
	for what, err := range map[string]error{"consent": errConsent, "profile": errProfile, "birthday": errMinor} {
		if err == nil || !strings.Contains(err.Error(), "unauthenticated") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if after := w.rows(); !maps.Equal(before, after) {
		t.Errorf("rows appeared: %v", after)
	}
}
