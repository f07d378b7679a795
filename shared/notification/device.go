package notification

import (
	"context"
	"errors"
	"strings"
	"time"

	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/person"
)

// Platform is the push service of a device.
type Platform string

// The platforms.
const (
	APNs Platform = "apns"
	FCM  Platform = "fcm"
)

// Device is a device that can be pushed to, and whose it is (C24).
type Device struct {
	User     person.ID
	ID       person.DeviceID
	Token    person.PushToken
	Endpoint person.Endpoint // its address at the push provider
	Platform Platform
	Language string // zh or en
	Zone     string // IANA name
	Session  string // ends with it
	Updated  time.Time
}

// PlatformOf tells a token's platform by its shape: Apple's tokens are bytes
// written in hexadecimal, 32 at least; Google's are longer words with other
// characters.
func PlatformOf(token string) Platform {
	if len(token) >= 64 && len(token)%2 == 0 && strings.Trim(token, "0123456789abcdefABCDEF") == "" {
		return APNs
	}
	return FCM
}

// Errors of a claim that may be tried again.
var (
	// ErrTaken is a device or endpoint that passed on to somebody else meanwhile.
	ErrTaken = errors.New("notification: the device changed hands meanwhile")
	// ErrRetired is an endpoint that is about to be deleted, or was just now: the
	// token needs another one.
	ErrRetired = errors.New("notification: the endpoint is being deleted")
)

// RetiredFor is how long it is remembered that an endpoint was retired: longer
// than any function runs, so that none that read the endpoint before registers
// it after.
const RetiredFor = time.Hour

// DeviceStore keeps devices. A device, and an endpoint, belongs to one person
// at a time. An endpoint is retired here before it is deleted at the provider,
// and a retired one is not registered again: so no registration that runs at the
// same time is left with an endpoint that is gone.
type DeviceStore interface {
	// Device returns a person's device; false when it is not registered.
	Device(ctx context.Context, user person.ID, id person.DeviceID) (Device, bool, error)
	// Claim makes the device and its endpoint this person's and takes both
	// from whoever had them, in one write. It may be repeated. It returns the
	// registrations that were replaced; the endpoints that these leave are
	// retired. ErrTaken: try again; ErrRetired: try with another endpoint;
	// Unauthenticated: the person's account was cancelled meanwhile.
	Claim(ctx context.Context, d Device) (replaced []Device, err error)
	// Release forgets the device if it is still registered as d says, and
	// retires its endpoint. A device that was registered again since stays, and
	// false is returned.
	Release(ctx context.Context, d Device, at time.Time) (bool, error)
	// Retire notes that d's endpoint is about to be deleted, unless it is
	// registered for another device or person: then false is returned. It may be
	// repeated.
	Retire(ctx context.Context, d Device, at time.Time) (bool, error)
	// Devices returns all devices of a person.
	Devices(ctx context.Context, user person.ID) ([]Device, error)
}

// Endpoints is the push provider's list of devices.
type Endpoints interface {
	// Ensure returns an enabled endpoint for the token: the known one with the
	// token set, or a new one. It may be repeated. InvalidRequest: the provider
	// does not take the token, or the platform is not served.
	Ensure(ctx context.Context, platform Platform, token person.PushToken, known person.Endpoint) (person.Endpoint, error)
	// Remove deletes an endpoint. Removing what is not there is no error.
	Remove(ctx context.Context, endpoint person.Endpoint) error
}

// Devices registers and forgets devices.
type Devices struct {
	store     DeviceStore
	endpoints Endpoints
	clock     clock.Clock
}

// NewDevices returns the service.
func NewDevices(store DeviceStore, endpoints Endpoints, clk clock.Clock) *Devices {
	return &Devices{store: store, endpoints: endpoints, clock: clk}
}

// claims is how often a registration is tried that others race with.
const claims = 4

