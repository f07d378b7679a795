package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/person"
)

const (
	// batchRows is how many rows are compared with the catalogue at once: rows
	// of the greatest size still fit one answer of 16 MB.
	batchRows = 50
	// saveEvery is how many rows lie between two saves of an import's progress.
	saveEvery = 1_000
	// reserve is the time kept back of an invocation, to save the progress and
	// call the next one.
	reserve = 20 * time.Second
	// lease is how long a run holds its import; longer than an invocation lives.
	lease = 16 * time.Minute
)

// Importer brings merchants' feeds into the catalogue. Importing the same feed
// again changes nothing: a product is found by its merchant and key, and an
// unchanged row is not written. A feed too long for one invocation goes on by
// itself.
type Importer struct {
	Products  ProductStore
	Merchants MerchantStore
	Imports   ImportStore
	Objects   Objects
	Onward    Onward
	Clock     clock.Clock
	Random    io.Reader
	Bucket    string // where a feed lies when the request names no bucket
}

// Inspect returns how far an import is, or ErrNoImport.
func (im *Importer) Inspect(ctx context.Context, id string) (Import, error) {
	if !importName(id) {
		return Import{}, fault.Invalid("import_id", "is not the id of an import")
	}
	return im.Imports.Import(ctx, id)
}

// Start begins an import, or goes on with it. Asked again under the same id it
// returns the same import; a different request under that id is a Conflict.
func (im *Importer) Start(ctx context.Context, r ImportRequest) (Import, error) {
	if err := r.Check(); err != nil {
		return Import{}, err
	}
	if r.Source.Bucket == "" {
		r.Source.Bucket = im.Bucket
	}
	if r.ImportID == "" {
		token, err := person.Token(im.Random, 16)
		if err != nil {
			return Import{}, err
		}
		r.ImportID = token
	}
	state, mine, err := im.claim(ctx, r)
	if err != nil || !mine {
		return state, err
	}
	run := &run{Importer: im, request: r, state: state}
	if err := run.work(ctx); err != nil {
		run.release(ctx)
		return Import{}, err
	}
	return run.state, nil
}

// claim returns the import and whether this invocation is the one to work on
// it.
func (im *Importer) claim(ctx context.Context, r ImportRequest) (Import, bool, error) {
	now := im.Clock.Now()
	state, err := im.Imports.Import(ctx, r.ImportID)
	switch {
	case errors.Is(err, ErrNoImport):
		state = Import{ID: r.ImportID, Fingerprint: r.Fingerprint(), State: Running, StartedAt: now}
	case err != nil:
		return Import{}, false, err
	case state.Fingerprint != r.Fingerprint():
		return Import{}, false, fault.New(fault.Conflict, "Another import has this import_id.")
	case state.State != Running:
		return state, false, nil
	case r.Resume == 0 && now.Before(state.HeldUntil): // somebody is at it
		return state, false, nil
	case r.Resume != 0 && r.Resume != state.Run: // a call that arrived twice, or too late
		return state, false, nil
	case r.Resume == 0:
		state.Run++ // taken over: a call still on its way finds itself too late
		state.Revision++
	default:
		state.Revision++
	}
	state.HeldUntil = now.Add(lease)
	err = im.Imports.SaveImport(ctx, state)
	if errors.Is(err, ErrMoved) {
		state, err = im.Imports.Import(ctx, r.ImportID)
		return state, false, err
	}
	return state, err == nil, err
}

// run is one invocation's work on an import.
type run struct {
	*Importer
	request  ImportRequest
	state    Import
	done     int             // lines that an earlier run handled
	seen     map[uint64]bool // digests of the feed's products: true once a row was taken
	unkeyed  int             // rows whose key could not be read
	batch    []Product
	reporter *reporter
}

func (r *run) work(ctx context.Context) error {
	until, cancel := early(ctx)
	defer cancel()
	r.done = r.state.Line
	r.state.Rows, r.state.Rejected, r.state.Rejections = 0, 0, nil
	r.seen = map[uint64]bool{}
	r.reporter = &reporter{objects: r.Objects, key: "reports/" + r.state.ID + ".jsonl"}
	defer r.reporter.abort()

	body, version, err := r.Objects.Open(ctx, r.request.Source)
	if err != nil {
		return err
	}
	defer body.Close() //nolint:errcheck // only read
	if r.state.Source == "" {
		r.state.Source = version
	}
	if r.state.Source != version {
		return r.fail(ctx, "the source object changed while it was imported")
	}
	if err := r.merchant(ctx); err != nil {
		return err
	}
	ended, err := r.rows(ctx, until, newLines(body))
	if err != nil {
		return err
	}
	if !ended {
		return r.goOn(ctx)
	}
	return r.finish(ctx)
}

// early returns a context that ends before the invocation does.
func early(ctx context.Context) (context.Context, context.CancelFunc) {
	if deadline, ok := ctx.Deadline(); ok {
		return context.WithDeadline(ctx, deadline.Add(-reserve))
	}
	return context.WithCancel(ctx)
}

