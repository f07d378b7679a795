package dynamo_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"jewelrydisplay.app/shared/awstest"
	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/keys"
	"jewelrydisplay.app/shared/person"
)

type part struct {
	Name person.Nickname `inv:"name,C12,account"`
	At   time.Time       `inv:"at,C12,account"`
}

type note struct {
	User  person.ID          `inv:"user_id,C11,key"`
	ID    string             `inv:"note_id,C11,key"`
	Phone person.PhoneNumber `inv:"phone,C11,login"`
	Tags  []person.Detail    `inv:"tags,C17,optional_profile"`
	Parts map[string]part    `inv:"parts,C12,account"`
	Count int64              `inv:"count,C11,login"`
	Taste string             `inv:"taste,C19,personalisation"`
	Ends  time.Time          `inv:"ends_at,C11,login"`
	Shelf string             `inv:"shelf,C11,login"`
}

var notes = inventory.Declare[note](inventory.Record{
	Name: "note", Table: "Notifications", Key: "U#{user_id}/N#{note_id}", Owner: "user_id",
	Indexes: []inventory.Index{{Name: "page", Key: "SHELF#{shelf}/{note_id}"}},
	Keep:    inventory.Until("ends_at"), OnCancel: inventory.EraseAtOnce,
})

var ring = keys.Fixed(strings.Repeat("k", 64))

var t0 = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func start(t *testing.T) (*dynamo.DB, *clock.Manual, dynamo.Table[note], *awstest.Cloud) {
	t.Helper()
	cloud := awstest.Start(t)
	clk := clock.At(t0)
	db := dynamo.New(cloud.Config, cloud.Tables, clk)
	key, _, err := ring.NewPersonKey(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return db, clk, dynamo.Of(db, notes).For(inventory.Subject{Key: key}), cloud
}

func sample(id string) note {
	return note{
		User: person.Of[person.ID]("u1"), ID: id, Phone: person.Of[person.PhoneNumber]("+8613800138000"),
		Tags:  []person.Detail{person.Of[person.Detail]("jade")},
		Parts: map[string]part{"a": {Name: person.Of[person.Nickname]("珠珠"), At: t0}},
		Ends:  t0.Add(time.Minute), Shelf: "s",
	}
}

// Clauses: C03 (sealed at rest).
func TestRowsComeBackAndSealedAttributesAreNotInTheTable(t *testing.T) {
	ctx := context.Background()
	_, _, table, cloud := start(t)
	want := sample("1")
	if err := table.Put(ctx, want); err != nil {
		t.Fatal(err)
	}
	got, found, err := table.Get(ctx, note{User: want.User, ID: "1"})
	if err != nil || !found {
		t.Fatalf("get: found %v, %v", found, err)
	}
	if got.Phone != want.Phone || got.Tags[0] != want.Tags[0] || got.Parts["a"] != want.Parts["a"] || !got.Ends.Equal(want.Ends) {
		t.Errorf("the row came back different")
	}
	stored, err := cloud.Dynamo().Scan(ctx, &dynamodb.ScanInput{TableName: aws.String(cloud.Tables["Notifications"])})
	if err != nil || len(stored.Items) != 1 {
		t.Fatalf("scan: %d items, %v", len(stored.Items), err)
	}
	dump := fmt.Sprintf("%v", stored.Items[0])
	for name, v := range stored.Items[0] {
		dump += fmt.Sprintf("%s=%+v;", name, v)
	}
	for _, secret := range []string{"13800138000", "jade", "珠珠"} {
		if strings.Contains(dump, secret) {
			t.Errorf("the table shows %q", secret)
		}
	}
}

type leaky struct {
	User  person.ID `inv:"user_id,C11,key"`
	Email string
}

// Clauses: C02, C65.
func TestUndeclaredFieldIsRefusedByName(t *testing.T) {
	db, _, table, _ := start(t)
	bad := inventory.Declare[leaky](inventory.Record{
		Name: "leaky", Table: "Accounts", Key: "U#{user_id}/L", Owner: "user_id",
		Keep: inventory.WithPerson(), OnCancel: inventory.EraseAtOnce,
	})
	err := dynamo.Of(db, bad).Put(context.Background(), leaky{User: person.Of[person.ID]("u1"), Email: "a@b"})
	if err == nil || !strings.Contains(err.Error(), "leaky.Email") {
		t.Errorf("got %v, want a refusal that names leaky.Email", err)
	}
	_, err = table.Update(context.Background(), sample("1"), dynamo.Update{Set: map[string]any{"email": "x"}})
	if err == nil || !strings.Contains(err.Error(), `"email"`) {
		t.Errorf("got %v, want a refusal that names email", err)
	}
}

// Clauses: C10.
func TestAdditionalAttributeNeedsItsConsent(t *testing.T) {
	ctx := context.Background()
	_, _, table, _ := start(t)
	row := sample("1")
	row.Taste = "pearls"
	if err := table.Put(ctx, row); !fault.Is(err, fault.ConsentWithdrawn) {
		t.Errorf("got %v, want consent_withdrawn", err)
	}
	key, _, _ := ring.NewPersonKey(bytes.Repeat([]byte{7}, 32))
	granted := table.For(inventory.Subject{Key: key, Granted: map[inventory.Consent]bool{inventory.ConsentPersonalisation: true}})
	if err := granted.Put(ctx, row); err != nil {
		t.Errorf("with consent: %v", err)
	}
}

// Clauses: C64.
func TestExpiredRowIsNotServedToTheMillisecond(t *testing.T) {
	ctx := context.Background()
	_, clk, table, _ := start(t)
	row := sample("1")
	row.Ends = t0.Add(1500 * time.Millisecond)
	if err := table.Put(ctx, row); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		by   time.Duration
		want bool
	}{{1499 * time.Millisecond, true}, {time.Millisecond, false}, {time.Hour, false}} {
		clk.Advance(step.by)
		if _, found, err := table.Get(ctx, row); err != nil || found != step.want {
			t.Errorf("at %v: found %v, %v; want %v", clk.Now(), found, err, step.want)
		}
		page, err := table.Query(ctx, dynamo.Query{Partition: "U#u1", Prefix: "N#"})
		if err != nil || (len(page.Rows) == 1) != step.want {
			t.Errorf("query at %v: %d rows, %v; want %v", clk.Now(), len(page.Rows), err, step.want)
		}
	}
}

