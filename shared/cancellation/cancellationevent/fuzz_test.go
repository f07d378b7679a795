package cancellationevent_test

import (
	"context"
	"log/slog"
	"testing"

	"jewelrydisplay.app/shared/cancellation"
	"jewelrydisplay.app/shared/cancellation/cancellationevent"
)

type finished []cancellation.Case

func (f *finished) Finish(_ context.Context, c cancellation.Case) error {
	*f = append(*f, c)
	return nil
}

// Whatever comes as a stream's or a queue's batch, only a case is finished.
func FuzzBatch(f *testing.F) {
	for _, seed := range []string{
		"", "{}", `{"Records":[]}`, `{"Records":[{}]}`, `{"Records":[{"eventSource":"aws:sqs","body":"{\"case\":\"c1\"}"}]}`,
		`{"Records":[{"eventSource":"aws:sqs","body":"{}"},{"eventSource":"aws:sqs"}]}`, `{"Records":[{"eventSource":"aws:s3"}]}`,
		`{"Records":[{"eventSource":"aws:dynamodb","eventName":"REMOVE","userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"},"dynamodb":{"Keys":{"pk":{"S":"R#c1"},"sk":{"S":"BELL#7"}}}}]}`,
		`{"Records":[{"eventSource":"aws:dynamodb","eventName":"REMOVE","userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"},"dynamodb":{"Keys":{"pk":{"S":"R#"},"sk":{"S":"BELL#"}}}}]}`,
		`{"Records":[{"eventSource":"aws:dynamodb","eventName":"REMOVE","userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"},"dynamodb":{"Keys":{"pk":{"N":"1"},"sk":{"NULL":true}}}}]}`,
		`{"Records":[{"eventSource":"aws:dynamodb","dynamodb":{"Keys":{"pk":{}}}}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		var done finished
		// An error is an answer too: the batch comes again.
		_, _ = cancellationevent.Handler(&done, slog.New(slog.DiscardHandler))(t.Context(), payload)
		for _, c := range done {
			if c == "" {
				t.Errorf("%s finishes nothing's case", payload)
			}
		}
	})
}
