package notificationdynamo

import (
	"time"

	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/notification"
	"jewelrydisplay.app/shared/person"
)

// Store is the table Notifications.
type Store struct {
	db         *dynamo.DB
	people     dynamo.Table[personRow]
	devices    dynamo.Table[deviceRow]
	owners     dynamo.Table[deviceOwnerRow]
	endpoints  dynamo.Table[endpointOwnerRow]
	campaigns  dynamo.Table[campaignRow]
	pages      dynamo.Table[pageRow]
	outcomes   dynamo.Table[outcomeRow]
	broadcasts dynamo.Table[broadcastRow]
	messages   dynamo.Table[messageRow]
	marks      dynamo.Table[markRow]
}

// New returns the store in the database.
func New(db *dynamo.DB) *Store {
	return &Store{
		db: db, people: dynamo.Of(db, PersonRecord), devices: dynamo.Of(db, DeviceRecord),
		owners: dynamo.Of(db, DeviceOwnerRecord), endpoints: dynamo.Of(db, EndpointOwnerRecord),
		campaigns: dynamo.Of(db, CampaignRecord), pages: dynamo.Of(db, PageRecord), outcomes: dynamo.Of(db, OutcomeRecord),
		broadcasts: dynamo.Of(db, BroadcastRecord), messages: dynamo.Of(db, MessageRecord), marks: dynamo.Of(db, MarkRecord),
	}
}

// Records returns the schemas of this package's rows.
func Records() []*inventory.Schema {
	return []*inventory.Schema{
		PersonRecord.Schema(), DeviceRecord.Schema(), DeviceOwnerRecord.Schema(), EndpointOwnerRecord.Schema(),
		CampaignRecord.Schema(), PageRecord.Schema(), OutcomeRecord.Schema(), BroadcastRecord.Schema(),
		MessageRecord.Schema(), MarkRecord.Schema(),
	}
}

var errInactive = fault.New(fault.Unauthenticated, "The account is not active.")

// PersonWrites makes a new person reachable; it belongs into the write that
// makes the account and is as repeatable as that.
func (s *Store) PersonWrites(user person.ID, minor bool, at time.Time) []dynamo.Write {
	return []dynamo.Write{s.people.PutWrite(personRow{
		User: user, Page: pageOf(user), State: string(notification.Active), Joined: at, Minor: minor,
		Choices: map[string]bool{},
	})}
}

// NewDeviceWrite puts the message of a login from a device that the account never
// saw into the inbox; it belongs into the write that makes the session, which asks
// for the state of the account. It may be repeated.
func (s *Store) NewDeviceWrite(user person.ID, at time.Time) dynamo.Write {
	return s.messages.PutWrite(fromMessage(user, notification.NewDevice(at)))
}

// MinorWrites tells that a person turned out to be 14 to 17 years old: marketing
// is not for them from the same write on, and nothing clears it (C94). What they
// consented to of it ends too. They may be repeated. ErrCondition: there is no
// such person.
func (s *Store) MinorWrites(user person.ID) []dynamo.Write {
	return []dynamo.Write{s.people.UpdateWrite(personRow{User: user}, dynamo.Update{
		Set: map[string]any{"minor": true, "marketing_push": false}, If: []dynamo.Cond{dynamo.Exists("pk")},
	})}
}

// ConsentWrite keeps the projection of a consent beside the consent itself
// (C71, C78: what is sent next knows of it). It may be repeated. A consent
// that sends nothing changes nothing here. ErrCondition: there is no such
// person.
func (s *Store) ConsentWrite(user person.ID, c inventory.Consent, granted bool) dynamo.Write {
	if c != inventory.ConsentMarketingPush {
		return s.people.CheckWrite(personRow{User: user}, dynamo.Exists("pk"))
	}
	return s.people.UpdateWrite(personRow{User: user}, dynamo.Update{
		Set: map[string]any{"marketing_push": granted}, If: []dynamo.Cond{dynamo.Exists("pk")},
	})
}

// CancelWrite makes a person unreachable in the write that cancels the account
// (C86): whatever is about to be sent is refused from then on. It may be
// repeated. ErrCondition: there is no such person.
func (s *Store) CancelWrite(user person.ID) dynamo.Write {
	return s.stateWrite(user, notification.Cancelled)
}

// RestoreWrite makes a person reachable again when the cancellation is
// withdrawn; their devices register anew. It may be repeated. ErrCondition:
// there is no such person.
func (s *Store) RestoreWrite(user person.ID) dynamo.Write {
	return s.stateWrite(user, notification.Active)
}

// BanWrite makes a person unreachable in the write that bans the account (C79),
// so that a device that is being registered is not, and reachable again in the
// write that ends the ban; their devices register anew. It may be repeated.
// ErrCondition: the account is cancelled, or there is no such person.
func (s *Store) BanWrite(user person.ID, banned bool) dynamo.Write {
	state := notification.Active
	if banned {
		state = notification.Banned
	}
	return s.people.UpdateWrite(personRow{User: user}, dynamo.Update{
		Set: map[string]any{"state": string(state)}, If: []dynamo.Cond{dynamo.Not("state", string(notification.Cancelled))},
	})
}

func (s *Store) stateWrite(user person.ID, state notification.State) dynamo.Write {
	return s.people.UpdateWrite(personRow{User: user}, dynamo.Update{
		Set: map[string]any{"state": string(state)}, If: []dynamo.Cond{dynamo.Exists("pk")},
	})
}

// alive asks in a transaction that the person's account is active: what
// was held up just before its write writes nothing afterwards.
func (s *Store) alive(user person.ID) dynamo.Write {
	return s.people.CheckWrite(personRow{User: user}, isActive())
}

func isActive() dynamo.Cond { return dynamo.Eq("state", string(notification.Active)) }
