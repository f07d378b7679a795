package logindynamo

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"time"

	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/person"
)

var _ login.Accounts = (*Store)(nil)

// Holder reads who holds the number. The hint makes it one call: claim, gate
// and device are read together, and only when the number changed hands since
// the code was sent they are read again.
func (s *Store) Holder(ctx context.Context, p person.Proof, hint person.ID, devices []person.Hash) (login.Holder, error) {
	for range 2 {
		claimed, h, err := s.holder(ctx, p, hint, devices)
		if err != nil || claimed == hint {
			return h, err
		}
		hint = claimed
	}
	return login.Holder{}, login.ErrRaced
}

// holder reads the claim, and the gate and device of the account that is
// expected behind it.
func (s *Store) holder(ctx context.Context, p person.Proof, expect person.ID, devices []person.Hash) (person.ID, login.Holder, error) {
	b := s.db.Batch()
	var (
		claims []*dynamo.Pending[claimRow]
		known  []*dynamo.Pending[deviceRow]
		gate   *dynamo.Pending[gateRow]
	)
	for _, at := range places(p.Phone, p.Before) {
		claim, err := s.claims.From(b, claimRow{PhoneIndex: at})
		if err != nil {
			return person.ID{}, login.Holder{}, err
		}
		claims = append(claims, claim)
	}
	if !expect.IsZero() {
		var err error
		if gate, err = s.gates.From(b, gateRow{User: expect}); err != nil {
			return person.ID{}, login.Holder{}, err
		}
		if known, err = s.knownIn(b, expect, devices); err != nil {
			return person.ID{}, login.Holder{}, err
		}
	}
	if err := b.Run(ctx); err != nil {
		return person.ID{}, login.Holder{}, err
	}
	held, _ := first(claims)
	if held.User != expect || gate == nil {
		return held.User, login.Holder{}, nil
	}
	g, found := gate.Row()
	if !found {
		return held.User, login.Holder{}, errors.New("logindynamo: a number is claimed by an account without a gate")
	}
	row, seen := first(known)
	return held.User, login.Holder{
		Gate: g.gate(), Known: seen, Device: row.Device, Since: row.FirstAt, Claim: held.PhoneIndex, Sealed: g.sealed(),
	}, nil
}

// knownIn joins the row of a device into a batch, under each of its hashes.
func (s *Store) knownIn(b *dynamo.Batch, user person.ID, devices []person.Hash) ([]*dynamo.Pending[deviceRow], error) {
	known := make([]*dynamo.Pending[deviceRow], len(devices))
	for i, at := range devices {
		var err error
		if known[i], err = s.devices.From(b, deviceRow{User: user, Device: at}); err != nil {
			return nil, err
		}
	}
	return known, nil
}

// sealed is what a holder's gate says that only this package reads.
func (r gateRow) sealed() login.Sealed {
	return login.Sealed{WrappedKey: r.WrappedKey, Pseudonym: r.Pseudonym}
}

// person makes the key and pseudonym of a new account.
func (s *Store) person() (inventory.Subject, login.Sealed, error) {
	var b [32]byte
	if _, err := io.ReadFull(s.Random, b[:]); err != nil {
		return inventory.Subject{}, login.Sealed{}, err
	}
	key, wrapped, err := s.Service.NewPersonKey(b[:])
	if err != nil {
		return inventory.Subject{}, login.Sealed{}, err
	}
	pseudonym, err := person.Token(s.Random, 16)
	return inventory.Subject{Key: key}, login.Sealed{
		WrappedKey: person.Of[person.Hash](base64.RawStdEncoding.EncodeToString(wrapped)),
		Pseudonym:  person.Of[person.Hash](pseudonym),
	}, err
}

// Register writes a new account with everything that belongs to its first
// moment, in the transaction that spends the code: the acceptance of the policy
// is no later than the first row (C01).
func (s *Store) Register(ctx context.Context, e login.Entry) error {
	subject, sealed, err := s.person()
	if err != nil {
		return err
	}
	user, now := e.Session.User, e.Session.CreatedAt
	audit, err := s.auditWrite(ctx, sealed.Pseudonym, login.EventRegistered, "")
	if err != nil {
		return err
	}
	account := accountRow{
		User: user, Phone: e.Ticket.Phone, PhoneIndex: e.Proof.Phone, CreatedAt: now, AgeGroup: e.Ticket.Age,
	}
	if e.Ticket.Guardian {
		account.GuardianAt = now
	}
	writes := append([]dynamo.Write{
		s.SpendWrite(e.Proof, e.Result()),
		s.gates.PutWrite(gateRow{
			User: user, State: login.Active, Accepted: e.Ticket.Version, Consents: map[string]bool{},
			Minor: e.Ticket.Age == login.Minor, ActiveAt: now, WrappedKey: sealed.WrappedKey, Pseudonym: sealed.Pseudonym,
		}, dynamo.Absent("pk")),
		s.accounts.For(subject).PutWrite(account, dynamo.Absent("pk")),
		s.sessions.For(subject).PutWrite(rowOf(e.Session), dynamo.Absent("pk")),
		s.devices.For(subject).PutWrite(deviceRow{User: user, Device: e.DeviceHash, Seed: e.Seed, FirstAt: now, LastAt: now}),
		audit,
	}, s.claimWrites(e.Proof, user, e.Leaves, now)...)
	writes = append(writes, s.Acceptance(user, e.Ticket.Version, e.Ticket.Hash, now)...)
	writes = append(writes, s.Audience(user, e.Ticket.Age == login.Minor, now)...)
	if !e.Leaves.User.IsZero() {
		leave, err := s.leaveWrites(ctx, e.Leaves, now)
		if err != nil {
			return err
		}
		writes = append(writes, leave...)
	}
	return raced(s.db.Transact(ctx, "", writes...))
}

