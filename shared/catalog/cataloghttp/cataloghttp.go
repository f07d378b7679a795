// Package cataloghttp serves products and merchants over HTTP, to anybody.
package cataloghttp

import (
	"context"
	"net/http"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/lambdahttp"
)

// Reader is where products and merchants are read.
type Reader interface {
	// Product returns catalog.ErrNoProduct or catalog.ErrRetired when it is not
	// shown.
	Product(ctx context.Context, id catalog.ProductID) (catalog.Product, error)
	// Merchant returns catalog.ErrNoMerchant when there is none.
	Merchant(ctx context.Context, id catalog.MerchantID) (catalog.Merchant, error)
}

// Register adds the endpoints.
func Register(api *lambdahttp.API, reader Reader) {
	h := handlers{reader}
	lambdahttp.Handle(api, lambdahttp.Operation{
		ID: "get-product", Method: http.MethodGet, Path: "/v1/products/{id}", Tag: "catalog",
		Summary: "A product with its description, pictures, properties and variants",
		Refuses: []fault.Code{fault.Gone},
	}, h.product)
	lambdahttp.Handle(api, lambdahttp.Operation{
		ID: "get-merchant", Method: http.MethodGet, Path: "/v1/merchants/{id}", Tag: "catalog",
		Summary: "A merchant",
	}, h.merchant)
}

type handlers struct{ reader Reader }

type input struct {
	ID       string `path:"id" maxLength:"100"`
	Language string `header:"Accept-Language" doc:"zh or en; zh when none fits" example:"zh"`
	Held     string `header:"If-None-Match" doc:"The ETag of what the client holds"`
}

// Product is a product as its own page shows it.
type Product struct {
	catalog.Card
	Description string          `json:"description" example:"云锦珠宝出品，适合求婚。"`
	Images      []catalog.Image `json:"images" nullable:"false"`
	Attributes  []Property      `json:"attributes" nullable:"false"`
	Variants    []Variant       `json:"variants" nullable:"false"`
}

// Property is one thing that the trade says of a piece.
type Property struct {
	Name  string `json:"name" example:"stone" doc:"For programs"`
	Label string `json:"label" example:"宝石" doc:"For readers"`
	Value string `json:"value" example:"钻石"`
}

// Variant is one way in which a product is made.
type Variant struct {
	ID         string         `json:"id"`
	Attributes []Property     `json:"attributes" nullable:"false"`
	Price      *catalog.Money `json:"price,omitempty" doc:"Absent: the product's"`
	Available  bool           `json:"available"`
}

type productOutput struct {
	lambdahttp.Fresh
	Status int
	Body   Product
}

func (h handlers) product(ctx context.Context, in *input) (*productOutput, error) {
	id := catalog.ProductID(in.ID)
	if !id.Valid() {
		return nil, catalog.ErrNoProduct
	}
	p, err := h.reader.Product(ctx, id)
	if err != nil {
		return nil, err
	}
	m, err := h.reader.Merchant(ctx, p.Merchant)
	if err != nil && !isNoMerchant(err) {
		return nil, err
	}
	out := &productOutput{Body: productOf(p, m, lambdahttp.Language(in.Language))}
	out.Fresh, out.Status, err = lambdahttp.FreshOf(out.Body, in.Held)
	return out, err
}

type merchantOutput struct {
	lambdahttp.Fresh
	Status int
	Body   catalog.MerchantCard
}

func (h handlers) merchant(ctx context.Context, in *input) (*merchantOutput, error) {
	id := catalog.MerchantID(in.ID)
	if !id.Valid() {
		return nil, catalog.ErrNoMerchant
	}
	m, err := h.reader.Merchant(ctx, id)
	if err != nil {
		return nil, err
	}
	out := &merchantOutput{Body: catalog.MerchantCardOf(m, lambdahttp.Language(in.Language))}
	out.Fresh, out.Status, err = lambdahttp.FreshOf(out.Body, in.Held)
	return out, err
}
