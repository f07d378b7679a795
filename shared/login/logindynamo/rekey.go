package logindynamo

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"

	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/keys"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/person"
)

// The secrets whose older versions something may lie under.
const (
	SecretPepper  = "pepper"  // open codes: for 5 minutes
	SecretIndex   = "index"   // claims, accounts, known devices, sessions: moved; codes and withdrawals: for 7 days at most
	SecretToken   = "token"   // sessions: until they are refreshed, for 30 days at most
	SecretService = "service" // persons' keys: moved
)

// Rekeyer moves what lies under older versions of the secrets to the present ones.
type Rekeyer struct {
	*Store
	Pepper, Index, Token *keys.Ring
	// Besides counts the rows of other tables that hold an index which old tells
	// to be older.
	Besides func(ctx context.Context, old func(index string) bool) (int, error)
}

// stale is what a survey found.
type stale struct {
	left   map[string]int
	gates  []gateRow
	people map[person.ID]bool
}

// Rekey moves what can be moved and returns how much is left under older versions,
// by secret: at 0 for a secret its older version may be dropped. It may run at any
// time, and twice at once: each row is moved by a conditional write of its own
// transaction, and one that changed meanwhile is left to the next run.
func (r Rekeyer) Rekey(ctx context.Context) (map[string]int, error) {
	settled, err := r.Index.Settled(ctx)
	for _, ring := range []*keys.Ring{r.Pepper, r.Token, r.Service} {
		_, failed := ring.Versions(ctx) // makes the current version known
		err = errors.Join(err, failed)
	}
	if err != nil {
		return nil, err
	}
	found, err := r.survey(ctx)
	if err != nil {
		return nil, err
	}
	var failures []error
	for _, g := range found.gates {
		failures = append(failures, r.rewrap(ctx, g))
	}
	if settled {
		for user := range found.people {
			failures = append(failures, r.move(ctx, user))
		}
	}
	if len(found.gates)+len(found.people) > 0 {
		again, err := r.survey(ctx)
		found, failures = again, append(failures, err)
	}
	return found.left, errors.Join(failures...)
}

// survey reads the table once.
func (r Rekeyer) survey(ctx context.Context) (stale, error) {
	out := stale{left: map[string]int{SecretPepper: 0, SecretIndex: 0, SecretToken: 0, SecretService: 0}, people: map[person.ID]bool{}}
	old := func(ring *keys.Ring, text string) bool { return text != "" && !ring.Current().Made(text) }
	err := r.db.Scan(ctx, "Accounts", func(raw dynamo.Raw) error {
		if at, ok := raw.ExpiresAt(); ok && !at.After(r.now()) {
			return nil
		}
		user := person.Of[person.ID](raw.Text("user_id"))
		switch raw.Record() {
		case GateRecord.Schema().Name:
			if wrapped := raw.Text("wrapped_key"); old(r.Service, wrapped) {
				out.left[SecretService]++
				out.gates = append(out.gates, gateRow{User: user, WrappedKey: person.Of[person.Hash](wrapped)})
			}
		case AccountRecord.Schema().Name:
			out.note(user, old(r.Index, raw.Text("phone_index")))
		case DeviceRecord.Schema().Name, SessionRecord.Schema().Name:
			out.note(user, old(r.Index, raw.Text("device_hash")))
			if old(r.Token, raw.Text("key_id")) || old(r.Token, raw.Text("parent_key_id")) {
				out.left[SecretToken]++
			}
		case ClaimRecord.Schema().Name, CodesRecord.Schema().Name:
			if old(r.Index, strings.TrimPrefix(raw.Key.PK, "P#")) {
				out.left[SecretIndex]++
			}
			return r.codesUnder(raw, out.left)
		}
		return nil
	})
	if err != nil {
		return out, err
	}
	besides, err := r.Besides(ctx, func(index string) bool { return old(r.Index, index) })
	out.left[SecretIndex] += besides
	return out, err
}

func (s *stale) note(user person.ID, old bool) {
	if old {
		s.left[SecretIndex]++
		s.people[user] = true
	}
}

// codesUnder counts the open codes of a phone under an older pepper.
func (r Rekeyer) codesUnder(raw dynamo.Raw, left map[string]int) error {
	if raw.Record() != CodesRecord.Schema().Name {
		return nil
	}
	v, err := raw.Decode(CodesRecord.Schema(), inventory.Subject{})
	if err != nil {
		return err
	}
	for _, c := range v.Interface().(codesRow).Challenges {
		if c.EndsAt.After(r.now()) && !r.Pepper.Current().Made(c.MAC.Reveal()) {
			left[SecretPepper]++
		}
	}
	return nil
}

