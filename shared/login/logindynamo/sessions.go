package logindynamo

import (
	"context"
	"errors"
	"sort"

	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/person"
)

var _ login.SessionStore = (*Store)(nil)

func rowOf(s login.Session) sessionRow {
	return sessionRow{
		User: s.User, ID: s.ID, Generation: s.Generation, Device: s.Device, Name: s.Name, Platform: s.Platform,
		Turn: s.Turn, RefreshHash: s.RefreshHash, AccessHash: s.AccessHash, KeyID: s.Key, Parent: s.Parent, Used: s.Used,
		CreatedAt: s.CreatedAt, TurnedAt: s.TurnedAt, LastUsedAt: s.LastUsedAt, EndsAt: s.EndsAt,
	}
}

func (r sessionRow) session() login.Session {
	return login.Session{
		User: r.User, ID: r.ID, Generation: r.Generation, Device: r.Device, Name: r.Name, Platform: r.Platform,
		Turn: r.Turn, RefreshHash: r.RefreshHash, AccessHash: r.AccessHash, Key: r.KeyID, Parent: r.Parent, Used: r.Used,
		CreatedAt: r.CreatedAt, TurnedAt: r.TurnedAt, LastUsedAt: r.LastUsedAt, EndsAt: r.EndsAt,
	}
}

func (r gateRow) gate() login.Gate {
	return login.Gate{
		User: r.User, State: r.State, BannedUntil: r.BannedUntil, Generation: r.Generation,
		Accepted: r.Accepted, Minor: r.Minor, ActiveAt: r.ActiveAt,
	}
}

// Load reads a session and its gate in one call.
func (s *Store) Load(ctx context.Context, user person.ID, session string) (login.Session, login.Gate, bool, error) {
	b := s.db.Batch()
	row, err := s.sessions.From(b, sessionRow{User: user, ID: session})
	if err != nil {
		return login.Session{}, login.Gate{}, false, err
	}
	gate, err := s.gates.From(b, gateRow{User: user})
	if err != nil {
		return login.Session{}, login.Gate{}, false, err
	}
	if err := b.Run(ctx); err != nil {
		return login.Session{}, login.Gate{}, false, err
	}
	r, found := row.Row()
	g, there := gate.Row()
	return r.session(), g.gate(), found && there, nil
}

// Turn writes a session's next turn. The condition on the turn makes it happen
// once, however often it is tried.
func (s *Store) Turn(ctx context.Context, n login.Session, active bool) error {
	key := sessionRow{User: n.User, ID: n.ID}
	change := dynamo.Update{
		Set: map[string]any{
			"turn": n.Turn, "device_hash": n.Device, "refresh_hash": n.RefreshHash, "access_hash": n.AccessHash, "key_id": n.Key, "parent_key_id": n.Parent,
			"used": false, "turned_at": n.TurnedAt, "last_used_at": n.LastUsedAt, "ends_at": n.EndsAt,
		},
		If: []dynamo.Cond{dynamo.Eq("turn", n.Turn-1), dynamo.Eq("generation", n.Generation)},
	}
	if !active {
		_, err := s.sessions.Update(ctx, key, change)
		return raced(err)
	}
	return raced(s.db.Transact(ctx, "",
		s.sessions.UpdateWrite(key, change),
		s.gates.UpdateWrite(gateRow{User: n.User}, dynamo.Update{
			Set: map[string]any{"active_at": n.TurnedAt},
			If:  []dynamo.Cond{dynamo.Eq("generation", n.Generation)},
		})))
}

// List returns the living sessions of the account, the latest used first.
// Those that a change of the gate killed are left out.
func (s *Store) List(ctx context.Context, user person.ID) ([]login.Session, error) {
	g, found, err := s.gates.Get(ctx, gateRow{User: user})
	if err != nil || !found {
		return nil, err
	}
	subject, err := s.subject(ctx, g)
	if err != nil {
		return nil, err
	}
	page, err := s.sessions.For(subject).Query(ctx, dynamo.Query{Partition: "U#" + user.Reveal(), Prefix: "S#"})
	if err != nil {
		return nil, err
	}
	var list []login.Session
	for _, row := range page.Rows {
		if row.Generation == g.Generation {
			list = append(list, row.session())
		}
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].LastUsedAt.After(list[j].LastUsedAt) })
	return list, nil
}

// End removes a session and notes why, in one transaction. One that is gone is
// left at that.
func (s *Store) End(ctx context.Context, user person.ID, session, event string) error {
	g, found, err := s.gates.Get(ctx, gateRow{User: user})
	if err != nil || !found {
		return err
	}
	audit, err := s.auditWrite(ctx, g.Pseudonym, event, "")
	if err != nil {
		return err
	}
	err = s.db.Transact(ctx, "", s.sessions.DeleteWrite(sessionRow{User: user, ID: session}, dynamo.Exists("pk")), audit)
	if errors.Is(err, dynamo.ErrCondition) {
		return nil
	}
	return err
}

// EndOthers raises the gate's generation and takes the kept session along;
// then it removes the rows that are worthless by now.
func (s *Store) EndOthers(ctx context.Context, user person.ID, keep string) error {
	g, found, err := s.gates.Get(ctx, gateRow{User: user})
	if err != nil {
		return err
	}
	if !found {
		return ErrNobody
	}
	audit, err := s.auditWrite(ctx, g.Pseudonym, login.EventOthersEnded, "")
	if err != nil {
		return err
	}
	if err := s.db.Transact(ctx, "", append(s.generationWrites(g, keep), audit)...); err != nil {
		return raced(err)
	}
	return s.removeDead(ctx, user, g.Generation)
}

// removeDead removes the sessions of a generation and those before it. A login
// that came after the generation was raised stays.
func (s *Store) removeDead(ctx context.Context, user person.ID, generation int64) error {
	page, err := s.sessions.Query(ctx, dynamo.Query{Partition: "U#" + user.Reveal(), Prefix: "S#"})
	if err != nil {
		return err
	}
	for _, row := range page.Rows {
		if row.Generation > generation {
			continue
		}
		if err := s.sessions.Delete(ctx, row); err != nil {
			return err
		}
	}
	return nil
}

// generationWrites raise the gate's generation, and that of the one session
// that lives on.
func (s *Store) generationWrites(g gateRow, keep string) []dynamo.Write {
	writes := []dynamo.Write{s.gates.UpdateWrite(gateRow{User: g.User}, dynamo.Update{
		Add: map[string]int64{"generation": 1},
		If:  []dynamo.Cond{dynamo.Eq("generation", g.Generation), dynamo.Eq("state", g.State)},
	})}
	if keep != "" {
		writes = append(writes, s.sessions.UpdateWrite(sessionRow{User: g.User, ID: keep}, dynamo.Update{
			Add: map[string]int64{"generation": 1},
			If:  []dynamo.Cond{dynamo.Eq("generation", g.Generation)},
		}))
	}
	return writes
}
