package searchhttp

import (
	"context"
	"fmt"
	"slices"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/lambdahttp"
)

type merchantsInput struct {
	Near     string `query:"near" maxLength:"20" pattern:"^(-?(90(\\.0{1,2})?|[1-8]?\\d(\\.\\d{1,2})?),-?(180(\\.0{1,2})?|(1[0-7]\\d|[1-9]?\\d)(\\.\\d{1,2})?))?$" patternDescription:"latitude,longitude in degrees with two decimals at most" example:"31.23,121.47" doc:"Latitude and longitude in degrees, two decimals at most; never stored or logged"`
	RadiusKM int    `query:"radius_km" minimum:"0" maximum:"20000" doc:"0: everywhere"`
	Limit    int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
	Cursor   string `query:"cursor" maxLength:"1000"`
	Language string `header:"Accept-Language" doc:"zh or en; zh when none fits" example:"zh"`
	Held     string `header:"If-None-Match" doc:"The ETag of what the client holds"`
}

// Merchants is a page of merchants.
type Merchants struct {
	Items      []catalog.MerchantCard `json:"items" nullable:"false"`
	NextCursor string                 `json:"next_cursor,omitempty"`
}

type merchantsOutput struct {
	lambdahttp.Fresh
	Status int
	Body   Merchants
}

// behind is the place of a page in the list of merchants.
type behind struct {
	ID catalog.MerchantID `json:"id"`
}

func (h handlers) merchants(ctx context.Context, in *merchantsInput) (*merchantsOutput, error) {
	near, err := nearby(ctx, in.Near, in.RadiusKM)
	if err != nil {
		return nil, err
	}
	use, after := digest("merchants", in.Near, fmt.Sprint(in.RadiusKM)), behind{}
	if err := h.cursors.Open(ctx, use, in.Cursor, &after); err != nil {
		return nil, err
	}
	all, err := h.finder.Merchants(ctx, near, in.RadiusKM)
	if err != nil {
		return nil, err
	}
	if after.ID != "" {
		at := slices.IndexFunc(all, func(m catalog.Merchant) bool { return m.ID == after.ID })
		all = all[at+1:]
	}
	language := lambdahttp.Language(in.Language)
	out := &merchantsOutput{Body: Merchants{Items: []catalog.MerchantCard{}}}
	for _, m := range all[:min(in.Limit, len(all))] {
		out.Body.Items = append(out.Body.Items, catalog.MerchantCardOf(m, language))
	}
	if len(all) > in.Limit {
		if out.Body.NextCursor, err = h.cursors.Seal(use, behind{all[in.Limit-1].ID}); err != nil {
			return nil, err
		}
	}
	out.Fresh, out.Status, err = fresh(out.Body, in.Held, in.Near != "")
	return out, err
}
