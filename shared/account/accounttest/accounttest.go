// Package accounttest stands in for the contexts that account meets: a gate, an
// authenticator, one-time codes and an audience, on the same tables as the rows
// under test, so that transactions join as they do in the product.
package accounttest

import (
	"bytes"
	"context"
	"strings"

	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/keys"
	"jewelrydisplay.app/shared/lambdahttp"
	"jewelrydisplay.app/shared/person"
)

// Code is the one-time code that is right.
const Code = "123456"

// Phone is everybody's phone number.
const Phone = "+8613800138000"

type gateRow struct {
	User     person.ID       `inv:"user_id,C11,key"`
	State    string          `inv:"state,C11,login"`
	Accepted string          `inv:"accepted,C01,policy"`
	Minor    bool            `inv:"minor,C94,account"`
	Consents map[string]bool `inv:"consents,C71,consent"`
	Key      person.Hash     `inv:"wrapped_key,C03,security"`
	Claim    string          `inv:"claim,C11,login"`
	Alias    person.Hash     `inv:"alias,C06,security"`
}

// GateRecord is the stand-in for login's gate. Its claim lies outside the
// person's partition, and so does what happened, under an alias.
var GateRecord = inventory.Declare[gateRow](inventory.Record{
	Name: "gate", Table: "Accounts", Key: "U#{user_id}/GATE", Owner: "user_id", Also: []string{"P#{claim}/CLAIM"}, Shows: []string{"A#{alias}"},
	Keep: inventory.WithPerson(), OnCancel: inventory.HoldUntilPurge,
})

type claimRow struct {
	Claim string    `inv:"claim,C11,key"`
	User  person.ID `inv:"user_id,C11,login"`
}

// ClaimRecord is the stand-in for login's phone claim. It leads to what was sent
// to the number.
var ClaimRecord = inventory.Declare[claimRow](inventory.Record{
	Name: "claim", Table: "Accounts", Key: "P#{claim}/CLAIM", Owner: "user_id", Shows: []string{"P#{claim}"},
	Keep: inventory.WithPerson(), OnCancel: inventory.EraseAtOnce,
})

type sentRow struct {
	Claim string `inv:"claim,C11,key"`
	Sends int64  `inv:"sends,C36,security"`
}

// SentRecord is the stand-in for what was sent to a number.
var SentRecord = inventory.Declare[sentRow](inventory.Record{
	Name: "sent", Table: "Accounts", Key: "P#{claim}/SENT",
	Keep: inventory.Always("a test"), OnCancel: inventory.OwnExpiry,
})

type eventRow struct {
	Alias person.Hash `inv:"alias,C06,key"`
	Event string      `inv:"event,C36,security"`
}

// EventRecord is the stand-in for what happened to an account.
var EventRecord = inventory.Declare[eventRow](inventory.Record{
	Name: "event", Table: "Accounts", Key: "A#{alias}/E#{event}",
	Keep: inventory.Always("a test"), OnCancel: inventory.OwnExpiry,
})

type codeRow struct {
	Challenge string `inv:"challenge,C11,key"`
	Result    string `inv:"result,C11,login"`
}

// CodeRecord is the stand-in for login's spent codes.
var CodeRecord = inventory.Declare[codeRow](inventory.Record{
	Name: "code", Table: "Accounts", Key: "CODE#{challenge}/CODE",
	Keep: inventory.Always("a test"), OnCancel: inventory.NotPersonal,
})

type audienceRow struct {
	User     person.ID       `inv:"user_id,C29,key"`
	Consents map[string]bool `inv:"consents,C29,notification"`
	Minor    bool            `inv:"minor,C94,notification"`
}

// AudienceRecord is the stand-in for notification's audience.
var AudienceRecord = inventory.Declare[audienceRow](inventory.Record{
	Name: "audience", Table: "Notifications", Key: "U#{user_id}/AUDIENCE", Owner: "user_id",
	Keep: inventory.WithPerson(), OnCancel: inventory.EraseAtOnce,
})

