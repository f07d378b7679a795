package accounthttp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"sort"
	"strings"
	"testing"
	"time"

	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/person"
)

// part is something inside a row.
type part struct {
	Name person.Nickname `inv:"name,C12,account"`
	Hash person.Hash     `inv:"part_hash,C36,security"`
	At   time.Time       `inv:"at,C12,account"`
}

// shelf has an attribute of every form that a row can have.
type shelf struct {
	User  person.ID            `inv:"user_id,C11,key"`
	ID    string               `inv:"shelf_id,C37,key"`
	Phone person.PhoneNumber   `inv:"phone,C11,login"`
	Tags  []person.Detail      `inv:"tags,C17,optional_profile"`
	Parts map[string]part      `inv:"parts,C12,account"`
	Raw   []byte               `inv:"raw,C12,account"`
	Hash  person.Hash          `inv:"token_hash,C36,security"`
	Hided map[string]time.Time `inv:"times,C12,account"`
	Count int64                `inv:"count,C36,security"`
	Rate  float64              `inv:"rate,C36,security"`
	On    bool                 `inv:"is_on,C36,security"`
	Ends  time.Time            `inv:"ends_at,C36,security"`
}

var shelves = inventory.Declare[shelf](inventory.Record{
	Name: "shelf", Table: "Engagement", Key: "U#{user_id}/SHELF#{shelf_id}", Owner: "user_id",
	Keep: inventory.Until("ends_at"), OnCancel: inventory.EraseAtOnce,
})

// everything reads all pages of an export.
func (w *world) everything(token string, limit int) []map[string]any {
	w.t.Helper()
	challenge := fmt.Sprintf(`{"challenge_id":"%s-%d","code":"123456"}`, token, w.clock.Now().UnixNano()+int64(limit))
	export := w.must(201, token, "POST", "/v1/me/exports", challenge, "Device-Id: "+device)
	base := fmt.Sprintf("/v1/me/exports/%s?limit=%d", export.body["export_id"], limit)
	var items []map[string]any
	for path := base; ; {
		a := w.must(200, token, "GET", path, "")
		page := a.items()
		items = append(items, page...)
		if len(items) > 1000 {
			w.t.Fatal("the export has no end")
		}
		next, more := a.body["next_cursor"].(string)
		if !more {
			return items
		}
		if len(page) != limit {
			w.t.Errorf("a page of %d, want %d", len(page), limit)
		}
		path = base + "&cursor=" + next
	}
}

