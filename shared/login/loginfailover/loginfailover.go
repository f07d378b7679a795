// Package loginfailover sends by the first of several senders that works. A
// message is given to another sender only when the one before surely did not send
// it, so that one request never brings two SMS.
package loginfailover

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sony/gobreaker/v2"

	"jewelrydisplay.app/shared/login"
)

var _ login.Sender = (*Sender)(nil)

// Settings are the numbers of failing over.
type Settings struct {
	Within   time.Duration // a message is tried for so long, by all senders together
	Failures uint32        // after so many failures in a row a sender is left alone
	Rest     time.Duration // for so long; then one message tries it
}

// Standard returns the settings that the product runs with. A function has ten
// seconds for its request.
func Standard() Settings {
	return Settings{Within: 4 * time.Second, Failures: 5, Rest: 30 * time.Second}
}

// Named is a sender with the name that its errors are told under.
type Named struct {
	Name string
	login.Sender
}

// Sender sends by the first sender that works.
type Sender struct {
	within  time.Duration
	senders []guarded
}

type guarded struct {
	Named
	breaker *gobreaker.CircuitBreaker[struct{}]
}

// New returns a sender over others, the preferred first.
func New(set Settings, senders ...Named) *Sender {
	s := &Sender{within: set.Within}
	for _, n := range senders {
		s.senders = append(s.senders, guarded{n, gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
			Name: n.Name, MaxRequests: 1, Timeout: set.Rest,
			ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= set.Failures },
			// A provider that refuses a message works: whoever asks for codes to
			// bad numbers must not switch it off for everybody.
			IsSuccessful: func(err error) bool { return err == nil || errors.Is(err, login.ErrRefused) },
		})})
	}
	return s
}

// Send sends one SMS by the first sender that takes it. It stops at the first
// that may have sent it. ErrNotSent: none did.
func (s *Sender) Send(ctx context.Context, m login.SMS) error {
	ctx, cancel := context.WithTimeout(ctx, s.within)
	defer cancel()
	var refusals []error
	for _, to := range s.senders {
		_, err := to.breaker.Execute(func() (struct{}, error) { return struct{}{}, to.Send(ctx, m) })
		switch {
		case err == nil:
			return nil
		case errors.Is(err, gobreaker.ErrOpenState), errors.Is(err, gobreaker.ErrTooManyRequests):
			err = fmt.Errorf("it failed before and is left alone: %w", login.ErrNotSent)
		case !errors.Is(err, login.ErrNotSent):
			return fmt.Errorf("loginfailover: %s: %w", to.Name, err)
		}
		refusals = append(refusals, fmt.Errorf("%s: %w", to.Name, err))
	}
	return fmt.Errorf("loginfailover: %w", errors.Join(refusals...))
}