// Records returns the stand-ins' schemas.
func Records() []*inventory.Schema {
	return []*inventory.Schema{GateRecord.Schema(), ClaimRecord.Schema(), CodeRecord.Schema(), AudienceRecord.Schema(), SentRecord.Schema(), EventRecord.Schema()}
}

// World is login and notification as account sees them.
type World struct {
	gates    dynamo.Table[gateRow]
	claims   dynamo.Table[claimRow]
	codes    dynamo.Table[codeRow]
	audience dynamo.Table[audienceRow]
	sent     dynamo.Table[sentRow]
	events   dynamo.Table[eventRow]
	db       *dynamo.DB
	due      func(*dynamo.Batch) (func(string) string, error)
}

// New returns a world without people. due is the policy's part of the
// authentication.
func New(db *dynamo.DB, due func(*dynamo.Batch) (func(string) string, error)) *World {
	return &World{
		db: db, due: due, gates: dynamo.Of(db, GateRecord), claims: dynamo.Of(db, ClaimRecord),
		codes: dynamo.Of(db, CodeRecord), audience: dynamo.Of(db, AudienceRecord),
		sent: dynamo.Of(db, SentRecord), events: dynamo.Of(db, EventRecord),
	}
}

// Enter makes a person who accepted the policy version. Their id is their
// access token.
func (w *World) Enter(ctx context.Context, id, accepted string) error {
	user, alias := person.Of[person.ID](id), person.Of[person.Hash]("alias of "+id)
	return w.db.Transact(ctx, "",
		w.gates.PutWrite(gateRow{
			User: user, State: "active", Accepted: accepted, Consents: map[string]bool{},
			Key: person.Of[person.Hash]("wrapped"), Claim: "of-" + id, Alias: alias,
		}),
		w.events.PutWrite(eventRow{Alias: alias, Event: "came"}),
		w.events.PutWrite(eventRow{Alias: alias, Event: "logged in"}),
		w.sent.PutWrite(sentRow{Claim: "of-" + id, Sends: 2}),
		w.claims.PutWrite(claimRow{Claim: "of-" + id, User: user}),
		w.audience.PutWrite(audienceRow{User: user, Consents: map[string]bool{}}))
}

// Leave cancels a person's account.
func (w *World) Leave(ctx context.Context, id string) error {
	_, err := w.gates.Update(ctx, gateRow{User: person.Of[person.ID](id)}, dynamo.Update{Set: map[string]any{"state": "cancelled"}})
	return err
}

// PassOn gives the person's claim to somebody else.
func (w *World) PassOn(ctx context.Context, id, to string) error {
	return w.claims.Put(ctx, claimRow{Claim: "of-" + id, User: person.Of[person.ID](to)})
}

// Marketing returns what the audience knows of the person's consents.
func (w *World) Marketing(ctx context.Context, id string) (map[string]bool, error) {
	row, _, err := w.audience.Get(ctx, audienceRow{User: person.Of[person.ID](id)})
	return row.Consents, err
}

// Minor returns whether the audience knows that the person is a minor.
func (w *World) Minor(ctx context.Context, id string) (bool, error) {
	row, _, err := w.audience.Get(ctx, audienceRow{User: person.Of[person.ID](id)})
	return row.Minor, err
}

// Subject returns the key of a person and what they consented to. Everybody
// has a key of their own.
func (w *World) Subject(user person.ID, consents map[string]bool) (inventory.Subject, error) {
	key := bytes.Repeat([]byte{1}, 32)
	copy(key, user.Reveal())
	own, _, err := keys.Fixed(strings.Repeat("k", 64)).NewPersonKey(key)
	s := inventory.Subject{Key: own, Granted: map[inventory.Consent]bool{}}
	for name, granted := range consents {
		s.Granted[inventory.Consent(name)] = granted
	}
	return s, err
}

