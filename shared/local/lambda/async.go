package lambda

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"
)

// Send takes an event as Lambda's InvocationType Event does: it returns at once,
// tries the function up to three times, and hands an event that failed each
// time to the function's dead-letter queue.
func (s *Service) Send(name string, event []byte) (requestID string, err error) {
	f, err := s.find(name)
	if err != nil {
		return "", err
	}
	if len(event) > maxAsyncPayload {
		return "", ErrTooLarge
	}
	c := newCall(event)
	s.pending.add()
	go func() {
		defer s.pending.done()
		s.deliver(f, c)
	}()
	return c.id, nil
}

// Settled returns when no asynchronous event is under way, or with ctx's error.
func (s *Service) Settled(ctx context.Context) error { return s.pending.waitFor(ctx) }

func (s *Service) deliver(f *function, c *call) {
	for try := 1; ; {
		err := f.serve(c)
		if err == nil && c.result.Failure == "" || errors.Is(err, ErrClosed) {
			return
		}
		wait := s.options.RetryDelay(try)
		if errors.Is(err, ErrThrottled) {
			// A throttled event is not a try: AWS keeps it up to six hours.
			wait = 100 * time.Millisecond
		} else if try++; try > 3 {
			s.dead(f, c, err)
			return
		}
		select {
		case <-time.After(wait):
		case <-s.stop.Done():
			return
		}
		// The request keeps its id over its retries, as on AWS.
		c = &call{id: c.id, trace: c.trace, event: c.event, result: Result{RequestID: c.id}}
	}
}

func (s *Service) dead(f *function, c *call, err error) {
	attributes := map[string]string{"RequestID": c.id, "ErrorCode": "200", "ErrorMessage": c.result.ErrorType()}
	if err != nil {
		attributes["ErrorCode"], attributes["ErrorMessage"] = "500", err.Error()
	}
	if f.spec.DeadLetter == "" || s.options.DeadLetter == nil {
		line := f.spec.LogicalID + " failed three times on an event and has no dead-letter queue"
		if err != nil {
			line += ": " + err.Error()
		}
		s.options.Say(line)
		return
	}
	if err := s.options.DeadLetter(s.stop, f.spec.LogicalID, f.spec.DeadLetter, c.event, attributes); err != nil {
		s.options.Say(fmt.Sprintf("%s: send to %s: %v", f.spec.LogicalID, f.spec.DeadLetter, err))
	}
}

// newID returns a random UUID, the form of Lambda's request ids.
func newID() string {
	var b [16]byte
	// rand.Read never fails: it ends the program instead.
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
