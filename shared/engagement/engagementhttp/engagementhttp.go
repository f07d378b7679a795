// Package engagementhttp serves favourites, follows and the history.
package engagementhttp

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"jewelrydisplay.app/shared/engagement"
	"jewelrydisplay.app/shared/lambdahttp"
)

type handlers struct {
	shelves *engagement.Shelves
	cursors lambdahttp.Cursors
}

// Register adds the endpoints.
func Register(api *lambdahttp.API, shelves *engagement.Shelves, cursors lambdahttp.Cursors) {
	h := &handlers{shelves: shelves, cursors: cursors}
	h.favourites(api)
	h.follows(api)
	h.history(api)
}

func operation(id, method, path, summary string) lambdahttp.Operation {
	return lambdahttp.Operation{
		ID: id, Method: method, Path: path, Summary: summary, Tag: "engagement", Access: lambdahttp.SignedIn,
		Collects: method == http.MethodPut,
	}
}

func (h *handlers) favourites(api *lambdahttp.API) {
	const list, one = "/v1/me/favourites", "/v1/me/favourites/{product_id}"
	lambdahttp.Handle(api, operation("keep-favourite", http.MethodPut, one, "Keep a product as a favourite; keeping it again changes nothing"),
		func(ctx context.Context, in *productIn) (*struct{}, error) {
			return nil, h.keep(ctx, engagement.Favourites, in.ID)
		})
	lambdahttp.Handle(api, operation("drop-favourite", http.MethodDelete, one, "Drop a favourite"),
		func(ctx context.Context, in *productIn) (*struct{}, error) {
			return nil, h.drop(ctx, engagement.Favourites, in.ID)
		})
	lambdahttp.Handle(api, operation("favourite", http.MethodGet, one, "Tell whether a product is a favourite"),
		func(ctx context.Context, in *productIn) (*favouriteOut, error) {
			item, err := h.item(ctx, engagement.Favourites, in.ID, in.Language)
			return &favouriteOut{Body: favourite(item)}, err
		})
	lambdahttp.Handle(api, operation("favourites", http.MethodGet, list, "The favourites, newest first"),
		func(ctx context.Context, in *listIn) (*favouritesOut, error) {
			out := &favouritesOut{Body: Favourites{Items: []Favourite{}}}
			next, err := h.list(ctx, engagement.Favourites, in, func(i engagement.Item) {
				out.Body.Items = append(out.Body.Items, favourite(i))
			})
			out.Body.NextCursor = next
			return out, err
		})
}

func (h *handlers) follows(api *lambdahttp.API) {
	const list, one = "/v1/me/follows", "/v1/me/follows/{merchant_id}"
	lambdahttp.Handle(api, operation("follow", http.MethodPut, one, "Follow a merchant; following again changes nothing"),
		func(ctx context.Context, in *merchantIn) (*struct{}, error) {
			return nil, h.keep(ctx, engagement.Follows, in.ID)
		})
	lambdahttp.Handle(api, operation("unfollow", http.MethodDelete, one, "Follow a merchant no more"),
		func(ctx context.Context, in *merchantIn) (*struct{}, error) {
			return nil, h.drop(ctx, engagement.Follows, in.ID)
		})
	lambdahttp.Handle(api, operation("followed", http.MethodGet, one, "Tell whether a merchant is followed"),
		func(ctx context.Context, in *merchantIn) (*followOut, error) {
			item, err := h.item(ctx, engagement.Follows, in.ID, in.Language)
			return &followOut{Body: follow(item)}, err
		})
	lambdahttp.Handle(api, operation("follows", http.MethodGet, list, "The followed merchants, newest first"),
		func(ctx context.Context, in *listIn) (*followsOut, error) {
			out := &followsOut{Body: Follows{Items: []Follow{}}}
			next, err := h.list(ctx, engagement.Follows, in, func(i engagement.Item) {
				out.Body.Items = append(out.Body.Items, follow(i))
			})
			out.Body.NextCursor = next
			return out, err
		})
}

func (h *handlers) history(api *lambdahttp.API) {
	const list, one = "/v1/me/history", "/v1/me/history/{product_id}"
	lambdahttp.Handle(api, operation("note-view", http.MethodPut, one, "Note that a product was looked at"),
		func(ctx context.Context, in *productIn) (*struct{}, error) {
			return nil, h.keep(ctx, engagement.History, in.ID)
		})
	lambdahttp.Handle(api, operation("forget-view", http.MethodDelete, one, "Take a product out of the history"),
		func(ctx context.Context, in *productIn) (*struct{}, error) {
			return nil, h.drop(ctx, engagement.History, in.ID)
		})
	lambdahttp.Handle(api, operation("history", http.MethodGet, list, "The products looked at in the last 90 days, newest first"),
		func(ctx context.Context, in *listIn) (*viewsOut, error) {
			out := &viewsOut{Body: Views{Items: []View{}}}
			next, err := h.list(ctx, engagement.History, in, func(i engagement.Item) {
				out.Body.Items = append(out.Body.Items, View{ID: i.ID, ViewedAt: i.At, Product: Card(i.Card)})
			})
			out.Body.NextCursor = next
			return out, err
		})
	lambdahttp.Handle(api, operation("clear-history", http.MethodDelete, list, "Forget the whole history"),
		func(ctx context.Context, _ *struct{}) (*struct{}, error) {
			c, _ := lambdahttp.CallerOf(ctx)
			return nil, h.shelves.Clear(ctx, c.User, engagement.History)
		})
}

