package wake_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"jewelrydisplay.app/shared/awstest"
	"jewelrydisplay.app/shared/local/stack"
	"jewelrydisplay.app/shared/local/wake"
)

// functions stands for the Lambda service: it notes each event and answers as told.
type functions struct {
	mu     sync.Mutex
	events []string // "<function> <event>"
	sent   []string
	offset time.Duration
	answer func(function, event string) (payload string, failed bool)
	hang   chan struct{} // when set, told of each request, which then lasts until its caller gives up
}

func (f *functions) Invoke(ctx context.Context, function string, event []byte) ([]byte, bool, error) {
	if f.hang != nil {
		f.hang <- struct{}{}
		<-ctx.Done()
		return nil, false, ctx.Err()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.events = append(f.events, function+" "+string(event))
	if f.answer == nil {
		return []byte("null"), false, nil
	}
	payload, failed := f.answer(function, string(event))
	return []byte(payload), failed, nil
}

func (f *functions) Send(function string, event []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sent = append(f.sent, function+" "+string(event))
	return nil
}

func (f *functions) Settled(context.Context) error { return nil }

func (f *functions) Turn(offset time.Duration) { f.offset = offset }

// batches are the events of a function, decoded.
func batches[T any](t *testing.T, f *functions, function string) []T {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []T
	for _, e := range f.events {
		if event, ok := strings.CutPrefix(e, function+" "); ok {
			var v T
			if err := json.Unmarshal([]byte(event), &v); err != nil {
				t.Fatal(err)
			}
			all = append(all, v)
		}
	}
	return all
}

// cloud is a service on real engines with a table Privacy.
type cloud struct {
	*wake.Service
	t       *testing.T
	runs    *functions
	clock   *wake.Clock
	aws     *awstest.Cloud
	table   string
	options wake.Options
}

func open(t *testing.T, change func(c *cloud, s *stack.Stack)) *cloud {
	t.Helper()
	c := &cloud{t: t, runs: &functions{}, clock: &wake.Clock{}, aws: awstest.Start(t)}
	c.table = c.aws.Tables["Privacy"]
	s := &stack.Stack{
		Functions: []stack.Function{{LogicalID: "Erasure", ARN: "arn:aws:lambda:us-east-1:123456789012:function:Erasure"}, {LogicalID: "Sweep"}},
		Tables: []stack.Table{{
			LogicalID: c.table, TTL: "expires_at", Stream: "KEYS_ONLY",
			Keys: []stack.KeyPart{{Name: "pk", Type: "S", Role: "HASH"}, {Name: "sk", Type: "S", Role: "RANGE"}},
		}},
	}
	change(c, s)
	c.options = wake.Options{
		Stack: s, Runner: c.runs, Clock: c.clock, Dir: t.TempDir(), Endpoint: c.aws.Endpoint(), Engine: c.aws.Config,
		Region: "us-east-1", Account: "123456789012", Say: func(line string) { t.Log(line) },
	}
	c.start()
	return c
}

func (c *cloud) start() {
	c.t.Helper()
	var err error
	if c.Service, err = wake.New(c.options); err != nil {
		c.t.Fatal(err)
	}
	c.Start()
	c.t.Cleanup(c.Stop)
}

func (c *cloud) settle() {
	c.t.Helper()
	if err := c.Settle(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
}

func (c *cloud) turn(offset time.Duration) {
	c.t.Helper()
	if err := c.Turn(c.t.Context(), offset); err != nil {
		c.t.Fatal(err)
	}
}

func (c *cloud) put(pk string, expires time.Time) {
	c.t.Helper()
	row := map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: pk}, "sk": &types.AttributeValueMemberS{Value: "-"}}
	if !expires.IsZero() {
		row["expires_at"] = &types.AttributeValueMemberN{Value: fmt.Sprint(expires.Unix())}
	}
	if _, err := c.aws.Dynamo().PutItem(c.t.Context(), &dynamodb.PutItemInput{TableName: &c.table, Item: row}); err != nil {
		c.t.Fatal(err)
	}
}

func (c *cloud) remove(pk string) {
	c.t.Helper()
	key := map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: pk}, "sk": &types.AttributeValueMemberS{Value: "-"}}
	if _, err := c.aws.Dynamo().DeleteItem(c.t.Context(), &dynamodb.DeleteItemInput{TableName: &c.table, Key: key}); err != nil {
		c.t.Fatal(err)
	}
}

// changes are the records that Erasure got, as "<name> <pk>", a list a batch.
func (c *cloud) changes() [][]string {
	c.t.Helper()
	var all [][]string
	for _, batch := range batches[events.DynamoDBEvent](c.t, c.runs, "Erasure") {
		var one []string
		for _, r := range batch.Records {
			one = append(one, r.EventName+" "+r.Change.Keys["pk"].String())
		}
		all = append(all, one)
	}
	return all
}

