package cancellation

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/person"
)

// Purposes of the codes that are spent here; login sends them.
const (
	PurposeCancel   = "cancel_account"
	PurposeWithdraw = "withdraw_cancellation"
)

// Codes proves a person by a fresh one-time code (C80).
type Codes interface {
	// Prove counts a try and compares. CodeRejected: the code is wrong, over,
	// for another purpose, person or device. A code that the same device spent
	// before proves again, with the result of its spending.
	Prove(ctx context.Context, challengeID, code string, device person.DeviceID, purpose string, user person.ID) (person.Proof, error)
}

// Beginnings write cancellations.
type Beginnings interface {
	// Begin makes an account cancelled in one transaction: the code is spent
	// for the receipt, the gate shut, the number free, the person out of every
	// audience, the timer set, the receipt written. ErrSpent, ErrNotActive;
	// ErrChanged: the number is not the account's any more.
	Begin(ctx context.Context, t Timer, r Receipt, proof person.Proof) error
	// Receipt returns what is known of a case, without the receipt's id.
	Receipt(ctx context.Context, c Case) (Receipt, bool, error)
}

// Queue wakes the Finisher later, so that a process that dies in between is
// finished by another. A message holds the case and nothing else.
type Queue interface {
	Send(ctx context.Context, c Case, after time.Duration) error
}

// Blocker is something that delays a cancellation, for a bounded time.
type Blocker struct {
	Kind  string    // "open_order", "unsettled_balance", "open_dispute"
	Until time.Time // at the latest
}

// Blockers are a context's reasons against a cancellation. There are none
// until there is something to buy: every implementation is one more reason.
type Blockers interface {
	Blockers(ctx context.Context, user person.ID) ([]Blocker, error)
}

// Kept is a record type and what it is kept for.
type Kept struct {
	Record   string
	Purposes []string
}

// Preview is what a cancellation would do now.
type Preview struct {
	Blockers              []Blocker
	ErasedAtOnce          []Kept
	ErasedAfterWithdrawal []Kept
	HeldUntilPurge        []Kept
	WithdrawUntil         time.Time
	PurgeAt               time.Time
}

// Cancellations takes cancellations. Its fields are its parts; all but Blockers
// are needed.
type Cancellations struct {
	Codes     Codes
	Records   Beginnings
	Queue     Queue
	Eraser    Eraser
	Endpoints Endpoints
	Blockers  []Blockers
	Schemas   []*inventory.Schema
	Clock     clock.Clock
	Random    io.Reader
	Log       *slog.Logger
}

// Preview tells what a cancellation would do (C87): what stands against it,
// what goes when, from the inventory itself.
func (s *Cancellations) Preview(ctx context.Context, user person.ID) (Preview, error) {
	blockers, err := s.blockers(ctx, user)
	at := s.now()
	return Preview{
		Blockers:              blockers,
		ErasedAtOnce:          kept(s.Schemas, inventory.EraseAtOnce),
		ErasedAfterWithdrawal: kept(s.Schemas, inventory.EraseAfterWithdrawal),
		HeldUntilPurge:        kept(s.Schemas, inventory.HoldUntilPurge),
		WithdrawUntil:         at.Add(WithdrawalPeriod), PurgeAt: at.Add(HoldPeriod),
	}, err
}

func (s *Cancellations) now() time.Time { return s.Clock.Now().Truncate(time.Millisecond) }

func (s *Cancellations) blockers(ctx context.Context, user person.ID) ([]Blocker, error) {
	var all []Blocker
	for _, source := range s.Blockers {
		found, err := source.Blockers(ctx, user)
		if err != nil {
			return nil, err
		}
		for _, b := range found {
			if s.Clock.Now().Before(b.Until) {
				all = append(all, b)
			}
		}
	}
	return all, nil
}

// kept lists the owned record types of a disposition with their purposes.
func kept(schemas []*inventory.Schema, d inventory.Disposition) []Kept {
	var list []Kept
	for _, s := range schemas {
		if s.Owner == "" || s.OnCancel != d {
			continue
		}
		k := Kept{Record: s.Name}
		seen := map[inventory.Purpose]bool{"key": true}
		for _, a := range s.Attributes() {
			if !seen[a.Purpose] {
				seen[a.Purpose] = true
				k.Purposes = append(k.Purposes, string(a.Purpose))
			}
		}
		list = append(list, k)
	}
	return list
}