func (h *handlers) keep(ctx context.Context, shelf engagement.Shelf, id string) error {
	c, _ := lambdahttp.CallerOf(ctx)
	return h.shelves.Keep(ctx, c.User, shelf, id)
}

func (h *handlers) drop(ctx context.Context, shelf engagement.Shelf, id string) error {
	c, _ := lambdahttp.CallerOf(ctx)
	return h.shelves.Drop(ctx, c.User, shelf, id)
}

func (h *handlers) item(ctx context.Context, shelf engagement.Shelf, id, languages string) (engagement.Item, error) {
	c, _ := lambdahttp.CallerOf(ctx)
	return h.shelves.Item(ctx, c.User, shelf, id, lambdahttp.Language(languages))
}

// position is a cursor's content.
type position struct {
	At int64  `json:"a"` // milliseconds
	ID string `json:"i"`
}

// list hands each item to add and returns the next cursor.
func (h *handlers) list(ctx context.Context, shelf engagement.Shelf, in *listIn, add func(engagement.Item)) (string, error) {
	c, _ := lambdahttp.CallerOf(ctx)
	use := string(shelf) + " " + c.User.Reveal()
	var from position
	if err := h.cursors.Open(ctx, use, in.Cursor, &from); err != nil {
		return "", err
	}
	items, more, err := h.shelves.Page(ctx, c.User, shelf,
		engagement.Position{At: time.UnixMilli(from.At), ID: from.ID}, in.Limit, lambdahttp.Language(in.Language))
	if err != nil {
		return "", err
	}
	for _, i := range items {
		add(i)
	}
	if !more {
		return "", nil
	}
	last := items[len(items)-1]
	return h.cursors.Seal(use, position{At: last.At.UnixMilli(), ID: last.ID})
}

type productIn struct {
	ID       string `path:"product_id"`
	Language string `header:"Accept-Language"`
}

type merchantIn struct {
	ID       string `path:"merchant_id"`
	Language string `header:"Accept-Language"`
}

type listIn struct {
	Language string `header:"Accept-Language"`
	Limit    int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
	Cursor   string `query:"cursor" maxLength:"1024"`
}

// Card is a product or merchant as the catalogue shows it.
type Card json.RawMessage

var (
	_ json.Marshaler      = Card{}
	_ huma.SchemaProvider = Card{}
)

// MarshalJSON writes the card as it came.
func (c Card) MarshalJSON() ([]byte, error) { return json.RawMessage(c).MarshalJSON() }

// Schema is an object whose members are those of the catalogue's own answers.
func (Card) Schema(huma.Registry) *huma.Schema {
	text := &huma.Schema{Type: huma.TypeString}
	return &huma.Schema{
		Type:        huma.TypeObject,
		Description: "As in the lists of GET /v1/products and GET /v1/merchants. Absent when it is gone from the catalogue.",
		Properties:  map[string]*huma.Schema{"id": text}, AdditionalProperties: true,
	}
}

// Favourite is a product that the person keeps.
type Favourite struct {
	ID      string    `json:"id"`
	AddedAt time.Time `json:"added_at"`
	Product Card      `json:"product,omitempty"`
}

// Follow is a merchant that the person follows.
type Follow struct {
	ID       string    `json:"id"`
	AddedAt  time.Time `json:"added_at"`
	Merchant Card      `json:"merchant,omitempty"`
}

// View is a product that the person looked at.
type View struct {
	ID       string    `json:"id"`
	ViewedAt time.Time `json:"viewed_at"`
	Product  Card      `json:"product,omitempty"`
}

// Favourites is a part of the favourites.
type Favourites struct {
	Items      []Favourite `json:"items" nullable:"false"`
	NextCursor string      `json:"next_cursor,omitempty"`
}

// Follows is a part of the follows.
type Follows struct {
	Items      []Follow `json:"items" nullable:"false"`
	NextCursor string   `json:"next_cursor,omitempty"`
}

// Views is a part of the history.
type Views struct {
	Items      []View `json:"items" nullable:"false"`
	NextCursor string `json:"next_cursor,omitempty"`
}

type (
	favouriteOut  struct{ Body Favourite }
	favouritesOut struct{ Body Favourites }
	followOut     struct{ Body Follow }
	followsOut    struct{ Body Follows }
	viewsOut      struct{ Body Views }
)

func favourite(i engagement.Item) Favourite {
	return Favourite{ID: i.ID, AddedAt: i.At, Product: Card(i.Card)}
}

func follow(i engagement.Item) Follow {
	return Follow{ID: i.ID, AddedAt: i.At, Merchant: Card(i.Card)}
}
