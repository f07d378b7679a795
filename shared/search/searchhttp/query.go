package searchhttp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/lambdahttp"
	"jewelrydisplay.app/shared/search"
)

// Optional is a whole number that a query may leave out.
type Optional struct {
	Value int64
	Set   bool
}

// Schema implements huma.SchemaProvider.
func (Optional) Schema(r huma.Registry) *huma.Schema {
	s := huma.SchemaFromType(r, reflect.TypeFor[int64]())
	least, most := 0.0, 1e15
	s.Minimum, s.Maximum = &least, &most
	return s
}

// Receiver implements huma.ParamWrapper.
func (o *Optional) Receiver() reflect.Value { return reflect.ValueOf(o).Elem().Field(0) }

// OnParamSet implements huma.ParamReactor.
func (o *Optional) OnParamSet(set bool, _ any) { o.Set = set }

func (o Optional) pointer() *int64 {
	if !o.Set {
		return nil
	}
	return &o.Value
}

// query reads what was asked. A place to search near needs the location
// consent of who is signed in.
func (in *searchInput) query(ctx context.Context) (search.Query, error) {
	near, err := nearby(ctx, in.Near, in.RadiusKM)
	if err != nil {
		return search.Query{}, err
	}
	q := search.Query{
		Text: in.Query, PriceMin: in.PriceMin.pointer(), PriceMax: in.PriceMax.pointer(),
		Sort: search.Sort(in.Sort), Near: near, RadiusKM: in.RadiusKM, Limit: in.Limit,
		Filters: map[search.Facet][]string{
			"category":    codes(catalog.Category, in.Category),
			"metal":       codes(catalog.Metal, in.Metal),
			"fineness":    codes(catalog.Fineness, in.Fineness),
			"stone":       codes(catalog.Stone, in.Stone),
			"merchant":    in.Merchant,
			"plating":     codes(catalog.Plating, in.Plating),
			"cut":         codes(catalog.Cut, in.Cut),
			"setting":     codes(catalog.Setting, in.Setting),
			"origin":      codes(catalog.Origin, in.Origin),
			"certificate": codes(catalog.Certificate, in.Certificate),
			"style":       codes(catalog.Style, in.Style),
			"occasion":    codes(catalog.Occasion, in.Occasion),
		},
	}
	if q.Sort == search.Distance && near == nil {
		return q, fault.Invalid("query.sort", "distance needs near")
	}
	if q.PriceMin != nil && q.PriceMax != nil && *q.PriceMin > *q.PriceMax {
		return q, fault.Invalid("query.price_max", "must not be below price_min")
	}
	return q, nil
}

// codes brings filters to the vocabulary's spelling: 戒指 and Rings are ring.
func codes(a catalog.Attribute, values []string) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = catalog.Canonical(a, v)
	}
	return out
}

var placeShape = regexp.MustCompile(`^(-?\d{1,2}(?:\.\d{1,2})?),(-?\d{1,3}(?:\.\d{1,2})?)$`)

// nearby reads a place with two decimals at most: a finer one is refused, so
// that no client sends where somebody really is.
func nearby(ctx context.Context, near string, radiusKM int) (*catalog.Location, error) {
	if near == "" {
		if radiusKM != 0 {
			return nil, fault.Invalid("query.radius_km", "needs near")
		}
		return nil, nil
	}
	caller, signedIn := lambdahttp.CallerOf(ctx)
	if signedIn && !caller.Subject.Granted[inventory.ConsentLocation] {
		return nil, fault.New(fault.ConsentWithdrawn, "Searching nearby needs the location consent.").
			With("purpose", string(inventory.ConsentLocation))
	}
	m := placeShape.FindStringSubmatch(near)
	if m == nil {
		return nil, fault.Invalid("query.near", "must be latitude,longitude in degrees with two decimals at most")
	}
	lat, lon := hundredths(m[1]), hundredths(m[2])
	if lat < -9000 || lat > 9000 || lon < -18000 || lon > 18000 {
		return nil, fault.Invalid("query.near", "is not on earth")
	}
	return &catalog.Location{LatE2: lat, LonE2: lon}, nil
}

// hundredths reads a decimal of the shape above exactly.
func hundredths(s string) int {
	whole, fraction, _ := strings.Cut(s, ".")
	n, _ := strconv.Atoi(whole + (fraction + "00")[:2]) // the shape was checked
	return n
}

// asker returns for whom results are ranked: only who is signed in, consented
// to personalisation (C19) and did not switch it off.
func (in *searchInput) asker(ctx context.Context) search.Asker {
	caller, signedIn := lambdahttp.CallerOf(ctx)
	if !signedIn || !in.Personal || !caller.Subject.Granted[inventory.ConsentPersonalisation] {
		return search.Asker{}
	}
	return search.Asker{Person: caller.User}
}

// place is where a page ended, and by which tastes it was ordered: the next is
// ordered by the same.
type place struct {
	search.Position
	Tastes []search.Taste `json:"tastes,omitempty" nullable:"false"`
}

// use names the list that a cursor belongs to: the same query of the same
// person, whatever the page's size. Who withdraws the consent or switches
// personal ranking off begins anew.
func (in *searchInput) use(who search.Asker) string {
	return digest("products", in.Query, in.Category, in.Metal, in.Fineness, in.Stone, in.Merchant,
		in.Plating, in.Cut, in.Setting, in.Origin, in.Certificate, in.Style, in.Occasion,
		in.PriceMin, in.PriceMax, in.Sort, in.Near, in.RadiusKM, who.Person.Reveal())
}

func digest(list string, parts ...any) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%#v", parts))
	return list + " " + hex.EncodeToString(sum[:12])
}

// fresh returns how an answer may be stored: one that tells where somebody is,
// or what somebody likes, not at all.
func fresh(body any, held string, personal bool) (lambdahttp.Fresh, int, error) {
	if personal {
		return lambdahttp.Fresh{CacheControl: "no-store"}, http.StatusOK, nil
	}
	return lambdahttp.FreshOf(body, held)
}

// cards shows what was found, with what the query matched.
func cards(a search.Answer, language string) []catalog.Card {
	items := make([]catalog.Card, len(a.Found))
	for i, f := range a.Found {
		items[i] = catalog.CardOf(f.Product, f.Merchant, language)
		items[i].DistanceM = f.DistanceM
		if marked := a.Match.Highlight(items[i].Title); marked != nil {
			items[i].Highlights = map[string][]catalog.Marked{"title": marked}
		}
	}
	return items
}

func facets(counted []search.Counts, language string) map[string][]Value {
	out := map[string][]Value{}
	for _, f := range search.Facets {
		out[string(f)] = []Value{}
	}
	for _, counts := range counted {
		values := []Value{}
		for _, c := range counts.Counts {
			label := c.Label.In(language)
			if label == "" {
				label = c.Value
			}
			values = append(values, Value{Value: c.Value, Label: label, Count: c.Count})
		}
		out[string(counts.Facet)] = values
	}
	return out
}
