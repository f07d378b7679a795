package cancellationdynamo

import (
	"context"

	"jewelrydisplay.app/shared/cancellation"
	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/person"
)

// Device is a type of another context that says the same as
// cancellation.Device.
type Device interface {
	~struct {
		ID       person.DeviceID
		Name     person.DeviceName
		Platform string
	}
}

// Restorer takes cancellations back. L is the answer of a login.
type Restorer[L any] struct {
	*Store
	open func(ctx context.Context, user person.ID, d cancellation.Device, proof person.Proof) (L, []dynamo.Write, error)
}

var _ cancellation.Restorer[string] = Restorer[string]{}

// NewRestorer returns a Restorer. open makes the session that a withdrawal logs
// in with, and the writes that it needs, the spending of the code included; for
// a spent proof it makes no writes and the first answer again, and the user may
// be zero. body writes the answer for its owner.
func NewRestorer[D Device, M, L any](s *Store, open func(ctx context.Context, user person.ID, d D, proof person.Proof) (M, []dynamo.Write, error), body func(M) L) Restorer[L] {
	return Restorer[L]{Store: s, open: func(ctx context.Context, user person.ID, d cancellation.Device, proof person.Proof) (answer L, writes []dynamo.Write, err error) {
		made, writes, err := open(ctx, user, D(d), proof)
		if err != nil {
			return answer, nil, err
		}
		return body(made), writes, nil
	}}
}

// Restore takes a cancellation back in one transaction. It is made once for a
// code: repeated, the code's spending or the timer refuses.
func (r Restorer[L]) Restore(ctx context.Context, t cancellation.Timer, d cancellation.Device, proof person.Proof) (answer L, err error) {
	answer, opening, err := r.open(ctx, t.User, d, proof)
	if err != nil {
		return answer, err
	}
	// The code comes first: of several refusals the first is told, and a call
	// that is repeated while it runs must see that its code was spent.
	writes := append([]dynamo.Write{}, opening...)
	opened := len(writes)
	writes = append(writes, r.login.RestoreWrites(t.User, proof)...)
	claimed := opened + 1
	writes = append(writes, r.audience.RestoreWrite(t.User))
	writes = append(writes, r.forget(t)...)
	writes = append(writes, r.receipts.PutWrite(fromReceipt(t.Case, cancellation.Withdrawn(t.PurgeAt))))
	switch index, err := r.transact(ctx, writes); {
	case err == nil:
		return answer, nil
	case index < 0:
		return answer, err
	case index < opened:
		return answer, cancellation.ErrSpent
	case index == claimed, index == claimed+1 && !proof.Before.IsZero():
		return answer, cancellation.ErrTaken
	default:
		return answer, cancellation.ErrChanged
	}
}

// Repeat gives the answer of a withdrawal again.
func (r Restorer[L]) Repeat(ctx context.Context, d cancellation.Device, proof person.Proof) (L, error) {
	answer, _, err := r.open(ctx, person.ID{}, d, proof)
	return answer, err
}