// rewrap wraps a person's key under the present service secret.
func (r Rekeyer) rewrap(ctx context.Context, g gateRow) error {
	wrapped, err := base64.RawStdEncoding.DecodeString(g.WrappedKey.Reveal())
	if err != nil {
		return errors.New("logindynamo: the gate's key is not as it was written")
	}
	again, err := r.Service.Rewrap(ctx, wrapped)
	if err != nil {
		return err
	}
	_, err = r.gates.Update(ctx, gateRow{User: g.User}, dynamo.Update{
		Set: map[string]any{"wrapped_key": person.Of[person.Hash](base64.RawStdEncoding.EncodeToString(again))},
		If:  []dynamo.Cond{dynamo.Eq("wrapped_key", g.WrappedKey)},
	})
	return unless(err)
}

// unless takes a refused condition as done: the row changed meanwhile.
func unless(err error) error {
	if errors.Is(err, dynamo.ErrCondition) {
		return nil
	}
	return err
}

// move puts everything of a person under the present version of the index.
func (r Rekeyer) move(ctx context.Context, user person.ID) error {
	account, g, err := r.account(ctx, user)
	if errors.Is(err, ErrNobody) {
		return nil // erased meanwhile
	}
	if err != nil {
		return err
	}
	subject, err := r.subject(ctx, g)
	if err != nil {
		return err
	}
	versions, err := r.Indexes.Versions(ctx)
	if err != nil {
		return err
	}
	return errors.Join(
		r.moveNumber(ctx, account, versions[0]),
		r.moveDevices(ctx, user, subject, versions[0]))
}

// moveNumber moves an account's number, and its claim where it holds one.
func (r Rekeyer) moveNumber(ctx context.Context, a accountRow, now login.Index) error {
	from, to := a.PhoneIndex, now.Phone(a.Phone)
	if from == to {
		return nil
	}
	held, _, err := r.claims.Get(ctx, claimRow{PhoneIndex: from})
	if err != nil {
		return err
	}
	writes := []dynamo.Write{r.accounts.UpdateWrite(accountRow{User: a.User}, dynamo.Update{
		Set: map[string]any{"phone_index": to}, If: []dynamo.Cond{dynamo.Eq("phone_index", from)},
	})}
	if held.User == a.User {
		writes = append(writes,
			r.claims.DeleteWrite(held, dynamo.Eq("user_id", a.User)),
			r.claims.PutWrite(claimRow{PhoneIndex: to, User: a.User, ClaimedAt: held.ClaimedAt}, dynamo.Absent("pk")))
	}
	return unless(r.db.Transact(ctx, "", writes...))
}

// moveDevices moves a person's known devices, and the sessions that came from them.
func (r Rekeyer) moveDevices(ctx context.Context, user person.ID, subject inventory.Subject, now login.Index) error {
	table := r.devices.For(subject)
	page, err := table.Query(ctx, dynamo.Query{Partition: "U#" + user.Reveal(), Prefix: "D#"})
	if err != nil {
		return err
	}
	moved := map[person.Hash]person.Hash{}
	for _, row := range page.Rows {
		from, to := row.Device, now.Seeded(row.Seed)
		if from == to || row.Seed.IsZero() {
			continue
		}
		moved[from] = to
		row.Device = to
		err := r.db.Transact(ctx, "", table.PutWrite(row, dynamo.Absent("pk")),
			r.devices.DeleteWrite(deviceRow{User: user, Device: from}, dynamo.Exists("pk")))
		if err := unless(err); err != nil {
			return err
		}
	}
	sessions, err := r.sessions.Query(ctx, dynamo.Query{Partition: "U#" + user.Reveal(), Prefix: "S#"})
	if err != nil {
		return err
	}
	for _, row := range sessions.Rows {
		to, ok := moved[row.Device]
		if !ok {
			continue
		}
		_, err := r.sessions.Update(ctx, sessionRow{User: user, ID: row.ID}, dynamo.Update{
			Set: map[string]any{"device_hash": to}, If: []dynamo.Cond{dynamo.Eq("device_hash", row.Device)},
		})
		if err := unless(err); err != nil {
			return err
		}
	}
	return nil
}
