package notificationevent_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/notification"
	"jewelrydisplay.app/shared/person"
)

var errKilled = errors.New("killed")

// kill ends a process, as a crash does: by a panic that only dies catches.
func kill() { panic(errKilled) }

func dies(t *testing.T, work func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Error("it was not killed")
		}
	}()
	work()
}

// rows is the store, with something happening just before a write.
type rows struct {
	notification.DeviceStore
	claim func()
}

func (r *rows) Claim(ctx context.Context, d notification.Device) ([]notification.Device, error) {
	if claim := r.claim; claim != nil {
		r.claim = nil
		claim()
	}
	return r.DeviceStore.Claim(ctx, d)
}

// endpoints is the provider, with something happening just before a removal.
type endpoints struct {
	notification.Endpoints
	remove func()
}

func (e endpoints) Remove(ctx context.Context, endpoint person.Endpoint) error {
	e.remove()
	return e.Endpoints.Remove(ctx, endpoint)
}

// owners are the owners, with something happening just after they were read.
type owners struct {
	notification.Owners
	read func()
}

func (o owners) Ownerless(ctx context.Context, list []person.Endpoint) ([]person.Endpoint, error) {
	ownerless, err := o.Owners.Ownerless(ctx, list)
	if len(list) > 0 {
		o.read()
	}
	return ownerless, err
}

// token is a push token of this test alone: the engine finds an endpoint by its
// token in whatever application.
func (c *cloud) token(name string) string { return name + " " + c.apps[0] }

// apple is an Apple token of this test alone.
func (c *cloud) apple(name string) string {
	return fmt.Sprintf("%x", sha256.Sum256([]byte(c.token(name))))
}

func deviceOf(user person.ID, token string) notification.Device {
	return notification.Device{
		User: user, ID: person.Of[person.DeviceID]("device-" + token), Token: person.Of[person.PushToken](token),
		Language: "zh", Zone: "UTC", Session: "s",
	}
}

// sweep runs the sweep once and checks what it deleted.
func (c *cloud) sweep(want int) {
	c.t.Helper()
	if n, err := c.orphans.Remove(c.t.Context()); err != nil || n != want {
		c.t.Errorf("the sweep deleted %d endpoints, want %d, %v", n, want, err)
	}
}

// atProvider lists the tokens of the endpoints at the provider.
func (c *cloud) atProvider() (tokens []string) {
	c.t.Helper()
	for _, app := range c.apps {
		out, err := c.sns.ListEndpointsByPlatformApplication(c.t.Context(), &sns.ListEndpointsByPlatformApplicationInput{PlatformApplicationArn: aws.String(app)})
		c.must(err)
		for _, e := range out.Endpoints {
			tokens = append(tokens, e.Attributes["Token"])
		}
	}
	slices.Sort(tokens)
	return tokens
}

// reached checks that exactly these tokens have an endpoint, and that each of
// these people has a device whose endpoint is there.
func (c *cloud) reached(tokens []string, users ...person.ID) {
	c.t.Helper()
	slices.Sort(tokens)
	if got := c.atProvider(); !slices.Equal(got, tokens) {
		c.t.Errorf("the provider has %q, want %q", got, tokens)
	}
	for _, user := range users {
		devices, err := c.store.Devices(c.t.Context(), user)
		c.must(err)
		if len(devices) != 1 {
			c.t.Fatalf("%d devices, want 1", len(devices))
		}
		if _, err := c.sns.GetEndpointAttributes(c.t.Context(), &sns.GetEndpointAttributesInput{EndpointArn: aws.String(devices[0].Endpoint.Reveal())}); err != nil {
			c.t.Errorf("a registered device has no endpoint: %v", err)
		}
	}
}

// T25: killed between the provider's call and the row, at every place where the
// two stand side by side. One sweep later each endpoint has a row, disabled ones
// included, and those that had one are still there.
//
// Clauses: C24, C88.
func TestNoEndpointIsWithoutARowAfterTheSweep(t *testing.T) {
	c := start(t)
	ctx := t.Context()
	kept, renewing, dead := c.person(false, c.token("kept"), "zh"), c.person(false, c.token("renewing"), "zh"), c.person(false, c.token("dead"), "zh")
	apple, other := c.apple("first"), c.apple("second")
	for _, token := range []string{apple, c.token("disabled"), c.token("repeated")} {
		dying := notification.NewDevices(&rows{c.store, kill}, c.provider, c.clock)
		dies(t, func() { _ = dying.Register(ctx, deviceOf(kept, token)) })
	}
	dying := notification.NewDevices(c.store, endpoints{c.provider, kill}, c.clock)
	renewed := deviceOf(renewing, c.token("renewing"))
	renewed.Token = person.Of[person.PushToken](other)
	dies(t, func() { _ = dying.Register(ctx, renewed) }) // the platform changes: the old endpoint is left
	d, _, err := c.store.Device(ctx, dead, person.Of[person.DeviceID]("device-"+c.token("dead")))
	c.must(err)
	if gone, err := c.store.Release(ctx, d, c.clock.Now()); err != nil || !gone {
		t.Fatal(gone, err) // a dead endpoint is forgotten row first
	}
	for _, app := range c.apps {
		out, err := c.sns.ListEndpointsByPlatformApplication(ctx, &sns.ListEndpointsByPlatformApplicationInput{PlatformApplicationArn: aws.String(app)})
		c.must(err)
		for _, e := range out.Endpoints {
			if e.Attributes["Token"] == c.token("disabled") {
				_, err := c.sns.SetEndpointAttributes(ctx, &sns.SetEndpointAttributesInput{EndpointArn: e.EndpointArn, Attributes: map[string]string{"Enabled": "false"}})
				c.must(err)
			}
		}
	}
	if n := len(c.atProvider()); n != 7 {
		t.Fatalf("%d endpoints, want the 2 with a row and 5 without", n)
	}
	c.sweep(5)
	c.reached([]string{other, c.token("kept")}, kept, renewing)
	c.sweep(0)
	c.must(c.devices.Register(ctx, deviceOf(dead, c.token("repeated"))))
	c.reached([]string{other, c.token("kept"), c.token("repeated")}, kept, renewing, dead)
}

