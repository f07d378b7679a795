// Package lambdaevent runs the functions that an operator, a schedule, a
// stream or a queue wakes.
package lambdaevent

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"jewelrydisplay.app/shared/config"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/problem"
)

// Handler handles one event.
type Handler func(ctx context.Context, payload []byte) (any, error)

// Serve builds the function and serves its events until Lambda stops it.
func Serve(build func(cfg *config.Config) (Handler, error)) {
	cfg, err := config.Load()
	var h Handler
	if err == nil {
		h, err = build(cfg)
	}
	if err == nil {
		err = cfg.Ready()
	}
	if err != nil {
		slog.Error("the function cannot start", "error", err.Error())
		os.Exit(1)
	}
	lambda.Start(func(ctx context.Context, payload json.RawMessage) (any, error) {
		out, err := h(ctx, payload)
		if err != nil {
			return nil, problem.From(ctx, cfg.Log, requestID(ctx), err)
		}
		return out, nil
	})
}

func requestID(ctx context.Context) string {
	if lc, ok := lambdacontext.FromContext(ctx); ok {
		return lc.AwsRequestID
	}
	return ""
}

// Decode reads an operator's event strictly: a member of the wrong type is an
// InvalidRequest that names it, an unknown one or a time that is none a
// MalformedRequest. Neither repeats a value.
func Decode(payload []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(payload))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	var wrongType *json.UnmarshalTypeError
	var wrongTime *time.ParseError
	switch {
	case errors.As(err, &wrongType):
		return fault.Invalid(cmp.Or(wrongType.Field, "event"), "is not of the right type")
	case errors.As(err, &wrongTime):
		return fault.New(fault.MalformedRequest, "A time in the event is not RFC 3339, as in 2026-11-24T08:00:00+08:00.")
	case err != nil:
		return &fault.Error{Code: fault.MalformedRequest, Detail: "The event is not JSON or has an unknown member.", Cause: err}
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fault.New(fault.MalformedRequest, "The event goes on behind its end.")
	}
	return nil
}
