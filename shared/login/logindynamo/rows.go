// Package logindynamo keeps login's rows in the table Accounts: gates,
// accounts, phone claims, known devices, sessions, open codes and the audit of
// what happened to an account.
package logindynamo

import (
	"time"

	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/person"
)

// auditKept is how long security records are kept: six months by law, at
// their longest (C36, C64).
const auditKept = 184 * 24 * time.Hour

type gateRow struct {
	User        person.ID       `inv:"user_id,C11,key"`
	State       login.State     `inv:"state,C70,account"`
	BannedUntil time.Time       `inv:"banned_until,C79,security"`
	Generation  int64           `inv:"generation,C11,security"`
	Accepted    string          `inv:"accepted_policy,C01,policy"`
	Consents    map[string]bool `inv:"consents,C71,consent"`
	Minor       bool            `inv:"minor,C94,account"`
	ActiveAt    time.Time       `inv:"active_at,C36,security"`
	WrappedKey  person.Hash     `inv:"wrapped_key,C03,security"`
	Pseudonym   person.Hash     `inv:"audit_pseudonym,C06,security"`
	Left        string          `inv:"left_case,C86,rights"`
}

// GateRecord is what every request of a person is checked against.
var GateRecord = inventory.Declare[gateRow](inventory.Record{
	Name: "gate", Table: "Accounts", Key: "U#{user_id}/GATE", Owner: "user_id",
	Shows: []string{"A#{audit_pseudonym}"},
	Keep:  inventory.WithPerson(), OnCancel: inventory.HoldUntilPurge,
})

type accountRow struct {
	User       person.ID          `inv:"user_id,C11,key"`
	Phone      person.PhoneNumber `inv:"phone,C11,login"`
	PhoneIndex person.Hash        `inv:"phone_index,C11,login"`
	CreatedAt  time.Time          `inv:"created_at,C11,account"`
	AgeGroup   login.AgeGroup     `inv:"age_group,C94,account"`
	GuardianAt time.Time          `inv:"guardian_agreed_at,C94,account"`
}

// AccountRecord is the account with its number (C11).
var AccountRecord = inventory.Declare[accountRow](inventory.Record{
	Name: "account", Table: "Accounts", Key: "U#{user_id}/ACCOUNT", Owner: "user_id",
	Also: []string{"P#{phone_index}/CLAIM"},
	Keep: inventory.WithPerson(), OnCancel: inventory.HoldUntilPurge,
})

type claimRow struct {
	PhoneIndex person.Hash `inv:"phone_index,C11,key"`
	User       person.ID   `inv:"user_id,C11,login"`
	ClaimedAt  time.Time   `inv:"claimed_at,C11,login"`
}

// ClaimRecord says which account a number opens. It is found by a keyed hash
// and goes with the cancellation, so that the number is free at once (C86). Who
// holds the number is shown its codes (C70): not the account, which keeps the
// number's hash when the number has passed on.
var ClaimRecord = inventory.Declare[claimRow](inventory.Record{
	Name: "phone_claim", Table: "Accounts", Key: "P#{phone_index}/CLAIM", Owner: "user_id",
	Shows: []string{"P#{phone_index}"},
	Keep:  inventory.WithPerson(), OnCancel: inventory.EraseAtOnce,
})

type challengeRow struct {
	Nonce    string        `inv:"nonce,C11,login"`
	MAC      person.Hash   `inv:"code_mac,C11,login"`
	Holder   person.HeldID `inv:"holder,C11,login"`
	Address  person.Hash   `inv:"address_row,C36,security"`
	Country  person.Hash   `inv:"country_row,C36,security"`
	SentAt   time.Time     `inv:"sent_at,C11,login"`
	EndsAt   time.Time     `inv:"ends_at,C11,login"`
	Attempts int64         `inv:"attempts,C11,security"`
	Replays  int64         `inv:"replays,C11,security"`
	Result   person.HeldID `inv:"result,C11,login"`
}

type codesRow struct {
	PhoneIndex person.Hash             `inv:"phone_index,C11,key"`
	Challenges map[string]challengeRow `inv:"challenges,C11,login"`
	Sends      []time.Time             `inv:"sends,C36,security"`
	Failures   int64                   `inv:"failures,C36,security"`
	FailedAt   time.Time               `inv:"failed_at,C36,security"`
	Revision   int64                   `inv:"revision,C11,login"`
	KeepUntil  time.Time               `inv:"keep_until,C64,login"`
}

