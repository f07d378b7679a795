package dynamo_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/person"
)

func TestBehindTheEndOfARangeIsNothing(t *testing.T) {
	ctx := context.Background()
	_, _, table, _ := start(t)
	for _, id := range []string{"1", "2", "3"} {
		if err := table.Put(ctx, sample(id)); err != nil {
			t.Fatal(err)
		}
	}
	for _, q := range []dynamo.Query{
		{From: "N#1", To: "N#3", After: "N#3"},
		{From: "N#1", To: "N#3", After: "N#1", Backward: true},
		{From: "N#3", To: "N#1"},
	} {
		q.Partition = "U#u1"
		if page, err := table.Query(ctx, q); err != nil || len(page.Rows) != 0 {
			t.Errorf("%+v: %d rows, %v", q, len(page.Rows), err)
		}
	}
}

// Clauses: C03, C64.
func TestUpdatesThatCannotBeMeant(t *testing.T) {
	ctx := context.Background()
	_, _, table, _ := start(t)
	row := sample("1")
	if err := table.Put(ctx, row); err != nil {
		t.Fatal(err)
	}
	for want, u := range map[string]dynamo.Update{
		"note.shelf stands in a key":   {Set: map[string]any{"shelf": "t"}},
		"note.note_id stands in a key": {Set: map[string]any{"note_id": "2"}},
		"note.phone is sealed":         {Add: map[string]int64{"count": 1}, If: []dynamo.Cond{dynamo.Eq("phone", row.Phone)}},
		"note.parts.a.name is sealed":  {Add: map[string]int64{"count": 1}, If: []dynamo.Cond{dynamo.Eq("parts.a.name", "x")}},
	} {
		if _, err := table.Update(ctx, row, u); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// Clauses: C64.
func TestARowWithoutTheTimeOfItsRetentionDoesNotExpire(t *testing.T) {
	ctx := context.Background()
	db, clk, table, _ := start(t)
	row := sample("1")
	if err := table.Put(ctx, row); err != nil {
		t.Fatal(err)
	}
	if _, err := table.Update(ctx, row, dynamo.Update{Remove: []string{"ends_at"}}); err != nil {
		t.Fatal(err)
	}
	clk.Advance(time.Hour)
	if _, found, err := table.Get(ctx, row); err != nil || !found {
		t.Errorf("found %v, %v", found, err)
	}
	err := db.Expired(ctx, "Notifications", clk.Now(), func(dynamo.Raw) error { return errors.New("TTL would take it") })
	if err != nil {
		t.Error(err)
	}
}

// odd is how another version of the product might have stored a note.
type odd struct {
	User  person.ID       `inv:"user_id,C11,key"`
	ID    string          `inv:"note_id,C11,key"`
	Taste map[string]bool `inv:"taste,C19,display"`
	Shelf []string        `inv:"shelf,C11,login"`
	Count bool            `inv:"count,C11,login"`
	Parts []byte          `inv:"parts,C12,account"`
}

func TestAnAttributeOfAnotherShapeIsAnError(t *testing.T) {
	ctx := context.Background()
	db, _, table, _ := start(t)
	odds := dynamo.Of(db, inventory.Declare[odd](inventory.Record{
		Name: "note", Table: "Notifications", Key: "U#{user_id}/N#{note_id}", Owner: "user_id",
		Keep: inventory.WithPerson(), OnCancel: inventory.EraseAtOnce,
	}))
	user := person.Of[person.ID]("u1")
	for name, row := range map[string]odd{
		"taste": {Taste: map[string]bool{"a": true}}, "shelf": {Shelf: []string{"a"}}, "count": {Count: true}, "parts": {Parts: []byte("a")},
	} {
		row.User, row.ID = user, name
		if err := odds.Put(ctx, row); err != nil {
			t.Fatal(err)
		}
		if _, _, err := table.Get(ctx, note{User: user, ID: name}); err == nil || !strings.Contains(err.Error(), "does not fit") && !strings.Contains(err.Error(), "do not fit") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// answers is a database that answers transactions with these reasons, one list
// a call, and then takes them.
func answers(t *testing.T, reasons ...string) (*dynamo.DB, *[]string) {
	t.Helper()
	var tokens []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct{ ClientRequestToken string }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		tokens = append(tokens, in.ClientRequestToken)
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		if len(tokens) > len(reasons) {
			_, _ = w.Write([]byte("{}"))
			return
		}
		list := []types.CancellationReason{}
		for _, code := range strings.Fields(reasons[len(tokens)-1]) {
			list = append(list, types.CancellationReason{Code: aws.String(code)})
		}
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]any{
			"__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException", "CancellationReasons": list,
		})
	}))
	t.Cleanup(server.Close)
	cfg := aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(server.URL),
		Credentials: credentials.NewStaticCredentialsProvider("TEST", "TEST", ""),
	}
	return dynamo.New(cfg, map[string]string{"Notifications": "n"}, clock.At(t0)), &tokens
}

func TestATransactionInConflictIsTriedAgainAsTheSame(t *testing.T) {
	ctx := context.Background()
	check := func(db *dynamo.DB) error {
		return db.Transact(ctx, "", dynamo.Of(db, notes).CheckWrite(sample("1"), dynamo.Exists("pk")))
	}
	db, tokens := answers(t, "None TransactionConflict")
	if err := check(db); err != nil || len(*tokens) != 2 || (*tokens)[0] == "" || (*tokens)[0] != (*tokens)[1] {
		t.Errorf("tokens %q, %v; want one token twice", *tokens, err)
	}
	for _, reasons := range []string{"ConditionalCheckFailed None", "TransactionConflict ConditionalCheckFailed"} {
		db, tokens := answers(t, reasons)
		if err := check(db); !errors.Is(err, dynamo.ErrCondition) || len(*tokens) != 1 {
			t.Errorf("%s: %d calls, %v; want a refusal at once", reasons, len(*tokens), err)
		}
	}
	db, _ = answers(t, "TransactionConflict", "TransactionConflict", "TransactionConflict")
	if err := check(db); !fault.Is(err, fault.Unavailable) {
		t.Errorf("always in conflict: %v, want unavailable", err)
	}
}
