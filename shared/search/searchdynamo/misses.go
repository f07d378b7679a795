package searchdynamo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/keys"
	"jewelrydisplay.app/shared/search"
)

// Misses counts queries that found nothing.
type Misses struct {
	rows  dynamo.Table[missRow]
	ring  *keys.Ring
	clock clock.Clock
}

var _ search.Misses = (*Misses)(nil)

// NewMisses returns the counts. ring keys the hashes under which queries are
// counted until enough searches had them; nil where they are only read.
func NewMisses(db *dynamo.DB, ring *keys.Ring, clk clock.Clock) *Misses {
	return &Misses{rows: dynamo.Of(db, MissRecord), ring: ring, clock: clk}
}

func month(at time.Time) string { return at.UTC().Format("2006-01") }

// Count implements search.Misses: one UpdateItem; a month's first of a query is
// a PutItem besides, and the one that shows its words a second UpdateItem. A
// count may be lost, or be one too many after a lost answer: it is a hint.
func (m *Misses) Count(ctx context.Context, query string) error {
	now := m.clock.Now()
	row := missRow{Month: month(now), Digest: m.ring.Index("search miss", query), Count: 1, Seen: now}
	expired := dynamo.AtMost("seen_at", now.Add(-missKept)) // not yet removed
	for range 2 {
		counted, err := m.rows.Update(ctx, row, dynamo.Update{
			Set: map[string]any{"seen_at": now}, Add: map[string]int64{"count": 1},
			If: []dynamo.Cond{dynamo.Exists("pk"), dynamo.Greater("seen_at", now.Add(-missKept))},
		})
		if err == nil {
			return m.show(ctx, counted, query)
		}
		if !errors.Is(err, dynamo.ErrCondition) {
			return err
		}
		err = m.rows.Put(ctx, row, dynamo.Any(dynamo.Absent("pk"), expired))
		if !errors.Is(err, dynamo.ErrCondition) {
			return err
		}
	}
	return nil
}

// show writes a query's words once enough searches had it. Again is the same.
func (m *Misses) show(ctx context.Context, counted missRow, query string) error {
	if counted.Count < search.MissesShown || counted.Text != "" {
		return nil
	}
	_, err := m.rows.Update(ctx, counted, dynamo.Update{
		Set: map[string]any{"text": query}, If: []dynamo.Cond{dynamo.Exists("pk")},
	})
	return err
}

// Month returns the queries of a month, as in 2026-11, that found nothing, the
// most frequent first, and how many searches had others, whose words were not
// written. Empty means the current month.
func (m *Misses) Month(ctx context.Context, of string) (shown []search.Missed, others int, err error) {
	if of == "" {
		of = month(m.clock.Now())
	}
	page, err := m.rows.Query(ctx, dynamo.Query{Partition: "MISSES#" + of, Stale: true})
	if err != nil {
		return nil, 0, fmt.Errorf("searchdynamo: misses: %w", err)
	}
	for _, r := range page.Rows {
		if r.Text == "" {
			others += r.Count
			continue
		}
		shown = append(shown, search.Missed{Query: r.Text, Count: r.Count})
	}
	slices.SortFunc(shown, func(a, b search.Missed) int {
		if a.Count != b.Count {
			return b.Count - a.Count
		}
		if a.Query < b.Query {
			return -1
		}
		return 1
	})
	return shown, others, nil
}