func (w *world) putShelf(id, name string, ends time.Time) {
	w.t.Helper()
	user := person.Of[person.ID](id)
	subject, err := w.Subject(user, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	err = dynamo.Of(w.db, shelves).For(subject).Put(context.Background(), shelf{
		User: user, ID: name, Phone: person.Of[person.PhoneNumber]("+86" + id), Tags: []person.Detail{person.Of[person.Detail]("jade")},
		Parts: map[string]part{"a": {Name: person.Of[person.Nickname]("珠珠"), Hash: person.Of[person.Hash]("hash-of-part"), At: t0}},
		Raw:   []byte{1, 2}, Hash: person.Of[person.Hash]("hash-of-token"), Hided: map[string]time.Time{"b": t0},
		Rate: 0.5, Ends: ends,
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// Clauses: C70.
func TestExportHoldsEverythingOfThePersonAndNothingElse(t *testing.T) {
	w := start(t, shelves.Schema())
	for _, id := range []string{anna, bao} {
		w.must(200, id, "PATCH", "/v1/me", `{"nickname":"nick `+id[:9]+`","hobbies":["jade"]}`)
		w.must(200, id, "PUT", "/v1/me/consents/location", `{"granted":true}`)
		w.putShelf(id, "living", t0.Add(time.Hour))
		w.putShelf(id, "expired", t0.Add(time.Millisecond))
	}
	w.clock.Advance(time.Millisecond)
	items := w.everything(anna, 100)
	text, err := json.Marshal(items)
	if err != nil {
		t.Fatal(err)
	}
	for _, held := range []string{`"came"`, `"logged in"`, `"sends":2`, "nick " + anna[:9], "+86" + anna, `"claim"`, `"audience"`, "of-" + anna, `"policy_version":"1"`, `"jade"`, "AQI="} {
		if !strings.Contains(string(text), held) {
			t.Errorf("%s is not in the export", held)
		}
	}
	for _, absent := range []string{bao, "hash-of", "wrapped\"", "\"expired\"", `""`} {
		if strings.Contains(strings.ReplaceAll(string(text), `"wrapped_key"`, ""), absent) {
			t.Errorf("%s is in the export", absent)
		}
	}
	var got []string
	seen := map[string]bool{}
	for _, item := range items {
		line, _ := json.Marshal(item)
		if seen[string(line)] {
			t.Errorf("twice in the export: %s", line)
		}
		seen[string(line)] = true
		if item["record_type"] == "shelf" {
			got = append(got, string(line))
		}
	}
	sort.Strings(got)
	ends := `,"expires_at":"2026-11-24T04:04:05.678Z","purpose":`
	key := `"shelf_id":"living",`
	want := []string{
		`{"clause":"C11","data":{"phone":"+86` + anna + `",` + key + `"user_id":"` + anna + `"}` + ends + `"login","record_type":"shelf"}`,
		`{"clause":"C12","data":{"parts":{"a":{"at":"2026-11-24T03:04:05.678Z","name":"珠珠","part_hash":{"held":true}}},"raw":"AQI=",` + key +
			`"times":{"b":"2026-11-24T03:04:05.678Z"},"user_id":"` + anna + `"}` + ends + `"account","record_type":"shelf"}`,
		`{"clause":"C17","data":{` + key + `"tags":["jade"],"user_id":"` + anna + `"}` + ends + `"optional_profile","record_type":"shelf"}`,
		`{"clause":"C36","data":{"count":0,"ends_at":"2026-11-24T04:04:05.678Z","is_on":false,"rate":0.5,` + key +
			`"token_hash":{"held":true},"user_id":"` + anna + `"}` + ends + `"security","record_type":"shelf"}`,
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("shelf:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	w.compare(items, anna)
}

// compare asks that each stored attribute of each living row about the person,
// as a scan of the tables sees them, is in the items.
func (w *world) compare(items []map[string]any, id string) {
	w.t.Helper()
	shown := map[string]bool{}
	for _, item := range items {
		for name := range item["data"].(map[string]any) {
			shown[item["record_type"].(string)+"."+name] = true
		}
	}
	schemas := map[string]*inventory.Schema{}
	for _, s := range w.schemas {
		schemas[s.Name] = s
	}
	for table := range w.cloud.Tables {
		err := w.db.Scan(context.Background(), table, func(r dynamo.Raw) error {
			theirs := r.Text("user_id") == id || r.Text("claim") == "of-"+id || r.Text("alias") == "alias of "+id
			if !theirs {
				return nil
			}
			row, err := r.Decode(schemas[r.Record()], inventory.Subject{})
			for _, a := range schemas[r.Record()].Attributes() {
				stored := a.Class.Sealed() || !row.Field(a.Index).IsZero() || row.Field(a.Index).CanInt()
				optional := r.Record() == "profile" || r.Record() == "optional_profile" // most of it was not given
				if stored && !optional && !shown[r.Record()+"."+a.Name] {
					w.t.Errorf("%s.%s is held and not in the export", r.Record(), a.Name)
				}
			}
			return err
		})
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

func TestExportIsTheSameInPagesOfAnySize(t *testing.T) {
	w := start(t, shelves.Schema())
	for i := range 7 {
		w.putShelf(anna, fmt.Sprint(i), t0.Add(time.Hour))
	}
	w.must(200, anna, "PUT", "/v1/me/consents/location", `{"granted":true}`)
	lines := func(limit int) []string {
		var list []string
		for _, item := range w.everything(anna, limit) {
			if item["record_type"] != "export" { // each reading opens one more
				line, _ := json.Marshal(item)
				list = append(list, string(line))
			}
		}
		return list
	}
	whole := lines(100)
	if len(whole) < 30 {
		t.Fatalf("only %d items", len(whole))
	}
	for _, limit := range []int{1, 2, 3, 5, 7, 20} {
		w.clock.Advance(time.Second)
		if got := lines(limit); strings.Join(got, "\n") != strings.Join(whole, "\n") {
			t.Errorf("limit %d: %d items, want %d", limit, len(got), len(whole))
		}
	}
}

func TestExportLeavesOutWhatPassedOnToSomebodyElse(t *testing.T) {
	w := start(t)
	if err := w.PassOn(context.Background(), anna, bao); err != nil {
		t.Fatal(err)
	}
	for _, item := range w.everything(anna, 100) {
		if item["record_type"] == "claim" || item["record_type"] == "sent" {
			t.Errorf("another person's claim, or what it leads to: %v", item)
		}
	}
}

func TestExportNeedsItsCodeAndRepeatsALostAnswer(t *testing.T) {
	w := start(t)
	w.must(404, anna, "GET", "/v1/me/exports/"+strings.Repeat("a", 3000), "")
	body := `{"challenge_id":"c1","code":"123456"}`
	id := "Device-Id: " + device
	before := w.rows()
	w.refuse(422, "code_rejected", anna, "POST", "/v1/me/exports", `{"challenge_id":"c1","code":"123457"}`, id)
	if a := w.refuse(422, "invalid_request", anna, "POST", "/v1/me/exports", body); a.location() != "header.Device-Id" && a.location() != "header.device-id" {
		t.Errorf("without a device: %s", a.text)
	}
	if a := w.refuse(422, "invalid_request", anna, "POST", "/v1/me/exports", body, "Device-Id: secret"); a.location() != "header.Device-Id" || strings.Contains(a.text, "secret") {
		t.Errorf("a wrong device: %s", a.text)
	}
	for _, bad := range []string{`{}`, `{"challenge_id":"c1"}`, `{"challenge_id":7,"code":"123456"}`, `{"challenge_id":"","code":""}`} {
		w.refuse(422, "invalid_request", anna, "POST", "/v1/me/exports", bad, id)
	}
	w.refuse(401, "unauthenticated", "", "POST", "/v1/me/exports", body, id)
	if after := w.rows(); !maps.Equal(before, after) {
		t.Errorf("rows appeared: %v", after)
	}
	first := w.must(201, anna, "POST", "/v1/me/exports", body, id)
	w.clock.Advance(time.Minute)
	if again := w.must(201, anna, "POST", "/v1/me/exports", body, id); again.text != first.text {
		t.Errorf("repeated: %s, first %s", again.text, first.text)
	}
	path := "/v1/me/exports/" + first.body["export_id"].(string)
	a := w.must(200, anna, "GET", path+"?limit=1", "")
	cursor := a.body["next_cursor"].(string)
	w.refuse(404, "not_found", bao, "GET", path, "")
	w.refuse(401, "unauthenticated", "", "GET", path, "")
	w.refuse(404, "not_found", anna, "GET", "/v1/me/exports/nothing", "")
	w.refuse(400, "malformed_request", anna, "GET", path+"?cursor=A"+cursor[1:], "")
	w.refuse(400, "malformed_request", anna, "GET", path+"?cursor=%F0%9F%92%8E", "")
	other := w.must(201, bao, "POST", "/v1/me/exports", `{"challenge_id":"c2","code":"123456"}`, id)
	w.refuse(400, "malformed_request", bao, "GET", "/v1/me/exports/"+other.body["export_id"].(string)+"?cursor="+cursor, "")
	second := w.must(201, anna, "POST", "/v1/me/exports", `{"challenge_id":"c3","code":"123456"}`, id)
	w.refuse(400, "malformed_request", anna, "GET", "/v1/me/exports/"+second.body["export_id"].(string)+"?cursor="+cursor, "")
	w.clock.Advance(24*time.Hour - time.Minute)
	w.refuse(404, "not_found", anna, "GET", path, "")
}
