package notificationevent

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"

	"github.com/aws/aws-lambda-go/events"

	"jewelrydisplay.app/shared/lambdaevent"
	"jewelrydisplay.app/shared/notification"
)

// Pages handles the batches of a queue of pages. A page that fails is reported
// by its message's id and comes again alone; the others are done.
func Pages(f *notification.Fanout, parse func(body string) (notification.Ref, error), log *slog.Logger) lambdaevent.Handler {
	return func(ctx context.Context, payload []byte) (any, error) {
		var in events.SQSEvent
		if err := json.Unmarshal(payload, &in); err != nil {
			return nil, fmt.Errorf("notificationevent: no event of a queue: %w", err)
		}
		out := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
		for _, record := range in.Records {
			ref, err := parse(record.Body)
			if err == nil {
				err = f.Send(ctx, ref)
			}
			if err != nil {
				log.WarnContext(ctx, "a page was not sent", "message", record.MessageId, "error", err.Error())
				out.BatchItemFailures = append(out.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: record.MessageId})
			}
		}
		return out, nil
	}
}
