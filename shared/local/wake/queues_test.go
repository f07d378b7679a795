package wake_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"jewelrydisplay.app/shared/local/provision"
	"jewelrydisplay.app/shared/local/stack"
)

func queue(url *string, change func(m *stack.Mapping)) func(*cloud, *stack.Stack) {
	return func(c *cloud, s *stack.Stack) {
		*url = c.aws.Queue("Erasures", time.Minute)
		id := (*url)[strings.LastIndex(*url, "/")+1:]
		s.Queues = append(s.Queues, stack.Queue{LogicalID: id, Visibility: time.Minute})
		m := stack.Mapping{LogicalID: "Due", Function: "Erasure", Queue: id, BatchSize: 10, ReportItemFailures: true, MaximumConcurrency: 2}
		if change != nil {
			change(&m)
		}
		s.Mappings = append(s.Mappings, m)
	}
}

func (c *cloud) send(url string, bodies ...string) {
	c.t.Helper()
	for _, body := range bodies {
		_, err := sqs.NewFromConfig(c.aws.Config).SendMessage(c.t.Context(), &sqs.SendMessageInput{
			QueueUrl: &url, MessageBody: &body,
			MessageAttributes: map[string]sqstypes.MessageAttributeValue{"trace": {DataType: aws.String("String"), StringValue: aws.String("t1")}},
		})
		if err != nil {
			c.t.Fatal(err)
		}
	}
}

func (c *cloud) depth(url string) string {
	c.t.Helper()
	out, err := sqs.NewFromConfig(c.aws.Config).GetQueueAttributes(c.t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: &url, AttributeNames: []sqstypes.QueueAttributeName{"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"},
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return out.Attributes["ApproximateNumberOfMessages"] + " visible, " + out.Attributes["ApproximateNumberOfMessagesNotVisible"] + " hidden"
}

func TestAQueueWakesItsFunction(t *testing.T) {
	var url string
	c := open(t, queue(&url, nil))
	c.send(url, "a", "b", "c")
	c.settle()
	var got []string
	for _, batch := range batches[events.SQSEvent](t, c.runs, "Erasure") {
		for _, m := range batch.Records {
			got = append(got, m.Body)
			if m.EventSource != "aws:sqs" || !strings.HasPrefix(m.EventSourceARN, "arn:aws:sqs:us-east-1:123456789012:Erasures") ||
				m.Attributes["ApproximateReceiveCount"] != "1" || aws.ToString(m.MessageAttributes["trace"].StringValue) != "t1" {
				t.Errorf("message %+v", m)
			}
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("the function got %q", got)
	}
	if got := c.depth(url); got != "0 visible, 0 hidden" {
		t.Errorf("the queue holds %s", got)
	}
}

func TestAFailedMessageStaysHiddenUntilItsTime(t *testing.T) {
	var url string
	c := open(t, queue(&url, nil))
	c.runs.answer = func(_, event string) (string, bool) {
		var e events.SQSEvent
		if err := json.Unmarshal([]byte(event), &e); err != nil {
			return err.Error(), true
		}
		failures := []map[string]string{}
		for _, m := range e.Records {
			if m.Body == "bad" && m.Attributes["ApproximateReceiveCount"] == "1" {
				failures = append(failures, map[string]string{"itemIdentifier": m.MessageId})
			}
		}
		text, err := json.Marshal(map[string]any{"batchItemFailures": failures})
		return string(text), err != nil
	}
	c.send(url, "good", "bad")
	c.settle()
	if got := c.depth(url); got != "0 visible, 1 hidden" {
		t.Errorf("the queue holds %s", got)
	}
	c.turn(30 * time.Second) // less than the visibility timeout
	if got := c.depth(url); got != "0 visible, 1 hidden" {
		t.Errorf("after half a minute the queue holds %s", got)
	}
	c.turn(2 * time.Minute)
	if got := c.depth(url); got != "0 visible, 0 hidden" {
		t.Errorf("after two minutes the queue holds %s", got)
	}
}

func TestAFailedBatchStaysWhole(t *testing.T) {
	var url string
	c := open(t, queue(&url, nil))
	c.runs.answer = func(string, string) (string, bool) { return `{"errorMessage":"x"}`, true }
	c.send(url, "a", "b")
	c.settle()
	if got := c.depth(url); got != "0 visible, 2 hidden" {
		t.Errorf("the queue holds %s", got)
	}
}

func TestAQueuesFilterDeletesWhatDoesNotFit(t *testing.T) {
	var url string
	c := open(t, queue(&url, func(m *stack.Mapping) { m.Filters = []string{`{"body":{"kind":["erase"]}}`} }))
	c.send(url, `{"kind":"erase"}`, `{"kind":"other"}`, "text")
	c.settle()
	if got := batches[events.SQSEvent](t, c.runs, "Erasure"); len(got) != 1 || len(got[0].Records) != 1 {
		t.Errorf("the function got %+v", got)
	}
	if got := c.depth(url); got != "0 visible, 0 hidden" {
		t.Errorf("the queue holds %s", got)
	}
}

func TestAMessageThatFailsTooOftenIsADeadLetter(t *testing.T) {
	var url, dead string
	c := open(t, func(c *cloud, s *stack.Stack) {
		dead = c.aws.Queue("ErasuresDead", time.Minute)
		letters := stack.Queue{LogicalID: dead[strings.LastIndex(dead, "/")+1:], Visibility: time.Minute, Retention: time.Hour}
		failing := stack.Queue{LogicalID: "Failing-" + letters.LogicalID, Visibility: time.Minute, Retention: time.Hour, DeadLetter: letters.LogicalID, MaxReceives: 2}
		if err := provision.Queues(t.Context(), sqs.NewFromConfig(c.aws.Config), []stack.Queue{letters, failing}); err != nil {
			t.Fatal(err)
		}
		url = stack.QueueURL(failing.LogicalID)
		s.Queues = append(s.Queues, failing)
		s.Mappings = append(s.Mappings, stack.Mapping{LogicalID: "Due", Function: "Erasure", Queue: failing.LogicalID, BatchSize: 10})
	})
	c.runs.answer = func(string, string) (string, bool) { return `{"errorMessage":"x"}`, true }
	c.send(url, "bad")
	c.settle()
	c.turn(2 * time.Minute)
	if got := c.depth(dead); got != "0 visible, 0 hidden" {
		t.Errorf("after two tries the dead letters are %s", got)
	}
	c.turn(4 * time.Minute)
	if got := c.receive(dead); !slices.Equal(got, []string{"bad"}) {
		t.Errorf("the dead letters are %q", got)
	}
	if got := len(batches[events.SQSEvent](t, c.runs, "Erasure")); got != 2 {
		t.Errorf("it was tried %d times, want 2", got)
	}
}
