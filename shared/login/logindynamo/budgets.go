package logindynamo

import (
	"context"
	"strconv"
	"time"

	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/person"
)

var _ login.Budgets = (*Store)(nil)

// Tallies reads rows that count sent and verified codes in one call.
func (s *Store) Tallies(ctx context.Context, rows []person.Hash) ([]login.Tally, error) {
	b := s.db.Batch()
	pending := make([]*dynamo.Pending[tallyRow], len(rows))
	for i, row := range rows {
		var err error
		if pending[i], err = s.tallies.From(b, tallyRow{Row: row}); err != nil {
			return nil, err
		}
	}
	if err := b.Run(ctx); err != nil {
		return nil, err
	}
	out := make([]login.Tally, len(rows))
	for i, p := range pending {
		row, _ := p.Row()
		out[i] = login.Tally{Hours: make(map[int64]login.Hour, len(row.Hours)), Regions: row.Regions, Revision: row.Revision}
		for at, h := range row.Hours {
			n, err := strconv.ParseInt(at, 10, 64)
			if err != nil {
				return nil, err
			}
			out[i].Hours[n] = login.Hour(h)
		}
	}
	return out, nil
}

// WriteTally writes a tally whole. The revision makes it happen once; what was
// added meanwhile raised it.
func (s *Store) WriteTally(ctx context.Context, row person.Hash, t login.Tally, keepUntil time.Time) error {
	hours := make(map[string]hourRow, len(t.Hours))
	for at, h := range t.Hours {
		hours[strconv.FormatInt(at, 10)] = hourRow(h)
	}
	unchanged := dynamo.Eq("revision", t.Revision)
	if t.Revision == 0 {
		unchanged = dynamo.Any(dynamo.Absent("pk"), dynamo.AtMost("keep_until", s.now()))
	}
	return raced(s.tallies.Put(ctx, tallyRow{
		Row: row, Hours: hours, Regions: t.Regions, Revision: t.Revision + 1, KeepUntil: keepUntil,
	}, unchanged))
}

// AddTally adds to an hour of a row. It may not be repeated: a lost answer
// counts twice, and is forgotten in a day.
func (s *Store) AddTally(ctx context.Context, row person.Hash, hour int64, add login.Hour, keepUntil time.Time) error {
	at := "hours." + strconv.FormatInt(hour, 10)
	by := map[string]int64{"revision": 1}
	if add.Sent != 0 {
		by[at+".sent"] = add.Sent
	}
	if add.Verified != 0 {
		by[at+".verified"] = add.Verified
	}
	set := map[string]any{}
	if !keepUntil.IsZero() {
		set["keep_until"] = keepUntil
	}
	_, err := s.tallies.Update(ctx, tallyRow{Row: row}, dynamo.Update{Set: set, Add: by, If: []dynamo.Cond{dynamo.Exists(at)}})
	return raced(err)
}
