// Package erasuredynamo gives an erasure the rows of DynamoDB.
package erasuredynamo

import (
	"context"
	"errors"

	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/erasure"
	"jewelrydisplay.app/shared/person"
)

// Store is the database, row by row, whatever the record type. It implements
// erasure.Rows.
type Store struct{ db *dynamo.DB }

var _ erasure.Rows = Store{}

// New returns the rows of the database.
func New(db *dynamo.DB) Store { return Store{db: db} }

type row struct{ raw dynamo.Raw }

func (r row) Place() erasure.Place {
	return erasure.Place{Table: r.raw.Table, PK: r.raw.Key.PK, SK: r.raw.Key.SK}
}

func (r row) Record() string { return r.raw.Record() }

func (r row) Expand(pattern string) (erasure.Place, bool) {
	key, err := r.raw.Expand(pattern)
	return erasure.Place{Table: r.raw.Table, PK: key.PK, SK: key.SK}, err == nil
}

// Of returns every row of the person's partition, read to its end.
func (s Store) Of(ctx context.Context, table string, user person.ID) ([]erasure.Row, error) {
	var rows []erasure.Row
	err := s.db.Partition(ctx, table, "U#"+user.Reveal(), func(raw dynamo.Raw) error {
		rows = append(rows, row{raw})
		return nil
	})
	return rows, err
}

// Remove deletes a row whatever it holds by now.
func (s Store) Remove(ctx context.Context, at erasure.Place) error {
	return s.db.Remove(ctx, at.Table, dynamo.Key{PK: at.PK, SK: at.SK})
}

// RemoveOwned deletes a row that still names the person.
func (s Store) RemoveOwned(ctx context.Context, at erasure.Place, attribute string, user person.ID) error {
	err := s.db.RemoveOwned(ctx, at.Table, dynamo.Key{PK: at.PK, SK: at.SK}, attribute, user.Reveal())
	if errors.Is(err, dynamo.ErrCondition) {
		return nil // it passed on to somebody else
	}
	return err
}
