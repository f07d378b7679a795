package catalog

import (
	"context"
	"io"
	"time"

	"jewelrydisplay.app/shared/fault"
)

// States of an import.
const (
	Running   = "running"
	Completed = "completed"
	Failed    = "failed" // the source changed under it; start another import
)

// FirstRejections is how many rejections an import's answer holds; the report
// object holds them all.
const FirstRejections = 100

// Import is how far an import is.
type Import struct {
	ID          string
	Fingerprint string // of the request
	State       string
	Source      string // the source object's version (ETag)
	Run         int    // which invocation works on it, from 0
	Revision    int    // grows with each write of this row
	HeldUntil   time.Time
	StartedAt   time.Time
	Handled     int // rows handled so far: where the next invocation goes on
	Rows        int
	Created     int
	Updated     int
	Unchanged   int
	Retired     int
	Rejected    int
	Rejections  []Rejection
	Report      ObjectPlace
	Warnings    []string
}

// Held is what an import must know of a product that is stored already.
type Held struct {
	Hash      string
	CreatedAt time.Time
	Retired   bool
}

// Errors of the ports.
var (
	// ErrNoImport says that no import has this id.
	ErrNoImport = fault.New(fault.NotFound, "no such import")
	// ErrMoved says that a row changed since it was read: read it again.
	ErrMoved = fault.New(fault.Conflict, "the row changed meanwhile")
	// ErrNoObject says that the source object does not exist.
	ErrNoObject = fault.Invalid("source.key", "names an object that does not exist or may not be read")
)

// ProductStore is where an import keeps products.
type ProductStore interface {
	// Find returns what is stored under up to 100 ids, and nothing for the others.
	Find(ctx context.Context, ids []ProductID) (map[ProductID]Held, error)
	// Save writes the whole product if what is stored is still held (nil: nothing
	// is). It returns ErrMoved when it is not. Saving the same product again is
	// the same row.
	Save(ctx context.Context, p Product, held *Held) error
	// Shown returns the merchant's shown products in pages, behind after.
	Shown(ctx context.Context, m MerchantID, after ProductID) ([]ProductID, error)
	// Retire takes the product out of the catalogue; again changes nothing.
	Retire(ctx context.Context, id ProductID, at time.Time) error
	// Changing notes that products are about to change, for who builds an index.
	Changing(ctx context.Context, at time.Time) error
}

// MerchantStore keeps merchants.
type MerchantStore interface {
	// Merchant returns ErrNoMerchant when there is none.
	Merchant(ctx context.Context, id MerchantID) (Merchant, error)
	SaveMerchant(ctx context.Context, m Merchant) error
}

// ImportStore keeps how far imports are.
type ImportStore interface {
	// Import returns ErrNoImport when there is none.
	Import(ctx context.Context, id string) (Import, error)
	// SaveImport writes the row if its stored revision is one less than the
	// given (0: if there is none). It returns ErrMoved otherwise.
	SaveImport(ctx context.Context, i Import) error
}

// Objects reads feeds and writes reports, in constant memory.
type Objects interface {
	// Open returns the object's bytes and its version. ErrNoObject: it is not there.
	Open(ctx context.Context, place ObjectPlace) (body io.ReadCloser, version string, err error)
	// Create begins an object. Nothing is there until Commit; Abort leaves nothing.
	Create(ctx context.Context, key string) (ObjectWriter, error)
}

// ObjectWriter is an object that is being written.
type ObjectWriter interface {
	io.Writer
	Commit() (ObjectPlace, error)
	Abort()
}

// Onward calls the import again, to go on where this invocation must end.
type Onward interface {
	GoOn(ctx context.Context, r ImportRequest) error
}
