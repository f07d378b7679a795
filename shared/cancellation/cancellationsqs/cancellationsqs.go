// Package cancellationsqs is the queue Erasures.
package cancellationsqs

import (
	"context"
	"encoding/json"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"jewelrydisplay.app/shared/cancellation"
	"jewelrydisplay.app/shared/fault"
)

// Message is the body of a message: the case and nothing else.
type Message struct {
	Case cancellation.Case `json:"case"`
}

// Queue sends cases. It implements cancellation.Queue.
type Queue struct {
	client *sqs.Client
	url    string
}

var _ cancellation.Queue = (*Queue)(nil)

// New returns the queue at the URL.
func New(cfg aws.Config, url string) *Queue {
	return &Queue{client: sqs.NewFromConfig(cfg), url: url}
}

// Send puts the case into the queue, to be seen after the given time, 15
// minutes at most. A second message for a case does no harm.
func (q *Queue) Send(ctx context.Context, c cancellation.Case, after time.Duration) error {
	body, err := json.Marshal(Message{Case: c})
	if err != nil {
		return err
	}
	_, err = q.client.SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl: aws.String(q.url), MessageBody: aws.String(string(body)), DelaySeconds: int32(after / time.Second),
	})
	if err != nil {
		return fault.Busy(err)
	}
	return nil
}

// Start puts the case into the queue, to be seen at once.
func (q *Queue) Start(ctx context.Context, c string) error {
	return q.Send(ctx, cancellation.Case(c), 0)
}
