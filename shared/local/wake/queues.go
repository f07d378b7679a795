package wake

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"jewelrydisplay.app/shared/local/stack"
)

// queueMapping hands a queue's messages to a function. The queue's own redrive
// makes dead letters of those that fail too often.
type queueMapping struct {
	service *Service
	spec    stack.Mapping
	filters []filter
	client  *sqs.Client // as the function's role allows
	owner   *sqs.Client // as the queue itself: what no role has to allow
	url     string
	hidden  time.Duration // the queue's visibility timeout

	polling sync.Mutex
	slots   chan struct{} // one a batch under way
	running sync.WaitGroup

	mu     sync.Mutex
	failed map[string]time.Time // receipt of a failed message → when it is visible again
}

func (s *Service) newQueueMapping(spec stack.Mapping, filters []filter) *queueMapping {
	q := &queueMapping{
		service: s, spec: spec, filters: filters, client: s.sqs(spec.Function), owner: s.sqs("local"), url: s.queueURL(spec.Queue),
		hidden: 30 * time.Second, failed: map[string]time.Time{},
	}
	for _, queue := range s.options.Stack.Queues {
		if queue.LogicalID == spec.Queue && queue.Visibility > 0 {
			q.hidden = queue.Visibility
		}
	}
	if q.spec.BatchSize == 0 {
		q.spec.BatchSize = 10
	}
	concurrency := 5
	if spec.MaximumConcurrency > 0 {
		concurrency = spec.MaximumConcurrency
	}
	q.slots = make(chan struct{}, concurrency)
	return q
}

// drain polls until the queue shows no message and none is being worked on.
func (q *queueMapping) drain(ctx context.Context) error {
	for {
		n, err := q.poll(ctx)
		if err != nil {
			return err
		}
		done := make(chan struct{})
		go func() {
			q.polling.Lock()
			defer q.polling.Unlock()
			q.running.Wait()
			close(done)
		}()
		select {
		case <-done:
		case <-ctx.Done():
			return ctx.Err()
		}
		if n == 0 {
			return nil
		}
	}
}

// poll takes one batch off the queue, starts the function on it and returns how
// many messages there were.
func (q *queueMapping) poll(ctx context.Context) (int, error) {
	q.polling.Lock()
	defer q.polling.Unlock()
	select {
	case q.slots <- struct{}{}:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	batch, err := q.receive(ctx)
	if err != nil || len(batch) == 0 {
		<-q.slots
		return 0, err
	}
	q.service.activity.Add(int64(len(batch)))
	q.running.Go(func() {
		defer func() { <-q.slots }()
		// A batch that was taken is finished, whoever polled for it.
		if err := q.deliver(context.WithoutCancel(ctx), batch); err != nil {
			q.service.options.Say(fmt.Sprintf("%s: %v", q.spec.Queue, err))
		}
	})
	return len(batch), nil
}

// receive collects a batch: until it is full, or the queue is empty and the window over.
func (q *queueMapping) receive(ctx context.Context) ([]types.Message, error) {
	var batch []types.Message
	var window time.Time
	for len(batch) < q.spec.BatchSize {
		out, err := q.client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl: aws.String(q.url), MaxNumberOfMessages: int32(min(10, q.spec.BatchSize-len(batch))),
			MessageAttributeNames: []string{"All"}, MessageSystemAttributeNames: []types.MessageSystemAttributeName{"All"},
		})
		if err != nil {
			if len(batch) > 0 {
				return batch, nil // what was taken must not be lost
			}
			return nil, err
		}
		batch = append(batch, out.Messages...)
		if len(batch) == 0 {
			return nil, nil
		}
		if window.IsZero() {
			window = time.Now().Add(q.spec.Window)
		}
		if len(out.Messages) > 0 {
			continue
		}
		if q.service.hurry.Load() > 0 || time.Now().After(window) {
			break
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return batch, nil
		}
	}
	return batch, nil
}

