// Package cataloglambda lets an import call itself, so that a feed longer than
// one invocation goes on.
package cataloglambda

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/fault"
)

// Onward implements catalog.Onward by an asynchronous invocation of function.
type Onward struct {
	client   *lambda.Client
	function string
}

var _ catalog.Onward = (*Onward)(nil)

// New returns an Onward that calls the function of this name.
func New(cfg aws.Config, function string) *Onward {
	return &Onward{client: lambda.NewFromConfig(cfg), function: function}
}

// GoOn implements catalog.Onward. An invocation that arrives twice is harmless:
// the import's row lets one run go on.
func (o *Onward) GoOn(ctx context.Context, r catalog.ImportRequest) error {
	payload, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = o.client.Invoke(ctx, &lambda.InvokeInput{
		FunctionName: &o.function, InvocationType: types.InvocationTypeEvent, Payload: payload,
	})
	if err != nil {
		return fault.Busy(err)
	}
	return nil
}