// rows handles the feed line by line; false when the time is up first. At
// least one batch is handled in each run, so that an import always advances.
func (r *run) rows(ctx, until context.Context, in *lines) (bool, error) {
	worked := false
	for in.next() {
		if err := r.row(ctx, in.number, in.line, in.tooLong); err != nil {
			return false, err
		}
		if len(r.batch) < batchRows && in.number%saveEvery != 0 {
			continue
		}
		worked = worked || len(r.batch) > 0
		if err := r.flush(ctx, in.number); err != nil {
			return false, err
		}
		if worked && until.Err() != nil && ctx.Err() == nil {
			return false, nil
		}
	}
	if in.err != nil {
		return false, fault.Busy(in.err)
	}
	return true, r.flush(ctx, in.number)
}

// row takes one line in. Lines that an earlier run handled are read again for
// what the whole feed must know: its keys and its broken rows.
func (r *run) row(ctx context.Context, number int, line []byte, tooLong bool) error {
	r.state.Rows++
	var p Product
	rejected := reject("row", "is longer than 256 kB")
	if !tooLong {
		p, rejected = parseRow(line, r.request.Merchant.ID, r.request.Mapping)
	}
	if p.ID == "" {
		r.unkeyed++
		return r.reject(ctx, number, rejected)
	}
	digest := p.ID.digest()
	if rejected == nil && r.seen[digest] {
		rejected = reject("key", "is there twice: the first row with it was taken")
	}
	r.seen[digest] = r.seen[digest] || rejected == nil
	if rejected != nil {
		return r.reject(ctx, number, rejected)
	}
	if number > r.done {
		r.batch = append(r.batch, p)
	}
	return nil
}

func (r *run) reject(ctx context.Context, number int, e *rowError) error {
	rejection := Rejection{Line: number, Field: e.field, Reason: e.reason}
	r.state.Rejected++
	if len(r.state.Rejections) < FirstRejections {
		r.state.Rejections = append(r.state.Rejections, rejection)
	}
	return r.reporter.write(ctx, rejection)
}

// merchant stores what the request says of the merchant, if it is new.
func (r *run) merchant(ctx context.Context) error {
	stored, err := r.Merchants.Merchant(ctx, r.request.Merchant.ID)
	unknown := errors.Is(err, ErrNoMerchant)
	if err != nil && !unknown {
		return err
	}
	m := r.request.Merchant.over(stored)
	if r.request.DryRun || (!unknown && m.same(stored)) {
		return nil
	}
	if err := r.Products.Changing(ctx, r.Clock.Now()); err != nil {
		return err
	}
	return r.Merchants.SaveMerchant(ctx, m)
}

// finish ends an import whose feed is read to the end.
func (r *run) finish(ctx context.Context) error {
	if r.request.FullFeed {
		if err := r.retire(ctx); err != nil {
			return err
		}
	}
	report, err := r.reporter.commit()
	if err != nil {
		return fault.Busy(err)
	}
	r.state.Report = report
	r.state.State = Completed
	return r.save(ctx, false)
}

// goOn saves the progress and calls the next run.
func (r *run) goOn(ctx context.Context) error {
	r.state.Run++
	if err := r.save(ctx, false); err != nil {
		return err
	}
	next := r.request
	next.Resume = r.state.Run
	return r.Onward.GoOn(ctx, next)
}

func (r *run) fail(ctx context.Context, warning string) error {
	r.state.State = Failed
	r.state.Warnings = append(r.state.Warnings, warning)
	return r.save(ctx, false)
}

// save writes the import's row; hold keeps it for this run.
func (r *run) save(ctx context.Context, hold bool) error {
	next := r.state
	next.Revision++
	next.HeldUntil = time.Time{}
	if hold {
		next.HeldUntil = r.Clock.Now().Add(lease)
	}
	if err := r.Imports.SaveImport(ctx, next); err != nil {
		return err
	}
	r.state = next
	return nil
}

// release lets another invocation go on at once after an error. When it does
// not succeed either, the lease runs out by itself.
func (r *run) release(ctx context.Context) {
	_ = r.save(context.WithoutCancel(ctx), false)
}

// reporter writes every rejection into the report object, which it begins with
// the first.
type reporter struct {
	objects Objects
	key     string
	out     ObjectWriter
}

func (r *reporter) write(ctx context.Context, rejection Rejection) error {
	if r.out == nil {
		out, err := r.objects.Create(ctx, r.key)
		if err != nil {
			return err
		}
		r.out = out
	}
	line, err := json.Marshal(rejection)
	if err != nil {
		return err
	}
	_, err = r.out.Write(append(line, '\n'))
	return err
}

// commit ends the report; the zero place when nothing was rejected.
func (r *reporter) commit() (ObjectPlace, error) {
	if r.out == nil {
		return ObjectPlace{}, nil
	}
	out := r.out
	r.out = nil
	return out.Commit()
}

func (r *reporter) abort() {
	if r.out != nil {
		r.out.Abort()
		r.out = nil
	}
}
