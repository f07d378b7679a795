package catalog

import (
	"context"
	"fmt"
	"time"
)

const (
	// retireUpTo is how many percent of a merchant's shown products a full feed
	// may retire where the request says nothing else: a file that was cut short
	// must not empty a shop.
	retireUpTo = 50
	// fewRetired is how many products a full feed may retire whatever their share
	// is: a small shop changes all it has.
	fewRetired = 20
	// retireBatch is how many products are retired between two looks at the time.
	retireBatch = 500
)

// retire takes out what a full feed no longer has; false when the time is up
// first. It does nothing when nobody knows what the feed left out: it brought
// no product, had a row whose key cannot be read, or left out strangely many.
func (r *run) retire(ctx, until context.Context) (bool, error) {
	if !r.request.FullFeed {
		return true, nil
	}
	if len(r.seen) == 0 || r.state.Rows == r.state.Rejected {
		r.warn("nothing was retired: the full feed brought no product")
		return true, nil
	}
	if r.unkeyed > 0 {
		r.warn("nothing was retired: the full feed has rows whose key cannot be read")
		return true, nil
	}
	gone, shown, err := r.missing(ctx)
	if err != nil || len(gone) == 0 {
		return err == nil, err
	}
	limit := r.request.RetireUpTo
	if limit == 0 {
		limit = retireUpTo
	}
	// What an earlier run retired is part of what this feed leaves out.
	left, all := len(gone)+r.state.Retired, shown+r.state.Retired
	if left > fewRetired && left*100 > all*limit {
		r.warn(fmt.Sprintf("nothing was retired: the full feed leaves out %d of %d shown products; retire_up_to says how many percent it may", left, all))
		return true, nil
	}
	return r.retireAll(ctx, until, gone)
}

// missing returns the merchant's shown products that the feed left out, and how
// many are shown.
func (r *run) missing(ctx context.Context) (gone []Product, shown int, err error) {
	var after ProductID
	for {
		page, err := r.Products.Shown(ctx, r.request.Merchant.ID, after)
		if err != nil || len(page) == 0 {
			return gone, shown, err
		}
		for _, id := range page {
			if _, seen := r.seen[id.digest()]; !seen {
				gone = append(gone, Product{ID: id})
			}
		}
		shown += len(page)
		after = page[len(page)-1]
	}
}

func (r *run) retireAll(ctx, until context.Context, gone []Product) (bool, error) {
	for len(gone) > 0 {
		now := r.Clock.Now()
		if !r.request.DryRun {
			if err := r.Products.Changing(ctx, now); err != nil {
				return false, err
			}
		}
		some := gone[:min(len(gone), retireBatch)]
		if err := r.retireSome(ctx, some, now); err != nil {
			return false, err
		}
		if gone = gone[len(some):]; len(gone) > 0 && until.Err() != nil && ctx.Err() == nil {
			return false, nil
		}
	}
	return true, nil
}

// retireSome retires products; a dry run counts them.
func (r *run) retireSome(ctx context.Context, gone []Product, now time.Time) error {
	if r.request.DryRun {
		r.state.Retired += len(gone)
		return nil
	}
	done, err := each(gone, func(p Product) (outcome, error) {
		return updated, r.Products.Retire(ctx, p.ID, now)
	})
	r.state.Retired += len(done)
	return err
}
