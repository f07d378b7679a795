package main

import (
	"context"
	"errors"
	"time"

	"jewelrydisplay.app/shared/local/control"
	"jewelrydisplay.app/shared/local/faults"
	"jewelrydisplay.app/shared/local/gateway"
	"jewelrydisplay.app/shared/local/lambda"
	"jewelrydisplay.app/shared/local/usage"
	"jewelrydisplay.app/shared/local/wake"
)

// runner runs functions for those who wake them.
type runner struct {
	functions *lambda.Service
	say       func(line string)
	meter     *usage.Meter
}

var _ wake.Runner = runner{}

// Invoke implements wake.Runner.
func (r runner) Invoke(ctx context.Context, function string, event []byte) (payload []byte, failed bool, err error) {
	result, err := r.functions.Invoke(ctx, function, event)
	return result.Payload, result.Failure != "", err
}

// request is Invoke with the errors that the HTTP API knows.
func (r runner) request(ctx context.Context, function string, event []byte) (payload []byte, failed bool, err error) {
	began := time.Now()
	payload, failed, err = r.Invoke(ctx, function, event)
	r.meter.Function(function, time.Since(began))
	switch {
	case errors.Is(err, lambda.ErrThrottled):
		err = gateway.ErrThrottled
	case errors.Is(err, lambda.ErrTooLarge):
		err = gateway.ErrTooLarge
	case err != nil && ctx.Err() == nil:
		// The client learns no more than on AWS; the person at the terminal does.
		r.say(function + " could not be run: " + err.Error())
	}
	return payload, failed, err
}

// Send implements wake.Runner.
func (r runner) Send(function string, event []byte) error {
	_, err := r.functions.Send(function, event)
	return err
}

// Settled implements wake.Runner.
func (r runner) Settled(ctx context.Context) error { return r.functions.Settled(ctx) }

// Turn implements wake.Runner.
func (r runner) Turn(offset time.Duration) { r.functions.Turn(offset) }

// cloud is what the control address controls.
type cloud struct {
	*wake.Service
	clock *wake.Clock
}

var _ control.Cloud = cloud{}

// Offset implements control.Cloud.
func (c cloud) Offset() time.Duration { return c.clock.Offset() }

// striker is what makes calls of this stack's functions fail.
type striker struct {
	*faults.Injector
	functions []string // logical ids
}

var _ control.Faults = striker{}

// Set implements control.Faults.
func (s striker) Set(plan faults.Plan) error { return s.Injector.Set(plan, s.functions) }
