package notificationdynamo

import (
	"context"
	"errors"

	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/notification"
	"jewelrydisplay.app/shared/person"
)

var _ notification.DeviceStore = (*Store)(nil)

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
	replaced, err := s.registrations(ctx, d, device, endpoint)
	if err != nil {
		return nil, err
	}
	writes := []dynamo.Write{
		s.alive(d.User),
		s.devices.PutWrite(fromDevice(d)),
		s.owners.PutWrite(deviceOwnerRow{ID: d.ID, User: d.User}, unchanged("user_id", device.User)),
		s.endpoints.PutWrite(endpointOwnerRow{Endpoint: d.Endpoint, User: d.User, Device: d.ID},
			unchanged("user_id", endpoint.User), unchanged("device_id", endpoint.Device)),
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
		writes = append(writes, s.endpoints.DeleteWrite(endpointOwnerRow{Endpoint: old.Endpoint}, mine(old.User)))
	}
	return writes
}

// mine holds for a row that is the person's, or gone.
func mine(user person.ID) dynamo.Cond {
	return dynamo.Any(dynamo.Absent("pk"), dynamo.Eq("user_id", user))
}

// Release is notification.DeviceStore's.
func (s *Store) Release(ctx context.Context, d notification.Device) (bool, error) {
	key := deviceRow{User: d.User, ID: d.ID}
	err := s.db.Transact(ctx, "",
		s.devices.DeleteWrite(key, dynamo.Any(dynamo.Absent("pk"),
			dynamo.All(dynamo.Eq("updated_at", d.Updated), dynamo.Eq("endpoint", d.Endpoint)))),
		s.owners.DeleteWrite(deviceOwnerRow{ID: d.ID}, mine(d.User)),
		s.endpoints.DeleteWrite(endpointOwnerRow{Endpoint: d.Endpoint}, mine(d.User)),
	)
	if errors.Is(err, dynamo.ErrCondition) {
		return false, nil
	}
	return err == nil, err
}
