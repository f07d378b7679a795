// Package erasure deletes what the inventory says belongs to a person, as far
// as a cancellation has come, and proves that nothing of it is left (C04, C18,
// C86, C88). It knows no record type by itself: what is declared is erased.
package erasure

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/person"
)

// Place is where a row stands: its logical table and its primary key.
type Place struct{ Table, PK, SK string }

// Row is a stored row of whatever record type.
type Row interface {
	// Place returns where the row stands.
	Place() Place
	// Record returns the name of its record type.
	Record() string
	// Expand fills a key pattern with the row's own unsealed attributes, in the
	// row's table. false: one of them is absent.
	Expand(pattern string) (Place, bool)
}

// Rows are the stored rows. Reads are strongly consistent and complete.
type Rows interface {
	// Of returns every row, expired ones included, of a person's partition of a
	// table.
	Of(ctx context.Context, table string, user person.ID) ([]Row, error)
	// Remove deletes a row. Deleting what is not there is no error.
	Remove(ctx context.Context, at Place) error
	// RemoveOwned deletes a row whose attribute names the person. A row that
	// names somebody else by now, or is not there, is left alone without an
	// error.
	RemoveOwned(ctx context.Context, at Place, attribute string, user person.ID) error
}

// Watch is told what ought not to happen.
type Watch interface {
	// UnknownRow tells of a row in a person's partition whose record type no
	// inventory declares. It was erased.
	UnknownRow(ctx context.Context, table, record string)
}

// ErrLeft is an erasure after which rows were found again, each time anew:
// something still writes for the person. The erasure is not done and must be
// tried again.
var ErrLeft = errors.New("erasure: rows of the person are still being written")

// passes is how often rows that appear during an erasure are gone after.
const passes = 3

// Eraser erases. It is safe for concurrent use, also for the same person.
type Eraser struct {
	rows    Rows
	watch   Watch
	schemas []*inventory.Schema
	byName  map[string]*inventory.Schema
	last    []string
}

// New returns an Eraser over the declared records. Rows of the record types in
// last go after everything else is proved gone: as long as an erasure is not
// done, the person's gate stands and stays shut.
func New(rows Rows, watch Watch, schemas []*inventory.Schema, last ...string) *Eraser {
	e := &Eraser{rows: rows, watch: watch, last: last, byName: map[string]*inventory.Schema{}}
	for _, s := range schemas {
		e.schemas = append(e.schemas, s)
		e.byName[s.Name] = s
	}
	return e
}

// Erase deletes every row of the person whose disposition has come due with
// upTo: EraseAtOnce, EraseAfterWithdrawal (and what is due before it) or
// HoldUntilPurge, which is everything in the person's partitions, declared or
// not. It returns nil only when a complete, consistent read found nothing more
// to delete. It may be killed anywhere and run again, any number of times.
func (e *Eraser) Erase(ctx context.Context, user person.ID, upTo inventory.Disposition) error {
	if user.IsZero() {
		return errors.New("erasure: no person")
	}
	if rank(upTo) == 0 {
		return fmt.Errorf("erasure: %q is no stage of an erasure", upTo)
	}
	if err := e.clear(ctx, user, upTo, false); err != nil {
		return err
	}
	if upTo != inventory.HoldUntilPurge {
		return nil
	}
	return e.clear(ctx, user, upTo, true)
}

// rank orders the stages; 0 is none.
func rank(d inventory.Disposition) int {
	return 1 + slices.Index([]inventory.Disposition{
		inventory.EraseAtOnce, inventory.EraseAfterWithdrawal, inventory.HoldUntilPurge,
	}, d)
}

// clear deletes until a whole pass finds nothing.
func (e *Eraser) clear(ctx context.Context, user person.ID, upTo inventory.Disposition, last bool) error {
	for range passes {
		removed, err := e.pass(ctx, user, upTo, last)
		if err != nil {
			return err
		}
		if removed == 0 {
			return nil
		}
	}
	return ErrLeft
}

func (e *Eraser) pass(ctx context.Context, user person.ID, upTo inventory.Disposition, last bool) (removed int, err error) {
	for _, table := range e.tables(upTo) {
		rows, err := e.rows.Of(ctx, table, user)
		if err != nil {
			return removed, err
		}
		for _, row := range rows {
			if !e.due(row, upTo) || (!last && slices.Contains(e.last, row.Record())) {
				continue
			}
			if err := e.remove(ctx, user, row); err != nil {
				return removed, err
			}
			removed++
		}
	}
	return removed, nil
}

// tables are those in which something may be due.
func (e *Eraser) tables(upTo inventory.Disposition) []string {
	var tables []string
	for _, s := range e.schemas {
		if s.Owner == "" || slices.Contains(tables, s.Table) {
			continue
		}
		if upTo == inventory.HoldUntilPurge || rank(s.OnCancel) > 0 && rank(s.OnCancel) <= rank(upTo) {
			tables = append(tables, s.Table)
		}
	}
	return tables
}

// due reports whether the row goes at this stage. At purge everything under
// the person's id does, whatever it is declared to be: a row that stands there
// is tied to the person by its key.
func (e *Eraser) due(row Row, upTo inventory.Disposition) bool {
	if upTo == inventory.HoldUntilPurge {
		return true
	}
	s, ok := e.byName[row.Record()]
	return ok && rank(s.OnCancel) > 0 && rank(s.OnCancel) <= rank(upTo)
}

// remove deletes the row after the rows elsewhere that only it names: killed
// in between, the next run finds them again.
func (e *Eraser) remove(ctx context.Context, user person.ID, row Row) error {
	s, known := e.byName[row.Record()]
	if known {
		for _, pattern := range s.Also {
			at, ok := row.Expand(pattern)
			if !ok {
				continue
			}
			if err := e.rows.RemoveOwned(ctx, at, s.Owner, user); err != nil {
				return err
			}
		}
	}
	if err := e.rows.Remove(ctx, row.Place()); err != nil {
		return err
	}
	if !known {
		e.watch.UnknownRow(ctx, row.Place().Table, row.Record())
	}
	return nil
}
