// Package searchlambda publishes an edition of the catalogue when a schedule,
// the Catalog table's stream or an operator wakes it.
package searchlambda

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/aws/aws-lambda-go/events"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/search"
)

// event is what wakes the function: the stream's records, or an action.
type event struct {
	Records []record `json:"Records"`
	Action  string   `json:"action"` // refresh: when something was noted to change; rebuild, or none: in any case
}

// record is what is read of a stream's record: it tells that a row changed,
// and the table what it is by now.
type record struct {
	Change struct {
		Keys map[string]events.DynamoDBAttributeValue `json:"Keys"`
	} `json:"dynamodb"`
}

// Publisher publishes editions.
type Publisher interface {
	Publish(ctx context.Context, always bool) (search.Published, error)
}

// Handler publishes. A batch of the stream's that is handled twice publishes
// nothing the second time.
func Handler(p Publisher) func(ctx context.Context, payload []byte) (any, error) {
	return func(ctx context.Context, payload []byte) (any, error) {
		var e event
		if err := json.Unmarshal(payload, &e); err != nil {
			return nil, fault.New(fault.MalformedRequest, "The event is neither an action nor a stream's batch.")
		}
		if len(e.Records) > 0 {
			return changed(ctx, p, e.Records)
		}
		switch e.Action {
		case "refresh":
			return answer(p.Publish(ctx, false))
		case "", "rebuild":
			return answer(p.Publish(ctx, true))
		default:
			return nil, fault.Invalid("action", "must be refresh or rebuild")
		}
	}
}

func answer(done search.Published, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return done, nil
}

// changed publishes when one of the rows is a product or a merchant. The batch
// succeeds or fails as a whole: an edition holds all of it.
func changed(ctx context.Context, p Publisher, records []record) (any, error) {
	for _, r := range records {
		pk := r.Change.Keys["pk"]
		if pk.DataType() != events.DataTypeString || !searchable(pk.String()) {
			continue
		}
		if _, err := p.Publish(ctx, true); err != nil {
			return nil, err
		}
		break
	}
	return events.DynamoDBEventResponse{BatchItemFailures: []events.DynamoDBBatchItemFailure{}}, nil
}

func searchable(pk string) bool {
	return strings.HasPrefix(pk, "P#") || strings.HasPrefix(pk, "M#")
}
