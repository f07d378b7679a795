package wake

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"

	"jewelrydisplay.app/shared/local/stack"
)

// A stream keeps its records this long, by the turned clock.
const streamAge = 24 * time.Hour

// entry is a stream record as the functions get it, with where it was read.
type entry struct {
	Stream string          `json:"stream"` // ARN
	Shard  string          `json:"shard"`
	Number string          `json:"number"`
	At     int64           `json:"at"` // epoch seconds of the turned clock
	Event  json.RawMessage `json:"event"`
}

// tail reads the stream of a table once for all of its mappings, and keeps what
// it read for the stream's 24 hours in a file: the engine's own stream keeps
// real time, which a turned clock leaves behind.
type tail struct {
	table  stack.Table
	client *dynamodbstreams.Client
	engine *dynamodb.Client
	broom  *broom
	clock  *Clock
	region string
	path   string
	found  func(n int)

	polling   sync.Mutex // one reader at a time
	stream    string     // ARN
	iterators map[string]string
	last      map[string]string // shard → the last sequence number read
	described time.Time

	mu      sync.Mutex
	entries []entry
	pruned  int           // how many entries were forgotten before entries[0]
	more    chan struct{} // closed when entries grow
}

func (s *Service) openTail(table stack.Table) (*tail, error) {
	t := &tail{
		table: table, client: s.streamsClient(table.LogicalID), engine: s.broom.client, broom: &s.broom,
		clock: s.options.Clock, region: s.options.Region, path: filepath.Join(s.options.Dir, "stream-"+table.LogicalID+".jsonl"),
		found: func(n int) { s.activity.Add(int64(n)) }, last: map[string]string{}, more: make(chan struct{}),
	}
	text, err := os.ReadFile(t.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the stream of %s: %w", table.LogicalID, err)
	}
	lines := bufio.NewReader(bytes.NewReader(text))
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			break // a line without its end was being written at a kill: it is read from the engine again
		}
		var e entry
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, fmt.Errorf("%s is damaged (%w): `make clean` forgets it", t.path, err)
		}
		t.entries = append(t.entries, e)
		t.last[e.Stream+e.Shard] = e.Number
	}
	return t, t.prune()
}

// drain reads until the stream has nothing more.
func (t *tail) drain(ctx context.Context) error {
	for {
		if n, err := t.poll(ctx); err != nil || n == 0 {
			return err
		}
	}
}

// poll reads each shard once and returns how many records came.
func (t *tail) poll(ctx context.Context) (int, error) {
	t.polling.Lock()
	defer t.polling.Unlock()
	if err := t.describe(ctx); err != nil {
		return 0, err
	}
	total := 0
	for shard, iterator := range t.iterators {
		out, err := t.client.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: aws.String(iterator)})
		if err != nil {
			t.iterators = nil // iterators end after a while; the next poll asks for new ones
			return total, err
		}
		if err := t.keep(shard, out.Records); err != nil {
			return total, err
		}
		total += len(out.Records)
		if out.NextShardIterator == nil {
			delete(t.iterators, shard)
			t.described = time.Time{}
			continue
		}
		t.iterators[shard] = *out.NextShardIterator
	}
	return total, nil
}

