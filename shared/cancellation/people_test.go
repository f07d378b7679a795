package cancellation_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"jewelrydisplay.app/shared/cancellation"
	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/erasure/scan"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/metric"
	"jewelrydisplay.app/shared/person"
	"jewelrydisplay.app/shared/retention"
	"jewelrydisplay.app/shared/retention/retentiondynamo"
)

// someone is a person in the world.
type someone struct {
	id    person.ID
	phone person.Hash
}

// register makes a person with a row of every kind and an endpoint. phone ""
// makes a number of their own.
func (w *world) register(phone string) someone {
	w.t.Helper()
	id, err := person.NewID(rand.Reader)
	w.must(err)
	if phone == "" {
		phone, err = person.Token(rand.Reader, 10)
		w.must(err)
	}
	p := someone{id: id, phone: person.Of[person.Hash](phone)}
	w.must(w.db.Transact(context.Background(), "",
		dynamo.Of(w.db, gateRecord).PutWrite(gate{User: id, State: "active"}),
		dynamo.Of(w.db, claimRecord).PutWrite(claim{Phone: p.phone, User: id}, dynamo.Absent("pk"))))
	for _, r := range []*inventory.Type[thing]{accountRecord, sessionRecord, deviceRecord, likeRecord, audienceRecord} {
		w.put(p, r, "1")
	}
	w.endpoints[id.Reveal()] = 1
	return p
}

// put writes a row of the person that names them in its text too.
func (w *world) put(p someone, r *inventory.Type[thing], id string) {
	w.t.Helper()
	w.must(dynamo.Of(w.db, r).Put(context.Background(), thing{User: p.id, ID: id, Phone: p.phone, Text: "of " + p.id.Reveal()}))
}

// code sends the person a code and returns its challenge.
func (w *world) code(p someone) string {
	w.t.Helper()
	w.sequence++
	id := fmt.Sprintf("code%d", w.sequence)
	w.putCode(p, id)
	return p.phone.Reveal() + " " + id
}

func (w *world) putCode(p someone, id string) {
	w.t.Helper()
	w.must(dynamo.Of(w.db, codeRecord).Put(context.Background(), code{Phone: p.phone, ID: id, Until: w.clock.Now().Add(codeLife)}))
}

const codeLife = 5 * 60e9

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) cancel(p someone, challenge string) (cancellation.Receipt, error) {
	return w.service.Cancel(context.Background(), cancellation.Request{User: p.id, Challenge: challenge, Code: "123456"})
}

// cancelled is a person whose cancellation succeeded.
func (w *world) cancelled(p someone) cancellation.Receipt {
	w.t.Helper()
	r, err := w.cancel(p, w.code(p))
	w.must(err)
	return r
}

func (w *world) withdraw(p someone, challenge, receipt string) (string, error) {
	return w.returns.Withdraw(context.Background(), cancellation.Withdrawal{
		Challenge: challenge, Code: "123456", Receipt: receipt,
	})
}

// deliver finishes what the queue holds.
func (w *world) deliver() {
	w.t.Helper()
	messages := w.messages
	w.messages = nil
	for _, c := range messages {
		w.must(w.finisher.Finish(context.Background(), c))
	}
}

// sweep does what the schedules do, as if the queue were down: due timers, then
// expired rows.
func (w *world) sweep() {
	w.t.Helper()
	sweeper := &retention.Sweeper{
		Timers: w.store, Queue: down{}, Direct: w.finisher, Rows: retentiondynamo.New(w.db),
		Endpoints: noOrphans{}, Meter: metric.New(io.Discard, w.clock), Clock: w.clock, Log: slog.New(slog.DiscardHandler),
	}
	_, err := sweeper.Due(context.Background())
	w.must(err)
	_, _, err = sweeper.Expired(context.Background())
	w.must(err)
}

// noOrphans is a push provider where every endpoint has its row.
type noOrphans struct{}

func (noOrphans) Remove(context.Context) (int, error) { return 0, nil }

// down is a queue that takes nothing.
type down struct{}

func (down) Start(context.Context, string) error { return errKilled }

func (w *world) due() (cases []cancellation.Case) {
	w.t.Helper()
	w.must(w.store.Due(context.Background(), w.clock.Now(), func(c string, _ timeT) { cases = append(cases, cancellation.Case(c)) }))
	return cases
}

// dump is every row of every table, as bytes, by table and key.
func (w *world) dump() map[string]string {
	w.t.Helper()
	rows := map[string]string{}
	for logical, name := range w.cloud.Tables {
		var start map[string]attribute
		for {
			out, err := w.cloud.Dynamo().Scan(context.Background(), &dynamodb.ScanInput{TableName: aws.String(name), ExclusiveStartKey: start, ConsistentRead: aws.Bool(true)})
			w.must(err)
			for _, item := range out.Items {
				b, err := json.Marshal(item)
				w.must(err)
				rows[logical+" "+text(item["pk"])+" "+text(item["sk"])] = string(b)
			}
			if start = out.LastEvaluatedKey; len(start) == 0 {
				break
			}
		}
	}
	return rows
}

// rowsOf are the keys of the rows in which the person is named, in whatever
// spelling, beside those that name their case only.
func (w *world) rowsOf(p someone) []string {
	w.t.Helper()
	s, err := scan.New(scan.Identifier{Name: "user id", Value: p.id.Reveal()})
	w.must(err)
	var found []string
	for key, row := range w.dump() {
		if len(s.Bytes(key, []byte(key+row))) > 0 {
			found = append(found, strings.ReplaceAll(key, p.id.Reveal(), "·"))
		}
	}
	slices.Sort(found)
	return found
}

// others are the rows that do not name any of the people, the receipts' and
// bells' aside.
func (w *world) others(people ...someone) map[string]string {
	rows := w.dump()
	maps.DeleteFunc(rows, func(key, row string) bool {
		for _, p := range people {
			if strings.Contains(key+row, p.id.Reveal()) || strings.Contains(key, p.phone.Reveal()) {
				return true
			}
		}
		return strings.HasPrefix(key, "Privacy R#")
	})
	return rows
}

func (w *world) same(before, after map[string]string) {
	w.t.Helper()
	if !maps.Equal(before, after) {
		w.t.Errorf("somebody else's rows changed: %d rows before, %d after", len(before), len(after))
	}
}

func equal(t testing.TB, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}
