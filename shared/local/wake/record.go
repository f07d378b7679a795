package wake

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
)

// record is a stream record as the Lambda event holds it.
type record struct {
	EventID        string    `json:"eventID"`
	EventName      string    `json:"eventName"`
	EventVersion   string    `json:"eventVersion"`
	EventSource    string    `json:"eventSource"`
	AWSRegion      string    `json:"awsRegion"`
	Change         change    `json:"dynamodb"`
	EventSourceARN string    `json:"eventSourceARN"`
	UserIdentity   *identity `json:"userIdentity,omitempty"`
}

type change struct {
	At             float64        `json:"ApproximateCreationDateTime"` // epoch seconds
	Keys           map[string]any `json:"Keys,omitempty"`
	NewImage       map[string]any `json:"NewImage,omitempty"`
	OldImage       map[string]any `json:"OldImage,omitempty"`
	SequenceNumber string         `json:"SequenceNumber"`
	SizeBytes      int64          `json:"SizeBytes"`
	StreamViewType string         `json:"StreamViewType"`
}

type identity struct {
	Type        string `json:"type"`
	PrincipalID string `json:"principalId"`
}

// record makes the event of a record of the stream. One that the engine marks
// as somebody's work is TTL's: it marks no others, and spells the mark's members
// in a way that the SDK does not read.
func (t *tail) record(r types.Record, now time.Time) record {
	out := record{
		EventID: aws.ToString(r.EventID), EventName: string(r.EventName), EventVersion: "1.1", EventSource: "aws:dynamodb",
		AWSRegion: t.region, EventSourceARN: t.stream,
		Change: change{
			At: float64(now.Unix()), Keys: attributes(r.Dynamodb.Keys),
			NewImage: attributes(r.Dynamodb.NewImage), OldImage: attributes(r.Dynamodb.OldImage),
			SequenceNumber: aws.ToString(r.Dynamodb.SequenceNumber), SizeBytes: aws.ToInt64(r.Dynamodb.SizeBytes),
			StreamViewType: string(r.Dynamodb.StreamViewType),
		},
	}
	byTTL := r.UserIdentity != nil
	if r.EventName == types.OperationTypeRemove {
		byTTL = t.broom.took(markOf(t.table.LogicalID, streamKeyTexts(r.Dynamodb.Keys))) || byTTL
	}
	if byTTL {
		out.UserIdentity = &identity{Type: "Service", PrincipalID: "dynamodb.amazonaws.com"}
	}
	return out
}

func attributes(row map[string]types.AttributeValue) map[string]any {
	if row == nil {
		return nil
	}
	out := make(map[string]any, len(row))
	for name, value := range row {
		out[name] = attribute(value)
	}
	return out
}

// attribute spells a value as DynamoDB's JSON does; bytes become base64.
func attribute(value types.AttributeValue) any {
	switch v := value.(type) {
	case *types.AttributeValueMemberS:
		return map[string]any{"S": v.Value}
	case *types.AttributeValueMemberN:
		return map[string]any{"N": v.Value}
	case *types.AttributeValueMemberB:
		return map[string]any{"B": v.Value}
	case *types.AttributeValueMemberBOOL:
		return map[string]any{"BOOL": v.Value}
	case *types.AttributeValueMemberNULL:
		return map[string]any{"NULL": v.Value}
	case *types.AttributeValueMemberSS:
		return map[string]any{"SS": v.Value}
	case *types.AttributeValueMemberNS:
		return map[string]any{"NS": v.Value}
	case *types.AttributeValueMemberBS:
		return map[string]any{"BS": v.Value}
	case *types.AttributeValueMemberL:
		list := make([]any, len(v.Value))
		for i, item := range v.Value {
			list[i] = attribute(item)
		}
		return map[string]any{"L": list}
	case *types.AttributeValueMemberM:
		return map[string]any{"M": attributes(v.Value)}
	}
	return nil
}

func streamKeyTexts(key map[string]types.AttributeValue) map[string]string {
	texts := map[string]string{}
	for name, value := range key {
		switch value := value.(type) {
		case *types.AttributeValueMemberS:
			texts[name] = "S" + value.Value
		case *types.AttributeValueMemberN:
			texts[name] = "N" + value.Value
		case *types.AttributeValueMemberB:
			texts[name] = "B" + string(value.Value)
		}
	}
	return texts
}
