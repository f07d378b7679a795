package notificationdynamo

import (
	"context"
	"errors"
	"time"

	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/notification"
	"jewelrydisplay.app/shared/person"
)

var (
	_ notification.DeviceStore = (*Store)(nil)
	_ notification.Owners      = (*Store)(nil)
)

// Device returns a person's device; false when it is not registered.
func (s *Store) Device(ctx context.Context, user person.ID, id person.DeviceID) (notification.Device, bool, error) {
	row, found, err := s.devices.Get(ctx, deviceRow{User: user, ID: id})
	return toDevice(row), found, err
}

// Devices returns all devices of a person.
func (s *Store) Devices(ctx context.Context, user person.ID) ([]notification.Device, error) {
	page, err := s.devices.Query(ctx, dynamo.Query{Partition: "U#" + user.Reveal(), Prefix: "DEV#"})
	if err != nil {
		return nil, err
	}
	devices := make([]notification.Device, len(page.Rows))
	for i, row := range page.Rows {
		devices[i] = toDevice(row)
	}
	return devices, nil
}

// Claim is notification.DeviceStore's: one transaction, conditional on both
// owners being who they were when they were read.
func (s *Store) Claim(ctx context.Context, d notification.Device) ([]notification.Device, error) {
	device, endpoint, err := s.ownersOf(ctx, d)
	if err != nil {
		return nil, err
	}
	if !endpoint.Retired.IsZero() {
		return nil, notification.ErrRetired
	}
	replaced, err := s.registrations(ctx, d, device, endpoint)
	if err != nil {
		return nil, err
	}
	writes := []dynamo.Write{
		s.alive(d.User),
		s.devices.PutWrite(fromDevice(d)),
		s.owners.PutWrite(deviceOwnerRow{ID: d.ID, User: d.User}, unchanged("user_id", device.User)),
		s.endpoints.PutWrite(endpointOwnerRow{Endpoint: d.Endpoint, User: d.User, Device: d.ID},
			held(endpoint, d.Updated)),
	}
	for _, r := range replaced {
		writes = append(writes, s.replace(r, d)...)
	}
	err = s.db.Transact(ctx, "", writes...)
	var refused *dynamo.ConditionError
	switch {
	case errors.As(err, &refused) && refused.Index == 0:
		return nil, errInactive
	case errors.Is(err, dynamo.ErrCondition):
		return nil, notification.ErrTaken
	}
	return replaced, err
}

// unchanged holds when the attribute is what was read; nothing was read of an
// absent row.
func unchanged(attribute string, value interface {
	Reveal() string
	IsZero() bool
},
) dynamo.Cond {
	if value.IsZero() {
		return dynamo.Absent("pk")
	}
	return dynamo.Eq(attribute, value)
}

// held holds when the endpoint has the owner who was read. Nobody was: then
// there is no row, or one of an endpoint that was retired so long ago that
// whoever did is not at it any more.
func held(read endpointOwnerRow, now time.Time) dynamo.Cond {
	if read.User.IsZero() {
		return dynamo.Any(dynamo.Absent("pk"), dynamo.AtMost("retired_at", now.Add(-notification.RetiredFor)))
	}
	return dynamo.All(dynamo.Eq("user_id", read.User), dynamo.Eq("device_id", read.Device))
}

// ownersOf reads whose the device and the endpoint are.
func (s *Store) ownersOf(ctx context.Context, d notification.Device) (deviceOwnerRow, endpointOwnerRow, error) {
	b := s.db.Batch()
	device, err := s.owners.From(b, deviceOwnerRow{ID: d.ID})
	if err != nil {
		return deviceOwnerRow{}, endpointOwnerRow{}, err
	}
	endpoint, err := s.endpoints.From(b, endpointOwnerRow{Endpoint: d.Endpoint})
	if err != nil {
		return deviceOwnerRow{}, endpointOwnerRow{}, err
	}
	err = b.Run(ctx)
	deviceRow, _ := device.Row()
	endpointRow, _ := endpoint.Row()
	return deviceRow, endpointRow, err
}

