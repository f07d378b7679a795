package cancellationdynamo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"jewelrydisplay.app/shared/cancellation"
	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/person"
)

// Login makes the writes of the login context that belong into the
// transactions of a cancellation.
type Login interface {
	// SpendWrite spends a proved code, with a result for whoever repeats the
	// call. Refused: it was spent.
	SpendWrite(p person.Proof, result string) dynamo.Write
	// CancelWrites shut an active account's gate and free its number, in this
	// order.
	CancelWrites(user person.ID, p person.Proof) []dynamo.Write
	// RestoreWrites open a cancelled account's gate and claim its number again,
	// in this order.
	RestoreWrites(user person.ID, p person.Proof) []dynamo.Write
}

// Audience makes the writes of the notification context.
type Audience interface {
	// CancelWrite takes the person out of every audience.
	CancelWrite(user person.ID) dynamo.Write
	// RestoreWrite puts them back.
	RestoreWrite(user person.ID) dynamo.Write
}

// Store keeps cancellations.
type Store struct {
	db          *dynamo.DB
	login       Login
	audience    Audience
	timers      dynamo.Table[timerRow]
	bells       dynamo.Table[bellRow]
	receipts    dynamo.Table[receiptRow]
	withdrawals dynamo.Table[withdrawalRow]
}

var (
	_ cancellation.Records    = (*Store)(nil)
	_ cancellation.Beginnings = (*Store)(nil)
	_ cancellation.Advancer   = (*Store)(nil)
)

// New returns the store. login and audience may be nil in a function that
// neither begins nor withdraws a cancellation.
func New(db *dynamo.DB, login Login, audience Audience) *Store {
	return &Store{
		db: db, login: login, audience: audience,
		timers: dynamo.Of(db, TimerRecord), bells: dynamo.Of(db, BellRecord),
		receipts: dynamo.Of(db, ReceiptRecord), withdrawals: dynamo.Of(db, WithdrawalRecord),
	}
}

// Timer returns a cancellation under way.
func (s *Store) Timer(ctx context.Context, c cancellation.Case) (cancellation.Timer, bool, error) {
	row, found, err := s.timers.Get(ctx, timerRow{Case: c})
	return toTimer(row), found, err
}

// Receipt returns what is known of a case. Anything that cannot be a case is
// not found.
func (s *Store) Receipt(ctx context.Context, c cancellation.Case) (cancellation.Receipt, bool, error) {
	row, found, err := s.receipts.Get(ctx, receiptRow{Case: c})
	return cancellation.Receipt{
		State: row.State, EffectiveAt: row.EffectiveAt, WithdrawUntil: row.WithdrawUntil,
		PurgeAt: row.PurgeAt, ErasedAt: row.ErasedAt, Proof: row.Proof,
	}, found, err
}

// Begin cancels in one transaction. It is made once for a code: repeated, the
// code's spending refuses with ErrSpent.
func (s *Store) Begin(ctx context.Context, t cancellation.Timer, r cancellation.Receipt, proof person.Proof) error {
	writes := []dynamo.Write{s.login.SpendWrite(proof, r.ID)}
	writes = append(writes, s.login.CancelWrites(t.User, proof)...)
	writes = append(writes,
		s.audience.CancelWrite(t.User),
		s.timers.PutWrite(fromTimer(t), dynamo.Absent("pk")),
		s.bells.PutWrite(bellRow{Case: t.Case, Name: bellWithdrawal, Rings: t.WithdrawUntil}),
		s.bells.PutWrite(bellRow{Case: t.Case, Name: bellPurge, Rings: t.PurgeAt}),
		s.receipts.PutWrite(fromReceipt(t.Case, r), dynamo.Absent("pk")),
		s.withdrawals.PutWrite(withdrawalRow{Phone: t.Phone, Case: t.Case, User: t.User, Until: t.WithdrawUntil}),
	)
	switch index, err := s.transact(ctx, writes); {
	case err == nil:
		return nil
	case index == 0:
		return cancellation.ErrSpent
	case index == 1:
		return cancellation.ErrNotActive
	case index > 1:
		return fmt.Errorf("%w: write %d was refused", cancellation.ErrChanged, index)
	default:
		return err
	}
}

// Leaves returns what makes the writes that belong into the transaction which
// shuts the gate of an account that nobody can reach any more: the person is out
// of every audience, and the timer set. It is left for the gate to keep, so that
// the person can come back. Repeated they make another timer, so that transaction
// is to be made once for an account.
func (s *Store) Leaves(random io.Reader) func(user person.ID, at time.Time) (left string, writes []dynamo.Write, err error) {
	return func(user person.ID, at time.Time) (string, []dynamo.Write, error) {
		id, err := person.Token(random, 20)
		if err != nil {
			return "", nil, err
		}
		t, r := cancellation.Leave(id, user, at)
		return string(t.Case), []dynamo.Write{
			s.audience.CancelWrite(user),
			s.timers.PutWrite(fromTimer(t), dynamo.Absent("pk")),
			s.bells.PutWrite(bellRow{Case: t.Case, Name: bellPurge, Rings: t.PurgeAt}),
			s.receipts.PutWrite(fromReceipt(t.Case, r), dynamo.Absent("pk")),
		}, nil
	}
}