// describe finds the shards, at the start and every few seconds.
func (t *tail) describe(ctx context.Context) error {
	if t.iterators != nil && time.Since(t.described) < 5*time.Second {
		return nil
	}
	if t.stream == "" {
		out, err := t.engine.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: aws.String(t.table.LogicalID)})
		if err != nil {
			return err
		}
		t.stream = aws.ToString(out.Table.LatestStreamArn)
	}
	out, err := t.client.DescribeStream(ctx, &dynamodbstreams.DescribeStreamInput{StreamArn: aws.String(t.stream)})
	if err != nil {
		return err
	}
	if t.iterators == nil {
		t.iterators = map[string]string{}
	}
	for _, shard := range out.StreamDescription.Shards {
		id := aws.ToString(shard.ShardId)
		if t.iterators[id] != "" {
			continue
		}
		in := &dynamodbstreams.GetShardIteratorInput{
			StreamArn: aws.String(t.stream), ShardId: aws.String(id), ShardIteratorType: types.ShardIteratorTypeTrimHorizon,
		}
		if last := t.last[t.stream+id]; last != "" {
			if shard.SequenceNumberRange != nil && aws.ToString(shard.SequenceNumberRange.EndingSequenceNumber) == last {
				continue // closed, and read to its end
			}
			in.ShardIteratorType, in.SequenceNumber = types.ShardIteratorTypeAfterSequenceNumber, aws.String(last)
		}
		iterator, err := t.client.GetShardIterator(ctx, in)
		var trimmed *types.TrimmedDataAccessException
		if errors.As(err, &trimmed) { // the cloud was down for longer than a stream keeps
			in.ShardIteratorType, in.SequenceNumber = types.ShardIteratorTypeTrimHorizon, nil
			iterator, err = t.client.GetShardIterator(ctx, in)
		}
		if err != nil {
			return err
		}
		t.iterators[id] = aws.ToString(iterator.ShardIterator)
	}
	t.described = time.Now()
	return nil
}

// keep stamps the records with the turned clock and writes them down.
func (t *tail) keep(shard string, records []types.Record) error {
	if len(records) == 0 {
		return nil
	}
	now := t.clock.Now().Truncate(time.Second)
	var lines bytes.Buffer
	entries := make([]entry, 0, len(records))
	for _, r := range records {
		event, err := json.Marshal(t.record(r, now))
		if err != nil {
			return err
		}
		e := entry{Stream: t.stream, Shard: shard, Number: aws.ToString(r.Dynamodb.SequenceNumber), At: now.Unix(), Event: event}
		line, err := json.Marshal(e)
		if err != nil {
			return err
		}
		lines.Write(append(line, '\n'))
		entries = append(entries, e)
	}
	file, err := os.OpenFile(t.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(lines.Bytes())
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	t.last[t.stream+shard] = entries[len(entries)-1].Number
	t.mu.Lock()
	defer t.mu.Unlock()
	t.entries = append(t.entries, entries...)
	close(t.more)
	t.more = make(chan struct{})
	t.found(len(entries))
	return nil
}

// prune forgets what is older than a stream keeps.
func (t *tail) prune() error {
	t.polling.Lock()
	defer t.polling.Unlock()
	t.mu.Lock()
	defer t.mu.Unlock()
	n := 0
	for n < len(t.entries) && t.old(t.entries[n]) {
		n++
	}
	if n == 0 {
		return nil
	}
	var lines bytes.Buffer
	for _, e := range t.entries[n:] {
		line, err := json.Marshal(e)
		if err != nil {
			return err
		}
		lines.Write(append(line, '\n'))
	}
	if err := replace(t.path, lines.Bytes()); err != nil {
		return err
	}
	t.entries, t.pruned = append([]entry(nil), t.entries[n:]...), t.pruned+n
	return nil
}

func (t *tail) old(e entry) bool { return t.clock.Now().Sub(time.Unix(e.At, 0)) > streamAge }

// after returns up to n entries from the position on, the position of the first
// (later than asked when some were forgotten), and what tells of more.
func (t *tail) after(position, n int) (entries []entry, at int, more <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at = max(position, t.pruned)
	entries = t.entries[min(at-t.pruned, len(t.entries)):]
	return entries[:min(n, len(entries))], at, t.more
}

// end is the position behind the last entry.
func (t *tail) end() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.pruned + len(t.entries)
}

// position is the one behind the entry of that number, or the start.
func (t *tail) position(number string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, e := range t.entries {
		if e.Stream+e.Shard+e.Number == number {
			return t.pruned + i + 1
		}
	}
	return t.pruned
}

// Records returns every stream record that is younger than a stream's 24 hours
// by the turned clock, as the functions get them.
func (s *Service) Records(ctx context.Context) ([]json.RawMessage, error) {
	all := []json.RawMessage{}
	for _, t := range s.tails {
		if err := t.drain(ctx); err != nil {
			return nil, err
		}
		t.mu.Lock()
		for _, e := range t.entries {
			if !t.old(e) {
				all = append(all, e.Event)
			}
		}
		t.mu.Unlock()
	}
	return all, nil
}
