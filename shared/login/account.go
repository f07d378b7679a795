package login

import (
	"context"
	"time"

	"jewelrydisplay.app/shared/person"
)

// Holder is who holds a phone number, as a login must know them. The zero
// Holder is nobody.
type Holder struct {
	Gate
	Known  bool        // the asking device logged in to the account before
	Device person.Hash // under which its row lies, when it is known
	Since  time.Time   // when it did first
	Claim  person.Hash // under which the number's claim lies
	Sealed Sealed
}

// Sealed is what a gate holds that only its store can read.
type Sealed struct {
	WrappedKey person.Hash // the person's key
	Pseudonym  person.Hash // under which their audit is kept
}

// Entry is a login that is to be written: everything in one transaction with
// the spending of its code.
type Entry struct {
	Proof      person.Proof
	Ticket     Ticket
	Device     Device
	DeviceHash person.Hash
	Seed       person.DeviceSeed // what DeviceHash is made from
	Holder     Holder            // zero: a new account
	Leaves     Holder            // a dormant account that the number leaves (start_anew)
	Session    Session           // its User is the account's
}

// Result is what a code's row keeps of the login it was spent for: ids only.
func (e Entry) Result() string { return result(e.Session.User, e.Session.ID, e.Holder.User.IsZero()) }

func result(user person.ID, session string, fresh bool) string {
	if fresh {
		return user.Reveal() + " " + session + " new"
	}
	return user.Reveal() + " " + session
}

// Accounts keeps who holds which number.
type Accounts interface {
	// Holder reads who holds a proof's number, in one call when hint is right.
	// devices are the asking device's hashes, one or two.
	Holder(ctx context.Context, p person.Proof, hint person.ID, devices []person.Hash) (Holder, error)
	// Register writes a new account with its first session. ErrRaced: the
	// code was spent or replaced, or the number was claimed meanwhile.
	Register(ctx context.Context, e Entry) error
	// Enter writes a session of an account. ErrRaced as above, or the gate
	// changed.
	Enter(ctx context.Context, e Entry) error
	// Phone returns the account's own number.
	Phone(ctx context.Context, user person.ID) (person.PhoneNumber, error)
	// Move gives the account another number. ErrRaced: a code was spent or
	// replaced, or the account changed; ErrTaken: another account holds the
	// number.
	Move(ctx context.Context, m Move) error
}

// Move is a change of number that is to be written.
type Move struct {
	User     person.ID
	Session  string // the one session that lives on
	Old, New person.Proof
	Phone    person.PhoneNumber
	At       time.Time
}

// Sessions of an account, as their store keeps them.
type SessionStore interface {
	// Load reads a session and its gate in one call. found is false when
	// either is not there.
	Load(ctx context.Context, user person.ID, session string) (s Session, g Gate, found bool, err error)
	// Turn writes a session's next turn if its row is still at the turn
	// before, and notes the account's use when active says so. ErrRaced: it
	// is not.
	Turn(ctx context.Context, s Session, active bool) error
	// List returns the living sessions of the account.
	List(ctx context.Context, user person.ID) ([]Session, error)
	// End removes a session and leaves an audit row that tells the event, in one
	// write. Ending it twice is no error, and is told once.
	End(ctx context.Context, user person.ID, session, event string) error
	// EndOthers makes every session of the account but one worthless, in one
	// write, then removes them. keep empty: every one. ErrRaced: the session
	// to keep is gone, or a login came between.
	EndOthers(ctx context.Context, user person.ID, keep string) error
}
