// Package accountevent handles the operator's event that publishes a version of
// the privacy policy.
package accountevent

import (
	"context"
	"time"

	"jewelrydisplay.app/shared/account"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/lambdaevent"
)

// Texts reads objects.
type Texts interface {
	// Text returns an object as text. NotFound: there is no such object.
	Text(ctx context.Context, bucket, key string) (string, error)
}

// request is the event.
type request struct {
	Version     string           `json:"version"`
	EffectiveAt string           `json:"effective_at"`
	ChangeClass string           `json:"change_class"`
	Texts       map[string]place `json:"texts"`
	DryRun      bool             `json:"dry_run"`
}

type place struct {
	Bucket string `json:"bucket"`
	Key    string `json:"key"`
}

// Published is the answer.
type Published struct {
	Version string            `json:"version"`
	SHA256  map[string]string `json:"sha256"`
}

// Publish returns the handler. The same event again has the same answer.
func Publish(publisher *account.Publisher, texts Texts) lambdaevent.Handler {
	return func(ctx context.Context, payload []byte) (any, error) {
		var in request
		if err := lambdaevent.Decode(payload, &in); err != nil {
			return nil, err
		}
		pub := account.Publication{
			Version: in.Version, Change: account.ChangeClass(in.ChangeClass), Texts: map[string]string{},
		}
		// What is no time stays zero, which the publication refuses by name.
		pub.EffectiveAt, _ = time.Parse(time.RFC3339, in.EffectiveAt)
		for language, at := range in.Texts {
			if at.Bucket == "" || at.Key == "" {
				return nil, fault.Invalid("texts", "has a text without bucket or key")
			}
			text, err := texts.Text(ctx, at.Bucket, at.Key)
			if fault.Is(err, fault.NotFound) {
				return nil, fault.Invalid("texts", "names an object that is not there")
			}
			if err != nil {
				return nil, err
			}
			pub.Texts[language] = text
		}
		hashes, err := publisher.Publish(ctx, pub, in.DryRun)
		if err != nil {
			return nil, err
		}
		return Published{Version: pub.Version, SHA256: hashes}, nil
	}
}
