package wake

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"jewelrydisplay.app/shared/local/stack"
)

// Lambda's limit of an event, less room for its frame, in bytes.
const maxEvent = 6<<20 - 64<<10

// streamMapping hands a table's stream to a function, in order.
type streamMapping struct {
	service *Service
	spec    stack.Mapping
	tail    *tail
	filters []filter

	mu       sync.Mutex
	position int           // behind the last entry that is done with
	moved    chan struct{} // closed when position moves
	retrying int           // tries of the batch under way
}

func (s *Service) newStreamMapping(spec stack.Mapping, t *tail, filters []filter) *streamMapping {
	m := &streamMapping{service: s, spec: spec, tail: t, filters: filters, moved: make(chan struct{})}
	s.state.read(func(k kept) { m.position = t.position(k.Delivered[spec.LogicalID]) })
	if m.spec.BatchSize == 0 {
		m.spec.BatchSize = 100
	}
	return m
}

func (m *streamMapping) run(ctx context.Context) {
	for ctx.Err() == nil {
		batch, next, last, ok := m.collect(ctx)
		if !ok {
			return
		}
		if len(batch) > 0 {
			m.service.activity.Add(1)
			m.deliver(ctx, batch, 0)
		}
		if ctx.Err() != nil {
			return // not delivered: it is again after the next start
		}
		m.advance(next, last)
	}
}

// collect waits for entries, and for the window once there is one, and returns
// those that the filters let through with the position behind all it looked at.
func (m *streamMapping) collect(ctx context.Context) (batch []entry, next int, last entry, ok bool) {
	m.mu.Lock()
	next = m.position
	m.mu.Unlock()
	var window <-chan time.Time
	size := 0
	for {
		entries, at, more := m.tail.after(next, m.spec.BatchSize)
		next = at
		for _, e := range entries {
			if m.lets(e) {
				if len(batch) == m.spec.BatchSize || size+len(e.Event) > maxEvent {
					return batch, next, last, true
				}
				batch, size = append(batch, e), size+len(e.Event)
			}
			next, last = next+1, e
		}
		switch {
		case len(entries) > 0 && len(batch) < m.spec.BatchSize && window != nil:
			continue // look for more before waiting on
		case len(batch) == m.spec.BatchSize, len(batch) > 0 && (m.spec.Window == 0 || m.service.hurry.Load() > 0):
			return batch, next, last, true
		case len(batch) == 0 && len(entries) > 0:
			return nil, next, last, true // all filtered away
		case len(batch) > 0 && window == nil:
			window = time.After(m.spec.Window)
		}
		select {
		case <-more:
		case <-window:
			return batch, next, last, true
		case <-time.After(50 * time.Millisecond): // to see a hurry
		case <-ctx.Done():
			return nil, 0, last, false
		}
	}
}

func (m *streamMapping) lets(e entry) bool {
	if len(m.filters) == 0 {
		return true
	}
	event, err := decodeJSON(e.Event)
	return err == nil && anyMatches(m.filters, event)
}

