// Package engagement is what a person keeps: favourite products (C37),
// followed merchants (C37) and the products they looked at (C31). Each is a
// function that a person uses by using it; nothing is written by reading.
package engagement

import (
	"context"
	"encoding/json"
	"time"

	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/person"
)

// Shelf is one of the lists that a person keeps.
type Shelf string

// The shelves.
const (
	Favourites Shelf = "favourites" // products
	Follows    Shelf = "follows"    // merchants
	History    Shelf = "history"    // products, 90 days
)

// HistoryKept is how long a view stays in the history (C31, C64).
const HistoryKept = 90 * 24 * time.Hour

// Entry is one thing on a shelf, and since when: in the history, when it was
// looked at last.
type Entry struct {
	ID string
	At time.Time
}

// Position is where a part of a list ended. The zero Position is the start.
type Position struct {
	At time.Time
	ID string
}

// Store keeps shelves.
type Store interface {
	// Keep puts a thing on a shelf. On favourites and follows what is there
	// stays as it is; in the history the newest view wins. It may be repeated.
	// Unauthenticated: the account was cancelled meanwhile.
	Keep(ctx context.Context, user person.ID, shelf Shelf, e Entry) error
	// Entry returns a thing on a shelf; false when it is not there.
	Entry(ctx context.Context, user person.ID, shelf Shelf, id string) (Entry, bool, error)
	// Drop takes a thing off a shelf. It may be repeated.
	Drop(ctx context.Context, user person.ID, shelf Shelf, id string) error
	// Clear takes everything off a shelf. It may be repeated.
	Clear(ctx context.Context, user person.ID, shelf Shelf) error
	// Page returns things behind the position, newest first, and whether there
	// are more.
	Page(ctx context.Context, user person.ID, shelf Shelf, after Position, limit int) (entries []Entry, more bool, err error)
}

// Cards shows products and merchants. What is gone is absent from the answer.
type Cards interface {
	// ProductExists and MerchantExists return NotFound, or Gone for what was
	// taken out of the catalogue.
	ProductExists(ctx context.Context, id string) error
	MerchantExists(ctx context.Context, id string) error
	Products(ctx context.Context, ids []string, language string) (map[string]json.RawMessage, error)
	Merchants(ctx context.Context, ids []string, language string) (map[string]json.RawMessage, error)
}

// Item is an entry with what it shows; Card is nil when the thing is gone.
type Item struct {
	Entry
	Card json.RawMessage
}

// Shelves is the service.
type Shelves struct {
	store Store
	cards Cards
	clock clock.Clock
}

// New returns the service.
func New(store Store, cards Cards, clk clock.Clock) *Shelves {
	return &Shelves{store: store, cards: cards, clock: clk}
}

// itemID tells whether a text looks like an id of the catalogue; what does not is
// the id of nothing.
func itemID(id string) bool { return inventory.Named(id, 128, "._:-") }

var errNothing = fault.New(fault.NotFound, "There is no such thing.")

// Keep puts a product or merchant on a shelf. NotFound: the catalogue never
// had it; Gone: it has it no more. What is a favourite already stays one.
func (s *Shelves) Keep(ctx context.Context, user person.ID, shelf Shelf, id string) error {
	if !itemID(id) {
		return errNothing
	}
	if err := s.exists(ctx, shelf, id); err != nil {
		if !fault.Is(err, fault.Gone) || shelf == History {
			return err
		}
		if _, found, again := s.store.Entry(ctx, user, shelf, id); again != nil || found {
			return again
		}
		return err
	}
	return s.store.Keep(ctx, user, shelf, Entry{ID: id, At: s.clock.Now()})
}

func (s *Shelves) exists(ctx context.Context, shelf Shelf, id string) error {
	if shelf == Follows {
		return s.cards.MerchantExists(ctx, id)
	}
	return s.cards.ProductExists(ctx, id)
}

// Item returns one thing on a shelf. NotFound: it is not there.
func (s *Shelves) Item(ctx context.Context, user person.ID, shelf Shelf, id, language string) (Item, error) {
	if !itemID(id) {
		return Item{}, errNothing
	}
	e, found, err := s.store.Entry(ctx, user, shelf, id)
	if err != nil {
		return Item{}, err
	}
	if !found {
		return Item{}, errNothing
	}
	cards, err := s.show(ctx, shelf, []string{id}, language)
	return Item{Entry: e, Card: cards[id]}, err
}

// Drop takes a thing off a shelf; what is not there is no error.
func (s *Shelves) Drop(ctx context.Context, user person.ID, shelf Shelf, id string) error {
	if !itemID(id) {
		return nil
	}
	return s.store.Drop(ctx, user, shelf, id)
}

// Clear takes everything off a shelf.
func (s *Shelves) Clear(ctx context.Context, user person.ID, shelf Shelf) error {
	return s.store.Clear(ctx, user, shelf)
}

// Page returns things behind the position, newest first, with what they show.
func (s *Shelves) Page(ctx context.Context, user person.ID, shelf Shelf, after Position, limit int, language string) (items []Item, more bool, err error) {
	entries, more, err := s.store.Page(ctx, user, shelf, after, limit)
	if err != nil || len(entries) == 0 {
		return nil, more, err
	}
	ids := make([]string, len(entries))
	for i, e := range entries {
		ids[i] = e.ID
	}
	cards, err := s.show(ctx, shelf, ids, language)
	if err != nil {
		return nil, false, err
	}
	for _, e := range entries {
		items = append(items, Item{Entry: e, Card: cards[e.ID]})
	}
	return items, more, nil
}

func (s *Shelves) show(ctx context.Context, shelf Shelf, ids []string, language string) (map[string]json.RawMessage, error) {
	if shelf == Follows {
		return s.cards.Merchants(ctx, ids, language)
	}
	return s.cards.Products(ctx, ids, language)
}
