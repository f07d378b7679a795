// Package cancellation is the end of an account: cancelled, withdrawable for 7
// days, held to day 180, erased (C18, C86–C88). A cancellation is known in
// rows, queues and streams by its Case, which names nobody.
package cancellation

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"time"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/person"
)

// The periods, counted from the moment a cancellation takes effect.
const (
	// WithdrawalPeriod is how long a cancellation can be taken back: until the
	// last moment before it is over.
	WithdrawalPeriod = 7 * 24 * time.Hour
	// HoldPeriod is how long the account's own data is kept (C86): held to the
	// last second, due to be erased one second later.
	HoldPeriod = 180 * 24 * time.Hour
	// SecondPass is when what goes at once is gone after again: a request that
	// was under way when the account was cancelled has long ended by then.
	SecondPass = time.Minute
)

// Case names one cancellation. It is the hash of the receipt's id, which is
// nowhere stored: only who holds the receipt can say which case is theirs.
type Case string

// CaseOf returns the case of a receipt.
func CaseOf(receipt string) Case {
	sum := sha256.Sum256([]byte("cancellation receipt\n" + receipt))
	return Case(base64.RawURLEncoding.EncodeToString(sum[:18]))
}

// Stage is how far a cancellation has come. Each step is taken once, by a
// conditional write; what belongs to a stage may be done any number of times.
type Stage string

// The stages in their order. A cancellation is withdrawn only in Open: a step
// into Closing shuts that door before anything is erased behind it.
const (
	AtOnce  Stage = "at once" // sessions, tokens and endpoints are being erased
	Open    Stage = "open"    // may be withdrawn
	Closing Stage = "closing" // data of additional functions is being erased
	Held    Stage = "held"    // the account's own data waits for its day
	Purging Stage = "purging" // everything is being erased
)

// Timer is a cancellation under way: whose it is, how far it has come and when
// it goes on. It is the only link between the case and the person, and goes
// with the erasure or the withdrawal.
type Timer struct {
	Case          Case
	User          person.ID
	Phone         person.Hash // blind index of the number the account had, as long as it can be withdrawn by it
	Stage         Stage
	Due           time.Time // when the next step is due
	WithdrawUntil time.Time // from here on it cannot be withdrawn
	PurgeAt       time.Time // from here on nothing is held
}

// begin returns the timer of a cancellation that takes effect at a moment.
func begin(c Case, user person.ID, phone person.Hash, at time.Time) Timer {
	return Timer{
		Case: c, User: user, Phone: phone, Stage: AtOnce, Due: at.Add(SecondPass),
		WithdrawUntil: at.Add(WithdrawalPeriod), PurgeAt: at.Add(HoldPeriod),
	}
}

// Leave returns the timer and the receipt of an account that nobody can reach any
// more, because its number opens another one or was lost. Its person asked for
// nothing and may come back through customer service: so nothing of it is erased
// before the day on which it would be if it were cancelled now (C86). Nobody is
// given the receipt.
func Leave(receipt string, user person.ID, at time.Time) (Timer, Receipt) {
	t := begin(CaseOf(receipt), user, person.Hash{}, at)
	t.Stage, t.Due, t.WithdrawUntil = Held, t.PurgeAt, time.Time{}
	return t, Receipt{ID: receipt, State: StateHeld, EffectiveAt: at, PurgeAt: t.PurgeAt}
}

// next returns the timer one stage on.
func (t Timer) next() Timer {
	switch t.Stage {
	case AtOnce:
		t.Stage, t.Due = Open, t.WithdrawUntil
	case Open:
		t.Stage, t.Phone = Closing, person.Hash{}
	case Closing:
		t.Stage, t.Due = Held, t.PurgeAt
	case Held:
		t.Stage = Purging
	}
	return t
}

// State is what a receipt tells.
type State string

// The states of a receipt.
const (
	StateHeld      State = "held"
	StateWithdrawn State = "withdrawn"
	StateErased    State = "erased"
)

// Receipt is what a person keeps of their account: nothing personal. The id is
// known only in the answer that gives it out.
type Receipt struct {
	ID            string
	State         State
	EffectiveAt   time.Time // zero once it is erased or withdrawn
	WithdrawUntil time.Time // zero once it is erased or withdrawn
	PurgeAt       time.Time // a date without a time once it is erased or withdrawn
	ErasedAt      time.Time // a date without a time; zero before
	Proof         string    // the erasure's hash; empty before
}

// Erased returns the receipt of a finished erasure. Times become dates, so
// that no log tells which erasure was whose. The proof is a hash over the case
// and the dates: who holds the receipt can compute it, and nobody else can say
// which receipt it belongs to.
func Erased(c Case, purge, at time.Time) Receipt {
	r := Receipt{State: StateErased, PurgeAt: date(purge), ErasedAt: date(at)}
	sum := sha256.Sum256([]byte("erasure\n" + string(c) + "\n" + r.PurgeAt.Format(time.DateOnly) + "\n" + r.ErasedAt.Format(time.DateOnly)))
	r.Proof = base64.RawURLEncoding.EncodeToString(sum[:])
	return r
}

// Withdrawn returns the receipt of a cancellation that was taken back.
func Withdrawn(purge time.Time) Receipt {
	return Receipt{State: StateWithdrawn, PurgeAt: date(purge)}
}

func date(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

// Errors of the records; see Records and Restorer.
var (
	// ErrChanged is a step that something else took, or a cancellation that is
	// not there any more.
	ErrChanged = errors.New("cancellation: it has changed")
	// ErrSpent is a code that was spent meanwhile: by the same call, repeated.
	ErrSpent = errors.New("cancellation: the code was spent")
	// ErrNotActive is an account that is not active: cancelled already.
	ErrNotActive = errors.New("cancellation: the account is not active")
)

// What is told to a client.
var (
	errUnauthenticated = fault.New(fault.Unauthenticated, "Log in, or refresh the access token.")
	errMoved           = fault.New(fault.Conflict, "The account has changed meanwhile. Ask for a new code.")
	errNothing         = fault.New(fault.NotFound, "There is no cancellation here that can be withdrawn.")
	errOver            = fault.New(fault.Gone, "The time in which this cancellation could be withdrawn is over.")
	errTaken           = fault.New(fault.Conflict, "The number has registered again: the cancelled account cannot come back.")
	errNoReceipt       = fault.New(fault.NotFound, "There is no such receipt.")
)
