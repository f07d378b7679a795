package cancellation_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/aws/smithy-go/middleware"

	"jewelrydisplay.app/shared/awstest"
	"jewelrydisplay.app/shared/cancellation"
	"jewelrydisplay.app/shared/cancellation/cancellationdynamo"
	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/erasure"
	"jewelrydisplay.app/shared/erasure/erasuredynamo"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/person"
)

// The rows of a person as the other contexts keep them, one for each thing that
// a cancellation does.
type gate struct {
	User  person.ID `inv:"user_id,C11,key"`
	State string    `inv:"state,C11,account"`
}

type claim struct {
	Phone person.Hash `inv:"phone_index,C11,key"`
	User  person.ID   `inv:"user_id,C11,login"`
}

type code struct {
	Phone  person.Hash `inv:"phone_index,C11,key"`
	ID     string      `inv:"code_id,C11,key"`
	Result string      `inv:"result,C11,login"`
	Until  time.Time   `inv:"until,C11,login"`
}

type thing struct {
	User  person.ID   `inv:"user_id,C11,key"`
	ID    string      `inv:"thing_id,C11,key"`
	Phone person.Hash `inv:"phone_index,C11,account"`
	Text  string      `inv:"text,C12,account"`
}

func declare(name, table string, d inventory.Disposition, also ...string) *inventory.Type[thing] {
	return inventory.Declare[thing](inventory.Record{
		Name: name, Table: table, Key: "U#{user_id}/" + name + "#{thing_id}", Owner: "user_id",
		Also: also, Keep: inventory.WithPerson(), OnCancel: d,
	})
}

var (
	gateRecord = inventory.Declare[gate](inventory.Record{
		Name: "gate", Table: "Accounts", Key: "U#{user_id}/GATE", Owner: "user_id",
		Keep: inventory.WithPerson(), OnCancel: inventory.HoldUntilPurge,
	})
	claimRecord = inventory.Declare[claim](inventory.Record{
		Name: "claim", Table: "Accounts", Key: "P#{phone_index}/CLAIM", Owner: "user_id",
		Keep: inventory.WithPerson(), OnCancel: inventory.EraseAtOnce,
	})
	codeRecord = inventory.Declare[code](inventory.Record{
		Name: "code", Table: "Accounts", Key: "P#{phone_index}/CODE#{code_id}",
		Keep: inventory.Until("until"), OnCancel: inventory.OwnExpiry,
	})
	accountRecord  = declare("account", "Accounts", inventory.HoldUntilPurge, "P#{phone_index}/CLAIM")
	sessionRecord  = declare("session", "Accounts", inventory.EraseAtOnce)
	deviceRecord   = declare("device", "Notifications", inventory.EraseAtOnce)
	likeRecord     = declare("favourite", "Engagement", inventory.EraseAfterWithdrawal)
	audienceRecord = declare("audience", "Notifications", inventory.EraseAfterWithdrawal)
)

func schemas() []*inventory.Schema {
	list := []*inventory.Schema{gateRecord.Schema(), claimRecord.Schema(), codeRecord.Schema()}
	for _, r := range []*inventory.Type[thing]{accountRecord, sessionRecord, deviceRecord, likeRecord, audienceRecord} {
		list = append(list, r.Schema())
	}
	return append(list, cancellationdynamo.Records()...)
}

// errKilled is what a dead process sees of its calls.
var errKilled = errors.New("killed")

// wire is all that leaves the process: it can be cut at the nth call, before it
// arrives or after, and stays cut until it is mended.
type wire struct {
	mu     sync.Mutex
	calls  int
	cutAt  int // 0: never
	before bool
	dead   bool
}

func (w *wire) call(do func() error) error {
	w.mu.Lock()
	w.calls++
	hit := w.cutAt > 0 && w.calls == w.cutAt
	w.dead = w.dead || hit
	dead := w.dead
	w.mu.Unlock()
	if dead && (!hit || w.before) {
		return errKilled
	}
	if err := do(); err != nil {
		return err
	}
	if hit {
		return errKilled
	}
	return nil
}

func (w *wire) cut(n int, before bool) { w.calls, w.cutAt, w.before, w.dead = 0, n, before, false }

func (w *wire) mend() { w.cut(0, false) }

