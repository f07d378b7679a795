package retention_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"jewelrydisplay.app/shared/awstest"
	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/metric"
	"jewelrydisplay.app/shared/retention"
	"jewelrydisplay.app/shared/retention/retentiondynamo"
	"jewelrydisplay.app/shared/retention/retentionevent"
)

type note struct {
	ID   string    `inv:"note_id,C64,key"`
	Ends time.Time `inv:"ends_at,C64,operation"`
}

func notes(table string) *inventory.Type[note] {
	return inventory.Declare[note](inventory.Record{
		Name: "note", Table: table, Key: "N#{note_id}/N", Keep: inventory.Until("ends_at"), OnCancel: inventory.OwnExpiry,
	})
}

var start = time.Unix(1700000000, 0).UTC()

// timers are erasures that wait: since when, by id.
type timers map[string]time.Time

func (ts timers) Due(_ context.Context, now time.Time, each func(string, time.Time)) error {
	for id, since := range ts {
		if !now.Before(since) {
			each(id, since)
		}
	}
	return nil
}

// starter notes what it starts; those in refuses it does not take.
type starter struct {
	started []string
	refuses string
}

func (s *starter) Start(_ context.Context, id string) error {
	if strings.Contains(s.refuses, id) {
		return errors.New("not now")
	}
	s.started = append(s.started, id)
	slices.Sort(s.started)
	return nil
}

// orphans is how many endpoints without a row the provider has; below 0: it is
// not reached.
type orphans int

func (o *orphans) Remove(context.Context) (n int, err error) {
	if *o < 0 {
		return 0, errors.New("not now")
	}
	n, *o = int(*o), 0
	return n, nil
}

type world struct {
	sweeper       *retention.Sweeper
	clock         *clock.Manual
	queue, direct *starter
	endpoints     orphans
	out           bytes.Buffer
}

func newWorld(rows retention.Rows, due timers) *world {
	w := &world{clock: clock.At(start), queue: &starter{}, direct: &starter{}}
	w.sweeper = &retention.Sweeper{
		Timers: due, Queue: w.queue, Direct: w.direct, Rows: rows, Endpoints: &w.endpoints,
		Meter: metric.New(&w.out, w.clock), Clock: w.clock, Log: slog.New(slog.DiscardHandler),
	}
	return w
}

// note returns a number that was noted last; false: none was.
func (w *world) note(name string) (value float64, found bool) {
	d := json.NewDecoder(bytes.NewReader(w.out.Bytes()))
	for {
		var line map[string]any
		if d.Decode(&line) != nil {
			return value, found
		}
		if v, ok := line[name].(float64); ok {
			value, found = v, true
		}
	}
}

// Clauses: C64, C86.
func TestDueErasuresAreStartedByTheQueueOrFromHere(t *testing.T) {
	w := newWorld(nil, timers{"a": start, "b": start.Add(-time.Hour), "later": start.Add(time.Second)})
	n, err := w.sweeper.Due(context.Background())
	if err != nil || n != 2 || !slices.Equal(w.queue.started, []string{"a", "b"}) || w.direct.started != nil {
		t.Errorf("%d, %v; queue %q, here %q", n, err, w.queue.started, w.direct.started)
	}
	if late, ok := w.note(retention.ErasureLateness); !ok || late != 3600 {
		t.Errorf("lateness %v %v, want an hour", late, ok)
	}
	w.queue.refuses, w.direct.refuses = "a b", "b"
	n, err = w.sweeper.Due(context.Background())
	if err == nil || n != 1 || !slices.Equal(w.direct.started, []string{"a"}) {
		t.Errorf("without a queue: %d, %v, here %q", n, err, w.direct.started)
	}
}

func TestNothingDueIsNotedTooSoThatSilenceIsAnAlarm(t *testing.T) {
	w := newWorld(nil, nil)
	if n, err := w.sweeper.Due(context.Background()); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if late, ok := w.note(retention.ErasureLateness); !ok || late != 0 {
		t.Errorf("lateness %v %v, want 0", late, ok)
	}
}

