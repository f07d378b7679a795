package loginsns

import (
	"errors"
	"fmt"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"jewelrydisplay.app/shared/login"
)

// refused keeps of an error what kind it is: SNS repeats the number in its
// messages, and the log must not hold it (C62). What SNS refuses it has not sent;
// what never left this machine it has not either. Everything else is open.
func refused(err error, left bool) error {
	var (
		api    smithy.APIError
		answer *smithyhttp.ResponseError
	)
	client := errors.As(err, &answer) && answer.HTTPStatusCode() >= 400 && answer.HTTPStatusCode() < 500
	switch {
	case errors.As(err, &api) && client && closed[api.ErrorCode()]:
		return fmt.Errorf("loginsns: SNS: %s: %w", api.ErrorCode(), login.ErrNotSent)
	case errors.As(err, &api) && client:
		return fmt.Errorf("loginsns: SNS: %s: %w", api.ErrorCode(), login.ErrRefused)
	case errors.As(err, &api):
		return fmt.Errorf("loginsns: SNS: %s", api.ErrorCode())
	case !left:
		return fmt.Errorf("loginsns: SNS was not reached: %w", login.ErrNotSent)
	default:
		return errors.New("loginsns: SNS did not answer")
	}
}

// closed are the refusals that say nothing about the message: every other one
// of ours gets them too.
var closed = map[string]bool{
	"Throttled": true, "Throttling": true, "ThrottlingException": true, "AuthorizationError": true, "AccessDenied": true,
	"InvalidClientTokenId": true, "SignatureDoesNotMatch": true, "ExpiredToken": true,
}