func (w *wire) HandleInitialize(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (out middleware.InitializeOutput, md middleware.Metadata, err error) {
	err = w.call(func() (err error) {
		out, md, err = next.HandleInitialize(ctx, in)
		return err
	})
	return out, md, err
}

func (w *wire) ID() string { return "wire" }

// world is the product in small: real tables, real erasure, real cancellation;
// what belongs to other contexts keeps the same promises in few lines.
type world struct {
	t     testing.TB
	cloud *awstest.Cloud
	clock *clock.Manual
	wire  *wire
	db    *dynamo.DB

	store    *cancellationdynamo.Store
	eraser   *erasure.Eraser
	service  *cancellation.Cancellations
	returns  *cancellation.Withdrawals[string]
	finisher *cancellation.Finisher

	mu        sync.Mutex
	messages  []cancellation.Case
	endpoints map[string]int // by person
	unknown   []string
	sequence  int
}

func newWorld(t testing.TB, at time.Time) *world {
	t.Helper()
	w := &world{t: t, cloud: awstest.Start(t), clock: clock.At(at), wire: &wire{}, endpoints: map[string]int{}}
	cfg := w.cloud.Config.Copy()
	cfg.APIOptions = append(cfg.APIOptions, func(s *middleware.Stack) error {
		return s.Initialize.Add(w.wire, middleware.Before)
	})
	w.db = dynamo.New(cfg, w.cloud.Tables, w.clock)
	w.store = cancellationdynamo.New(w.db, w, w)
	w.eraser = erasure.New(erasuredynamo.New(w.db), w, schemas(), "gate", "account")
	w.finisher = cancellation.NewFinisher(w.store, w.eraser, w, w, w.clock)
	w.service = &cancellation.Cancellations{
		Codes: w, Records: w.store, Queue: w, Eraser: w.eraser, Endpoints: w, Schemas: schemas(),
		Clock: w.clock, Random: rand.Reader, Log: slog.New(slog.DiscardHandler),
	}
	w.returns = withBody(w, func(answer string) string { return answer })
	return w
}

// withBody returns the withdrawals of the world with an answer of one's own.
func withBody[L any](w *world, body func(string) L) *cancellation.Withdrawals[L] {
	return &cancellation.Withdrawals[L]{
		Cancellations: w.service, Records: w.store, Devices: w,
		Restorer: cancellationdynamo.NewRestorer(w.store, w.open, body),
	}
}

// What follows are the other contexts.

func (w *world) SpendWrite(p person.Proof, result string) dynamo.Write {
	return dynamo.Of(w.db, codeRecord).UpdateWrite(code{Phone: p.Phone, ID: p.Challenge}, dynamo.Update{
		Set: map[string]any{"result": result}, If: []dynamo.Cond{dynamo.Absent("result"), dynamo.Exists("pk")},
	})
}

func (w *world) CancelWrites(user person.ID, p person.Proof) []dynamo.Write {
	phone := p.Phone
	return []dynamo.Write{
		dynamo.Of(w.db, gateRecord).UpdateWrite(gate{User: user}, dynamo.Update{
			Set: map[string]any{"state": "cancelled"}, If: []dynamo.Cond{dynamo.Eq("state", "active")},
		}),
		dynamo.Of(w.db, claimRecord).DeleteWrite(claim{Phone: phone}, dynamo.Any(dynamo.Absent("pk"), dynamo.Eq("user_id", user))),
	}
}

func (w *world) RestoreWrites(user person.ID, p person.Proof) []dynamo.Write {
	phone := p.Phone
	return []dynamo.Write{
		dynamo.Of(w.db, gateRecord).UpdateWrite(gate{User: user}, dynamo.Update{
			Set: map[string]any{"state": "active"}, If: []dynamo.Cond{dynamo.Eq("state", "cancelled")},
		}),
		dynamo.Of(w.db, claimRecord).PutWrite(claim{Phone: phone, User: user}, dynamo.Absent("pk")),
	}
}

func (w *world) audience(user person.ID, state string) dynamo.Write {
	return dynamo.Of(w.db, audienceRecord).UpdateWrite(thing{User: user, ID: "1"}, dynamo.Update{
		Set: map[string]any{"text": state}, If: []dynamo.Cond{dynamo.Exists("pk")},
	})
}

func (w *world) CancelWrite(user person.ID) dynamo.Write  { return w.audience(user, "cancelled") }
func (w *world) RestoreWrite(user person.ID) dynamo.Write { return w.audience(user, "active") }

func (w *world) Active(ctx context.Context, user person.ID) (bool, error) {
	g, found, err := dynamo.Of(w.db, gateRecord).Get(ctx, gate{User: user})
	return found && g.State == "active", err
}

func (w *world) EndAll(_ context.Context, user person.ID) error {
	return w.wire.call(func() error {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.endpoints, user.Reveal())
		return nil
	})
}

func (w *world) Send(_ context.Context, c cancellation.Case, _ time.Duration) error {
	return w.wire.call(func() error {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.messages = append(w.messages, c)
		return nil
	})
}

func (w *world) UnknownRow(_ context.Context, table, record string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.unknown = append(w.unknown, table+" "+record)
}

// Prove takes a challenge of the form "<phone>.<code id>"; the right code is
// always the same.
func (w *world) Prove(ctx context.Context, challenge, given string, _ person.DeviceID, _ string, _ person.ID) (person.Proof, error) {
	var phone, id string
	if _, err := fmt.Sscanf(challenge, "%s %s", &phone, &id); err != nil || given != "123456" {
		return person.Proof{}, fault.New(fault.CodeRejected, "no")
	}
	row, found, err := dynamo.Of(w.db, codeRecord).Get(ctx, code{Phone: person.Of[person.Hash](phone), ID: id})
	if err == nil && !found {
		err = fault.New(fault.CodeRejected, "no")
	}
	return person.Proof{Challenge: id, Phone: row.Phone, Spent: row.Result != "", Result: row.Result}, err
}

func (w *world) KnowsDevice(_ context.Context, user person.ID, d person.DeviceID) (bool, error) {
	return d.Reveal() == "device of "+user.Reveal(), nil
}

// open logs in: a session row and an answer that tells whose it is.
func (w *world) open(_ context.Context, user person.ID, _ cancellation.Device, p person.Proof) (string, []dynamo.Write, error) {
	if p.Spent {
		return p.Result, nil, nil
	}
	answer := user.Reveal() + " by " + p.Challenge
	return answer, []dynamo.Write{
		w.SpendWrite(p, answer),
		dynamo.Of(w.db, sessionRecord).PutWrite(thing{User: user, ID: p.Challenge, Text: answer}),
	}, nil
}
