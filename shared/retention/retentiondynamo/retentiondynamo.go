// Package retentiondynamo finds and deletes expired rows in DynamoDB.
package retentiondynamo

import (
	"context"
	"errors"
	"time"

	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/retention"
)

// Store is every table of the database. It implements retention.Rows.
type Store struct{ db *dynamo.DB }

var _ retention.Rows = Store{}

// New returns the tables of the database.
func New(db *dynamo.DB) Store { return Store{db: db} }

// Tables lists every table that holds rows.
func (s Store) Tables() []string {
	return []string{"Accounts", "Catalog", "Engagement", "Notifications", "Privacy"}
}

// Sweep deletes the expired rows of a table. A row that was renewed since it
// was read stays.
func (s Store) Sweep(ctx context.Context, table string, now time.Time, each func(at time.Time)) error {
	var failures []error
	err := s.db.Expired(ctx, table, now, func(r dynamo.Raw) error {
		at, _ := r.ExpiresAt()
		switch err := s.db.RemoveExpired(ctx, r); {
		case errors.Is(err, dynamo.ErrCondition):
		case err != nil:
			failures = append(failures, err)
		default:
			each(at)
		}
		return ctx.Err()
	})
	return errors.Join(append(failures, err)...)
}