// CodesRecord holds a phone's open codes and when SMS were sent to it, for 24
// hours, under a keyed hash: whoever never finishes leaves nothing (C01).
var CodesRecord = inventory.Declare[codesRow](inventory.Record{
	Name: "codes", Table: "Accounts", Key: "P#{phone_index}/CODES",
	Keep: inventory.Until("keep_until"), OnCancel: inventory.OwnExpiry,
})

type hourRow struct {
	Sent     int64 `inv:"sent,C36,security"`
	Verified int64 `inv:"verified,C36,security"`
}

type tallyRow struct {
	Row       person.Hash        `inv:"tally,C36,key"`
	Hours     map[string]hourRow `inv:"hours,C36,security"`
	Regions   map[string]int64   `inv:"regions,C36,security"`
	Revision  int64              `inv:"revision,C36,security"`
	KeepUntil time.Time          `inv:"keep_until,C64,security"`
}

// TallyRecord counts the codes that were sent and came back, for a day: of a
// client address, of which only a keyed hash is stored (C21), or of a country. Both
// are many people's, and the row names none of them.
var TallyRecord = inventory.Declare[tallyRow](inventory.Record{
	Name: "code_tally", Table: "Accounts", Key: "T#{tally}/TALLY",
	Keep: inventory.Until("keep_until"), OnCancel: inventory.NotPersonal,
})

type deviceRow struct {
	User    person.ID         `inv:"user_id,C11,key"`
	Device  person.Hash       `inv:"device_hash,C21,security"`
	Seed    person.DeviceSeed `inv:"device_seed,C21,security"`
	FirstAt time.Time         `inv:"first_login_at,C21,security"`
	LastAt  time.Time         `inv:"last_login_at,C21,security"`
}

// DeviceRecord is a device that logged in to the account: a keyed hash, held
// because withdrawing a cancellation and waking a dormant account ask for it.
var DeviceRecord = inventory.Declare[deviceRow](inventory.Record{
	Name: "known_device", Table: "Accounts", Key: "U#{user_id}/D#{device_hash}", Owner: "user_id",
	Keep: inventory.WithPerson(), OnCancel: inventory.HoldUntilPurge,
})

type sessionRow struct {
	User        person.ID         `inv:"user_id,C11,key"`
	ID          string            `inv:"session_id,C11,key"`
	Generation  int64             `inv:"generation,C11,security"`
	Device      person.Hash       `inv:"device_hash,C21,security"`
	Name        person.DeviceName `inv:"device_name,C21,security"`
	Platform    string            `inv:"platform,C21,security"`
	Turn        int64             `inv:"turn,C11,login"`
	RefreshHash person.Hash       `inv:"refresh_hash,C11,login"`
	AccessHash  person.Hash       `inv:"access_hash,C11,login"`
	KeyID       string            `inv:"key_id,C11,login"`
	Parent      string            `inv:"parent_key_id,C11,login"`
	Used        bool              `inv:"used,C11,login"`
	CreatedAt   time.Time         `inv:"created_at,C11,login"`
	TurnedAt    time.Time         `inv:"turned_at,C11,login"`
	LastUsedAt  time.Time         `inv:"last_used_at,C11,security"`
	EndsAt      time.Time         `inv:"ends_at,C11,login"`
}

// SessionRecord is one login of one device; of its tokens only hashes.
var SessionRecord = inventory.Declare[sessionRow](inventory.Record{
	Name: "session", Table: "Accounts", Key: "U#{user_id}/S#{session_id}", Owner: "user_id",
	Keep: inventory.Until("ends_at"), OnCancel: inventory.EraseAtOnce,
})

type auditRow struct {
	Pseudonym person.Hash `inv:"audit_pseudonym,C06,key"`
	At        time.Time   `inv:"at,C36,security"`
	ID        string      `inv:"event_id,C36,security"`
	Event     string      `inv:"event,C36,security"`
	Reason    string      `inv:"reason,C79,security"`
	Network   string      `inv:"network,C21,security"`
}

// AuditRecord is what happened to an account, when, and from which part of the net
// (C21, C69), under a random pseudonym whose
// link to the person is erased at purge (C06, C36).
var AuditRecord = inventory.Declare[auditRow](inventory.Record{
	Name: "audit", Table: "Accounts", Key: "A#{audit_pseudonym}/E#{at}#{event_id}",
	Keep: inventory.For("at", auditKept), OnCancel: inventory.OwnExpiry,
})

// Records are the schemas of the rows that this package keeps.
func Records() []*inventory.Schema {
	return []*inventory.Schema{
		GateRecord.Schema(), AccountRecord.Schema(), ClaimRecord.Schema(), CodesRecord.Schema(), TallyRecord.Schema(),
		DeviceRecord.Schema(), SessionRecord.Schema(), AuditRecord.Schema(),
	}
}
