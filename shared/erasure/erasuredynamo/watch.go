package erasuredynamo

import (
	"context"
	"log/slog"
	"os"

	"jewelrydisplay.app/shared/config"
	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/erasure"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/metric"
)

// UnknownRows counts rows in a person's partition that no inventory declares.
const UnknownRows = "UnknownRowsErased"

// Eraser returns the erasure of a function over the declared records, which
// tells its log what it finds against expectation. Rows of the record types in
// last go after all others.
func Eraser(cfg *config.Config, db *dynamo.DB, schemas []*inventory.Schema, last ...string) *erasure.Eraser {
	return erasure.New(New(db), NewWatch(metric.New(os.Stdout, cfg.Clock), cfg.Log), schemas, last...)
}

// Watch tells operators what an erasure found that ought not to be there. It
// implements erasure.Watch.
type Watch struct {
	meter metric.Log
	log   *slog.Logger
}

var _ erasure.Watch = Watch{}

// NewWatch returns a watch.
func NewWatch(meter metric.Log, log *slog.Logger) Watch { return Watch{meter: meter, log: log} }

// UnknownRow writes an error and counts it: the names of table and record
// type, never the row.
func (w Watch) UnknownRow(ctx context.Context, table, record string) {
	w.meter.Note(UnknownRows, 1)
	w.log.ErrorContext(ctx, "a row of an undeclared record type was erased", "table", table, "record", record)
}
