package logindynamo

import (
	"cmp"
	"context"
	"errors"
	"time"

	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/person"
)

var _ login.CodeStore = (*Store)(nil)

// Outbox reads a phone's row and who holds the number in one call, whoever
// does: a known and an unknown number cost the same.
func (s *Store) Outbox(ctx context.Context, phone, before person.Hash) (login.Outbox, error) {
	b := s.db.Batch()
	places := places(phone, before)
	codes, claims := make([]*dynamo.Pending[codesRow], len(places)), make([]*dynamo.Pending[claimRow], len(places))
	for i, at := range places {
		var err error
		if codes[i], err = s.codes.From(b, codesRow{PhoneIndex: at}); err != nil {
			return login.Outbox{}, err
		}
		if claims[i], err = s.claims.From(b, claimRow{PhoneIndex: at}); err != nil {
			return login.Outbox{}, err
		}
	}
	if err := b.Run(ctx); err != nil {
		return login.Outbox{}, err
	}
	row, _ := first(codes)
	held, _ := first(claims)
	box := login.Outbox{
		Phone: phone, Before: before, Lies: row.PhoneIndex, Holder: held.User, Open: map[string]login.Challenge{}, Sends: row.Sends,
		Failures: row.Failures, FailedAt: row.FailedAt, Revision: row.Revision,
	}
	for slot, c := range row.Challenges {
		box.Open[slot] = opened(c)
	}
	return box, nil
}

// Send writes the outbox whole. The revision makes it happen once; every
// counted try raises it too, so that no count is written over.
func (s *Store) Send(ctx context.Context, o login.Outbox, keepUntil time.Time) error {
	row := codesRow{
		PhoneIndex: o.Phone, Challenges: map[string]challengeRow{}, Sends: o.Sends,
		Failures: o.Failures, FailedAt: o.FailedAt, Revision: o.Revision + 1, KeepUntil: keepUntil,
	}
	for slot, c := range o.Open {
		row.Challenges[slot] = stored(c)
	}
	unchanged, free := dynamo.Eq("revision", o.Revision), dynamo.Any(dynamo.Absent("pk"), dynamo.AtMost("keep_until", s.now()))
	switch {
	case o.Lies == o.Phone:
		return raced(s.codes.Put(ctx, row, unchanged))
	case o.Before.IsZero():
		return raced(s.codes.Put(ctx, row, free))
	case o.Lies.IsZero(): // two functions may write under two versions: one row all the same
		return raced(s.db.Transact(ctx, "", s.codes.PutWrite(row, free), s.codes.CheckWrite(codesRow{PhoneIndex: o.Before}, free)))
	default:
		return raced(s.db.Transact(ctx, "", s.codes.PutWrite(row, free), s.codes.DeleteWrite(codesRow{PhoneIndex: o.Lies}, unchanged)))
	}
}

// places are the hashes under which something may lie.
func places(phone, before person.Hash) []person.Hash {
	if before.IsZero() {
		return []person.Hash{phone}
	}
	return []person.Hash{phone, before}
}

// first is the first row that was found.
func first[R any](pending []*dynamo.Pending[R]) (row R, found bool) {
	for _, p := range pending {
		if row, found = p.Row(); found {
			return row, true
		}
	}
	return row, false
}

// Count adds one attempt before anything is compared: one conditional write
// sees challenge, expiry, tries and failures together, so that no number of
// parallel guesses gets past the cap.
func (s *Store) Count(ctx context.Context, phone person.Hash, slot, nonce string, now time.Time) (login.Challenge, bool, bool, error) {
	at := "challenges." + slot
	row, err := s.codes.Update(ctx, codesRow{PhoneIndex: phone}, dynamo.Update{
		Set: map[string]any{"failed_at": now, "keep_until": now.Add(s.Settings.FailureWindow)},
		Add: map[string]int64{at + ".attempts": 1, "failures": 1, "revision": 1},
		If: []dynamo.Cond{
			dynamo.Eq(at+".nonce", nonce), dynamo.Greater(at+".ends_at", now), dynamo.Absent(at + ".result"),
			dynamo.Less(at+".attempts", s.Settings.Compares),
			dynamo.Any(dynamo.Absent("failures"), dynamo.Less("failures", s.Settings.Failures)),
		},
	})
	if errors.Is(err, dynamo.ErrCondition) {
		old, _ := s.codes.Old(err)
		c := old.Challenges[slot]
		return login.Challenge{}, false, c.Nonce == nonce && !c.Result.IsZero(), nil
	}
	return opened(row.Challenges[slot]), err == nil, false, err
}

// Recount adds one repeat of a spent code before anything is compared.
func (s *Store) Recount(ctx context.Context, phone person.Hash, slot, nonce string, now time.Time) (login.Challenge, bool, error) {
	at := "challenges." + slot
	row, err := s.codes.Update(ctx, codesRow{PhoneIndex: phone}, dynamo.Update{
		Add: map[string]int64{at + ".replays": 1, "revision": 1},
		If: []dynamo.Cond{
			dynamo.Eq(at+".nonce", nonce), dynamo.Greater(at+".ends_at", now), dynamo.Exists(at + ".result"),
			dynamo.Less(at+".replays", s.Settings.Replays),
		},
	})
	if errors.Is(err, dynamo.ErrCondition) {
		return login.Challenge{}, false, nil
	}
	return opened(row.Challenges[slot]), err == nil, err
}

// nobody stands where the holder of a number would: rows of known and unknown
// numbers are of one length, and so take one time to write.
const nobody = "--------------------------"

func opened(r challengeRow) login.Challenge {
	holder := person.Of[person.ID](r.Holder.Reveal())
	if holder.Reveal() == nobody {
		holder = person.ID{}
	}
	return login.Challenge{
		Nonce: r.Nonce, MAC: r.MAC, Holder: holder,
		Address: r.Address, Country: r.Country, SentAt: r.SentAt, EndsAt: r.EndsAt,
		Attempts: r.Attempts, Replays: r.Replays, Result: r.Result.Reveal(),
	}
}

func stored(c login.Challenge) challengeRow {
	return challengeRow{
		Nonce: c.Nonce, MAC: c.MAC, Holder: person.Of[person.HeldID](cmp.Or(c.Holder.Reveal(), nobody)),
		Address: c.Address, Country: c.Country, SentAt: c.SentAt, EndsAt: c.EndsAt,
		Attempts: c.Attempts, Replays: c.Replays, Result: person.Of[person.HeldID](c.Result),
	}
}
