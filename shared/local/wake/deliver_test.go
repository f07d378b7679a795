package wake_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"jewelrydisplay.app/shared/local/stack"
)

func TestFailuresOfAStream(t *testing.T) {
	fails := func(pk string) func(string, string) (string, bool) {
		return func(_, event string) (string, bool) {
			return `{"errorMessage":"x"}`, strings.Contains(event, `"`+pk+`"`)
		}
	}
	reports := func(pk string) func(string, string) (string, bool) {
		return func(_, event string) (string, bool) {
			var e events.DynamoDBEvent
			if err := json.Unmarshal([]byte(event), &e); err != nil {
				return err.Error(), true
			}
			for _, r := range e.Records {
				if r.Change.Keys["pk"].String() == pk {
					return `{"batchItemFailures":[{"itemIdentifier":"` + r.Change.SequenceNumber + `"}]}`, false
				}
			}
			return `{"batchItemFailures":[]}`, false
		}
	}
	for _, c := range []struct {
		name   string
		answer func(string, string) (string, bool)
		change func(m *stack.Mapping)
		want   string // what the function got
	}{
		{"a reported failure is tried again from there", reports("2"), nil, "[1 2 3] [2 3] [2 3]"},
		{"a failed batch is tried again whole", fails("2"), nil, "[1 2 3] [1 2 3] [1 2 3]"},
		{"a failed batch is halved", fails("2"), func(m *stack.Mapping) { m.Bisect = true }, "[1 2 3] [1] [2 3] [2] [3]"},
		{"an unknown number fails everything", func(string, string) (string, bool) { return `{"batchItemFailures":[{"itemIdentifier":"9"}]}`, false }, nil, "[1 2 3] [1 2 3] [1 2 3]"},
		{"an answer out of form fails everything", func(string, string) (string, bool) { return `[]`, false }, nil, "[1 2 3] [1 2 3] [1 2 3]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var dead string
			cl := open(t, func(cl *cloud, s *stack.Stack) {
				dead = cl.aws.Queue("Dead", time.Minute)
				stream(func(m *stack.Mapping) {
					m.OnFailureQueue = dead[strings.LastIndex(dead, "/")+1:]
					m.Window = time.Hour
					if c.change != nil {
						c.change(m)
					}
				})(cl, s)
				cl.runs.answer = c.answer
				for _, pk := range []string{"1", "2", "3"} {
					cl.put(pk, time.Time{})
				}
			})
			cl.settle()
			var got []string
			for _, b := range cl.changes() {
				got = append(got, strings.ReplaceAll(fmt.Sprint(b), "INSERT ", ""))
			}
			if text := strings.Join(got, " "); text != c.want {
				t.Errorf("the function got %s, want %s", text, c.want)
			}
			if m := cl.receive(dead); len(m) != 1 || !strings.Contains(m[0], `"condition":"RetryAttemptsExhausted"`) || !strings.Contains(m[0], `"functionArn":"arn:aws:lambda:us-east-1:123456789012:function:Erasure"`) {
				t.Errorf("dead letters %q", m)
			}
		})
	}
}

func TestABatchThatAStopCutIsDeliveredAfterTheNextStart(t *testing.T) {
	c := open(t, func(c *cloud, s *stack.Stack) {
		stream(func(m *stack.Mapping) { m.MaximumRetries = 0 })(c, s)
		c.runs.hang = make(chan struct{})
	})
	c.put("a", time.Time{})
	<-c.runs.hang
	c.Stop()
	c.runs.hang = nil
	c.start()
	c.settle()
	if got := fmt.Sprint(c.changes()); got != "[[INSERT a]]" {
		t.Errorf("the function got %s", got)
	}
}
