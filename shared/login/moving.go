package login

import (
	"context"
	"errors"
	"time"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/person"
)

// ErrTaken is a number that opens another account.
var ErrTaken = errors.New("login: the number is taken")

// Moving is a change of number, with a code from the old and one from the new.
type Moving struct {
	User         person.ID
	Session      string
	Device       person.DeviceID
	Challenge    string
	Code         string
	NewChallenge string
	NewCode      string
}

// Move gives the account another number: both codes are spent, the claim moves
// and every other session ends, in one write. Repeated, it gives the same
// answer. CodeRejected; Conflict: the number opens another account.
func (s *Sessions) Move(ctx context.Context, m Moving) error {
	for range raceTries {
		err := s.move(ctx, m)
		if errors.Is(err, ErrTaken) {
			return fault.New(fault.Conflict, "The new number cannot be used: it opens another account.")
		}
		if !errors.Is(err, ErrRaced) {
			return err
		}
	}
	return ErrRejected
}

func (s *Sessions) move(ctx context.Context, m Moving) error {
	old, err := s.Codes.prove(ctx, m.Challenge, m.Code, m.Device, PurposeChange, m.User)
	if err != nil {
		return err
	}
	claim, err := s.Codes.prove(ctx, m.NewChallenge, m.NewCode, m.Device, PurposeClaim, m.User)
	if err != nil {
		return err
	}
	switch {
	case old.Spent && claim.Spent && old.Result == claim.Result:
		return s.Pushes.EndOthers(ctx, m.User, m.Session)
	case old.Spent || claim.Spent:
		return ErrRejected
	case old.Phone == claim.Phone:
		return fault.New(fault.Conflict, "The new number is the present one.")
	}
	err = s.Accounts.Move(ctx, Move{
		User: m.User, Session: m.Session, Old: old.Proof, New: claim.Proof, Phone: claim.ticket.Phone,
		At: s.Clock.Now().Truncate(time.Millisecond),
	})
	if err != nil {
		return err
	}
	s.Codes.verified(ctx, claim)
	return s.Pushes.EndOthers(ctx, m.User, m.Session)
}
