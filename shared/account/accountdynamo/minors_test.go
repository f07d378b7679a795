package accountdynamo_test

import (
	"context"
	"errors"
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

// Clauses: C78, C94.
func TestAMinorsConsentsToMarketingEndInOneWrite(t *testing.T) {
	ctx := context.Background()
	cloud := awstest.Start(t)
	clk := clock.At(t0)
	db := dynamo.New(cloud.Config, cloud.Tables, clk)
	world := accounttest.New(db, nil)
	store := accountdynamo.NewStore(db, clk, world, accounttest.Audience{World: world}, nil)
	const anna = "aaaaaaaaaaaaaaaaaaaaaaaaaa"
	if err := world.Enter(ctx, anna, "1"); err != nil {
		t.Fatal(err)
	}
	who := account.Person{ID: person.Of[person.ID](anna), Accepted: "1"}
	consents := account.NewConsents(store, clk)
	set := func(c inventory.Consent) {
		t.Helper()
		if _, err := consents.Set(ctx, who, c, true); err != nil {
			t.Fatal(err)
		}
	}
	set(inventory.ConsentMarketingPush)
	set(inventory.ConsentSharing)
	set(inventory.ConsentLocation)

	// A consent that is granted in between refuses the whole write.
	early, err := store.MinorWrites(ctx, who.ID, "2", t0)
	if err != nil {
		t.Fatal(err)
	}
	set(inventory.ConsentAffiliates)
	if err := db.Transact(ctx, "", early...); !errors.Is(err, dynamo.ErrCondition) {
		t.Errorf("affiliates granted in between: %v", err)
	}

	later := t0.Add(time.Hour)
	writes, err := store.MinorWrites(ctx, who.ID, "2", later)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Transact(ctx, "", writes...); err != nil {
		t.Fatal(err)
	}
	all, err := consents.All(ctx, who)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		granted := c.Purpose == inventory.ConsentLocation
		withdrawn := c.Revision > 0 && !granted
		if c.Granted != granted || withdrawn && (c.Revision != 2 || c.Version != "2" || !c.ChangedAt.Equal(later)) {
			t.Errorf("%+v", c)
		}
	}
	if known, err := world.Marketing(ctx, anna); err != nil || known["marketing_push"] {
		t.Errorf("the audience knows %v, %v", known, err)
	}
	evidence := 0
	for _, record := range dump(t, db, cloud) {
		if record == "consent_change  marketing_push" || record == "consent_change  sharing" || record == "consent_change  affiliates" {
			evidence++
		}
	}
	if evidence != 6 {
		t.Errorf("%d changes on record, want three grants and three withdrawals", evidence)
	}
}