func stream(change func(m *stack.Mapping)) func(*cloud, *stack.Stack) {
	return func(c *cloud, s *stack.Stack) {
		m := stack.Mapping{
			LogicalID: "Bells", Function: "Erasure", Table: c.table, BatchSize: 100, MaximumRetries: 2,
			StartingPosition: "TRIM_HORIZON", ReportItemFailures: true,
		}
		if change != nil {
			change(&m)
		}
		s.Mappings = append(s.Mappings, m)
	}
}

func TestAStreamWakesItsFunction(t *testing.T) {
	c := open(t, stream(nil))
	c.put("a", time.Time{})
	c.remove("a")
	c.settle()
	if got := slices.Concat(c.changes()...); !slices.Equal(got, []string{"INSERT a", "REMOVE a"}) {
		t.Errorf("the function got %q", got)
	}
	r := batches[events.DynamoDBEvent](t, c.runs, "Erasure")[0].Records[0]
	if r.EventSource != "aws:dynamodb" || r.AWSRegion != "us-east-1" || !strings.Contains(r.EventSourceArn, c.table+"/stream/") ||
		r.Change.SequenceNumber == "" || r.Change.StreamViewType != "KEYS_ONLY" || r.UserIdentity != nil ||
		time.Since(r.Change.ApproximateCreationDateTime.Time).Abs() > time.Minute {
		t.Errorf("the record is %+v", r)
	}
}

func TestAWindowCollectsABatchAndASettleCutsIt(t *testing.T) {
	c := open(t, stream(func(m *stack.Mapping) { m.Window = time.Hour }))
	for i := range 5 {
		c.put(fmt.Sprint(i), time.Time{})
	}
	c.settle()
	if got := slices.Concat(c.changes()...); len(got) != 5 {
		t.Errorf("the function got %q", got)
	}
}

func TestABatchIsNoLargerThanAsked(t *testing.T) {
	c := open(t, stream(func(m *stack.Mapping) { m.BatchSize = 2 }))
	for i := range 5 {
		c.put(fmt.Sprint(i), time.Time{})
	}
	c.settle()
	if got := c.changes(); len(slices.Concat(got...)) != 5 || slices.ContainsFunc(got, func(b []string) bool { return len(b) > 2 }) {
		t.Errorf("the function got %q", got)
	}
}

const removedByTTL = `{"eventName":["REMOVE"],"userIdentity":{"type":["Service"],"principalId":["dynamodb.amazonaws.com"]}}`

func TestExpiryIsTTLsDeedAndADeleteIsNot(t *testing.T) {
	c := open(t, stream(func(m *stack.Mapping) { m.Filters = []string{removedByTTL} }))
	now := c.clock.Now()
	c.put("expires", now.Add(time.Hour))
	c.put("deleted", now.Add(time.Hour))
	c.put("later", now.Add(3*time.Hour))
	c.put("long ago", now.AddDate(-6, 0, 0)) // TTL leaves such alone
	c.remove("deleted")
	c.settle()
	if got := c.changes(); len(got) != 0 {
		t.Fatalf("before: %q", got)
	}
	c.turn(time.Hour + time.Minute)
	if got := slices.Concat(c.changes()...); !slices.Equal(got, []string{"REMOVE expires"}) {
		t.Errorf("the function got %q", got)
	}
	r := batches[events.DynamoDBEvent](t, c.runs, "Erasure")[0].Records[0]
	if r.UserIdentity == nil || r.UserIdentity.Type != "Service" || r.UserIdentity.PrincipalID != "dynamodb.amazonaws.com" {
		t.Errorf("identity %+v", r.UserIdentity)
	}
	if at := r.Change.ApproximateCreationDateTime.Time; c.clock.Now().Sub(at) > time.Minute {
		t.Errorf("the record is of %v, it is %v", at, c.clock.Now())
	}
}

func (c *cloud) receive(queue string) []string {
	c.t.Helper()
	out, err := sqs.NewFromConfig(c.aws.Config).ReceiveMessage(c.t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &queue, MaxNumberOfMessages: 10})
	if err != nil {
		c.t.Fatal(err)
	}
	var all []string
	for _, m := range out.Messages {
		all = append(all, aws.ToString(m.Body))
	}
	return all
}

func TestARestartGoesOnWhereItWas(t *testing.T) {
	c := open(t, stream(nil))
	c.put("before", time.Time{})
	c.settle()
	c.turn(time.Hour)
	c.Stop()
	c.put("between", time.Time{})
	c.clock = &wake.Clock{}
	c.options.Clock = c.clock
	c.start()
	c.settle()
	if got := slices.Concat(c.changes()...); !slices.Equal(got, []string{"INSERT before", "INSERT between"}) {
		t.Errorf("the function got %q", got)
	}
	if got := c.clock.Offset(); got != time.Hour {
		t.Errorf("the clock is turned by %v, want an hour", got)
	}
	if records, err := c.Records(t.Context()); err != nil || len(records) != 2 {
		t.Errorf("%d records (%v), want both", len(records), err)
	}
}