// Returns makes the writes that undo those of Leaves, for the transaction that
// opens the gate again: made twice they are refused. Conflict: the erasure has
// begun.
func (s *Store) Returns(ctx context.Context, user person.ID, left string) ([]dynamo.Write, error) {
	t, found, err := s.Timer(ctx, cancellation.Case(left))
	if err != nil {
		return nil, err
	}
	if !found || t.User != user || t.Stage != cancellation.Held {
		return nil, fault.New(fault.Conflict, "The account is being erased.")
	}
	return append(s.forget(t), s.audience.RestoreWrite(user), s.receipts.PutWrite(fromReceipt(t.Case, cancellation.Withdrawn(t.PurgeAt)))), nil
}

// Advance replaces the timer by its next stage, once: the condition is the
// stage before.
func (s *Store) Advance(ctx context.Context, from, to cancellation.Timer) error {
	writes := []dynamo.Write{s.timers.PutWrite(fromTimer(to), at(from))}
	if to.Stage == cancellation.Closing {
		writes = append(writes, s.withdrawals.DeleteWrite(withdrawalRow{Phone: from.Phone, Case: from.Case}))
	}
	return s.changed(ctx, writes)
}

// at asks that the timer stands where it was read.
func at(t cancellation.Timer) dynamo.Cond { return dynamo.Eq("stage", string(t.Stage)) }

// Close ends an erasure: the timer goes, the receipt stays. Repeated it is
// ErrChanged, for there is no timer any more.
func (s *Store) Close(ctx context.Context, t cancellation.Timer, r cancellation.Receipt) error {
	return s.changed(ctx, append(s.forget(t), s.receipts.PutWrite(fromReceipt(t.Case, r))))
}

// forget deletes everything of a cancellation but its receipt.
func (s *Store) forget(t cancellation.Timer) []dynamo.Write {
	writes := []dynamo.Write{
		s.timers.DeleteWrite(fromTimer(t), at(t)),
		s.bells.DeleteWrite(bellRow{Case: t.Case, Name: bellWithdrawal}),
		s.bells.DeleteWrite(bellRow{Case: t.Case, Name: bellPurge}),
	}
	if !t.Phone.IsZero() {
		writes = append(writes, s.withdrawals.DeleteWrite(withdrawalRow{Phone: t.Phone, Case: t.Case}))
	}
	return writes
}

func (s *Store) changed(ctx context.Context, writes []dynamo.Write) error {
	index, err := s.transact(ctx, writes)
	if index >= 0 {
		return cancellation.ErrChanged
	}
	return err
}

// transact makes the writes and returns which one refused; -1: none did, or
// there is another error.
func (s *Store) transact(ctx context.Context, writes []dynamo.Write) (refused int, err error) {
	err = s.db.Transact(ctx, "", writes...)
	var condition *dynamo.ConditionError
	if errors.As(err, &condition) {
		return condition.Index, err
	}
	return -1, err
}

// Due calls each with every cancellation whose next step is due, the longest
// waiting first, and since when it is. The index is eventually consistent: what
// it does not show yet it shows to the next sweep.
func (s *Store) Due(ctx context.Context, now time.Time, each func(c string, since time.Time)) error {
	page, err := s.timers.Query(ctx, dynamo.Query{
		Partition: "DUE", Index: "due", From: " ", To: fmt.Sprintf("%013d#\U0010FFFF", now.UnixMilli()),
	})
	for _, row := range page.Rows {
		each(string(row.Case), row.Due)
	}
	return err
}

// UnderOlder counts the withdrawals and timers whose number lies under an
// index that old tells to be older. They are not moved: no row here holds the
// number. They forget it when the withdrawal is over, after 7 days.
func (s *Store) UnderOlder(ctx context.Context, old func(index string) bool) (n int, err error) {
	err = s.db.Scan(ctx, table, func(r dynamo.Raw) error {
		index := r.Text("phone_index")
		if partition, ok := strings.CutPrefix(r.Key.PK, "W#"); ok {
			index = partition
		}
		if old(index) {
			n++
		}
		return nil
	})
	return n, err
}

// Under returns the cancellations that a number's proof can take back, the
// latest first.
func (s *Store) Under(ctx context.Context, p person.Proof) ([]cancellation.Timer, error) {
	page, err := s.withdrawals.Query(ctx, dynamo.Query{Partition: "W#" + p.Phone.Reveal()})
	if err != nil {
		return nil, err
	}
	rows := page.Rows
	if !p.Before.IsZero() {
		if page, err = s.withdrawals.Query(ctx, dynamo.Query{Partition: "W#" + p.Before.Reveal()}); err != nil {
			return nil, err
		}
		rows = append(rows, page.Rows...)
	}
	var timers []cancellation.Timer
	for _, row := range rows {
		t, found, err := s.Timer(ctx, row.Case)
		if err != nil {
			return nil, err
		}
		if found && (t.Stage == cancellation.AtOnce || t.Stage == cancellation.Open) {
			timers = append(timers, t)
		}
	}
	slices.SortFunc(timers, func(a, b cancellation.Timer) int { return b.PurgeAt.Compare(a.PurgeAt) })
	return timers, nil
}
