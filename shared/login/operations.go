package login

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/person"
)

// The actions of an operator. Each leaves an audit row under the account's
// pseudonym, and may be repeated.
const (
	ActionFind        = "find"
	ActionBan         = "ban"          // C79: with a reason that can be contested
	ActionUnban       = "unban"        //
	ActionEndSessions = "end_sessions" //
	ActionLostNumber  = "lost_number"  // the number opens the account no more, nor does anything else: it is held, and erased, as a cancelled one (C86)
)

// Order is what an operator asks for: by number or by id.
type Order struct {
	Action string
	Phone  string
	User   person.ID
	Reason string    // why; never anything personal: it outlives the account
	Until  time.Time // of a ban; zero: without an end
}

// Report is what an operator is told about an account.
type Report struct {
	User        person.ID
	State       State
	BannedUntil time.Time
	CreatedAt   time.Time
	ActiveAt    time.Time
	Minor       bool
	Sessions    int
	HasNumber   bool // whether a number opens the account
}

// Operated keeps accounts as operators see them.
type Operated interface {
	// ByPhone returns who holds the number; zero: nobody.
	ByPhone(ctx context.Context, phone person.PhoneNumber) (person.ID, error)
	// Report reads an account. found is false when there is none.
	Report(ctx context.Context, user person.ID) (r Report, found bool, err error)
	// Operate carries the order out on an account whose state is one of from,
	// leaving the audit row in the same write. ErrRaced: it is in another.
	Operate(ctx context.Context, o Order, from []State) error
	// Noted leaves an audit row alone.
	Noted(ctx context.Context, user person.ID, event, reason string) error
}

// Operations is what an operator may do to an account.
type Operations struct {
	Store   Operated
	Numbers Numbers
	Pushes  Pushes
	Clock   clock.Clock
}

// Do carries out an order. InvalidRequest names the member that is wrong;
// NotFound: there is no such account; Conflict: it is cancelled, and nobody
// reaches it.
func (o Operations) Do(ctx context.Context, order Order) (Report, error) {
	if err := order.check(o.Clock.Now()); err != nil {
		return Report{}, err
	}
	if order.User.IsZero() {
		phone, err := o.Numbers.Parse("phone", order.Phone)
		if err != nil {
			return Report{}, err
		}
		if order.User, err = o.Store.ByPhone(ctx, phone); err != nil {
			return Report{}, err
		}
	}
	if order.User.IsZero() {
		return Report{}, errNoAccount
	}
	r, found, err := o.Store.Report(ctx, order.User)
	if err != nil {
		return Report{}, err
	}
	if !found {
		return Report{}, errNoAccount
	}
	if err := o.carryOut(ctx, order, r); err != nil {
		return Report{}, err
	}
	r, _, err = o.Store.Report(ctx, order.User)
	return r, err
}

var errNoAccount = fault.New(fault.NotFound, "There is no such account.")

func (o Operations) carryOut(ctx context.Context, order Order, r Report) error {
	from := []State{Active, Banned}
	switch {
	case order.Action == ActionFind:
		return o.Store.Noted(ctx, order.User, order.Action, order.Reason)
	case order.Action == ActionLostNumber && r.State == Cancelled && !r.HasNumber:
		// Repeated: what broke off behind the write is finished.
		return errors.Join(o.Store.Noted(ctx, order.User, order.Action, order.Reason), o.Pushes.EndOthers(ctx, order.User, ""))
	case r.State == Cancelled:
		return fault.New(fault.Conflict, "The account is cancelled.")
	case order.Action == ActionUnban && r.State == Active:
		return o.Store.Noted(ctx, order.User, order.Action, order.Reason)
	}
	err := o.Store.Operate(ctx, order, from)
	switch {
	case errors.Is(err, ErrRaced):
		return fault.Busy(err)
	case err != nil:
		return err
	}
	// The sessions are gone, and their devices' pushes go with them (C24): a
	// phone that was lost shows nothing any more.
	return o.Pushes.EndOthers(ctx, order.User, "")
}

// longestReason is how many characters a reason has at most.
const longestReason = 200

func (o Order) check(now time.Time) error {
	switch o.Action {
	case ActionFind, ActionBan, ActionUnban, ActionEndSessions, ActionLostNumber:
	default:
		return fault.Invalid("action", "is not one of find, ban, unban, end_sessions, lost_number")
	}
	switch {
	case (o.Phone == "") == o.User.IsZero():
		return fault.Invalid("phone", "either phone or user_id is given")
	case strings.TrimSpace(o.Reason) == "":
		return fault.Invalid("reason", "is required: it goes into the audit")
	case utf8.RuneCountInString(o.Reason) > longestReason || personal(o.Reason):
		return fault.Invalid("reason", "has at most 200 characters, no address and no long number: it outlives the account")
	case !o.Until.IsZero() && o.Action != ActionBan:
		return fault.Invalid("until", "belongs to a ban")
	case !o.Until.IsZero() && !o.Until.After(now):
		return fault.Invalid("until", "lies in the past")
	}
	return nil
}

// personal reports whether a text holds what could be a number or an address
// of a person.
func personal(text string) bool {
	run := 0
	for _, r := range text {
		switch {
		case r == '@':
			return true
		case r >= '0' && r <= '9', r >= '０' && r <= '９':
			run++
		case strings.ContainsRune(" -.()", r):
		default:
			run = 0
		}
		if run >= 7 {
			return true
		}
	}
	return false
}
