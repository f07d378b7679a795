// Package retention is the broom: it starts erasures whose day has come and
// deletes rows that outlived their retention, whatever TTL does (C64). No read
// serves an expired row; the broom bounds how long one lies about: swept every
// 12 hours, it is gone within 24. So is a push endpoint without a row.
package retention

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"jewelrydisplay.app/shared/clock"
)

// Timers are erasures that wait for their day.
type Timers interface {
	// Due calls each with the id of every one that is due, and since when.
	Due(ctx context.Context, now time.Time, each func(id string, since time.Time)) error
}

// Starter wakes what is due.
type Starter interface {
	// Start wakes the erasure with the id. It may be repeated.
	Start(ctx context.Context, id string) error
}

// Rows are the rows of every table.
type Rows interface {
	// Tables lists the tables by their logical names.
	Tables() []string
	// Sweep deletes every row of a table whose expiry is at or before now and
	// is still the one that was read, and calls each with what was deleted.
	// Repeated, it finds what is left. It goes on behind a row that it cannot
	// delete.
	Sweep(ctx context.Context, table string, now time.Time, each func(at time.Time)) error
}

// Endpoints are the push provider's addresses of devices.
type Endpoints interface {
	// Remove deletes those that are registered for nobody and returns how many.
	// Repeated, it finds what is left.
	Remove(ctx context.Context) (int, error)
}

// Secrets are the rows that lie under older versions of the service's secrets.
type Secrets interface {
	// Rekey moves those that can be moved to the present versions and returns how
	// many are left, by secret. It may be repeated.
	Rekey(ctx context.Context) (left map[string]int, err error)
}

// Meter notes numbers for alarms: none of them says anything about a person.
type Meter interface {
	Note(name string, value float64)
}

// The numbers that are noted.
const (
	// ErasureLateness is how many seconds ago the longest waiting erasure was
	// due: 0 when none is.
	ErasureLateness = "ErasureLatenessSeconds"
	// ExpiredRows is how many rows the broom found that TTL had left.
	ExpiredRows = "ExpiredRowsSeen"
	// ExpiredLateness is by how many seconds the oldest of them was late.
	ExpiredLateness = "ExpiredRowsLatenessSeconds"
	// OrphanEndpoints is how many push endpoints were registered for nobody.
	OrphanEndpoints = "OrphanEndpointsSeen"
)

// UnderOlder is how many rows are left under older versions of a secret, whose name
// follows: at 0 the older version may be dropped.
const UnderOlder = "RowsUnderOlderSecret"

// Sweeper sweeps. Its fields are its parts.
type Sweeper struct {
	Timers    Timers
	Queue     Starter // wakes by a message
	Direct    Starter // does it here and now, when the queue takes no message
	Rows      Rows
	Endpoints Endpoints
	Secrets   Secrets
	Meter     Meter
	Clock     clock.Clock
	Log       *slog.Logger
}

// Due starts every erasure that is due. It may run at any time, and twice at
// once. The error joins those of erasures that could not be started; the others
// were.
func (s *Sweeper) Due(ctx context.Context) (started int, err error) {
	now := s.Clock.Now()
	var ids []string
	var late time.Duration
	err = s.Timers.Due(ctx, now, func(id string, since time.Time) {
		ids = append(ids, id)
		late = max(late, now.Sub(since))
	})
	failures := []error{err}
	for _, id := range ids {
		if err := s.start(ctx, id); err != nil {
			failures = append(failures, err)
			continue
		}
		started++
	}
	s.Meter.Note(ErasureLateness, late.Seconds())
	return started, errors.Join(failures...)
}

func (s *Sweeper) start(ctx context.Context, id string) error {
	err := s.Queue.Start(ctx, id)
	if err == nil {
		return nil
	}
	s.Log.ErrorContext(ctx, "the queue took no message; erasing from here", "error", err.Error())
	return s.Direct.Start(ctx, id)
}

// Expired deletes the expired rows of every table, and then the push endpoints
// that no row leads to. What is behind a table that fails is swept all the same.
func (s *Sweeper) Expired(ctx context.Context) (removed, endpoints int, err error) {
	now := s.Clock.Now()
	var late time.Duration
	var failures []error
	for _, table := range s.Rows.Tables() {
		failures = append(failures, s.Rows.Sweep(ctx, table, now, func(at time.Time) {
			removed++
			late = max(late, now.Sub(at))
		}))
	}
	s.Meter.Note(ExpiredRows, float64(removed))
	s.Meter.Note(ExpiredLateness, late.Seconds())
	endpoints, err = s.Endpoints.Remove(ctx)
	s.Meter.Note(OrphanEndpoints, float64(endpoints))
	return removed, endpoints, errors.Join(append(failures, err)...)
}

// Rekey moves rows to the present versions of the service's secrets and notes how
// many are left under older ones. After an error nothing is noted: nobody must drop
// a secret for a number that is not whole.
func (s *Sweeper) Rekey(ctx context.Context) (map[string]int, error) {
	left, err := s.Secrets.Rekey(ctx)
	if err != nil {
		return nil, err
	}
	for secret, n := range left {
		s.Meter.Note(UnderOlder+strings.ToUpper(secret[:1])+secret[1:], float64(n))
	}
	return left, nil
}