func (m *streamMapping) advance(next int, last entry) {
	err := m.service.state.change(func(k *kept) { k.Delivered[m.spec.LogicalID] = last.Stream + last.Shard + last.Number })
	if err != nil {
		m.service.options.Say(fmt.Sprintf("mapping %s: note its position: %v", m.spec.LogicalID, err))
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.position = next
	close(m.moved)
	m.moved = make(chan struct{})
}

// settled returns when everything read so far is done with. A batch that fails
// for ever is an error after a few tries.
func (m *streamMapping) settled(ctx context.Context) error {
	for end := m.tail.end(); ; {
		m.mu.Lock()
		position, moved, tries := m.position, m.moved, m.retrying
		m.mu.Unlock()
		if position >= end {
			return nil
		}
		if m.spec.MaximumRetries < 0 && tries > 5 {
			return fmt.Errorf("%s fails on the same records of %s again and again", m.spec.Function, m.spec.Table)
		}
		select {
		case <-moved:
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// deliver runs the function on the batch until it succeeds or the mapping's
// patience is over; what is left then goes to the on-failure destination.
func (m *streamMapping) deliver(ctx context.Context, batch []entry, tries int) {
	defer m.tried(0)
	for len(batch) > 0 && ctx.Err() == nil {
		fresh := m.fresh(batch)
		if len(fresh) < len(batch) {
			m.give(ctx, batch[:len(batch)-len(fresh)], "RecordAgeExceeded", tries)
			batch = fresh
			continue
		}
		left := m.try(ctx, batch)
		if len(left) == 0 {
			return
		}
		if ctx.Err() != nil {
			return
		}
		tries++
		m.tried(tries)
		if m.spec.MaximumRetries >= 0 && tries > m.spec.MaximumRetries {
			m.give(ctx, left, "RetryAttemptsExhausted", tries)
			return
		}
		select {
		case <-time.After(min(50*time.Millisecond<<min(tries, 10), 5*time.Second)):
		case <-ctx.Done():
			return
		}
		if m.spec.Bisect && len(left) == len(batch) && len(batch) > 1 {
			m.deliver(ctx, left[:len(left)/2], tries)
			m.deliver(ctx, left[len(left)/2:], tries)
			return
		}
		batch = left
	}
}

func (m *streamMapping) tried(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.retrying = n
}

// fresh leaves out what is too old, which is always at the front.
func (m *streamMapping) fresh(batch []entry) []entry {
	age := streamAge
	if m.spec.MaximumRecordAge > 0 && m.spec.MaximumRecordAge < age {
		age = m.spec.MaximumRecordAge
	}
	now := m.service.options.Clock.Now()
	for len(batch) > 0 && now.Sub(time.Unix(batch[0].At, 0)) > age {
		batch = batch[1:]
	}
	return batch
}

// try runs the function once and returns what it did not do.
func (m *streamMapping) try(ctx context.Context, batch []entry) []entry {
	records := make([]json.RawMessage, len(batch))
	for i, e := range batch {
		records[i] = e.Event
	}
	event, err := json.Marshal(map[string]any{"Records": records})
	if err != nil {
		return batch
	}
	payload, failed, err := m.service.options.Runner.Invoke(ctx, m.spec.Function, event)
	if err != nil || failed {
		return batch
	}
	if !m.spec.ReportItemFailures {
		return nil
	}
	failures, whole := itemFailures(payload)
	if whole {
		return batch
	}
	// A stream is in order: from the first failure on, all is again.
	first := len(batch)
	for id := range failures {
		at := len(batch)
		for i, e := range batch {
			if e.Number == id {
				at = i
			}
		}
		if at == len(batch) {
			return batch // an unknown number is a failure of everything
		}
		first = min(first, at)
	}
	return batch[first:]
}

// give hands what failed to the on-failure destination, as Lambda describes it.
func (m *streamMapping) give(ctx context.Context, batch []entry, condition string, tries int) {
	first, last := batch[0], batch[len(batch)-1]
	m.service.options.Say(fmt.Sprintf("%s: %d records of %s are given up (%s)", m.spec.Function, len(batch), m.spec.Table, condition))
	if m.spec.OnFailureQueue == "" {
		return
	}
	stamp := func(at int64) string { return time.Unix(at, 0).UTC().Format("2006-01-02T15:04:05Z") }
	body, err := json.Marshal(map[string]any{
		"requestContext": map[string]any{"functionArn": m.functionARN(), "condition": condition, "approximateInvokeCount": tries},
		"version":        "1.0",
		"timestamp":      m.service.options.Clock.Now().Format(time.RFC3339),
		"DDBStreamBatchInfo": map[string]any{
			"shardId": first.Shard, "startSequenceNumber": first.Number, "endSequenceNumber": last.Number,
			"approximateArrivalOfFirstRecord": stamp(first.At), "approximateArrivalOfLastRecord": stamp(last.At),
			"batchSize": len(batch), "streamArn": first.Stream,
		},
	})
	if err == nil {
		err = m.service.SendMessage(ctx, m.spec.Function, m.spec.OnFailureQueue, body, nil)
	}
	if err != nil {
		m.service.options.Say(fmt.Sprintf("%s: send to %s: %v", m.spec.Function, m.spec.OnFailureQueue, err))
	}
}

func (m *streamMapping) functionARN() string {
	f, err := m.service.function(m.spec.Function)
	if err != nil {
		return ""
	}
	return f.ARN
}

// itemFailures reads the answer of ReportBatchItemFailures. An answer that is
// neither empty nor well-formed fails the whole batch.
func itemFailures(payload []byte) (ids map[string]bool, whole bool) {
	var answer *struct {
		BatchItemFailures []struct {
			ItemIdentifier string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if len(payload) == 0 || string(payload) == `""` {
		return nil, false
	}
	if json.Unmarshal(payload, &answer) != nil {
		return nil, true
	}
	if answer == nil {
		return nil, false
	}
	ids = map[string]bool{}
	for _, f := range answer.BatchItemFailures {
		if f.ItemIdentifier == "" {
			return nil, true
		}
		ids[f.ItemIdentifier] = true
	}
	return ids, false
}