// Register makes a device reachable for the person and for nobody else.
// Repeating it changes nothing. InvalidRequest: token or zone is not valid;
// Unauthenticated: the account was cancelled meanwhile.
func (s *Devices) Register(ctx context.Context, d Device) error {
	if _, err := Zone(d.Zone); err != nil {
		return err
	}
	d.Platform = PlatformOf(d.Token.Reveal())
	d.Updated = s.clock.Now()
	old, found, err := s.store.Device(ctx, d.User, d.ID)
	if err != nil {
		return err
	}
	var known person.Endpoint
	if found && old.Platform == d.Platform {
		known = old.Endpoint
	}
	d, replaced, err := s.claim(ctx, d, known)
	if fault.Is(err, fault.Unauthenticated) {
		// Nothing is reachable for an account that is gone.
		_, failed := s.discard(ctx, d)
		return errors.Join(err, failed)
	}
	if err != nil {
		return err
	}
	for _, r := range replaced {
		if r.Endpoint == d.Endpoint {
			continue
		}
		if err := s.endpoints.Remove(ctx, r.Endpoint); err != nil {
			return err
		}
	}
	return nil
}

// claim gives the device an endpoint and registers both. Between the two
// others may take the endpoint or retire it; then it begins anew. An endpoint
// that is being deleted it deletes too: whoever began may have died.
func (s *Devices) claim(ctx context.Context, d Device, known person.Endpoint) (Device, []Device, error) {
	for range claims {
		var err error
		if d.Endpoint, err = s.endpoints.Ensure(ctx, d.Platform, d.Token, known); err != nil {
			return d, nil, err
		}
		replaced, err := s.store.Claim(ctx, d)
		switch {
		case errors.Is(err, ErrTaken):
			known = d.Endpoint
		case errors.Is(err, ErrRetired):
			if err := s.endpoints.Remove(ctx, d.Endpoint); err != nil {
				return d, nil, err
			}
			known = person.Endpoint{}
		default:
			return d, replaced, err
		}
	}
	return d, nil, fault.Busy(ErrTaken)
}

// discard deletes d's endpoint, unless it is registered for another device or
// person by now, which is false: the next owner of a token has the same endpoint.
func (s *Devices) discard(ctx context.Context, d Device) (bool, error) {
	retired, err := s.store.Retire(ctx, d, s.clock.Now())
	if err != nil || !retired {
		return false, err
	}
	return true, s.endpoints.Remove(ctx, d.Endpoint)
}

// Unregister forgets a person's device. Forgetting one that is not registered
// is no error. It may be repeated, and finishes what a broken run began.
func (s *Devices) Unregister(ctx context.Context, user person.ID, id person.DeviceID) error {
	d, found, err := s.store.Device(ctx, user, id)
	if err != nil || !found {
		return err
	}
	return s.drop(ctx, d)
}

// forget takes an endpoint that the provider found dead. It removes the row
// first: a device that is registered again meanwhile keeps its endpoint.
func (s *Devices) forget(ctx context.Context, d Device) error {
	gone, err := s.store.Release(ctx, d, s.clock.Now())
	if err != nil || !gone {
		return err
	}
	return s.endpoints.Remove(ctx, d.Endpoint)
}

// EndSession forgets the devices that were registered in a session.
func (s *Devices) EndSession(ctx context.Context, user person.ID, session string) error {
	return s.end(ctx, user, func(d Device) bool { return d.Session == session })
}

// EndOthers forgets the devices of every session but one.
func (s *Devices) EndOthers(ctx context.Context, user person.ID, keep string) error {
	return s.end(ctx, user, func(d Device) bool { return d.Session != keep })
}

// EndAll forgets every device of a person and its endpoint (C86: with the
// cancellation). It may be repeated, and finishes what a broken run began.
func (s *Devices) EndAll(ctx context.Context, user person.ID) error {
	return s.end(ctx, user, func(Device) bool { return true })
}

func (s *Devices) end(ctx context.Context, user person.ID, which func(Device) bool) error {
	devices, err := s.store.Devices(ctx, user)
	if err != nil {
		return err
	}
	for _, d := range devices {
		if !which(d) {
			continue
		}
		if err := s.drop(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// drop removes the endpoint before the row, so that a run that breaks off finds
// it again.
func (s *Devices) drop(ctx context.Context, d Device) error {
	if _, err := s.discard(ctx, d); err != nil {
		return err
	}
	_, err := s.store.Release(ctx, d, s.clock.Now())
	return err
}