// registrations reads what the claim replaces: the device's row under its
// owner so far, and the row that the endpoint was registered with.
func (s *Store) registrations(ctx context.Context, d notification.Device, device deviceOwnerRow, endpoint endpointOwnerRow) ([]notification.Device, error) {
	b := s.db.Batch()
	keys := []deviceRow{{User: d.User, ID: d.ID}}
	if !device.User.IsZero() && device.User != d.User {
		keys = append(keys, deviceRow{User: device.User, ID: d.ID})
	}
	if former := (deviceRow{User: endpoint.User, ID: endpoint.Device}); !former.User.IsZero() {
		keys = append(keys, former)
	}
	var pending []*dynamo.Pending[deviceRow]
	for _, key := range keys {
		p, err := s.devices.From(b, key)
		if err != nil {
			return nil, err
		}
		pending = append(pending, p)
	}
	if err := b.Run(ctx); err != nil {
		return nil, err
	}
	var replaced []notification.Device
	seen := map[deviceRow]bool{}
	for i, p := range pending {
		if row, found := p.Row(); found && !seen[keys[i]] {
			replaced = append(replaced, toDevice(row))
		}
		seen[keys[i]] = true
	}
	return replaced, nil
}

// replace removes a registration as far as the claim of d does not write over
// it: no item may be written twice in one transaction.
func (s *Store) replace(old, d notification.Device) []dynamo.Write {
	var writes []dynamo.Write
	if old.User != d.User || old.ID != d.ID {
		writes = append(writes, s.devices.DeleteWrite(deviceRow{User: old.User, ID: old.ID}))
	}
	if old.ID != d.ID {
		writes = append(writes, s.owners.DeleteWrite(deviceOwnerRow{ID: old.ID}, mine(old.User)))
	}
	if old.Endpoint != d.Endpoint {
		writes = append(writes, s.retireWrite(old, d.Updated))
	}
	return writes
}

// mine holds for a row that is the person's, or gone.
func mine(user person.ID) dynamo.Cond {
	return dynamo.Any(dynamo.Absent("pk"), dynamo.Eq("user_id", user))
}

// retireWrite retires an endpoint that is registered as d says, or for nobody.
func (s *Store) retireWrite(d notification.Device, at time.Time) dynamo.Write {
	free := dynamo.Absent("user_id")
	if !d.User.IsZero() {
		free = dynamo.Any(free, dynamo.All(dynamo.Eq("user_id", d.User), dynamo.Eq("device_id", d.ID)))
	}
	return s.endpoints.PutWrite(endpointOwnerRow{Endpoint: d.Endpoint, Retired: at}, free)
}

// Retire is notification.DeviceStore's.
func (s *Store) Retire(ctx context.Context, d notification.Device, at time.Time) (bool, error) {
	return made(s.db.Transact(ctx, "", s.retireWrite(d, at)))
}

// Release is notification.DeviceStore's.
func (s *Store) Release(ctx context.Context, d notification.Device, at time.Time) (bool, error) {
	key := deviceRow{User: d.User, ID: d.ID}
	return made(s.db.Transact(ctx, "",
		s.devices.DeleteWrite(key, dynamo.Any(dynamo.Absent("pk"),
			dynamo.All(dynamo.Eq("updated_at", d.Updated), dynamo.Eq("endpoint", d.Endpoint)))),
		s.owners.DeleteWrite(deviceOwnerRow{ID: d.ID}, mine(d.User)),
		s.retireWrite(d, at),
	))
}

// made reports whether the writes were made; a condition that refused them is no
// error.
func made(err error) (bool, error) {
	if errors.Is(err, dynamo.ErrCondition) {
		return false, nil
	}
	return err == nil, err
}

// Ownerless is notification.Owners': strongly consistent, a call for 100.
func (s *Store) Ownerless(ctx context.Context, endpoints []person.Endpoint) ([]person.Endpoint, error) {
	b := s.db.Batch()
	pending := make([]*dynamo.Pending[endpointOwnerRow], len(endpoints))
	for i, e := range endpoints {
		var err error
		if pending[i], err = s.endpoints.From(b, endpointOwnerRow{Endpoint: e}); err != nil {
			return nil, err
		}
	}
	if err := b.Run(ctx); err != nil {
		return nil, err
	}
	var ownerless []person.Endpoint
	for i, e := range endpoints {
		if row, _ := pending[i].Row(); row.User.IsZero() {
			ownerless = append(ownerless, e)
		}
	}
	return ownerless, nil
}