// Request is a call that asks for a cancellation.
type Request struct {
	User      person.ID // who is calling; zero: the token is dead
	Challenge string
	Code      string
	Device    person.DeviceID
}

// Cancel cancels the account of who is calling (C86–C88). Repeated with the
// same challenge, code and device it gives its first answer again, also when
// the token is dead by then. Errors: Unauthenticated, CodeRejected,
// CancellationBlocked with the blockers.
func (s *Cancellations) Cancel(ctx context.Context, r Request) (Receipt, error) {
	proof, err := s.Codes.Prove(ctx, r.Challenge, r.Code, r.Device, PurposeCancel, r.User)
	switch {
	case err == nil && proof.Spent:
		return s.again(ctx, proof)
	case r.User.IsZero() && (err == nil || fault.Is(err, fault.CodeRejected)):
		return Receipt{}, errUnauthenticated
	case err != nil:
		return Receipt{}, err
	}
	blockers, err := s.blockers(ctx, r.User)
	if err != nil {
		return Receipt{}, err
	}
	if len(blockers) > 0 {
		return Receipt{}, fault.New(fault.CancellationBlocked, "Something has to be settled first.").With("blockers", kinds(blockers))
	}
	receipt, err := s.begin(ctx, r.User, proof)
	if errors.Is(err, ErrSpent) {
		proof, err = s.Codes.Prove(ctx, r.Challenge, r.Code, r.Device, PurposeCancel, r.User)
		if err == nil && proof.Spent {
			return s.again(ctx, proof)
		}
	}
	switch {
	case errors.Is(err, ErrNotActive):
		return Receipt{}, errUnauthenticated
	case errors.Is(err, ErrChanged):
		return Receipt{}, errMoved
	}
	return receipt, err
}

// kinds is the problem member that names blockers; until when each stands, the
// preview tells.
func kinds(blockers []Blocker) []string {
	list := make([]string, len(blockers))
	for i, b := range blockers {
		list[i] = b.Kind
	}
	return list
}

// begin cancels, and erases what goes at once. From the transaction on nothing
// can be lost: the message that was sent before it, or the sweep, finishes what
// this process does not.
func (s *Cancellations) begin(ctx context.Context, user person.ID, proof person.Proof) (Receipt, error) {
	id, err := person.Token(s.Random, 20)
	if err != nil {
		return Receipt{}, err
	}
	at := s.now()
	t := begin(CaseOf(id), user, proof.Phone, at)
	r := Receipt{ID: id, State: StateHeld, EffectiveAt: at, WithdrawUntil: t.WithdrawUntil, PurgeAt: t.PurgeAt}
	// Later than the timer's own moment, so that a clock a little behind ours
	// does not find it too early.
	if err := s.Queue.Send(ctx, t.Case, SecondPass+SecondPass/2); err != nil {
		s.Log.ErrorContext(ctx, "the queue took no message; the sweep will finish the cancellation", "error", err.Error())
	}
	if err := s.Records.Begin(ctx, t, r, proof); err != nil {
		return Receipt{}, err
	}
	s.atOnce(ctx, user)
	return r, nil
}

// atOnce deletes endpoints, sessions and the like. An error does not spoil the
// answer: the account is cancelled, every token is dead, and what is left is
// gone after again.
func (s *Cancellations) atOnce(ctx context.Context, user person.ID) {
	if err := s.Endpoints.EndAll(ctx, user); err != nil {
		s.Log.ErrorContext(ctx, "endpoints are left for the second pass", "error", err.Error())
	}
	if err := s.Eraser.Erase(ctx, user, inventory.EraseAtOnce); err != nil {
		s.Log.ErrorContext(ctx, "rows are left for the second pass", "error", err.Error())
	}
}

// again answers a cancellation that was made before.
func (s *Cancellations) again(ctx context.Context, proof person.Proof) (Receipt, error) {
	r, found, err := s.Records.Receipt(ctx, CaseOf(proof.Result))
	if err == nil && (!found || r.State != StateHeld) {
		err = errUnauthenticated
	}
	r.ID = proof.Result
	return r, err
}

// Receipt tells the state of a receipt: nothing personal. An unknown one is
// NotFound.
func (s *Cancellations) Receipt(ctx context.Context, id string) (Receipt, error) {
	r, found, err := s.Records.Receipt(ctx, CaseOf(id))
	if err == nil && !found {
		err = errNoReceipt
	}
	r.ID = id
	return r, err
}
