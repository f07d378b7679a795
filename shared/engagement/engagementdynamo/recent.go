package engagementdynamo

import (
	"context"
	"errors"
	"sync"

	"jewelrydisplay.app/shared/engagement"
	"jewelrydisplay.app/shared/person"
)

// Recent returns the ids of a person's favourite products, followed merchants
// and viewed products, the newest first, up to limit of each: three Query at
// once. Who ranks by them asks for the person's consent first (C19).
func (s *Store) Recent(ctx context.Context, user person.ID, limit int) (favourites, follows, viewed []string, err error) {
	shelves := []struct {
		ops shelfOps
		ids *[]string
		err error
	}{{ops: s.favourites, ids: &favourites}, {ops: s.follows, ids: &follows}, {ops: s.views, ids: &viewed}}
	var group sync.WaitGroup
	for i := range shelves {
		group.Go(func() {
			var entries []engagement.Entry
			entries, _, shelves[i].err = shelves[i].ops.page(ctx, user, engagement.Position{}, limit)
			for _, e := range entries {
				*shelves[i].ids = append(*shelves[i].ids, e.ID)
			}
		})
	}
	group.Wait()
	return favourites, follows, viewed, errors.Join(shelves[0].err, shelves[1].err, shelves[2].err)
}
