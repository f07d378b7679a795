// Package notificationsns pushes through Amazon SNS: a platform endpoint a
// device, a message of the platform's own form each.
package notificationsns

import (
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/smithy-go"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/notification"
	"jewelrydisplay.app/shared/person"
)

var (
	_ notification.Endpoints = (*Provider)(nil)
	_ notification.Directory = (*Provider)(nil)
	_ notification.Sender    = (*Provider)(nil)
)

// Provider is SNS.
type Provider struct {
	client    *sns.Client
	platforms map[notification.Platform]string
}

// New returns the provider with the ARNs of its platform applications. An
// empty one is a platform without pushes.
func New(cfg aws.Config, apns, fcm string) *Provider {
	return &Provider{client: sns.NewFromConfig(cfg), platforms: map[notification.Platform]string{
		notification.APNs: apns, notification.FCM: fcm,
	}}
}

// Ensure is notification.Endpoints': AWS's own algorithm for tokens. An
// endpoint that is known is read and set right where it differs; one that is
// not is made; one that exists already with other attributes is recovered.
func (p *Provider) Ensure(ctx context.Context, platform notification.Platform, token person.PushToken, known person.Endpoint) (person.Endpoint, error) {
	if !known.IsZero() {
		ok, err := p.refresh(ctx, known.Reveal(), token)
		if err != nil || ok {
			return known, err
		}
	}
	arn, err := p.create(ctx, platform, token)
	if err != nil {
		return person.Endpoint{}, err
	}
	if ok, err := p.refresh(ctx, arn, token); err != nil || !ok {
		return person.Endpoint{}, fault.Busy(err)
	}
	return person.Of[person.Endpoint](arn), nil
}

// refresh gives an endpoint the token and enables it; false: there is no such
// endpoint, or it cannot take the token because another has it.
func (p *Provider) refresh(ctx context.Context, arn string, token person.PushToken) (bool, error) {
	out, err := p.client.GetEndpointAttributes(ctx, &sns.GetEndpointAttributesInput{EndpointArn: aws.String(arn)})
	if isNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, failure(err)
	}
	if out.Attributes["Token"] == token.Reveal() && enabled(out.Attributes) {
		return true, nil
	}
	_, err = p.client.SetEndpointAttributes(ctx, &sns.SetEndpointAttributesInput{
		EndpointArn: aws.String(arn), Attributes: map[string]string{"Token": token.Reveal(), "Enabled": "true"},
	})
	var invalid *types.InvalidParameterException
	if isNotFound(err) || errors.As(err, &invalid) {
		return false, nil
	}
	return err == nil, failure(err)
}

func enabled(attributes map[string]string) bool {
	return attributes["Enabled"] == "true" || attributes["Enabled"] == "True"
}

// taken finds the endpoint's ARN in the error that SNS answers for a token
// which is registered with other attributes; there is no other way to it.
var taken = regexp.MustCompile(`Endpoint (arn:\S+) already exists with the same [Tt]oken`)

func (p *Provider) create(ctx context.Context, platform notification.Platform, token person.PushToken) (string, error) {
	application := p.platforms[platform]
	if application == "" {
		return "", fault.Invalid("body.push_token", "is for a platform that this service does not push to")
	}
	out, err := p.client.CreatePlatformEndpoint(ctx, &sns.CreatePlatformEndpointInput{
		PlatformApplicationArn: aws.String(application), Token: aws.String(token.Reveal()),
	})
	var invalid *types.InvalidParameterException
	if errors.As(err, &invalid) {
		if found := taken.FindStringSubmatch(invalid.ErrorMessage()); found != nil {
			return found[1], nil
		}
		return "", fault.Invalid("body.push_token", "is not taken by the push provider")
	}
	if err != nil {
		return "", failure(err)
	}
	return aws.ToString(out.EndpointArn), nil
}

// Remove is notification.Endpoints'.
func (p *Provider) Remove(ctx context.Context, endpoint person.Endpoint) error {
	if endpoint.IsZero() {
		return nil
	}
	_, err := p.client.DeleteEndpoint(ctx, &sns.DeleteEndpointInput{EndpointArn: aws.String(endpoint.Reveal())})
	if isNotFound(err) {
		return nil
	}
	return failure(err)
}

