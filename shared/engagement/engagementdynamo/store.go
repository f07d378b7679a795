package engagementdynamo

import (
	"context"
	"fmt"
	"strings"

	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/engagement"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/person"
)

// Alive asks in a transaction that a person's account is not cancelled, so
// that what was held up just before its write writes nothing afterwards.
type Alive func(user person.ID) dynamo.Write

// Store is the table Engagement.
type Store struct {
	favourites shelf[favouriteRow]
	follows    shelf[followRow]
	views      shelf[viewRow]
}

var _ engagement.Store = (*Store)(nil)

// New returns the store in the database. alive may be nil where nothing is
// written.
func New(db *dynamo.DB, alive Alive) *Store {
	return &Store{
		favourites: shelf[favouriteRow]{
			db: db, entries: dynamo.Of(db, FavouriteRecord), order: dynamo.Of(db, FavouriteOrderRecord), alive: alive,
			from: func(r row) favouriteRow { return favouriteRow(r) }, to: func(r favouriteRow) row { return row(r) },
			time: "added_at", prefix: "FAVS#",
		},
		follows: shelf[followRow]{
			db: db, entries: dynamo.Of(db, FollowRecord), order: dynamo.Of(db, FollowOrderRecord), alive: alive,
			from: func(r row) followRow { return followRow(r) }, to: func(r followRow) row { return row(r) },
			time: "added_at", prefix: "FOLS#",
		},
		views: shelf[viewRow]{
			db: db, entries: dynamo.Of(db, ViewRecord), order: dynamo.Of(db, ViewOrderRecord), alive: alive,
			from: func(r row) viewRow { return viewRow(r) }, to: func(r viewRow) row { return row(r) },
			time: "viewed_at", prefix: "VIEWS#", renew: true, kept: engagement.HistoryKept,
		},
	}
}

var errCancelled = fault.New(fault.Unauthenticated, "The account is cancelled.")

// shelfOps is what a shelf can do, whatever its rows are.
type shelfOps interface {
	keep(ctx context.Context, user person.ID, e engagement.Entry) error
	entry(ctx context.Context, user person.ID, id string) (engagement.Entry, bool, error)
	drop(ctx context.Context, user person.ID, id string) error
	clear(ctx context.Context, user person.ID) error
	page(ctx context.Context, user person.ID, after engagement.Position, limit int) ([]engagement.Entry, bool, error)
}

func (s *Store) shelf(name engagement.Shelf) shelfOps {
	switch name {
	case engagement.Favourites:
		return s.favourites
	case engagement.Follows:
		return s.follows
	default:
		return s.views
	}
}

// Keep is engagement.Store's: one transaction, conditional on the entry being
// what was read.
func (s *Store) Keep(ctx context.Context, user person.ID, shelf engagement.Shelf, e engagement.Entry) error {
	return s.shelf(shelf).keep(ctx, user, e)
}

// Entry is engagement.Store's.
func (s *Store) Entry(ctx context.Context, user person.ID, shelf engagement.Shelf, id string) (engagement.Entry, bool, error) {
	return s.shelf(shelf).entry(ctx, user, id)
}

// Drop is engagement.Store's: one transaction.
func (s *Store) Drop(ctx context.Context, user person.ID, shelf engagement.Shelf, id string) error {
	return s.shelf(shelf).drop(ctx, user, id)
}

// Clear is engagement.Store's.
func (s *Store) Clear(ctx context.Context, user person.ID, shelf engagement.Shelf) error {
	return s.shelf(shelf).clear(ctx, user)
}

// Page is engagement.Store's.
func (s *Store) Page(ctx context.Context, user person.ID, shelf engagement.Shelf, after engagement.Position, limit int) ([]engagement.Entry, bool, error) {
	return s.shelf(shelf).page(ctx, user, after, limit)
}

// Followers returns who follows a merchant: the audience of a campaign.
func (s *Store) Followers(ctx context.Context, merchant string) ([]person.ID, error) {
	keys, err := s.follows.entries.QueryKeys(ctx, dynamo.Query{Index: "follower", Partition: "MERCHANT#" + merchant})
	if err != nil {
		return nil, err
	}
	users := make([]person.ID, len(keys))
	for i, key := range keys {
		id, ok := strings.CutPrefix(key.PK, "U#")
		if !ok {
			return nil, fmt.Errorf("engagementdynamo: the follower index holds a row that is nobody's")
		}
		users[i] = person.Of[person.ID](id)
	}
	return users, nil
}
