// Package notificationsqs takes campaigns' pages to the workers by two queues,
// so that what a person waits for never stands behind marketing.
package notificationsqs

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/notification"
)

var _ notification.Queue = (*Lanes)(nil)

// Lanes are the two queues.
type Lanes struct {
	client                   *sqs.Client
	transactional, marketing string
}

// New returns the queues of the URLs.
func New(cfg aws.Config, transactional, marketing string) *Lanes {
	return &Lanes{client: sqs.NewFromConfig(cfg), transactional: transactional, marketing: marketing}
}

// body is what a queue holds: ids of ours, nobody's.
type body struct {
	Campaign string `json:"campaign_id"`
	Page     int    `json:"page"`
}

// Parse reads the body of a queue's message.
func Parse(text string) (notification.Ref, error) {
	var b body
	if err := json.Unmarshal([]byte(text), &b); err != nil || b.Campaign == "" || b.Page < 0 {
		return notification.Ref{}, fault.New(fault.MalformedRequest, "The message names no page of a campaign.")
	}
	return notification.Ref{Campaign: b.Campaign, Page: b.Page}, nil
}

// batch is what one SendMessageBatch takes.
const batch = 10

// Send is notification.Queue's. It may be repeated: a page that is queued
// twice is sent once.
func (l *Lanes) Send(ctx context.Context, category notification.Category, pages []notification.Ref) error {
	url := l.transactional
	if category.Marketing() {
		url = l.marketing
	}
	for start := 0; start < len(pages); start += batch {
		var entries []types.SendMessageBatchRequestEntry
		for i, ref := range pages[start:min(start+batch, len(pages))] {
			b, err := json.Marshal(body{Campaign: ref.Campaign, Page: ref.Page})
			if err != nil {
				return err
			}
			entries = append(entries, types.SendMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), MessageBody: aws.String(string(b))})
		}
		out, err := l.client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: aws.String(url), Entries: entries})
		if err != nil {
			return fault.Busy(fmt.Errorf("notificationsqs: %w", err))
		}
		if len(out.Failed) > 0 {
			return fault.Busy(fmt.Errorf("notificationsqs: %d messages were not taken", len(out.Failed)))
		}
	}
	return nil
}
