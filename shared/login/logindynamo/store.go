package logindynamo

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"time"

	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/keys"
	"jewelrydisplay.app/shared/lambdahttp"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/person"
)

// Options are what the store needs besides the database. A function gives
// those that it uses: the writes that other contexts join into their
// transactions need none.
type Options struct {
	Clock    clock.Clock
	Random   io.Reader
	Settings login.Settings
	Service  *keys.Ring      // wraps persons' keys; nil: sealed attributes stay closed
	Indexes  login.Indexes   // finds devices
	Tokens   login.TokenKeys // makes and reads tokens
	// PolicyDue joins the policy's head row into the authenticator's one read
	// and tells which version is due for who accepted the given one.
	PolicyDue func(b *dynamo.Batch) (func(accepted string) string, error)
	// Acceptance and Audience are other contexts' writes in the transaction
	// that makes an account: that it accepted the policy, and that it may be
	// sent messages. Minors withdraws what a minor cannot consent to, for an
	// account that turns out to be a minor's at a later login, and tells the
	// latter (C94); version is the policy's that was accepted last. Ban tells it
	// that a ban begins or ends (C79). NewDevice tells the person of a login from a
	// device that the account never saw. Leave is the writes of the transaction that
	// shuts the gate of an account which nobody can reach any more: they set the
	// timer of its erasure (C86), which has a name. Return is those that undo it, when
	// its person comes back through customer service.
	Acceptance func(user person.ID, version, sha256 string, at time.Time) []dynamo.Write
	Audience   func(user person.ID, minor bool, at time.Time) []dynamo.Write
	Minors     func(ctx context.Context, user person.ID, version string, at time.Time) ([]dynamo.Write, error)
	Ban        func(user person.ID, banned bool) dynamo.Write
	NewDevice  func(user person.ID, at time.Time) dynamo.Write
	Leave      func(user person.ID, at time.Time) (left string, writes []dynamo.Write, err error)
	Return     func(ctx context.Context, user person.ID, left string) ([]dynamo.Write, error)
}

// Store keeps login's rows.
type Store struct {
	db *dynamo.DB
	Options

	gates    dynamo.Table[gateRow]
	accounts dynamo.Table[accountRow]
	claims   dynamo.Table[claimRow]
	codes    dynamo.Table[codesRow]
	tallies  dynamo.Table[tallyRow]
	devices  dynamo.Table[deviceRow]
	sessions dynamo.Table[sessionRow]
	audits   dynamo.Table[auditRow]
}

// New returns the store.
func New(db *dynamo.DB, o Options) *Store {
	return &Store{
		db: db, Options: o,
		gates: dynamo.Of(db, GateRecord), accounts: dynamo.Of(db, AccountRecord), claims: dynamo.Of(db, ClaimRecord),
		codes: dynamo.Of(db, CodesRecord), tallies: dynamo.Of(db, TallyRecord), devices: dynamo.Of(db, DeviceRecord), sessions: dynamo.Of(db, SessionRecord),
		audits: dynamo.Of(db, AuditRecord),
	}
}

// now is the time as rows hold it: whole milliseconds.
func (s *Store) now() time.Time { return s.Clock.Now().Truncate(time.Millisecond) }

// subject opens the key that stands in the gate and takes its consents.
func (s *Store) subject(ctx context.Context, g gateRow) (inventory.Subject, error) {
	out := inventory.Subject{Granted: map[inventory.Consent]bool{}}
	for name, granted := range g.Consents {
		out.Granted[inventory.Consent(name)] = granted
	}
	if s.Service == nil {
		return out, nil
	}
	wrapped, err := base64.RawStdEncoding.DecodeString(g.WrappedKey.Reveal())
	if err != nil {
		return out, errors.New("logindynamo: the gate's key is not as it was written")
	}
	key, err := s.Service.OpenPersonKey(ctx, wrapped)
	if err != nil {
		return out, err
	}
	out.Key = key
	return out, nil
}

// ErrNobody is an account that is not there.
var ErrNobody = errors.New("logindynamo: there is no such account")

// Subject returns the key and the consents of a person who is not calling.
// ErrNobody: there is no such account (any more).
func (s *Store) Subject(ctx context.Context, user person.ID) (inventory.Subject, error) {
	g, found, err := s.gates.Get(ctx, gateRow{User: user})
	if err != nil {
		return inventory.Subject{}, err
	}
	if !found {
		return inventory.Subject{}, ErrNobody
	}
	return s.subject(ctx, g)
}

// KnowsDevice reports whether the device ever logged in to the account.
func (s *Store) KnowsDevice(ctx context.Context, user person.ID, device person.DeviceID) (bool, error) {
	_, found, err := s.known(ctx, user, device)
	return found, err
}

// known reads the row of a device, under whichever version it lies.
func (s *Store) known(ctx context.Context, user person.ID, d person.DeviceID) (deviceRow, bool, error) {
	versions, err := s.Indexes.Versions(ctx)
	if err != nil {
		return deviceRow{}, false, err
	}
	hashes := make([]person.Hash, len(versions))
	for i, v := range versions {
		hashes[i] = v.Device(d)
	}
	b := s.db.Batch()
	known, err := s.knownIn(b, user, hashes)
	if err == nil {
		err = b.Run(ctx)
	}
	if err != nil {
		return deviceRow{}, false, err
	}
	row, found := first(known)
	return row, found, nil
}