// Authenticate knows the person by the token, in one call.
func (w *World) Authenticate(ctx context.Context, token string) (lambdahttp.Caller, error) {
	batch := w.db.Batch()
	gate, err := w.gates.From(batch, gateRow{User: person.Of[person.ID](token)})
	if err != nil {
		return lambdahttp.Caller{}, err
	}
	due, err := w.due(batch)
	if err != nil {
		return lambdahttp.Caller{}, err
	}
	if err := batch.Run(ctx); err != nil {
		return lambdahttp.Caller{}, err
	}
	row, found := gate.Row()
	if !found || row.State != "active" {
		return lambdahttp.Caller{}, fault.New(fault.Unauthenticated, "Log in.")
	}
	subject, err := w.Subject(row.User, row.Consents)
	return lambdahttp.Caller{
		User: row.User, Session: "s", Subject: subject, Minor: row.Minor,
		Accepted: row.Accepted, PolicyDue: due(row.Accepted),
	}, err
}

// Phone returns everybody's number.
func (w *World) Phone(context.Context, person.ID) (person.PhoneNumber, error) {
	return person.Of[person.PhoneNumber](Phone), nil
}

// Prove takes Code for any challenge.
func (w *World) Prove(ctx context.Context, challenge, code string, _ person.DeviceID, _ string, _ person.ID) (person.Proof, error) {
	if code != Code {
		return person.Proof{}, fault.New(fault.CodeRejected, "The code is not accepted.")
	}
	row, _, err := w.codes.Get(ctx, codeRow{Challenge: challenge})
	return person.Proof{Challenge: challenge, Spent: row.Result != "", Result: row.Result}, err
}

// SpendWrite spends a code.
func (w *World) SpendWrite(p person.Proof, result string) dynamo.Write {
	return w.codes.PutWrite(codeRow{Challenge: p.Challenge, Result: result}, dynamo.Absent("pk"))
}

func (w *World) active(user person.ID, set map[string]any) dynamo.Write {
	return w.gates.UpdateWrite(gateRow{User: user}, dynamo.Update{Set: set, If: []dynamo.Cond{dynamo.Eq("state", "active")}})
}

// ActiveWrite asks that the account is active.
func (w *World) ActiveWrite(user person.ID) dynamo.Write {
	return w.gates.CheckWrite(gateRow{User: user}, dynamo.Eq("state", "active"))
}

// AcceptanceWrite notes the accepted version in the gate.
func (w *World) AcceptanceWrite(user person.ID, version string) dynamo.Write {
	return w.active(user, map[string]any{"accepted": version})
}

// MinorWrite sets the minor flag.
func (w *World) MinorWrite(user person.ID) dynamo.Write {
	return w.active(user, map[string]any{"minor": true})
}

// ConsentWrite notes a consent in the gate.
func (w *World) ConsentWrite(user person.ID, c inventory.Consent, granted bool) dynamo.Write {
	return w.active(user, map[string]any{"consents." + string(c): granted})
}

// Audience is notification's part.
type Audience struct{ *World }

// ConsentWrite notes a consent in the audience row.
func (a Audience) ConsentWrite(user person.ID, c inventory.Consent, granted bool) dynamo.Write {
	return a.audience.UpdateWrite(audienceRow{User: user}, dynamo.Update{
		Set: map[string]any{"consents." + string(c): granted}, If: []dynamo.Cond{dynamo.Exists("pk")},
	})
}

// MinorWrites notes in the audience row that the person is a minor, whom
// marketing is not sent to.
func (a Audience) MinorWrites(user person.ID) []dynamo.Write {
	return []dynamo.Write{a.audience.UpdateWrite(audienceRow{User: user}, dynamo.Update{
		Set: map[string]any{"minor": true, "consents.marketing_push": false}, If: []dynamo.Cond{dynamo.Exists("pk")},
	})}
}