// A sweep harms no registration that is under way, wherever the two meet.
//
// Clauses: C24.
func TestSweepHarmsNoRegistrationUnderWay(t *testing.T) {
	for name, meet := range map[string]func(c *cloud, user person.ID){
		"swept between endpoint and row": func(c *cloud, user person.ID) {
			slow := notification.NewDevices(&rows{c.store, func() { c.sweep(1) }}, c.provider, c.clock)
			c.must(slow.Register(c.t.Context(), deviceOf(user, c.token("token"))))
		},
		"registered after the sweep read": func(c *cloud, user person.ID) {
			var err error
			late := owners{c.store, func() { err = c.devices.Register(c.t.Context(), deviceOf(user, c.token("token"))) }}
			c.leave(user, c.token("token"))
			c.orphans = notification.NewOrphans(c.provider, late, c.devices)
			c.sweep(0)
			c.must(err)
		},
		"registered just before the sweep deletes": func(c *cloud, user person.ID) {
			var err error
			slow := notification.NewDevices(c.store, endpoints{c.provider, func() { err = c.devices.Register(c.t.Context(), deviceOf(user, c.token("token"))) }}, c.clock)
			c.leave(user, c.token("token"))
			c.orphans = notification.NewOrphans(c.provider, c.store, slow)
			c.sweep(1)
			c.must(err)
		},
		"the sweep dies before it deletes": func(c *cloud, user person.ID) {
			c.abandon(user, c.token("token"))
			c.must(c.devices.Register(c.t.Context(), deviceOf(user, c.token("token"))))
		},
		"the sweep died long ago": func(c *cloud, user person.ID) {
			c.abandon(user, c.token("token"))
			c.clock.Advance(notification.RetiredFor)
			c.must(c.devices.Register(c.t.Context(), deviceOf(user, c.token("token"))))
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := start(t)
			user := c.person(false, c.token("other"), "zh")
			c.must(c.devices.EndAll(t.Context(), user))
			meet(c, user)
			c.orphans = notification.NewOrphans(c.provider, c.store, c.devices)
			c.reached([]string{c.token("token")}, user)
			c.sweep(0)
			c.clock.Advance(24 * time.Hour)
			c.sweep(0)
			c.reached([]string{c.token("token")}, user)
		})
	}
}

// leave leaves an endpoint without a row.
func (c *cloud) leave(user person.ID, token string) {
	c.t.Helper()
	dying := notification.NewDevices(&rows{c.store, kill}, c.provider, c.clock)
	dies(c.t, func() { _ = dying.Register(c.t.Context(), deviceOf(user, token)) })
}

// abandon leaves an endpoint that a sweep retired and did not delete.
func (c *cloud) abandon(user person.ID, token string) {
	c.t.Helper()
	c.leave(user, token)
	dying := notification.NewDevices(c.store, endpoints{c.provider, kill}, c.clock)
	dies(c.t, func() { _, _ = notification.NewOrphans(c.provider, c.store, dying).Remove(c.t.Context()) })
}

// Who comes too late takes nothing from the next owner of the phone: a
// registration that was held up until after the cancellation, and a session that
// ends while the phone changes hands.
//
// Clauses: C24, C88.
func TestTheNextOwnersEndpointStays(t *testing.T) {
	t.Run("registered after the cancellation", func(t *testing.T) {
		c := start(t)
		ctx := t.Context()
		first, next := c.person(false, c.token("a"), "zh"), c.person(false, c.token("b"), "zh")
		slow := notification.NewDevices(&rows{c.store, func() {
			c.must(c.db.Transact(ctx, "", c.store.CancelWrite(first)))
			c.must(c.devices.EndAll(ctx, first))
			c.must(c.devices.EndAll(ctx, next))
			c.must(c.devices.Register(ctx, deviceOf(next, c.token("phone"))))
		}}, c.provider, c.clock)
		if err := slow.Register(ctx, deviceOf(first, c.token("phone"))); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%v, want Unauthenticated", err)
		}
		c.reached([]string{c.token("phone")}, next)
	})
	t.Run("ended while it changes hands", func(t *testing.T) {
		c := start(t)
		ctx := t.Context()
		first, next := c.person(false, c.token("phone"), "zh"), c.person(false, c.token("b"), "zh")
		c.must(c.devices.EndAll(ctx, next))
		stale := &staleStore{DeviceStore: c.store, then: func() { c.must(c.devices.Register(ctx, deviceOf(next, c.token("phone")))) }}
		c.must(notification.NewDevices(stale, c.provider, c.clock).EndAll(ctx, first))
		c.reached([]string{c.token("phone")}, next)
	})
}

// staleStore is the store, with something happening just after devices were read.
type staleStore struct {
	notification.DeviceStore
	then func()
}

func (s *staleStore) Devices(ctx context.Context, user person.ID) ([]notification.Device, error) {
	list, err := s.DeviceStore.Devices(ctx, user)
	s.then()
	return list, err
}
