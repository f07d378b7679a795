// Package cancellationdynamo keeps cancellations in the table Privacy: timers
// with their bells, receipts, and how a number leads to a cancellation that can
// be withdrawn. No key of a timer, bell or receipt names the person.
package cancellationdynamo

import (
	"time"

	"jewelrydisplay.app/shared/cancellation"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/person"
)

const table = "Privacy"

type timerRow struct {
	Case          cancellation.Case  `inv:"case,C86,key"`
	User          person.ID          `inv:"user_id,C86,rights"`
	Phone         person.Hash        `inv:"phone_index,C86,rights"`
	Stage         cancellation.Stage `inv:"stage,C86,rights"`
	Due           time.Time          `inv:"due_at,C86,rights"`
	WithdrawUntil time.Time          `inv:"withdraw_until,C18,rights"`
	PurgeAt       time.Time          `inv:"purge_at,C86,rights"`
}

// TimerRecord is a cancellation under way, and the only row that says whose it
// is. It is not found by the person, and the erasure of the person's rows does
// not touch it: it must outlive them, and goes in the transaction that writes
// the receipt. So it has no TTL either. It lies in the index of what is due.
var TimerRecord = inventory.Declare[timerRow](inventory.Record{
	Name: "cancellation_timer", Table: table, Key: "R#{case}/TIMER",
	Indexes:  []inventory.Index{{Name: "due", Key: "DUE/{due_at}#{case}"}},
	Keep:     inventory.Always("until the erasure that it starts is done, or the cancellation withdrawn"),
	OnCancel: inventory.OwnExpiry,
})

type bellRow struct {
	Case  cancellation.Case `inv:"case,C86,key"`
	Name  string            `inv:"bell,C86,operation"`
	Rings time.Time         `inv:"rings_at,C86,operation"`
}

// BellRecord rings by expiring: TTL's deletion of the row reaches the erasure
// by the table's stream, long before the sweep comes round.
var BellRecord = inventory.Declare[bellRow](inventory.Record{
	Name: "cancellation_bell", Table: table, Key: "R#{case}/BELL#{bell}",
	Keep: inventory.Until("rings_at"), OnCancel: inventory.NotPersonal,
})

type receiptRow struct {
	Case          cancellation.Case  `inv:"case,C88,key"`
	State         cancellation.State `inv:"state,C88,rights"`
	EffectiveAt   time.Time          `inv:"effective_at,C88,rights"`
	WithdrawUntil time.Time          `inv:"withdraw_until,C88,rights"`
	PurgeAt       time.Time          `inv:"purge_at,C88,rights"`
	ErasedAt      time.Time          `inv:"erased_at,C88,rights"`
	Proof         string             `inv:"proof,C88,rights"`
}

// ReceiptRecord is what remains of an account. It holds nothing personal, and
// who does not hold the receipt's id cannot even find it.
var ReceiptRecord = inventory.Declare[receiptRow](inventory.Record{
	Name: "cancellation_receipt", Table: table, Key: "R#{case}/RECEIPT",
	Keep:     inventory.Always("whoever holds a receipt may ask at any time whether they were forgotten; it names nobody"),
	OnCancel: inventory.NotPersonal,
})

type withdrawalRow struct {
	Phone person.Hash       `inv:"phone_index,C18,key"`
	Case  cancellation.Case `inv:"case,C18,key"`
	User  person.ID         `inv:"user_id,C18,rights"`
	Until time.Time         `inv:"until,C18,rights"`
}

// WithdrawalRecord leads from a number to a cancellation that can be withdrawn.
// Served to the last moment of the 7 days and not one longer.
var WithdrawalRecord = inventory.Declare[withdrawalRow](inventory.Record{
	Name: "withdrawal", Table: table, Key: "W#{phone_index}/C#{case}",
	Keep: inventory.Until("until"), OnCancel: inventory.OwnExpiry,
})

// Records returns the schemas of this package's rows.
func Records() []*inventory.Schema {
	return []*inventory.Schema{
		TimerRecord.Schema(), BellRecord.Schema(), ReceiptRecord.Schema(), WithdrawalRecord.Schema(),
	}
}

// The bells of a cancellation.
const (
	bellWithdrawal = "withdrawal_over"
	bellPurge      = "purge"
)

func fromTimer(t cancellation.Timer) timerRow { return timerRow(t) }

func toTimer(r timerRow) cancellation.Timer { return cancellation.Timer(r) }

func fromReceipt(c cancellation.Case, r cancellation.Receipt) receiptRow {
	return receiptRow{
		Case: c, State: r.State, EffectiveAt: r.EffectiveAt, WithdrawUntil: r.WithdrawUntil,
		PurgeAt: r.PurgeAt, ErasedAt: r.ErasedAt, Proof: r.Proof,
	}
}