// SpendWrite spends a proved code: once, and only while it is its phone's
// present code. result is what a repeat of the call will find in Proof.Result:
// an id, never personal. A refused write is ErrCondition: prove the code again,
// which then says Spent or rejects it.
func (s *Store) SpendWrite(p person.Proof, result string) dynamo.Write {
	place, before := strings.CutSuffix(p.Challenge, login.BeforeMark)
	slot, nonce, _ := strings.Cut(place, ".")
	at, lies := "challenges."+slot, p.Phone
	if before {
		lies = p.Before
	}
	return s.codes.UpdateWrite(codesRow{PhoneIndex: lies}, dynamo.Update{
		Set:    map[string]any{at + ".result": person.Of[person.HeldID](result)},
		Add:    map[string]int64{"revision": 1},
		Remove: []string{"failures", "failed_at"},
		If:     []dynamo.Cond{dynamo.Eq(at+".nonce", nonce), dynamo.Absent(at + ".result")},
	})
}

// CancelWrites takes an active account out of everybody's reach and frees its
// number, which a code of it proved. A refused write is ErrCondition: the account
// is not active, or the number is not the account's any more (index 1).
func (s *Store) CancelWrites(user person.ID, p person.Proof) []dynamo.Write {
	gate := s.gates.UpdateWrite(gateRow{User: user}, dynamo.Update{
		Set: map[string]any{"state": login.Cancelled}, Add: map[string]int64{"generation": 1},
		If: []dynamo.Cond{dynamo.Eq("state", login.Active)},
	})
	if p.Before.IsZero() {
		return []dynamo.Write{gate, s.claims.DeleteWrite(claimRow{PhoneIndex: p.Phone}, dynamo.Eq("user_id", user))}
	}
	// The account's row says that the number is its own: the claim lies under one
	// of the versions.
	mine := dynamo.Any(dynamo.Absent("pk"), dynamo.Eq("user_id", user))
	return []dynamo.Write{
		gate,
		s.accounts.CheckWrite(accountRow{User: user}, ownNumber(p)),
		s.claims.DeleteWrite(claimRow{PhoneIndex: p.Phone}, mine),
		s.claims.DeleteWrite(claimRow{PhoneIndex: p.Before}, mine),
	}
}

// ownNumber asks of an account's row that the proved number is its own.
func ownNumber(p person.Proof) dynamo.Cond {
	return dynamo.Any(dynamo.Eq("phone_index", p.Phone), dynamo.Eq("phone_index", p.Before))
}

// RestoreWrites undoes CancelWrites. A refused write is ErrCondition: the
// account is not cancelled, or the number opens an account again (index 1).
func (s *Store) RestoreWrites(user person.ID, p person.Proof) []dynamo.Write {
	free := dynamo.Any(dynamo.Absent("pk"), dynamo.Eq("user_id", user))
	writes := []dynamo.Write{
		s.gates.UpdateWrite(gateRow{User: user}, dynamo.Update{
			Set: map[string]any{"state": login.Active, "active_at": s.now()}, Add: map[string]int64{"generation": 1},
			If: []dynamo.Cond{dynamo.Eq("state", login.Cancelled)},
		}),
		s.claims.PutWrite(claimRow{PhoneIndex: p.Phone, User: user, ClaimedAt: s.now()}, free),
	}
	if !p.Before.IsZero() {
		writes = append(writes,
			s.claims.CheckWrite(claimRow{PhoneIndex: p.Before}, dynamo.Absent("pk")),
			s.accounts.UpdateWrite(accountRow{User: user}, dynamo.Update{
				Set: map[string]any{"phone_index": p.Phone}, If: []dynamo.Cond{ownNumber(p)},
			}))
	}
	return writes
}

// ConsentWrite notes in the gate whether the person granted a consent, so that
// every request knows it (C71). It may be repeated. ErrCondition: the account
// is not active, or is a minor's, who cannot grant this one (C94).
func (s *Store) ConsentWrite(user person.ID, c inventory.Consent, granted bool) dynamo.Write {
	allowed := []dynamo.Cond{dynamo.Eq("state", login.Active)}
	if granted && c.AdultOnly() {
		allowed = append(allowed, dynamo.Eq("minor", false))
	}
	return s.gates.UpdateWrite(gateRow{User: user}, dynamo.Update{
		Set: map[string]any{"consents." + string(c): granted}, If: allowed,
	})
}

// AcceptanceWrite notes in the gate which policy version the person accepted
// last (C01). It may be repeated. ErrCondition: the account is not active.
func (s *Store) AcceptanceWrite(user person.ID, version string) dynamo.Write {
	return s.gates.UpdateWrite(gateRow{User: user}, dynamo.Update{
		Set: map[string]any{"accepted_policy": version},
		If:  []dynamo.Cond{dynamo.Eq("state", login.Active)},
	})
}

// MinorWrite sets the flag of 14 to 17 year olds, which nothing clears (C94).
func (s *Store) MinorWrite(user person.ID) dynamo.Write {
	return s.gates.UpdateWrite(gateRow{User: user}, dynamo.Update{
		Set: map[string]any{"minor": true},
		If:  []dynamo.Cond{dynamo.Eq("state", login.Active)},
	})
}

// auditWrite notes an event under the account's pseudonym, and from which part of
// the net it came: nothing finer, for the row outlives the account.
func (s *Store) auditWrite(ctx context.Context, pseudonym person.Hash, event, reason string) (dynamo.Write, error) {
	id, err := person.Token(s.Random, 10)
	return s.audits.PutWrite(auditRow{
		Pseudonym: pseudonym, At: s.now(), ID: id, Event: event, Reason: reason,
		Network: login.CoarseNetwork(lambdahttp.ClientAddress(ctx)),
	}), err
}
