package loginsns

import (
	"errors"
	"fmt"

	"github.com/aws/smithy-go"
)

// refused keeps of an error what kind it is: SNS repeats the number in its
// messages, and the log must not hold it (C62).
func refused(err error) error {
	var api smithy.APIError
	if errors.As(err, &api) {
		return fmt.Errorf("loginsns: SNS refused the SMS: %s", api.ErrorCode())
	}
	return errors.New("loginsns: SNS did not answer")
}
