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
	ActionGiveNumber  = "give_number"  // an account that its number left is opened by the number that customer service proved
	ActionLostNumber  = "lost_number"  // the number opens the account no more, nor does anything else: it is held, and erased, as a cancelled one (C86)
)

// Order is what an operator asks for: by number or by id; by both to give the
// account the number.
type Order struct {
	Action string
	Phone  string
	Number person.PhoneNumber // what Phone says
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
	Left        bool // its number left it, so that its person may come back by give_number
}

// Operated keeps accounts as operators see them.
type Operated interface {
	// ByPhone returns who holds the number; zero: nobody.
	ByPhone(ctx context.Context, phone person.PhoneNumber) (person.ID, error)
	// Report reads an account. found is false when there is none.
	Report(ctx context.Context, user person.ID) (r Report, found bool, err error)
	// Operate carries the order out on an account whose state is one of from,
	// leaving the audit row in the same write. ErrRaced: it is in another.
	// ErrTaken: the number that it is to be given opens another account.
	Operate(ctx context.Context, o Order, from []State) error
	// Noted leaves an audit row alone.
	Noted(ctx context.Context, user person.ID, event, reason string) error
	// Clear removes the sessions that a change of the gate killed.
	Clear(ctx context.Context, user person.ID) error
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
	order, err := o.aimed(ctx, order)
	if err != nil {
		return Report{}, err
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

// aimed finds the account that an order is about.
func (o Operations) aimed(ctx context.Context, order Order) (_ Order, err error) {
	if order.Phone != "" {
		if order.Number, err = o.Numbers.Parse("phone", order.Phone); err != nil {
			return order, err
		}
	}
	if order.User.IsZero() {
		order.User, err = o.Store.ByPhone(ctx, order.Number)
	}
	if err == nil && order.User.IsZero() {
		err = errNoAccount
	}
	return order, err
}

func (o Operations) carryOut(ctx context.Context, order Order, r Report) error {
	from := []State{Active, Banned}
	switch {
	case order.Action == ActionFind:
		return o.Store.Noted(ctx, order.User, order.Action, order.Reason)
	case order.Action == ActionLostNumber && r.State == Cancelled && !r.HasNumber:
		// Repeated: what broke off behind the write is finished.
		return errors.Join(
			o.Store.Noted(ctx, order.User, order.Action, order.Reason), o.Store.Clear(ctx, order.User), o.Pushes.EndOthers(ctx, order.User, ""))
	case order.Action == ActionGiveNumber:
		return o.give(ctx, order, r)
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

// give lets a person whose number went on to another account, or was lost, come
// back: their account is opened by the number that they proved to customer
// service. An account that its person cancelled does not come back that way (C86).
func (o Operations) give(ctx context.Context, order Order, r Report) error {
	switch holder, err := o.Store.ByPhone(ctx, order.Number); {
	case err != nil:
		return err
	case holder == order.User:
		return o.Store.Noted(ctx, order.User, order.Action, order.Reason) // repeated
	case !holder.IsZero():
		return errNumberTaken
	case !r.Left:
		return fault.New(fault.Conflict, "The account was not left by its number.")
	}
	err := o.Store.Operate(ctx, order, []State{Cancelled})
	switch {
	case errors.Is(err, ErrTaken):
		return errNumberTaken
	case errors.Is(err, ErrRaced):
		return fault.Busy(err)
	}
	return err
}

var errNumberTaken = fault.New(fault.Conflict, "The number opens another account.")

// longestReason is how many characters a reason has at most.
const longestReason = 200

func (o Order) check(now time.Time) error {
	switch o.Action {
	case ActionFind, ActionBan, ActionUnban, ActionEndSessions, ActionLostNumber, ActionGiveNumber:
	default:
		return fault.Invalid("action", "is not one of find, ban, unban, end_sessions, lost_number, give_number")
	}
	switch {
	case o.Action == ActionGiveNumber && (o.Phone == "" || o.User.IsZero()):
		return fault.Invalid("phone", "both phone and user_id are given: the account and its new number")
	case o.Action != ActionGiveNumber && (o.Phone == "") == o.User.IsZero():
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