func TestPagesInBothDirections(t *testing.T) {
	ctx := context.Background()
	_, _, table, _ := start(t)
	for i := range 7 {
		if err := table.Put(ctx, sample(fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	for _, q := range []dynamo.Query{
		{Partition: "U#u1", Prefix: "N#", Limit: 3},
		{Partition: "U#u1", Prefix: "N#", Limit: 3, Backward: true},
		{Partition: "SHELF#s", Index: "page", Limit: 3},
	} {
		var ids string
		for {
			page, err := table.Query(ctx, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range page.Rows {
				ids += row.ID
			}
			if q.After = page.Last; page.Last == "" {
				break
			}
		}
		want := "0123456"
		if q.Backward {
			want = "6543210"
		}
		if ids != want {
			t.Errorf("%+v: %s, want %s", q, ids, want)
		}
	}
}

func TestConditionsUpdatesAndTransactions(t *testing.T) {
	ctx := context.Background()
	db, _, table, _ := start(t)
	row := sample("1")
	if err := table.Put(ctx, row, dynamo.Absent("pk")); err != nil {
		t.Fatal(err)
	}
	err := table.Put(ctx, row, dynamo.Absent("pk"))
	if !errors.Is(err, dynamo.ErrCondition) {
		t.Fatalf("second put: %v", err)
	}
	if old, found := table.Old(err); !found || old.Phone != row.Phone {
		t.Error("the refusing row did not come back")
	}
	got, err := table.Update(ctx, row, dynamo.Update{
		Set: map[string]any{"ends_at": t0.Add(time.Hour), "parts.a.name": person.Of[person.Nickname]("金")},
		Add: map[string]int64{"count": 2}, Remove: []string{"shelf"},
		If: []dynamo.Cond{dynamo.Greater("ends_at", t0), dynamo.Less("count", 5)},
	})
	if err != nil || got.Count != 2 || got.Shelf != "" || got.Parts["a"].Name.Reveal() != "金" {
		t.Errorf("update: count %d, shelf %q, %v", got.Count, got.Shelf, err)
	}
	err = db.Transact(ctx, "",
		table.PutWrite(sample("2"), dynamo.Absent("pk")),
		table.CheckWrite(row, dynamo.Eq("count", 3)))
	var failed *dynamo.ConditionError
	if !errors.As(err, &failed) || failed.Index != 1 {
		t.Errorf("transaction: %v, want the second write to refuse", err)
	}
	if _, found, _ := table.Get(ctx, sample("2")); found {
		t.Error("half a transaction was written")
	}
}

func TestBatchIsOneCallAndRawRowsDecode(t *testing.T) {
	ctx := context.Background()
	db, _, table, _ := start(t)
	for _, id := range []string{"1", "2"} {
		if err := table.Put(ctx, sample(id)); err != nil {
			t.Fatal(err)
		}
	}
	db.TakeCalls()
	batch := db.Batch()
	first, _ := table.From(batch, sample("1"))
	absent, _ := table.From(batch, sample("9"))
	if err := batch.Run(ctx); err != nil {
		t.Fatal(err)
	}
	row, found := first.Row()
	if _, none := absent.Row(); !found || none || row.Phone != sample("1").Phone {
		t.Error("the batch read the wrong rows")
	}
	if calls := db.TakeCalls(); len(calls) != 1 || calls[0].Capacity != 2 {
		t.Errorf("calls %v, want one of 2 units", calls)
	}
	var seen int
	err := db.Partition(ctx, "Notifications", "U#u1", func(r dynamo.Raw) error {
		seen++
		if at, ok := r.ExpiresAt(); !ok || !at.Equal(t0.Add(time.Minute)) || r.Record() != "note" {
			t.Errorf("raw row %s expires %v", r.Record(), at)
		}
		return db.Remove(ctx, "Notifications", r.Key)
	})
	if err != nil || seen != 2 {
		t.Errorf("partition: %d rows, %v", seen, err)
	}
}
