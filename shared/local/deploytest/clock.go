package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	streamtypes "github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"jewelrydisplay.app/shared/local/client"
	"jewelrydisplay.app/shared/local/engine"
	"jewelrydisplay.app/shared/local/provision"
	"jewelrydisplay.app/shared/local/stack"
	"jewelrydisplay.app/shared/local/wake"
)

// quiet is how long nothing has to happen until all that was woken is done:
// longer than MiniStack waits between two looks at a queue or stream.
const quiet = 1500 * time.Millisecond

// Offset implements control.Cloud.
func (b *bridge) Offset() time.Duration { return time.Duration(b.offset.Load()) }

// Turn implements control.Cloud, as the local cloud does.
func (b *bridge) Turn(ctx context.Context, offset time.Duration) error {
	before := b.Offset()
	if offset < before {
		return wake.ErrBackwards
	}
	if err := b.Settle(ctx); err != nil {
		return err
	}
	if err := b.set(ctx, offset); err != nil {
		return err
	}
	if offset-before >= 24*time.Hour {
		b.mu.Lock()
		b.horizon = time.Now()
		b.mu.Unlock()
	}
	if err := b.sweep(ctx); err != nil {
		return err
	}
	for _, s := range b.template.Schedules {
		if err := b.fire(ctx, s, offset); err != nil {
			return err
		}
	}
	return b.Settle(ctx)
}

// set turns the clock without waking anyone.
func (b *bridge) set(ctx context.Context, offset time.Duration) error {
	if err := b.restart(ctx, int64(offset/time.Second)); err != nil {
		return err
	}
	b.offset.Store(int64(offset))
	return nil
}

// fire runs a schedule that came due since its last run, once.
func (b *bridge) fire(ctx context.Context, s stack.Schedule, offset time.Duration) error {
	every, err := period(s.Expression)
	if err != nil {
		return err
	}
	b.mu.Lock()
	due := offset-b.fired[s.LogicalID] >= every
	if due {
		b.fired[s.LogicalID] = offset
	}
	b.mu.Unlock()
	if !due {
		return nil
	}
	_, err = client.At(b.url).Invoke(ctx, b.names[s.Function], []byte(s.Input))
	return err
}

// period reads rate(1 hour), the one kind that the template has.
func period(expression string) (time.Duration, error) {
	var n int
	var unit string
	if _, err := fmt.Sscanf(expression, "rate(%d %s", &n, &unit); err != nil {
		return 0, fmt.Errorf("schedule %s is no rate", expression)
	}
	for prefix, d := range map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour} {
		if len(unit) >= len(prefix) && unit[:len(prefix)] == prefix {
			return time.Duration(n) * d, nil
		}
	}
	return 0, fmt.Errorf("schedule %s has no unit", expression)
}

// RunSchedule implements control.Cloud.
func (b *bridge) RunSchedule(ctx context.Context, id string) (payload []byte, failed bool, err error) {
	for _, s := range b.template.Schedules {
		if s.LogicalID == id {
			payload, err = client.At(b.url).Invoke(ctx, b.names[s.Function], []byte(s.Input))
			return payload, false, err
		}
	}
	return nil, false, wake.ErrNoSchedule
}

// Settle implements control.Cloud: no message waits, and nobody has called for a while.
func (b *bridge) Settle(ctx context.Context) error {
	queues := sqs.NewFromConfig(provision.Config(b.ministack.url)) // these calls are not counted
	since := time.Now()
	for seen := int64(-1); time.Since(since) < quiet; {
		waiting := 0
		for _, m := range b.template.Mappings {
			if m.Queue == "" {
				continue
			}
			out, err := queues.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
				QueueUrl: aws.String(b.queueURL(m.Queue)), AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameAll},
			})
			if err != nil {
				return err
			}
			for _, name := range []string{"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"} {
				if out.Attributes[name] != "0" {
					waiting++
				}
			}
		}
		if calls := b.calls.Load(); calls != seen || waiting > 0 || b.open.Load() > 0 {
			since, seen = time.Now(), calls
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (b *bridge) queueURL(id string) string {
	return b.url + "/" + engine.Account + "/" + b.names[id]
}

// Records implements control.Cloud.
func (b *bridge) Records(ctx context.Context) ([]json.RawMessage, error) {
	streams := dynamodbstreams.NewFromConfig(b.config())
	tables := dynamodb.NewFromConfig(b.config())
	all := []json.RawMessage{}
	for _, t := range b.template.Tables {
		if t.Stream == "" {
			continue
		}
		table, err := tables.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: aws.String(b.names[t.LogicalID])})
		if err != nil {
			return nil, err
		}
		arn := table.Table.LatestStreamArn
		stream, err := streams.DescribeStream(ctx, &dynamodbstreams.DescribeStreamInput{StreamArn: arn})
		if err != nil {
			return nil, err
		}
		for _, shard := range stream.StreamDescription.Shards {
			records, err := b.shard(ctx, streams, arn, shard.ShardId)
			if err != nil {
				return nil, err
			}
			all = append(all, records...)
		}
	}
	return all, b.writeLogs(ctx)
}

// shard reads a shard's records that are younger than 24 hours.
func (b *bridge) shard(ctx context.Context, streams *dynamodbstreams.Client, arn, shard *string) ([]json.RawMessage, error) {
	out, err := streams.GetShardIterator(ctx, &dynamodbstreams.GetShardIteratorInput{
		StreamArn: arn, ShardId: shard, ShardIteratorType: streamtypes.ShardIteratorTypeTrimHorizon,
	})
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	horizon := b.horizon
	b.mu.Unlock()
	var all []json.RawMessage
	for at := out.ShardIterator; at != nil; {
		page, err := streams.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: at})
		if err != nil {
			return nil, err
		}
		for _, record := range page.Records {
			if record.Dynamodb.ApproximateCreationDateTime.Before(horizon.Truncate(time.Second)) {
				continue
			}
			text, err := json.Marshal(record.Dynamodb.Keys)
			if err != nil {
				return nil, err
			}
			all = append(all, text)
		}
		if at = page.NextShardIterator; len(page.Records) == 0 {
			break
		}
	}
	return all, nil
}
