// Package loginsns sends codes by Amazon SNS to phone numbers. SNS sends no SMS
// in the China Regions: there another adapter of login.Sender takes its place.
package loginsns

import (
	"context"
	"net/http/httptrace"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"jewelrydisplay.app/shared/login"
)

var _ login.Sender = Sender{}

// Sender sends by SNS.
type Sender struct{ client *sns.Client }

// New returns a sender. It tries once: after a time-out SNS may have taken the
// message, and a second SMS for one request must not be.
func New(cfg aws.Config) Sender {
	return Sender{client: sns.NewFromConfig(cfg, func(o *sns.Options) { o.RetryMaxAttempts = 1 })}
}

// Send publishes one transactional SMS. The error never holds the number. It is
// ErrNotSent when SNS refused the message or was not reached, and ErrRefused when
// it was this one message that it refused.
func (s Sender) Send(ctx context.Context, m login.SMS) error {
	var left atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { left.Store(true) }})
	_, err := s.client.Publish(ctx, &sns.PublishInput{
		PhoneNumber: aws.String(m.To.Reveal()), Message: aws.String(m.Text),
		MessageAttributes: map[string]types.MessageAttributeValue{
			"AWS.SNS.SMS.SMSType": {DataType: aws.String("String"), StringValue: aws.String("Transactional")},
		},
	})
	if err != nil {
		return refused(err, left.Load())
	}
	return nil
}
