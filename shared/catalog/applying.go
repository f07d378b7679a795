package catalog

import (
	"context"
	"errors"
	"sync"
	"time"

	"jewelrydisplay.app/shared/fault"
)

// writers is how many products are written side by side.
const writers = 16

// outcome is what became of one row.
type outcome int

const (
	unchanged outcome = iota
	created
	updated
)

// flush compares the batch with the catalogue and writes what differs.
func (r *run) flush(ctx context.Context) error {
	if len(r.batch)+len(r.leaving) > 0 {
		before := r.state
		if err := r.apply(ctx); err != nil {
			r.state = before // the batch will be counted when it is applied again
			return err
		}
		r.batch, r.leaving = r.batch[:0], r.leaving[:0]
	}
	if r.state.Rows <= r.done {
		return nil
	}
	r.state.Handled = r.state.Rows
	if r.state.Rows-r.saved < saveEvery {
		return nil
	}
	r.saved = r.state.Rows
	return r.save(ctx, true)
}

func (r *run) apply(ctx context.Context) error {
	ids := make([]ProductID, 0, len(r.batch)+len(r.leaving))
	for _, p := range append(r.batch, r.leaving...) {
		ids = append(ids, p.ID)
	}
	held, err := r.Products.Find(ctx, ids)
	if err != nil {
		return err
	}
	now := r.Clock.Now()
	var changes, gone []Product
	for _, p := range r.batch {
		if differs(held, p) {
			changes = append(changes, p)
		} else {
			r.state.Unchanged++
		}
	}
	for _, p := range r.leaving {
		if was, found := held[p.ID]; found && !was.Retired {
			gone = append(gone, p)
		}
	}
	if len(changes)+len(gone) == 0 {
		return nil
	}
	if !r.request.DryRun {
		if err := r.Products.Changing(ctx, now); err != nil {
			return err
		}
	}
	outcomes, err := each(changes, func(p Product) (outcome, error) {
		return r.write(ctx, p, held, now)
	})
	for _, o := range outcomes {
		r.count(o)
	}
	if err != nil {
		return err
	}
	return r.retireSome(ctx, gone, now)
}

func (r *run) count(o outcome) {
	switch o {
	case created:
		r.state.Created++
	case updated:
		r.state.Updated++
	default:
		r.state.Unchanged++
	}
}

func differs(held map[ProductID]Held, p Product) bool {
	was, found := held[p.ID]
	return !found || was.Retired || was.Hash != p.Hash
}

// write saves one product. When another import changed the row meanwhile, the
// row is read again and the product compared anew.
func (r *run) write(ctx context.Context, p Product, held map[ProductID]Held, now time.Time) (outcome, error) {
	listed := !p.CreatedAt.IsZero() // the feed says when
	for range 5 {
		var known *Held
		result, first := created, now
		if was, found := held[p.ID]; found {
			known, result, first = &was, updated, was.CreatedAt
		}
		if p.UpdatedAt = now; !listed {
			p.CreatedAt = first
		}
		if r.request.DryRun {
			return result, nil
		}
		err := r.Products.Save(ctx, p, known)
		if !errors.Is(err, ErrMoved) {
			return result, err
		}
		if held, err = r.Products.Find(ctx, []ProductID{p.ID}); err != nil {
			return unchanged, err
		}
		if !differs(held, p) {
			return unchanged, nil
		}
	}
	return unchanged, fault.Busy(ErrMoved)
}

// each runs do for every product, some side by side, and returns what became
// of those that succeeded and the first error.
func each(products []Product, do func(Product) (outcome, error)) ([]outcome, error) {
	var (
		mu       sync.Mutex
		outcomes []outcome
		first    error
		group    sync.WaitGroup
		places   = make(chan struct{}, writers)
	)
	for _, p := range products {
		places <- struct{}{}
		group.Go(func() {
			defer func() { <-places }()
			o, err := do(p)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				outcomes = append(outcomes, o)
			} else if first == nil {
				first = err
			}
		})
	}
	group.Wait()
	return outcomes, first
}
