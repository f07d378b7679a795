package notification

import (
	"context"
	"errors"
	"fmt"

	"jewelrydisplay.app/shared/person"
)

// Directory is what endpoints the push provider has.
type Directory interface {
	// Each calls each with every endpoint of every platform, disabled ones
	// included, a page at a time.
	Each(ctx context.Context, each func([]person.Endpoint) error) error
}

// Owners knows for whom endpoints are registered.
type Owners interface {
	// Ownerless returns those of the endpoints that are registered for nobody.
	Ownerless(ctx context.Context, endpoints []person.Endpoint) ([]person.Endpoint, error)
}

// Orphans are endpoints that are registered for nobody: of a registration, or
// of the forgetting of a device, that died between the provider and the row.
// They hold a push token that nothing here leads to any more.
type Orphans struct {
	directory Directory
	owners    Owners
	registry  *Devices
}

// NewOrphans returns the service. registry deletes endpoints.
func NewOrphans(directory Directory, owners Owners, registry *Devices) *Orphans {
	return &Orphans{directory: directory, owners: owners, registry: registry}
}

// Remove deletes the endpoints that are registered for nobody, and returns how
// many (C24, C88). It may run at any time, and twice at once: a registration
// that is under way either has its row first, and keeps its endpoint, or finds
// the endpoint retired, and makes another. It goes on behind an endpoint that
// cannot be deleted; repeated, it finds what is left.
func (o *Orphans) Remove(ctx context.Context) (removed int, err error) {
	var failed int
	var last error
	err = o.directory.Each(ctx, func(page []person.Endpoint) error {
		orphans, err := o.owners.Ownerless(ctx, page)
		if err != nil {
			return err
		}
		for _, e := range orphans {
			switch gone, err := o.registry.discard(ctx, Device{Endpoint: e}); {
			case err != nil:
				failed, last = failed+1, err
			case gone:
				removed++
			}
		}
		return ctx.Err()
	})
	if failed > 0 {
		last = fmt.Errorf("notification: %d endpoints could not be deleted, the last one because: %w", failed, last)
	}
	return removed, errors.Join(err, last)
}