// Each is notification.Directory's: SNS gives 100 endpoints a page, and takes
// about 30 calls a second.
func (p *Provider) Each(ctx context.Context, each func([]person.Endpoint) error) error {
	for _, platform := range []notification.Platform{notification.APNs, notification.FCM} {
		application := p.platforms[platform]
		if application == "" {
			continue
		}
		pages := sns.NewListEndpointsByPlatformApplicationPaginator(p.client, &sns.ListEndpointsByPlatformApplicationInput{
			PlatformApplicationArn: aws.String(application),
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return failure(err)
			}
			list := make([]person.Endpoint, len(page.Endpoints))
			for i, e := range page.Endpoints {
				list[i] = person.Of[person.Endpoint](aws.ToString(e.EndpointArn))
			}
			if err := each(list); err != nil {
				return err
			}
		}
	}
	return nil
}

// Send is notification.Sender's. Marketing is given to SNS once: the client
// does not repeat what may have arrived.
func (p *Provider) Send(ctx context.Context, n notification.Notice) error {
	message, err := document(n)
	if err != nil {
		return err
	}
	_, err = p.client.Publish(ctx, &sns.PublishInput{
		TargetArn: aws.String(n.Device.Endpoint.Reveal()), MessageStructure: aws.String("json"), Message: aws.String(message),
	}, func(o *sns.Options) {
		if n.Once {
			o.RetryMaxAttempts = 1
		}
	})
	var (
		disabled *types.EndpointDisabledException
		stopped  *types.PlatformApplicationDisabledException
		invalid  *types.InvalidParameterException
		value    *types.InvalidParameterValueException
	)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &disabled), isNotFound(err), forgotten(err):
		return notification.ErrEndpointDead
	case throttled(err):
		return notification.ErrThrottled
	case errors.As(err, &invalid), errors.As(err, &value), errors.As(err, &stopped):
		return notification.ErrRejected
	}
	return failure(err)
}

// forgotten reports whether SNS has no such endpoint, which Publish tells by
// the text of an invalid parameter.
func forgotten(err error) bool {
	var invalid *types.InvalidParameterException
	return errors.As(err, &invalid) && strings.Contains(invalid.ErrorMessage(), "No endpoint found")
}

// throttled reports whether SNS did not take the call because there are too
// many.
func throttled(err error) bool {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return false
	}
	switch api.ErrorCode() {
	case "Throttled", "Throttling", "ThrottlingException", "KMSThrottling":
		return true
	}
	return false
}

// document is the push in the forms of every platform. The app reads
// message_id, category and target; Google's data members are texts.
func document(n notification.Notice) (string, error) {
	shown := n.Shown()
	target := map[string]string{}
	for name, id := range map[string]string{"product_id": n.Target.Product, "merchant_id": n.Target.Merchant, "policy_version": n.Target.PolicyVersion} {
		if id != "" {
			target[name] = id
		}
	}
	flat, err := json.Marshal(target)
	if err != nil {
		return "", err
	}
	alert := map[string]string{"title": shown.Title, "body": shown.Body}
	apple := map[string]any{
		"aps": map[string]any{"alert": alert}, "message_id": n.Message, "category": n.Category, "target": target,
	}
	google := map[string]any{
		"notification": alert, "collapse_key": n.Message,
		"data": map[string]string{"message_id": n.Message, "category": string(n.Category), "target": string(flat)},
	}
	forms := map[string]string{"default": shown.Title}
	for name, form := range map[string]any{"APNS": apple, "APNS_SANDBOX": apple, "GCM": google} {
		b, err := json.Marshal(form)
		if err != nil {
			return "", err
		}
		forms[name] = string(b)
	}
	b, err := json.Marshal(forms)
	return string(b), err
}

func isNotFound(err error) bool {
	var missing *types.NotFoundException
	return errors.As(err, &missing)
}

// failure hides what an error of SNS says, since it names tokens and
// endpoints; only its code is kept. It may be tried again.
func failure(err error) error {
	if err == nil {
		return nil
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		return fault.Busy(errors.New("notificationsns: " + api.ErrorCode()))
	}
	return fault.Busy(errors.New("notificationsns: SNS was not reached"))
}