// claimWrites claim a number that nobody holds, or the account that it leaves.
// During a rotation that account's claim may lie under the other version; in any
// case nobody may claim the number there.
func (s *Store) claimWrites(p person.Proof, user person.ID, leaves login.Holder, at time.Time) []dynamo.Write {
	free, other := dynamo.Absent("pk"), claimRow{PhoneIndex: p.Before}
	if !leaves.User.IsZero() && leaves.Claim == p.Phone {
		free = dynamo.Eq("user_id", leaves.User)
	}
	writes := []dynamo.Write{s.claims.PutWrite(claimRow{PhoneIndex: p.Phone, User: user, ClaimedAt: at}, free)}
	switch {
	case p.Before.IsZero():
	case !leaves.User.IsZero() && leaves.Claim == p.Before:
		writes = append(writes, s.claims.DeleteWrite(other, dynamo.Eq("user_id", leaves.User)))
	default:
		writes = append(writes, s.claims.CheckWrite(other, dynamo.Absent("pk")))
	}
	return writes
}

// leaveWrites shut the gate of a dormant account that its number leaves, if it was
// not used meanwhile: nobody can reach it any more, and it is held and erased as
// a cancelled one is (C86).
func (s *Store) leaveWrites(ctx context.Context, h login.Holder, at time.Time) ([]dynamo.Write, error) {
	left, writes, err := s.Leave(h.User, at)
	if err != nil {
		return nil, err
	}
	audit, err := s.auditWrite(ctx, h.Sealed.Pseudonym, login.EventNumberWentOn, "")
	return append(writes, audit, s.gates.UpdateWrite(gateRow{User: h.User}, dynamo.Update{
		Set: map[string]any{"state": login.Cancelled, "left_case": left}, Add: map[string]int64{"generation": 1},
		If: []dynamo.Cond{dynamo.Eq("state", h.State), dynamo.Eq("active_at", h.ActiveAt)},
	})), err
}

// Enter writes a session of an account that is open.
func (s *Store) Enter(ctx context.Context, e login.Entry) error {
	user, now := e.Holder.User, e.Session.CreatedAt
	subject, err := s.subject(ctx, gateRow{WrappedKey: e.Holder.Sealed.WrappedKey})
	if err != nil {
		return err
	}
	event := login.EventLogin
	if !e.Holder.Known {
		event = login.EventNewDevice
	}
	audit, err := s.auditWrite(ctx, e.Holder.Sealed.Pseudonym, event, "")
	if err != nil {
		return err
	}
	set := map[string]any{"active_at": now, "state": login.Active}
	grows := e.Ticket.Age == login.Minor && !e.Holder.Minor
	if grows {
		set["minor"] = true // C94: nothing clears it
		for _, known := range inventory.Consents {
			if known.Consent.AdultOnly() {
				set["consents."+string(known.Consent)] = false
			}
		}
	}
	accepted := e.Ticket.Version != "" && e.Ticket.Version != e.Holder.Accepted
	if accepted {
		set["accepted_policy"] = e.Ticket.Version
	}
	writes := []dynamo.Write{
		s.SpendWrite(e.Proof, e.Result()),
		s.gates.UpdateWrite(gateRow{User: user}, dynamo.Update{
			Set: set, Remove: []string{"banned_until"}, If: []dynamo.Cond{dynamo.Eq("generation", e.Holder.Generation)},
		}),
		s.sessions.For(subject).PutWrite(rowOf(e.Session), dynamo.Absent("pk")),
		audit,
	}
	writes = append(writes, s.deviceWrites(subject, e, now)...)
	if e.Holder.State == login.Banned {
		writes = append(writes, s.Ban(user, false)) // the ban is over
	}
	if grows {
		minors, err := s.Minors(ctx, user, cmp.Or(e.Ticket.Version, e.Holder.Accepted), now)
		if err != nil {
			return err
		}
		writes = append(writes, minors...)
	}
	if accepted {
		writes = append(writes, s.Acceptance(user, e.Ticket.Version, e.Ticket.Hash, now)...)
	}
	return raced(s.db.Transact(ctx, "", writes...))
}

