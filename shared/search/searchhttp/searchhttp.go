// Package searchhttp serves search over HTTP, to anybody. A place to search
// near is read from the query, used and forgotten (C28).
package searchhttp

import (
	"context"
	"net/http"
	"time"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/lambdahttp"
	"jewelrydisplay.app/shared/search"
)

// Finder answers queries.
type Finder interface {
	Search(ctx context.Context, q search.Query, who search.Asker) (search.Answer, error)
	Related(ctx context.Context, id catalog.ProductID, limit int) ([]search.Found, error)
	Suggest(ctx context.Context, typed string, limit int) ([]search.Suggestion, error)
	Merchants(ctx context.Context, near *catalog.Location, radiusKM int) ([]catalog.Merchant, error)
}

// Products tells whether a product is shown.
type Products interface {
	// Product returns catalog.ErrNoProduct or catalog.ErrRetired when it is not.
	Product(ctx context.Context, id catalog.ProductID) (catalog.Product, error)
}

// Register adds the endpoints.
func Register(api *lambdahttp.API, finder Finder, products Products, cursors lambdahttp.Cursors) {
	h := handlers{finder, products, cursors}
	lambdahttp.Handle(api, lambdahttp.Operation{
		ID: "search-products", Method: http.MethodGet, Path: "/v1/products", Tag: "search",
		Summary: "Products by words, facets, price and nearness; a repeated filter means or",
		Refuses: []fault.Code{fault.ConsentWithdrawn},
	}, h.search)
	lambdahttp.Handle(api, lambdahttp.Operation{
		ID: "list-related-products", Method: http.MethodGet, Path: "/v1/products/{id}/related", Tag: "search",
		Summary: "Products like this one, the most alike first",
		Refuses: []fault.Code{fault.Gone},
	}, h.related)
	lambdahttp.Handle(api, lambdahttp.Operation{
		ID: "list-suggestions", Method: http.MethodGet, Path: "/v1/suggestions", Tag: "search",
		Summary: "Queries that complete what was typed and find something",
	}, h.suggest)
	lambdahttp.Handle(api, lambdahttp.Operation{
		ID: "list-merchants", Method: http.MethodGet, Path: "/v1/merchants", Tag: "search",
		Summary: "Merchants; with near the nearest first",
		Refuses: []fault.Code{fault.ConsentWithdrawn},
	}, h.merchants)
}

type handlers struct {
	finder   Finder
	products Products
	cursors  lambdahttp.Cursors
}

type searchInput struct {
	Query    string   `query:"q" maxLength:"100" example:"钻石戒指"`
	Category []string `query:"category,explode" maxItems:"20" nullable:"false" example:"[\"ring\"]"`
	Metal    []string `query:"metal,explode" maxItems:"20" nullable:"false"`
	Fineness []string `query:"fineness,explode" maxItems:"20" nullable:"false"`
	Stone    []string `query:"stone,explode" maxItems:"20" nullable:"false"`
	Merchant []string `query:"merchant,explode" maxItems:"20" nullable:"false"`

	Plating     []string `query:"plating,explode" maxItems:"20" nullable:"false"`
	Cut         []string `query:"cut,explode" maxItems:"20" nullable:"false"`
	Setting     []string `query:"setting,explode" maxItems:"20" nullable:"false"`
	Origin      []string `query:"origin,explode" maxItems:"20" nullable:"false"`
	Certificate []string `query:"certificate,explode" maxItems:"20" nullable:"false"`
	Style       []string `query:"style,explode" maxItems:"20" nullable:"false"`
	Occasion    []string `query:"occasion,explode" maxItems:"20" nullable:"false"`

	PriceMin Optional `query:"price_min" doc:"Minor units of the yuan, included"`
	PriceMax Optional `query:"price_max" doc:"Minor units of the yuan, included"`
	Sort     string   `query:"sort" enum:"relevance,price_asc,price_desc,newest,distance" default:"relevance"`
	Near     string   `query:"near" maxLength:"20" pattern:"^(-?(90(\\.0{1,2})?|[1-8]?\\d(\\.\\d{1,2})?),-?(180(\\.0{1,2})?|(1[0-7]\\d|[1-9]?\\d)(\\.\\d{1,2})?))?$" patternDescription:"latitude,longitude in degrees with two decimals at most" example:"31.23,121.47" doc:"Latitude and longitude in degrees, two decimals at most; never stored or logged"`
	RadiusKM int      `query:"radius_km" minimum:"0" maximum:"20000" doc:"0: everywhere"`
	Personal bool     `query:"personal" default:"true" doc:"false: ranked as for everybody; true needs the personalisation consent, and without it changes nothing"`
	Limit    int      `query:"limit" minimum:"1" maximum:"100" default:"20"`
	Cursor   string   `query:"cursor" maxLength:"2000"`
	Language string   `header:"Accept-Language" doc:"zh or en; zh when none fits" example:"zh"`
	Held     string   `header:"If-None-Match" doc:"The ETag of what the client holds"`
}