// T3: TTL is late by nothing, two days, two weeks, or never comes. No read
// serves an expired row, and with a sweep every 12 hours none is there 24
// hours after its time. A row without an expiry and one that is still good
// stay.
//
// Clauses: C64.
func TestExpiredRowsAreGoneWithinADayWhateverTTLDoes(t *testing.T) {
	ctx := context.Background()
	for _, late := range []time.Duration{0, 48 * time.Hour, 14 * 24 * time.Hour, 1 << 62} {
		cloud := awstest.Start(t)
		w := newWorld(nil, nil)
		db := dynamo.New(cloud.Config, cloud.Tables, w.clock)
		store := retentiondynamo.New(db)
		w.sweeper.Rows = store
		for i := range 40 {
			table := store.Tables()[i%5]
			row := note{ID: fmt.Sprint(i), Ends: start.Add(time.Duration(i) * time.Hour)}
			if i == 0 {
				row.Ends = time.Time{}
			}
			if err := dynamo.Of(db, notes(table)).Put(ctx, row); err != nil {
				t.Fatal(err)
			}
		}
		for range 6 {
			w.clock.Advance(12 * time.Hour)
			ttl(t, cloud, w.clock.Now().Add(-late))
			for i := range 40 {
				row := note{ID: fmt.Sprint(i)}
				got, found, err := dynamo.Of(db, notes(store.Tables()[i%5])).Get(ctx, row)
				if want := i == 0 || w.clock.Now().Before(start.Add(time.Duration(i)*time.Hour)); err != nil || found != want {
					t.Errorf("late by %v: row %d at %v: found %v %v, %v", late, i, w.clock.Now(), found, got.Ends, err)
				}
			}
			if _, _, err := w.sweeper.Expired(ctx); err != nil {
				t.Fatal(err)
			}
			if age, _ := w.note(retention.ExpiredLateness); age > 12*3600 {
				t.Errorf("a row lay about for %v seconds", age)
			}
			for _, at := range expiries(t, cloud) {
				if !w.clock.Now().Before(at) {
					t.Errorf("late by %v: a row that expired at %v is there at %v", late, at, w.clock.Now())
				}
			}
		}
		if n := len(expiries(t, cloud)); n != 0 {
			t.Errorf("%d rows with an expiry are left", n)
		}
		if _, found, _ := dynamo.Of(db, notes("Accounts")).Get(ctx, note{ID: "0"}); !found {
			t.Error("the row without an expiry is gone")
		}
	}
}