func TestStreamRecordsAgeByTheTurnedClock(t *testing.T) {
	c := open(t, func(*cloud, *stack.Stack) {})
	c.put("a", time.Time{})
	c.settle()
	for _, step := range []struct {
		offset time.Duration
		want   int
	}{{0, 1}, {24*time.Hour - time.Minute, 1}, {24*time.Hour + time.Minute, 0}} {
		c.turn(step.offset)
		if records, err := c.Records(t.Context()); err != nil || len(records) != step.want {
			t.Errorf("after %v: %d records (%v), want %d", step.offset, len(records), err, step.want)
		}
	}
}

func TestTheClockTurnsForwardOnly(t *testing.T) {
	c := open(t, func(*cloud, *stack.Stack) {})
	c.turn(time.Hour)
	if c.runs.offset != time.Hour {
		t.Errorf("the functions run with %v", c.runs.offset)
	}
	if err := c.Turn(t.Context(), time.Hour-time.Second); !errors.Is(err, wake.ErrBackwards) {
		t.Errorf("backwards: %v", err)
	}
	c.turn(time.Hour) // again is nothing
}

func TestSchedules(t *testing.T) {
	c := open(t, func(_ *cloud, s *stack.Stack) {
		s.Schedules = []stack.Schedule{
			{LogicalID: "Hourly", Function: "Sweep", Expression: "rate(1 hour)", Input: `{"at":"<aws.scheduler.scheduled-time>"}`, Enabled: true},
			{LogicalID: "Daily", Function: "Sweep", Expression: "rate(1 day)", Enabled: true},
			{LogicalID: "Off", Function: "Sweep", Expression: "rate(1 minute)"},
		}
	})
	for _, step := range []struct {
		turn time.Duration
		want []string // how what was sent by then begins
	}{
		{59 * time.Minute, nil},
		{3*time.Hour + time.Minute, []string{`Sweep {"at":"20`}}, // missed thrice, run once
		{4 * time.Hour, []string{`Sweep {"at":"20`}},
		{25 * time.Hour, []string{`Sweep {"at":"20`, `Sweep {"at":"20`, `Sweep {}`}},
	} {
		c.turn(step.turn)
		c.runs.mu.Lock()
		var got []string
		for _, s := range c.runs.sent {
			got = append(got, s[:min(len(s), len(`Sweep {"at":"20`))])
		}
		c.runs.mu.Unlock()
		slices.Sort(got)
		if !slices.Equal(got, step.want) {
			t.Errorf("after %v: %q, want %q", step.turn, got, step.want)
		}
	}
	if _, _, err := c.RunSchedule(t.Context(), "Off"); err != nil || len(batches[map[string]string](t, c.runs, "Sweep")) != 1 {
		t.Errorf("run by hand: %v", err)
	}
	if _, _, err := c.RunSchedule(t.Context(), "Nothing"); !errors.Is(err, wake.ErrNoSchedule) {
		t.Errorf("an unknown schedule: %v", err)
	}
}

func TestWhatIsNotUnderstoodIsNamed(t *testing.T) {
	table := []stack.Table{{LogicalID: "T", Stream: "KEYS_ONLY"}, {LogicalID: "Plain"}}
	known := []stack.Function{{LogicalID: "F"}}
	mapping := func(m stack.Mapping) *stack.Stack {
		m.LogicalID = "M"
		return &stack.Stack{Tables: table, Functions: known, Mappings: []stack.Mapping{m}}
	}
	schedule := func(expression string) *stack.Stack {
		return &stack.Stack{Functions: known, Schedules: []stack.Schedule{{LogicalID: "S", Function: "F", Expression: expression}}}
	}
	filter := func(pattern string) *stack.Stack {
		return mapping(stack.Mapping{Function: "F", Table: "T", StartingPosition: "TRIM_HORIZON", Filters: []string{pattern}})
	}
	for want, s := range map[string]*stack.Stack{
		`mapping M: the template has no function G`: mapping(stack.Mapping{Function: "G", Table: "T"}),
		`table Plain has no stream`:                 mapping(stack.Mapping{Function: "F", Table: "Plain"}),
		`StartingPosition LATEST`:                   mapping(stack.Mapping{Function: "F", Table: "T", StartingPosition: "LATEST"}),
		`neither a table nor a queue`:               mapping(stack.Mapping{Function: "F"}),
		`filter operator "numeric"`:                 filter(`{"a":[{"numeric":[">",1]}]}`),
		`filter operator "anything-but"`:            filter(`{"a":[{"anything-but":["x"]}]}`),
		`is not JSON`:                               filter(`{`),
		`leaf is a list`:                            filter(`{"a":"x"}`),
		`list is empty`:                             filter(`{"a":[]}`),
		`schedule S: the local cloud does not know the schedule at(x)`: schedule("at(x)"),
		`schedule S: rate(1 fortnight): a rate's unit`:                 schedule("rate(1 fortnight)"),
		`schedule S: rate(0 minutes)`:                                  schedule("rate(0 minutes)"),
		`schedule S: cron(* * * * *): cron has six fields`:             schedule("cron(* * * * *)"),
	} {
		_, err := wake.New(wake.Options{Stack: s, Runner: &functions{}, Clock: &wake.Clock{}, Dir: t.TempDir()})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