// deviceWrites note that the account's device logged in, and tell the person of
// one that is new to it: once, for the write that makes it known happens once.
func (s *Store) deviceWrites(subject inventory.Subject, e login.Entry, now time.Time) []dynamo.Write {
	row := deviceRow{User: e.Holder.User, Device: e.DeviceHash, Seed: e.Seed, FirstAt: now, LastAt: now}
	table := s.devices.For(subject)
	switch {
	case !e.Holder.Known:
		return []dynamo.Write{table.PutWrite(row, dynamo.Absent("pk")), s.NewDevice(row.User, now)}
	case e.Holder.Device != row.Device: // it lies under the other version of the index
		row.FirstAt = e.Holder.Since
		return []dynamo.Write{
			table.PutWrite(row, dynamo.Absent("pk")),
			s.devices.DeleteWrite(deviceRow{User: row.User, Device: e.Holder.Device}, dynamo.Exists("pk")),
		}
	default:
		return []dynamo.Write{s.devices.UpdateWrite(row, dynamo.Update{
			Set: map[string]any{"last_login_at": now}, If: []dynamo.Cond{dynamo.Exists("pk")},
		})}
	}
}

// Phone returns the account's own number. ErrNobody: there is no such account.
func (s *Store) Phone(ctx context.Context, user person.ID) (person.PhoneNumber, error) {
	row, _, err := s.account(ctx, user)
	return row.Phone, err
}

// account reads an account with its gate, opened.
func (s *Store) account(ctx context.Context, user person.ID) (accountRow, gateRow, error) {
	b := s.db.Batch()
	pending, err := s.accounts.From(b, accountRow{User: user})
	if err != nil {
		return accountRow{}, gateRow{}, err
	}
	gate, err := s.gates.From(b, gateRow{User: user})
	if err != nil {
		return accountRow{}, gateRow{}, err
	}
	if err := b.Run(ctx); err != nil {
		return accountRow{}, gateRow{}, err
	}
	g, found := gate.Row()
	if !found {
		return accountRow{}, gateRow{}, ErrNobody
	}
	subject, err := s.subject(ctx, g)
	if err != nil {
		return accountRow{}, g, err
	}
	row, found, err := s.accounts.For(subject).Open(pending)
	if err == nil && !found {
		err = ErrNobody
	}
	return row, g, err
}

// Move moves the claim, the account's number and the one session that lives on
// in the transaction that spends both codes.
func (s *Store) Move(ctx context.Context, m login.Move) error {
	row, g, err := s.account(ctx, m.User)
	if err != nil {
		return err
	}
	if row.PhoneIndex != m.Old.Phone && row.PhoneIndex != m.Old.Before {
		return login.ErrRaced // the code went to a former number
	}
	subject, err := s.subject(ctx, g)
	if err != nil {
		return err
	}
	audit, err := s.auditWrite(ctx, g.Pseudonym, login.EventNumberChanged, "")
	if err != nil {
		return err
	}
	mark, err := person.Token(s.Random, 10) // the same on both codes: they were spent together
	if err != nil {
		return err
	}
	const claimAt = 0
	writes := []dynamo.Write{
		claimAt: s.claims.PutWrite(claimRow{PhoneIndex: m.New.Phone, User: m.User, ClaimedAt: m.At},
			dynamo.Any(dynamo.Absent("pk"), dynamo.Eq("user_id", m.User))),
		1: s.SpendWrite(m.Old, mark),
		2: s.SpendWrite(m.New, mark),
		3: s.claims.DeleteWrite(claimRow{PhoneIndex: row.PhoneIndex}, dynamo.Eq("user_id", m.User)),
		4: s.accounts.For(subject).UpdateWrite(accountRow{User: m.User}, dynamo.Update{
			Set: map[string]any{"phone": m.Phone, "phone_index": m.New.Phone},
			If:  []dynamo.Cond{dynamo.Eq("phone_index", row.PhoneIndex)},
		}),
		5: audit,
	}
	if !m.New.Before.IsZero() {
		writes = append(writes, s.claims.CheckWrite(claimRow{PhoneIndex: m.New.Before}, dynamo.Absent("pk")))
	}
	writes = append(writes, s.generationWrites(g, m.Session)...)
	err = s.db.Transact(ctx, "", writes...)
	var refused *dynamo.ConditionError
	if errors.As(err, &refused) && (refused.Index == claimAt || refused.Index == 6 && !m.New.Before.IsZero()) {
		return login.ErrTaken
	}
	if err != nil {
		return raced(err)
	}
	return s.removeDead(ctx, m.User, g.Generation)
}
