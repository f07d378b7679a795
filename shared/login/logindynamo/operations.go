package logindynamo

import (
	"context"
	"errors"

	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/person"
)

var _ login.Operated = (*Store)(nil)

// ByPhone returns who holds the number.
func (s *Store) ByPhone(ctx context.Context, phone person.PhoneNumber) (person.ID, error) {
	versions, err := s.Indexes.Versions(ctx)
	for i := 0; i < len(versions) && err == nil; i++ {
		row, found, failed := s.claims.Get(ctx, claimRow{PhoneIndex: versions[i].Phone(phone)})
		if found {
			return row.User, nil
		}
		err = failed
	}
	return person.ID{}, err
}

// Report reads an account with its claim and its living sessions.
func (s *Store) Report(ctx context.Context, user person.ID) (login.Report, bool, error) {
	row, g, err := s.account(ctx, user)
	if errors.Is(err, ErrNobody) {
		return login.Report{}, false, nil
	}
	if err != nil {
		return login.Report{}, false, err
	}
	claim, _, err := s.claims.Get(ctx, claimRow{PhoneIndex: row.PhoneIndex})
	if err != nil {
		return login.Report{}, false, err
	}
	list, err := s.List(ctx, user)
	return login.Report{
		User: user, State: g.State, BannedUntil: g.BannedUntil, CreatedAt: row.CreatedAt, ActiveAt: g.ActiveAt,
		Minor: g.Minor, Sessions: len(list), HasNumber: claim.User == user, Left: g.Left != "",
	}, true, err
}

// Noted leaves an audit row alone.
func (s *Store) Noted(ctx context.Context, user person.ID, event, reason string) error {
	g, found, err := s.gates.Get(ctx, gateRow{User: user})
	if err != nil || !found {
		return err
	}
	audit, err := s.auditWrite(ctx, g.Pseudonym, event, reason)
	if err != nil {
		return err
	}
	return s.db.Transact(ctx, "", audit)
}

// Clear removes the sessions of a generation that is over.
func (s *Store) Clear(ctx context.Context, user person.ID) error {
	g, found, err := s.gates.Get(ctx, gateRow{User: user})
	if err != nil || !found {
		return err
	}
	return s.removeDead(ctx, user, g.Generation-1)
}

// Operate changes the gate and leaves the audit row in one transaction: every
// action kills the sessions that there are. Then it removes their rows.
func (s *Store) Operate(ctx context.Context, o login.Order, from []login.State) error {
	row, g, err := s.account(ctx, o.User)
	if err != nil {
		return err
	}
	audit, err := s.auditWrite(ctx, g.Pseudonym, o.Action, o.Reason)
	if err != nil {
		return err
	}
	if o.Action == login.ActionGiveNumber {
		return s.giveBack(ctx, o, g, audit)
	}
	var leave []dynamo.Write
	allowed := make([]dynamo.Cond, len(from))
	for i, state := range from {
		allowed[i] = dynamo.Eq("state", state)
	}
	change := dynamo.Update{
		Add: map[string]int64{"generation": 1},
		If:  []dynamo.Cond{dynamo.Any(allowed...), dynamo.Eq("generation", g.Generation)},
	}
	switch o.Action {
	case login.ActionBan:
		change.Set = map[string]any{"state": login.Banned}
		if o.Until.IsZero() {
			change.Remove = []string{"banned_until"}
		} else {
			change.Set["banned_until"] = o.Until
		}
	case login.ActionUnban:
		change.Set, change.Remove = map[string]any{"state": login.Active}, []string{"banned_until"}
	case login.ActionLostNumber:
		left, writes, err := s.Leave(o.User, s.now())
		if err != nil {
			return err
		}
		leave, change.Set = writes, map[string]any{"state": login.Cancelled, "left_case": left}
	}
	writes := []dynamo.Write{s.gates.UpdateWrite(gateRow{User: o.User}, change), audit}
	if o.Action == login.ActionBan || o.Action == login.ActionUnban {
		writes = append(writes, s.Ban(o.User, o.Action == login.ActionBan))
	}
	if o.Action == login.ActionLostNumber {
		free, err := s.freeWrite(ctx, o.User, row.PhoneIndex)
		if err != nil {
			return err
		}
		writes = append(append(writes, free...), leave...)
	}
	if err := s.db.Transact(ctx, "", writes...); err != nil {
		return raced(err)
	}
	return s.removeDead(ctx, o.User, g.Generation)
}

// freeWrite takes the number from the account, if it is still the account's.
func (s *Store) freeWrite(ctx context.Context, user person.ID, phone person.Hash) ([]dynamo.Write, error) {
	claim, _, err := s.claims.Get(ctx, claimRow{PhoneIndex: phone})
	if err != nil || claim.User != user {
		return nil, err
	}
	return []dynamo.Write{s.claims.DeleteWrite(claim, dynamo.Eq("user_id", user))}, nil
}

// giveBack opens an account that its number left to another number: gate, claim and
// number change in one transaction, with the end of its timer. It is made once: the
// gate forgets the case.
func (s *Store) giveBack(ctx context.Context, o login.Order, g gateRow, audit dynamo.Write) error {
	subject, err := s.subject(ctx, g)
	if err != nil {
		return err
	}
	back, err := s.Return(ctx, o.User, g.Left)
	if err != nil {
		return err
	}
	versions, err := s.Indexes.Versions(ctx)
	if err != nil {
		return err
	}
	phone, now := versions[0].Phone(o.Number), s.now()
	const claimAt = 0
	writes := append([]dynamo.Write{
		claimAt: s.claims.PutWrite(claimRow{PhoneIndex: phone, User: o.User, ClaimedAt: now}, dynamo.Absent("pk")),
		1: s.gates.UpdateWrite(gateRow{User: o.User}, dynamo.Update{
			Set: map[string]any{"state": login.Active, "active_at": now}, Remove: []string{"left_case", "banned_until"},
			Add: map[string]int64{"generation": 1},
			If:  []dynamo.Cond{dynamo.Eq("state", login.Cancelled), dynamo.Eq("left_case", g.Left)},
		}),
		2: s.accounts.For(subject).UpdateWrite(accountRow{User: o.User}, dynamo.Update{
			Set: map[string]any{"phone": o.Number, "phone_index": phone}, If: []dynamo.Cond{dynamo.Exists("pk")},
		}),
		3: audit,
	}, back...)
	if len(versions) > 1 {
		writes = append(writes, s.claims.CheckWrite(claimRow{PhoneIndex: versions[1].Phone(o.Number)}, dynamo.Absent("pk")))
	}
	err = s.db.Transact(ctx, "", writes...)
	var refused *dynamo.ConditionError
	if errors.As(err, &refused) && refused.Index == claimAt {
		return login.ErrTaken
	}
	return raced(err)
}
