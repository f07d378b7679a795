// Package notificationdynamo keeps devices, people's choices, inboxes,
// campaigns and outcomes in the table Notifications.
package notificationdynamo

import (
	"fmt"
	"hash/fnv"
	"time"

	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/notification"
	"jewelrydisplay.app/shared/person"
)

const table = "Notifications"

// personRow is the projection of a person that is read just before something
// is sent.
type personRow struct {
	User      person.ID       `inv:"user_id,C29,key"`
	Page      string          `inv:"page,C29,key"`
	State     string          `inv:"state,C88,notification"`
	Joined    time.Time       `inv:"joined_at,C29,notification"`
	Minor     bool            `inv:"minor,C94,notification"`
	Marketing bool            `inv:"marketing_push,C29,consent"`
	Choices   map[string]bool `inv:"choices,C29,notification"`
	Hours     string          `inv:"quiet_hours,C29,notification"`
	Seen      time.Time       `inv:"seen_at,C29,inbox"`
}

// PersonRecord is the audience row: that a person can be told something, and
// what of it they want. It is found by the page of people that a campaign to
// everybody goes through.
var PersonRecord = inventory.Declare[personRow](inventory.Record{
	Name: "notification_person", Table: table, Key: "U#{user_id}/AUDIENCE", Owner: "user_id",
	Indexes: []inventory.Index{{Name: "page", Key: "PEOPLE#{page}/{user_id}"}},
	Keep:    inventory.WithPerson(), OnCancel: inventory.EraseAfterWithdrawal,
})

type deviceRow struct {
	User     person.ID        `inv:"user_id,C24,key"`
	ID       person.DeviceID  `inv:"device_id,C24,key"`
	Token    person.PushToken `inv:"push_token,C24,notification"`
	Endpoint person.Endpoint  `inv:"endpoint,C24,notification"`
	Platform string           `inv:"platform,C24,notification"`
	Language string           `inv:"locale,C24,notification"`
	Zone     string           `inv:"time_zone,C29,notification"`
	Session  string           `inv:"session_id,C24,notification"`
	Updated  time.Time        `inv:"updated_at,C24,notification"`
}

// DeviceRecord is a device that can be pushed to.
var DeviceRecord = inventory.Declare[deviceRow](inventory.Record{
	Name: "device", Table: table, Key: "U#{user_id}/DEV#{device_id}", Owner: "user_id",
	Also: []string{"DEVICE#{device_id}/OWNER", "ENDPOINT#{endpoint}/OWNER"},
	Keep: inventory.WithPerson(), OnCancel: inventory.EraseAtOnce,
})

type deviceOwnerRow struct {
	ID   person.DeviceID `inv:"device_id,C24,key"`
	User person.ID       `inv:"user_id,C24,notification"`
}

// DeviceOwnerRecord says whose a device is: one person's at a time.
var DeviceOwnerRecord = inventory.Declare[deviceOwnerRow](inventory.Record{
	Name: "device_owner", Table: table, Key: "DEVICE#{device_id}/OWNER", Owner: "user_id",
	Keep: inventory.WithPerson(), OnCancel: inventory.EraseAtOnce,
})

// endpointOwnerRow is an endpoint that somebody has, or, with Retired, one that
// nobody has and nobody may take.
type endpointOwnerRow struct {
	Endpoint person.Endpoint `inv:"endpoint,C24,key"`
	User     person.ID       `inv:"user_id,C24,notification"`
	Device   person.DeviceID `inv:"device_id,C24,notification"`
	Retired  time.Time       `inv:"retired_at,C24,operation"`
}

// EndpointOwnerRecord says for whom an endpoint is registered: an app that was
// installed again has a new device id and may have its old token. Of an endpoint
// that is being deleted it says so, names nobody, and is gone an hour later.
var EndpointOwnerRecord = inventory.Declare[endpointOwnerRow](inventory.Record{
	Name: "endpoint_owner", Table: table, Key: "ENDPOINT#{endpoint}/OWNER", Owner: "user_id",
	Keep: inventory.For("retired_at", notification.RetiredFor), OnCancel: inventory.EraseAtOnce,
})

// pageCount is into how many pages people are divided: the units of work of a
// campaign. A person's page never changes.
const pageCount = 16

// pageOf returns the page of a person.
func pageOf(user person.ID) string {
	return pageName(pageNumber(user))
}

func pageNumber(user person.ID) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(user.Reveal())) // a hash takes everything
	return int(h.Sum32() % pageCount)
}

func pageName(n int) string { return fmt.Sprintf("%02d", n) }

func toPerson(r personRow) (notification.Person, error) {
	hours, err := notification.StoredQuietHours(r.Hours)
	return notification.Person{
		User: r.User, State: notification.State(r.State), Joined: r.Joined, Minor: r.Minor,
		Marketing: r.Marketing, Choices: r.Choices, Hours: hours, Seen: r.Seen,
	}, err
}

func toDevice(r deviceRow) notification.Device {
	return notification.Device{
		User: r.User, ID: r.ID, Token: r.Token, Endpoint: r.Endpoint, Platform: notification.Platform(r.Platform),
		Language: r.Language, Zone: r.Zone, Session: r.Session, Updated: r.Updated,
	}
}

func fromDevice(d notification.Device) deviceRow {
	return deviceRow{
		User: d.User, ID: d.ID, Token: d.Token, Endpoint: d.Endpoint, Platform: string(d.Platform),
		Language: d.Language, Zone: d.Zone, Session: d.Session, Updated: d.Updated,
	}
}