// Page is a page of products, with what the whole result holds.
type Page struct {
	Items      []catalog.Card     `json:"items" nullable:"false"`
	Total      int                `json:"total" example:"128"`
	Facets     map[string][]Value `json:"facets" doc:"By facet: exact counts that ignore the facet's own filter"`
	DidYouMean string             `json:"did_you_mean,omitempty" doc:"The query as it was understood, when a word was corrected"`
	AsOf       *time.Time         `json:"as_of,omitempty" doc:"Later changes are not in the result yet"`
	Personal   bool               `json:"personal,omitempty" doc:"Ranked by what the caller keeps and looked at; personal=false or withdrawing the consent ends it"`
	NextCursor string             `json:"next_cursor,omitempty"`
}

// Value is a facet's value with how many results have it.
type Value struct {
	Value string `json:"value" example:"ring"`
	Label string `json:"label" example:"戒指"`
	Count int    `json:"count" example:"42"`
}

type searchOutput struct {
	lambdahttp.Fresh
	Status int
	Body   Page
}

func (h handlers) search(ctx context.Context, in *searchInput) (*searchOutput, error) {
	q, err := in.query(ctx)
	if err != nil {
		return nil, err
	}
	who := in.asker(ctx)
	use := in.use(who)
	if in.Cursor != "" {
		var from place
		if err := h.cursors.Open(ctx, use, in.Cursor, &from); err != nil {
			return nil, err
		}
		q.After, q.Tastes = &from.Position, from.Tastes
	}
	answer, err := h.finder.Search(ctx, q, who)
	if err != nil {
		return nil, err
	}
	language := lambdahttp.Language(in.Language)
	out := &searchOutput{Body: Page{
		Items: cards(answer, language), Total: answer.Total, Facets: facets(answer.Facets, language),
		DidYouMean: answer.DidYouMean, AsOf: answer.AsOf, Personal: len(answer.Tastes) > 0,
	}}
	if answer.Next != nil {
		if out.Body.NextCursor, err = h.cursors.Seal(use, place{*answer.Next, answer.Tastes}); err != nil {
			return nil, err
		}
	}
	out.Fresh, out.Status, err = fresh(out.Body, in.Held, in.Near != "" || out.Body.Personal)
	return out, err
}

type relatedInput struct {
	ID       string `path:"id" maxLength:"100"`
	Limit    int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
	Language string `header:"Accept-Language" doc:"zh or en; zh when none fits" example:"zh"`
	Held     string `header:"If-None-Match" doc:"The ETag of what the client holds"`
}

// Related is a list of products.
type Related struct {
	Items []catalog.Card `json:"items" nullable:"false"`
}

type relatedOutput struct {
	lambdahttp.Fresh
	Status int
	Body   Related
}

func (h handlers) related(ctx context.Context, in *relatedInput) (*relatedOutput, error) {
	id := catalog.ProductID(in.ID)
	if !id.Valid() {
		return nil, catalog.ErrNoProduct
	}
	if _, err := h.products.Product(ctx, id); err != nil {
		return nil, err
	}
	found, err := h.finder.Related(ctx, id, in.Limit)
	if err != nil {
		return nil, err
	}
	language := lambdahttp.Language(in.Language)
	out := &relatedOutput{Body: Related{Items: cards(search.Answer{Found: found}, language)}}
	out.Fresh, out.Status, err = lambdahttp.FreshOf(out.Body, in.Held)
	return out, err
}

type suggestInput struct {
	Query string `query:"q" required:"true" minLength:"1" maxLength:"100" example:"钻"`
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
	Held  string `header:"If-None-Match" doc:"The ETag of what the client holds"`
}

// Suggestions is a list of queries.
type Suggestions struct {
	Items []Suggestion `json:"items" nullable:"false"`
}

// Suggestion is a query that finds something.
type Suggestion struct {
	Text  string `json:"text" example:"钻石戒指"`
	Count int    `json:"count" example:"42" doc:"How many products have it"`
}

type suggestOutput struct {
	lambdahttp.Fresh
	Status int
	Body   Suggestions
}

func (h handlers) suggest(ctx context.Context, in *suggestInput) (*suggestOutput, error) {
	all, err := h.finder.Suggest(ctx, in.Query, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &suggestOutput{Body: Suggestions{Items: []Suggestion{}}}
	for _, s := range all {
		out.Body.Items = append(out.Body.Items, Suggestion(s))
	}
	out.Fresh, out.Status, err = lambdahttp.FreshOf(out.Body, in.Held)
	return out, err
}