// ttl deletes what expired before a moment, as TTL does when it comes at last.
func ttl(t *testing.T, cloud *awstest.Cloud, before time.Time) {
	t.Helper()
	each(t, cloud, func(table string, in map[string]types.AttributeValue, at time.Time) {
		if at.After(before) {
			return
		}
		_, err := cloud.Dynamo().DeleteItem(context.Background(), &dynamodb.DeleteItemInput{
			TableName: aws.String(table), Key: map[string]types.AttributeValue{"pk": in["pk"], "sk": in["sk"]},
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func expiries(t *testing.T, cloud *awstest.Cloud) (list []time.Time) {
	each(t, cloud, func(_ string, _ map[string]types.AttributeValue, at time.Time) { list = append(list, at) })
	return list
}

func each(t *testing.T, cloud *awstest.Cloud, do func(table string, in map[string]types.AttributeValue, at time.Time)) {
	t.Helper()
	for _, table := range cloud.Tables {
		out, err := cloud.Dynamo().Scan(context.Background(), &dynamodb.ScanInput{TableName: aws.String(table)})
		if err != nil {
			t.Fatal(err)
		}
		for _, in := range out.Items {
			n, ok := in["expires_at"].(*types.AttributeValueMemberN)
			if !ok {
				continue
			}
			var seconds int64
			if _, err := fmt.Sscan(n.Value, &seconds); err != nil {
				t.Fatal(err)
			}
			do(table, in, time.Unix(seconds, 0))
		}
	}
}

// A provider that is not reached keeps no row from being swept, and is told of.
func TestRowsAreSweptWithoutThePushProvider(t *testing.T) {
	ctx := context.Background()
	cloud := awstest.Start(t)
	w := newWorld(nil, nil)
	db := dynamo.New(cloud.Config, cloud.Tables, w.clock)
	w.sweeper.Rows, w.endpoints = retentiondynamo.New(db), -1
	if err := dynamo.Of(db, notes("Privacy")).Put(ctx, note{ID: "1", Ends: start}); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Hour)
	if rows, endpoints, err := w.sweeper.Expired(ctx); rows != 1 || endpoints != 0 || err == nil {
		t.Errorf("%d rows, %d endpoints, %v", rows, endpoints, err)
	}
	w.endpoints = 2
	if rows, endpoints, err := w.sweeper.Expired(ctx); rows != 0 || endpoints != 2 || err != nil {
		t.Errorf("%d rows, %d endpoints, %v", rows, endpoints, err)
	}
	if n, ok := w.note(retention.OrphanEndpoints); !ok || n != 2 {
		t.Errorf("noted %v %v, want 2", n, ok)
	}
}

func TestJobsByEvent(t *testing.T) {
	cloud := awstest.Start(t)
	w := newWorld(nil, timers{"a": start})
	w.sweeper.Rows, w.endpoints = retentiondynamo.New(dynamo.New(cloud.Config, cloud.Tables, w.clock)), 3
	handle := retentionevent.Handler(w.sweeper)
	for file, want := range map[string]string{"due.json": `{"job":"due","started":1}`, "expired.json": `{"job":"expired","removed":0,"endpoints":3}`} {
		payload, err := os.ReadFile(filepath.Join("../../events/retention-sweep", file))
		if err != nil {
			t.Fatal(err)
		}
		out, err := handle(context.Background(), payload)
		if b, _ := json.Marshal(out); err != nil || string(b) != want {
			t.Errorf("%s: %s, %v; want %s", file, b, err, want)
		}
	}
	for _, payload := range []string{`{}`, `{"job":"all"}`, `{"job":1}`, `[]`, `{"job":"due","x":1}`, ``} {
		if _, err := handle(context.Background(), []byte(payload)); !fault.Is(err, fault.InvalidRequest) && !fault.Is(err, fault.MalformedRequest) {
			t.Errorf("%s: %v", payload, err)
		}
	}
}

// older says what is left under older secrets.
type older struct{ fail error }

func (o older) Rekey(context.Context) (map[string]int, error) {
	return map[string]int{"index": 3, "token": 0}, o.fail
}

// What is left under older secrets is told and noted; after an error nothing is,
// for an older version is dropped at 0.
func TestWhatIsLeftUnderOlderSecretsIsTold(t *testing.T) {
	for _, fail := range []error{nil, errors.New("broken")} {
		var noted bytes.Buffer
		s := &retention.Sweeper{Secrets: older{fail}, Meter: metric.New(&noted, clock.At(start))}
		out, err := retentionevent.Handler(s)(context.Background(), []byte(`{"job":"rekey"}`))
		if !errors.Is(err, fail) {
			t.Fatal(err)
		}
		told, _ := json.Marshal(out)
		if want := `{"job":"rekey","under_older_secrets":{"index":3,"token":0}}`; (string(told) == want) != (fail == nil) {
			t.Errorf("told %s with error %v", told, fail)
		}
		if n := strings.Count(noted.String(), `"RowsUnderOlderSecretIndex":3`) + strings.Count(noted.String(), `"RowsUnderOlderSecretToken":0`); (n == 2) != (fail == nil) || fail != nil && n > 0 {
			t.Errorf("noted %s with error %v", noted.String(), fail)
		}
	}
}
