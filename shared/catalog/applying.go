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

// flush compares the batch with the catalogue and writes what differs. line is
// the last line that the batch covers.
func (r *run) flush(ctx context.Context, line int) error {
	if len(r.batch) > 0 {
		before := r.state
		if err := r.apply(ctx); err != nil {
			r.state = before // the batch will be counted when it is applied again
			return err
		}
		r.batch = r.batch[:0]
	}
	if line > r.done {
		r.state.Line = line
	}
	if line > r.done && line%saveEvery == 0 {
		return r.save(ctx, true)
	}
	return nil
}

func (r *run) apply(ctx context.Context) error {
	ids := make([]ProductID, len(r.batch))
	for i, p := range r.batch {
		ids[i] = p.ID
	}
	held, err := r.Products.Find(ctx, ids)
	if err != nil {
		return err
	}
	now := r.Clock.Now()
	var changes []Product
	for _, p := range r.batch {
		if differs(held, p) {
			changes = append(changes, p)
		} else {
			r.state.Unchanged++
		}
	}
	if len(changes) > 0 && !r.request.DryRun {
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
	return err
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
	for range 5 {
		p.CreatedAt, p.UpdatedAt = now, now
		var known *Held
		result := created
		if was, found := held[p.ID]; found {
			known, result, p.CreatedAt = &was, updated, was.CreatedAt
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

// retire takes out what the full feed no longer has. It is not done when the
// feed brought no product, or had a row whose key could not be read: then
// nobody knows what the feed left out.
func (r *run) retire(ctx context.Context) error {
	if len(r.seen) == 0 || r.state.Rows == r.state.Rejected {
		r.state.Warnings = append(r.state.Warnings, "nothing was retired: the full feed brought no product")
		return nil
	}
	if r.unkeyed > 0 {
		r.state.Warnings = append(r.state.Warnings, "nothing was retired: the full feed has rows whose key cannot be read")
		return nil
	}
	var after ProductID
	for {
		page, err := r.Products.Shown(ctx, r.request.Merchant.ID, after)
		if err != nil || len(page) == 0 {
			return err
		}
		if err := r.retirePage(ctx, page); err != nil {
			return err
		}
		after = page[len(page)-1]
	}
}

func (r *run) retirePage(ctx context.Context, page []ProductID) error {
	var gone []Product
	for _, id := range page {
		if _, seen := r.seen[id.digest()]; !seen {
			gone = append(gone, Product{ID: id})
		}
	}
	if len(gone) == 0 {
		return nil
	}
	if r.request.DryRun {
		r.state.Retired += len(gone)
		return nil
	}
	now := r.Clock.Now()
	if err := r.Products.Changing(ctx, now); err != nil {
		return err
	}
	done, err := each(gone, func(p Product) (outcome, error) {
		return updated, r.Products.Retire(ctx, p.ID, now)
	})
	r.state.Retired += len(done)
	return err
}
