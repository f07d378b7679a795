// Package cancellationevent is how the erasure is woken: by the bells that TTL
// takes from the table Privacy, and by the messages of the queue Erasures.
package cancellationevent

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"

	"github.com/aws/aws-lambda-go/events"

	"jewelrydisplay.app/shared/cancellation"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/lambdaevent"
)

// Finisher does what is due of a case.
type Finisher interface {
	Finish(ctx context.Context, c cancellation.Case) error
}

// Response says which records of a batch must come again.
type Response struct {
	BatchItemFailures []Failure `json:"batchItemFailures"`
}

// Failure is one record that must come again: a message's id, or the stream's
// sequence number from which on.
type Failure struct {
	ItemIdentifier string `json:"itemIdentifier"`
}

// Handler finishes the cases of a batch. A record is trusted for no more than
// its case: whether anything is due, the records say. One that holds no case
// is logged and passed over, for it would never become right.
func Handler(f Finisher, log *slog.Logger) lambdaevent.Handler {
	h := handler{finisher: f, log: log}
	return func(ctx context.Context, payload []byte) (any, error) {
		var batch struct {
			Records []struct {
				EventSource string `json:"eventSource"`
			} `json:"Records"`
		}
		if err := json.Unmarshal(payload, &batch); err != nil || len(batch.Records) == 0 {
			return nil, &fault.Error{Code: fault.MalformedRequest, Detail: "The event is neither a stream's nor a queue's.", Cause: err}
		}
		switch batch.Records[0].EventSource {
		case "aws:dynamodb":
			return h.stream(ctx, payload)
		case "aws:sqs":
			return h.queue(ctx, payload)
		default:
			return nil, fault.New(fault.MalformedRequest, "The event is neither a stream's nor a queue's.")
		}
	}
}

type handler struct {
	finisher Finisher
	log      *slog.Logger
}

// stream stops at the first failure: a stream goes on from there, in order.
func (h handler) stream(ctx context.Context, payload []byte) (any, error) {
	var batch events.DynamoDBEvent
	if err := json.Unmarshal(payload, &batch); err != nil {
		return nil, err
	}
	response := Response{BatchItemFailures: []Failure{}}
	for _, record := range batch.Records {
		c, ok := bell(record)
		if !ok {
			continue
		}
		if err := h.finish(ctx, c); err != nil {
			response.BatchItemFailures = append(response.BatchItemFailures, Failure{record.Change.SequenceNumber})
			break
		}
	}
	return response, nil
}

// bell reads the case from the key of a bell that TTL deleted. A bell that a
// withdrawal or the sweep took away rings for nobody: the mapping's filter
// says the same, and is not relied on.
func bell(r events.DynamoDBEventRecord) (cancellation.Case, bool) {
	by := r.UserIdentity
	if r.EventName != string(events.DynamoDBOperationTypeRemove) || by == nil ||
		by.Type != "Service" || by.PrincipalID != "dynamodb.amazonaws.com" {
		return "", false
	}
	pk, sk := text(r.Change.Keys["pk"]), text(r.Change.Keys["sk"])
	c, ok := strings.CutPrefix(pk, "R#")
	return cancellation.Case(c), ok && c != "" && strings.HasPrefix(sk, "BELL#")
}

func text(v events.DynamoDBAttributeValue) string {
	if v.DataType() != events.DataTypeString {
		return ""
	}
	return v.String()
}

func (h handler) queue(ctx context.Context, payload []byte) (any, error) {
	var batch events.SQSEvent
	if err := json.Unmarshal(payload, &batch); err != nil {
		return nil, err
	}
	response := Response{BatchItemFailures: []Failure{}}
	for _, record := range batch.Records {
		var message struct {
			Case cancellation.Case `json:"case"`
		}
		if err := json.Unmarshal([]byte(record.Body), &message); err != nil || message.Case == "" {
			h.log.ErrorContext(ctx, "a message of the erasures holds no case", "message_id", record.MessageId)
			continue
		}
		if err := h.finish(ctx, message.Case); err != nil {
			response.BatchItemFailures = append(response.BatchItemFailures, Failure{record.MessageId})
		}
	}
	return response, nil
}

func (h handler) finish(ctx context.Context, c cancellation.Case) error {
	err := h.finisher.Finish(ctx, c)
	if err != nil {
		h.log.ErrorContext(ctx, "a cancellation is not finished yet", "case", string(c), "error", err.Error())
	}
	return err
}
