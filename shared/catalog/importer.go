package catalog

import (
	"context"
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
	Feeds     Feeds
	Onward    Onward
	Clock     clock.Clock
	Random    io.Reader
	Bucket    string // where a feed lies when the request names no bucket

	// ImageHosts are the hosts at which pictures and logos may lie; *.example.com
	// is every host below example.com. Pictures elsewhere are left out: whoever
	// looked at the piece would be seen by whoever runs that host.
	ImageHosts []string
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
	if _, ok := hosted(r.Merchant.Logo, im.ImageHosts); !ok && r.Merchant.Logo != "" {
		return Import{}, fault.Invalid("merchant.logo", "must lie at a host that IMAGE_HOSTS names")
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
	reading  *reading
	done     int             // rows that an earlier run handled
	saved    int             // rows when the progress was last saved
	seen     map[uint64]bool // digests of the feed's products: true once a row was taken
	unkeyed  int             // rows whose key could not be read
	foreign  foreign         // pictures that were left out
	batch    []Product
	leaving  []Product // what the feed itself says is not shown
	reporter *reporter
}

func (r *run) work(ctx context.Context) error {
	until, cancel := early(ctx)
	defer cancel()
	r.done = r.state.Handled
	r.state.Rows, r.state.Rejected, r.state.Rejections, r.state.Warnings = 0, 0, nil, nil
	r.seen = map[uint64]bool{}
	beneath, _ := defaults(r.request.Format)
	r.reading = &reading{
		merchant: r.request.Merchant.ID, mapping: r.request.Mapping.over(beneath),
		words: newRecogniser(), hosts: r.ImageHosts, now: r.Clock.Now(),
	}
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
	feed, err := r.Feeds.Open(r.request.Format, r.request.Encoding, body)
	if unreadable := (*UnreadableError)(nil); errors.As(err, &unreadable) {
		return r.fail(ctx, unreadable.Reason)
	}
	if err != nil {
		return fault.Busy(err)
	}
	if err := r.merchant(ctx); err != nil {
		return err
	}
	ended, err := r.rows(ctx, until, feed)
	if err == nil && ended {
		ended, err = r.retire(ctx, until)
	}
	if err != nil {
		return err
	}
	if !ended {
		return r.goOn(ctx)
	}
	return r.finish(ctx, feed)
}

// early returns a context that ends before the invocation does.
func early(ctx context.Context) (context.Context, context.CancelFunc) {
	if deadline, ok := ctx.Deadline(); ok {
		return context.WithDeadline(ctx, deadline.Add(-reserve))
	}
	return context.WithCancel(ctx)
}

// rows handles the feed row by row; false when the time is up first. At least
// one batch is handled in each run, so that an import always advances.
func (r *run) rows(ctx, until context.Context, feed Feed) (bool, error) {
	worked := false
	for {
		row, err := feed.Next()
		if errors.Is(err, io.EOF) {
			return true, r.flush(ctx)
		}
		if err != nil {
			return false, fault.Busy(err)
		}
		if err := r.row(ctx, row); err != nil {
			return false, err
		}
		if len(r.batch)+len(r.leaving) < batchRows && r.state.Rows%saveEvery != 0 {
			continue
		}
		worked = worked || len(r.batch)+len(r.leaving) > 0
		if err := r.flush(ctx); err != nil {
			return false, err
		}
		if worked && until.Err() != nil && ctx.Err() == nil {
			return false, nil
		}
	}
}

// row takes one row in. Rows that an earlier run handled are read again for
// what the whole feed must know: its keys and its broken rows.
func (r *run) row(ctx context.Context, in Row) error {
	r.state.Rows++
	p, read := Product{}, &row{err: in.Rejected}
	if in.Values != nil {
		p, read = r.reading.product(in.Values)
	}
	rejected := read.err
	if in.Rejected != nil {
		rejected = in.Rejected
	}
	if p.ID == "" {
		r.unkeyed++
		return r.reject(ctx, in.Line, rejected)
	}
	digest := p.ID.digest()
	if rejected == nil && r.seen[digest] {
		rejected = &Rejection{Field: "key", Reason: "is there twice: the first row with it was taken"}
	}
	if rejected == nil && (in.Withheld || !read.until.IsZero() && !r.reading.now.Before(read.until)) {
		if r.state.Rows > r.done {
			r.leaving = append(r.leaving, p)
		}
		return r.reject(ctx, in.Line, &Rejection{Field: "row", Reason: "says itself that the piece is not shown"})
	}
	r.seen[digest] = r.seen[digest] || rejected == nil
	if rejected != nil {
		return r.reject(ctx, in.Line, rejected)
	}
	r.foreign.add(read.foreign)
	if r.state.Rows > r.done {
		r.batch = append(r.batch, p)
	}
	return nil
}

// reject notes why a row did not become a product. A reader may know the line of
// the fault better than the line on which its product begins.
func (r *run) reject(ctx context.Context, line int, why *Rejection) error {
	rejection := *why
	if rejection.Line == 0 {
		rejection.Line = line
	}
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
func (r *run) finish(ctx context.Context, feed Feed) error {
	if encoding := feed.Encoding(); encoding != "UTF-8" {
		r.warn("the feed was read as " + encoding)
	}
	if text := r.foreign.warning(); text != "" {
		r.warn(text)
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
	r.warn(warning)
	return r.save(ctx, false)
}

func (r *run) warn(text string) { r.state.Warnings = append(r.state.Warnings, text) }

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
