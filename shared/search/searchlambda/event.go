// Package searchlambda publishes editions of the catalogue when the Catalog
// table's stream or a schedule wakes it, and does what operators ask of search.
package searchlambda

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/search"
)

// event is what wakes the function: the stream's records, or an action.
type event struct {
	Records []record `json:"Records"`

	Action   string              `json:"action"`   // one of actions; none: rebuild
	Query    string              `json:"query"`    // of pin
	Products []catalog.ProductID `json:"products"` // of pin; none: nothing is pinned to the query any more
	Month    string              `json:"month"`    // of misses, as in 2026-11; none: this one
}

// record is what is read of a stream's record: it tells that a row changed,
// and the table what it is by now.
type record struct {
	Change struct {
		Keys map[string]events.DynamoDBAttributeValue `json:"Keys"`
		At   events.SecondsEpochTime                  `json:"ApproximateCreationDateTime"`
	} `json:"dynamodb"`
}

// Publisher publishes editions.
type Publisher interface {
	Apply(ctx context.Context, c search.Changes) (search.Published, error)
	Refresh(ctx context.Context) (search.Published, error)
	Rebuild(ctx context.Context) (search.Published, error)
	Repin(ctx context.Context, pins func(context.Context) (search.Pins, error)) (search.Published, error)
}

// Pins keeps what operators show first for queries.
type Pins interface {
	Pins(ctx context.Context) (search.Pins, error)
	Pin(ctx context.Context, query string, products []catalog.ProductID) error
}

// Misses tells which queries found nothing.
type Misses interface {
	Month(ctx context.Context, of string) (shown []search.Missed, others int, err error)
}

type handlers struct {
	publisher Publisher
	pins      Pins
	misses    Misses
}

// Handler returns the function. Everything may be sent again: a batch of the
// stream's that is handled twice publishes nothing the second time.
func Handler(p Publisher, pins Pins, misses Misses) func(ctx context.Context, payload []byte) (any, error) {
	h := handlers{p, pins, misses}
	return func(ctx context.Context, payload []byte) (any, error) {
		var e event
		if err := json.Unmarshal(payload, &e); err != nil {
			return nil, fault.New(fault.MalformedRequest, "The event is neither an action nor a stream's batch.")
		}
		if len(e.Records) > 0 {
			return h.changed(ctx, e.Records)
		}
		return h.act(ctx, e)
	}
}

func (h handlers) act(ctx context.Context, e event) (any, error) {
	switch e.Action {
	case "", "rebuild":
		return answer(h.publisher.Rebuild(ctx))
	case "refresh":
		return answer(h.publisher.Refresh(ctx))
	case "pin":
		return h.pin(ctx, e)
	case "pins":
		return answer(h.pins.Pins(ctx))
	case "misses":
		return h.missed(ctx, e.Month)
	default:
		return nil, fault.Invalid("action", "must be rebuild, refresh, pin, pins or misses")
	}
}

func answer[T any](done T, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return done, nil
}

// pin writes the row and publishes all pins: sent again it does what was left
// undone.
func (h handlers) pin(ctx context.Context, e event) (any, error) {
	query, err := search.PinOf(e.Query, e.Products)
	if err != nil {
		return nil, err
	}
	held, err := h.pins.Pins(ctx)
	if err != nil {
		return nil, err
	}
	if held[query] == nil && len(e.Products) > 0 && len(held) >= search.MostPins {
		return nil, fault.Invalid("query", "as many queries as may be have pins; take one off")
	}
	if err := h.pins.Pin(ctx, query, e.Products); err != nil {
		return nil, err
	}
	return answer(h.publisher.Repin(ctx, h.pins.Pins))
}

// missed is the queries of a month that found nothing.
type missed struct {
	Items  []search.Missed `json:"items"`
	Others int             `json:"others"` // searches that found nothing whose words were not written
}

var monthShape = regexp.MustCompile(`^\d{4}-\d{2}$`)

func (h handlers) missed(ctx context.Context, month string) (any, error) {
	if month != "" && !monthShape.MatchString(month) {
		return nil, fault.Invalid("month", "must be a year and a month, as in 2026-11")
	}
	shown, others, err := h.misses.Month(ctx, month)
	if shown == nil {
		shown = []search.Missed{}
	}
	return answer(missed{Items: shown, Others: others}, err)
}

// changed publishes the products and merchants among the rows. The batch
// succeeds or fails as a whole: an edition holds all of it.
func (h handlers) changed(ctx context.Context, records []record) (any, error) {
	var c search.Changes
	for _, r := range records {
		pk := r.Change.Keys["pk"]
		if pk.DataType() != events.DataTypeString {
			continue
		}
		if id, ok := strings.CutPrefix(pk.String(), "P#"); ok {
			c.Products = append(c.Products, catalog.ProductID(id))
		} else if id, ok := strings.CutPrefix(pk.String(), "M#"); ok {
			c.Merchants = append(c.Merchants, catalog.MerchantID(id))
		} else {
			continue
		}
		// A stream tells the second in which it was written, cut off.
		if at := r.Change.At.Add(time.Second); at.After(c.AsOf) {
			c.AsOf = at
		}
	}
	if len(c.Products)+len(c.Merchants) > 0 {
		if _, err := h.publisher.Apply(ctx, c); err != nil {
			return nil, err
		}
	}
	return events.DynamoDBEventResponse{BatchItemFailures: []events.DynamoDBBatchItemFailure{}}, nil
}
