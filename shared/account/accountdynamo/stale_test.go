package accountdynamo_test

import (
	"context"
	"errors"
	"maps"
	"testing"
	"time"

	"jewelrydisplay.app/shared/account"
	"jewelrydisplay.app/shared/account/accountdynamo"
	"jewelrydisplay.app/shared/account/accounttest"
	"jewelrydisplay.app/shared/awstest"
	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/person"
)

var t0 = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)

// Clauses: C72, C78, C99.
func TestWritesOfWhoReadTooEarlyAreRefusedWhole(t *testing.T) {
	ctx := context.Background()
	cloud := awstest.Start(t)
	clk := clock.At(t0)
	db := dynamo.New(cloud.Config, cloud.Tables, clk)
	policies := accountdynamo.NewPolicies(db, clk)
	world := accounttest.New(db, policies.PolicyDue)
	store := accountdynamo.NewStore(db, clk, world, accounttest.Audience{World: world}, accountdynamo.Records())
	const anna = "aaaaaaaaaaaaaaaaaaaaaaaaaa"
	if err := world.Enter(ctx, anna, "1"); err != nil {
		t.Fatal(err)
	}
	caller, err := world.Authenticate(ctx, anna)
	if err != nil {
		t.Fatal(err)
	}
	who := account.Person{ID: caller.User, Subject: caller.Subject}

	writes := map[string]func(revision int64, word string) error{
		"consent": func(revision int64, word string) error {
			return store.SaveConsent(ctx, who.ID, account.Consent{
				Purpose: inventory.ConsentMarketingPush, Granted: word == "first", ChangedAt: t0, Revision: revision,
			})
		},
		"profile": func(revision int64, word string) error {
			return store.SaveProfile(ctx, who, account.Profile{Nickname: person.Of[person.Nickname](word), Revision: revision}, false)
		},
		"policy": func(revision int64, word string) error {
			v := account.Version{Name: word, PublishedAt: t0, EffectiveAt: t0.Add(time.Duration(len(word)) * time.Hour)}
			return store.Publish(ctx, v, map[string]string{"zh": word}, revision-1)
		},
	}
	for what, write := range writes {
		for revision := int64(1); revision <= 2; revision++ {
			if err := write(revision, "first"[:3+revision]); err != nil {
				t.Fatalf("%s, revision %d: %v", what, revision, err)
			}
		}
		before := dump(t, db, cloud)
		for _, revision := range []int64{1, 2, 4} {
			if err := write(revision, "stale words"); !errors.Is(err, account.ErrChanged) {
				t.Errorf("%s, revision %d against 2: %v, want ErrChanged", what, revision, err)
			}
		}
		if after := dump(t, db, cloud); !maps.Equal(before, after) {
			t.Errorf("%s: a refused write left something: %v", what, after)
		}
	}
}

// dump is every row's record by its key.
func dump(t *testing.T, db *dynamo.DB, cloud *awstest.Cloud) map[dynamo.Key]string {
	t.Helper()
	rows := map[dynamo.Key]string{}
	for table := range cloud.Tables {
		if err := db.Scan(context.Background(), table, func(r dynamo.Raw) error {
			rows[r.Key] = r.Record() + " " + r.Text("version") + " " + r.Text("purpose")
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	return rows
}
