package cancellation

import (
	"context"
	"errors"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/person"
)

// Device is the device that logs in with a withdrawal, as it describes itself.
type Device struct {
	ID       person.DeviceID
	Name     person.DeviceName
	Platform string // "ios" or "android"
}

// Withdrawal is a call that takes a cancellation back.
type Withdrawal struct {
	Challenge string
	Code      string
	Device    Device
	Receipt   string // empty: the device must be one that the account knew
}

// ErrTaken is a number that opens another account by now.
var ErrTaken = errors.New("cancellation: the number has registered again")

// Restorer takes cancellations back. L is the answer of a login.
type Restorer[L any] interface {
	// Under returns the cancellations that the number's proof can take back
	// now, the latest first.
	Under(ctx context.Context, p person.Proof) ([]Timer, error)
	// Restore makes the account active again and logs the device in, in one
	// transaction that also spends the code, deletes the timer and all beside
	// it, and marks the receipt. ErrSpent, ErrTaken; ErrChanged: the timer is
	// not at this stage any more.
	Restore(ctx context.Context, t Timer, d Device, proof person.Proof) (L, error)
	// Repeat gives the answer of a withdrawal whose code was spent.
	Repeat(ctx context.Context, d Device, proof person.Proof) (L, error)
}

// KnownDevices tells which devices logged in to an account.
type KnownDevices interface {
	KnowsDevice(ctx context.Context, user person.ID, device person.DeviceID) (bool, error)
}

// Advancer is what a withdrawal needs of the Records.
type Advancer interface {
	// Advance is as in Records.
	Advance(ctx context.Context, from, to Timer) error
	// Receipt is as in Beginnings.
	Receipt(ctx context.Context, c Case) (Receipt, bool, error)
}

// Withdrawals takes cancellations back, for 7 days (C18, C86). Its fields are
// its parts; what it shares with Cancellations stands there.
type Withdrawals[L any] struct {
	*Cancellations
	Records  Advancer
	Restorer Restorer[L]
	Devices  KnownDevices
}

// Withdraw gives the account back to who proves the number and holds the
// receipt, or comes from a device that the account knew: a number alone is not
// enough, for numbers are given out again. The answer is that of a login;
// repeated with the same challenge, code and device it is the same. Errors:
// CodeRejected; NotFound: there is nothing that may be withdrawn; Gone: the
// receipt's 7 days are over; Conflict: the number has registered again.
func (s *Withdrawals[L]) Withdraw(ctx context.Context, w Withdrawal) (answer L, err error) {
	for range 2 {
		proof, err := s.Codes.Prove(ctx, w.Challenge, w.Code, w.Device.ID, PurposeWithdraw, person.ID{})
		if err != nil {
			return answer, err
		}
		if proof.Spent {
			return s.Restorer.Repeat(ctx, w.Device, proof)
		}
		t, err := s.find(ctx, w, proof)
		if err != nil {
			return answer, err
		}
		if answer, err = s.restore(ctx, t, w.Device, proof); !errors.Is(err, ErrSpent) {
			return answer, err
		}
	}
	return answer, fault.Busy(ErrSpent)
}

// find returns the cancellation that the caller may take back.
func (s *Withdrawals[L]) find(ctx context.Context, w Withdrawal, proof person.Proof) (Timer, error) {
	timers, err := s.Restorer.Under(ctx, proof)
	if err != nil {
		return Timer{}, err
	}
	for _, t := range timers {
		if !s.Clock.Now().Before(t.WithdrawUntil) {
			continue
		}
		mine := w.Receipt != "" && t.Case == CaseOf(w.Receipt)
		if w.Receipt == "" {
			mine, err = s.Devices.KnowsDevice(ctx, t.User, w.Device.ID)
		}
		if err != nil || mine {
			return t, err
		}
	}
	return Timer{}, s.refusal(ctx, w)
}

// refusal tells who holds the receipt that the time is over, and everybody
// else nothing.
func (s *Withdrawals[L]) refusal(ctx context.Context, w Withdrawal) error {
	if w.Receipt == "" {
		return errNothing
	}
	r, found, err := s.Records.Receipt(ctx, CaseOf(w.Receipt))
	switch {
	case err != nil:
		return err
	case found && (r.State == StateErased || r.State == StateHeld && !s.Clock.Now().Before(r.WithdrawUntil)):
		return errOver
	default:
		return errNothing
	}
}

// restore takes the cancellation back. What goes at once is made sure to be
// gone first, so that no late pass deletes what the account gets from here on.
func (s *Withdrawals[L]) restore(ctx context.Context, t Timer, d Device, proof person.Proof) (answer L, err error) {
	if t.Stage == AtOnce {
		if err = s.Endpoints.EndAll(ctx, t.User); err == nil {
			err = s.Eraser.Erase(ctx, t.User, inventory.EraseAtOnce)
		}
		if err == nil {
			err = s.Records.Advance(ctx, t, t.next())
		}
		if err != nil && !errors.Is(err, ErrChanged) {
			return answer, err
		}
		t = t.next()
	}
	answer, err = s.Restorer.Restore(ctx, t, d, proof)
	switch {
	case errors.Is(err, ErrTaken):
		err = errTaken
	case errors.Is(err, ErrChanged):
		err = errNothing
	}
	return answer, err
}
