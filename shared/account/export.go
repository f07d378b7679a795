package account

import (
	"context"
	"errors"
	"io"
	"time"

	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/person"
)

// ExportPurpose is the purpose of the one-time code that opens an export.
const ExportPurpose = "export_data"

// exportLife is how long an export can be read after its code was spent.
const exportLife = 24 * time.Hour

// idLength is more than an export's id has; a longer one is no key of a table.
const idLength = 64

var errNoExport = fault.New(fault.NotFound, "There is no such export.")

// ErrSpent is a code that was spent in the meantime: prove it again to learn
// what for.
var ErrSpent = errors.New("account: the code was spent in the meantime")

// Export is a person's permission to read everything held about them. It holds
// no data: reading it reads what is held then.
type Export struct {
	ID     string
	EndsAt time.Time
}

// Item is what is held in one row for one purpose under one clause.
type Item struct {
	Record    string // record type
	Purpose   inventory.Purpose
	Clause    string
	ExpiresAt time.Time // zero: no expiry of its own
	Data      map[string]any
}

// Position is where a page of an export begins: a row of a table, behind its
// first items.
type Position struct {
	Table int    `json:"t"`
	Row   string `json:"r,omitempty"`
	Skip  int    `json:"s,omitempty"`
}

// Codes proves one-time codes.
type Codes interface {
	// Prove compares the code, counted. Errors: CodeRejected.
	Prove(ctx context.Context, challenge, code string, device person.DeviceID, purpose string, user person.ID) (person.Proof, error)
}

// ExportStore keeps exports and reads what is held.
type ExportStore interface {
	// Begin spends the code and writes the export, or nothing. ErrSpent: the
	// code was spent in the meantime. Unauthenticated: the account is not
	// active any more.
	Begin(ctx context.Context, user person.ID, proof person.Proof, e Export) error
	// Find returns an export of the person.
	Find(ctx context.Context, user person.ID, id string) (Export, bool, error)
	// Items returns up to limit items of the person from a position, and where
	// to go on; more is false at the end.
	Items(ctx context.Context, who Person, from Position, limit int) (list []Item, next Position, more bool, err error)
}

// Exports gives a person a copy of everything held about them.
type Exports struct {
	store  ExportStore
	codes  Codes
	clock  clock.Clock
	random io.Reader
}

// NewExports returns the exports of the store.
func NewExports(store ExportStore, codes Codes, clk clock.Clock, random io.Reader) *Exports {
	return &Exports{store: store, codes: codes, clock: clk, random: random}
}

// Begin opens an export with a fresh code of purpose export_data. Repeated with
// the same challenge, code and device it returns the same export. Errors:
// CodeRejected.
func (e *Exports) Begin(ctx context.Context, who Person, challenge, code string, device person.DeviceID) (Export, error) {
	for range attempts {
		proof, err := e.codes.Prove(ctx, challenge, code, device, ExportPurpose, who.ID)
		if err != nil {
			return Export{}, err
		}
		if proof.Spent {
			return e.find(ctx, who, proof.Result)
		}
		id, err := person.Token(e.random, 16)
		if err != nil {
			return Export{}, err
		}
		export := Export{ID: id, EndsAt: e.clock.Now().Add(exportLife)}
		if err := e.store.Begin(ctx, who.ID, proof, export); !errors.Is(err, ErrSpent) {
			return export, err
		}
	}
	return Export{}, fault.Busy(ErrSpent)
}

func (e *Exports) find(ctx context.Context, who Person, id string) (Export, error) {
	if len(id) > idLength {
		return Export{}, errNoExport
	}
	export, found, err := e.store.Find(ctx, who.ID, id)
	if err == nil && !found {
		err = errNoExport
	}
	return export, err
}

// Page returns a part of an export. NotFound: the person has no such export, or
// its time is over.
func (e *Exports) Page(ctx context.Context, who Person, id string, from Position, limit int) ([]Item, Position, bool, error) {
	if _, err := e.find(ctx, who, id); err != nil {
		return nil, Position{}, false, err
	}
	return e.store.Items(ctx, who, from, limit)
}