// deliver runs the function and deletes what it did, or does not want.
func (q *queueMapping) deliver(ctx context.Context, batch []types.Message) error {
	var wanted, done []types.Message
	for _, m := range batch {
		if q.lets(m) {
			wanted = append(wanted, m)
		} else {
			done = append(done, m)
		}
	}
	if len(wanted) > 0 {
		failures, whole, err := q.try(ctx, wanted)
		for _, m := range wanted {
			if err != nil || whole || failures[aws.ToString(m.MessageId)] {
				q.fail(m)
			} else {
				done = append(done, m)
			}
		}
	}
	for len(done) > 0 {
		n := min(10, len(done))
		entries := make([]types.DeleteMessageBatchRequestEntry, n)
		for i, m := range done[:n] {
			entries[i] = types.DeleteMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), ReceiptHandle: m.ReceiptHandle}
		}
		if _, err := q.client.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: aws.String(q.url), Entries: entries}); err != nil {
			return fmt.Errorf("delete what is done: %w", err)
		}
		done = done[n:]
	}
	return nil
}

func (q *queueMapping) try(ctx context.Context, batch []types.Message) (failures map[string]bool, whole bool, err error) {
	records := make([]any, len(batch))
	for i, m := range batch {
		records[i] = q.record(m)
	}
	event, err := json.Marshal(map[string]any{"Records": records})
	if err != nil {
		return nil, true, err
	}
	payload, failed, err := q.service.options.Runner.Invoke(ctx, q.spec.Function, event)
	if err != nil || failed {
		return nil, true, err
	}
	if !q.spec.ReportItemFailures {
		return nil, false, nil
	}
	failures, whole = itemFailures(payload)
	known := 0
	for _, m := range batch {
		if failures[aws.ToString(m.MessageId)] {
			known++
		}
	}
	return failures, whole || known < len(failures), nil
}

// fail leaves the message hidden for the queue's visibility timeout, as AWS does.
func (q *queueMapping) fail(m types.Message) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	for receipt, visible := range q.failed {
		if visible.Before(now) {
			delete(q.failed, receipt)
		}
	}
	q.failed[aws.ToString(m.ReceiptHandle)] = now.Add(q.hidden)
}

// release shows the failed messages whose time comes by turning the clock: the
// engine keeps real time.
func (q *queueMapping) release(ctx context.Context, turned time.Duration) {
	q.mu.Lock()
	var receipts []string
	for receipt, visible := range q.failed {
		if time.Until(visible) <= turned {
			receipts = append(receipts, receipt)
			delete(q.failed, receipt)
		}
	}
	q.mu.Unlock()
	for _, receipt := range receipts {
		// One that is visible by itself by now cannot be changed, and need not.
		_, _ = q.owner.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{
			QueueUrl: aws.String(q.url), ReceiptHandle: aws.String(receipt), VisibilityTimeout: 0,
		})
	}
}

// lets looks at the message as the filter sees it: its body decoded when it is JSON.
func (q *queueMapping) lets(m types.Message) bool {
	if len(q.filters) == 0 {
		return true
	}
	event := map[string]any{"body": aws.ToString(m.Body)}
	if body, err := decodeJSON([]byte(aws.ToString(m.Body))); err == nil {
		event["body"] = body
	}
	return anyMatches(q.filters, event)
}

// record is the message as the Lambda event holds it. Its times are by the
// turned clock.
func (q *queueMapping) record(m types.Message) map[string]any {
	attributes := map[string]string{}
	for name, value := range m.Attributes {
		if name == "SentTimestamp" || name == "ApproximateFirstReceiveTimestamp" {
			if at, err := strconv.ParseInt(value, 10, 64); err == nil {
				value = strconv.FormatInt(at+q.service.options.Clock.Offset().Milliseconds(), 10)
			}
		}
		attributes[name] = value
	}
	values := map[string]any{}
	for name, v := range m.MessageAttributes {
		value := map[string]any{"dataType": aws.ToString(v.DataType), "stringListValues": []string{}, "binaryListValues": []string{}}
		if v.StringValue != nil {
			value["stringValue"] = *v.StringValue
		}
		if v.BinaryValue != nil {
			value["binaryValue"] = v.BinaryValue
		}
		values[name] = value
	}
	return map[string]any{
		"messageId": aws.ToString(m.MessageId), "receiptHandle": aws.ToString(m.ReceiptHandle),
		"body": aws.ToString(m.Body), "md5OfBody": aws.ToString(m.MD5OfBody),
		"attributes": attributes, "messageAttributes": values,
		"eventSource": "aws:sqs", "eventSourceARN": q.service.queueARN(q.spec.Queue), "awsRegion": q.service.options.Region,
	}
}
