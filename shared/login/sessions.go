package login

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/person"
)

// Sessions opens, refreshes, lists and ends sessions, and changes the number
// that opens an account.
type Sessions struct {
	Codes    *Codes
	Accounts Accounts
	Store    SessionStore
	Tokens   TokenKeys
	Indexes  Indexes
	Pushes   Pushes
	Settings Settings
	Clock    clock.Clock
	Random   io.Reader
}

// Opening is a login with a code.
type Opening struct {
	Challenge string
	Code      string
	Device    Device
	StartAnew bool // leave a dormant account behind
}

// raceTries is how often a call reads and decides again when its rows changed
// meanwhile.
const raceTries = 3

// Open logs in, and registers whoever holds a number that opens no account.
// Repeated with the same challenge, code and device it gives its first answer
// again. CodeRejected; DormantAccount (the code is not spent); Forbidden: the
// account is banned.
func (s *Sessions) Open(ctx context.Context, o Opening) (Login, error) {
	for range raceTries {
		p, err := s.Codes.prove(ctx, o.Challenge, o.Code, o.Device.ID, PurposeLogin, person.ID{})
		if err != nil {
			return Login{}, err
		}
		l, err := s.open(ctx, o, p)
		if !errors.Is(err, ErrRaced) {
			return l, err
		}
	}
	return Login{}, ErrRejected
}

func (s *Sessions) open(ctx context.Context, o Opening, p proved) (Login, error) {
	if p.Spent {
		return s.Again(ctx, p.Proof)
	}
	now := s.Clock.Now().Truncate(time.Millisecond)
	devices := devices(p.versions, o.Device.ID)
	h, err := s.Accounts.Holder(ctx, p.Proof, p.open.Holder, devices)
	if err != nil {
		return Login{}, err
	}
	e := Entry{Proof: p.Proof, Ticket: p.ticket, Device: o.Device, DeviceHash: devices[0], Seed: p.versions[0].Seed(o.Device.ID), Holder: h}
	switch {
	case h.User.IsZero():
	case !h.Known && !now.Before(h.ActiveAt.Add(s.Settings.Dormant)):
		if !o.StartAnew {
			return Login{}, fault.New(fault.DormantAccount, "This number's account was not used for long. Start anew, or ask customer service.")
		}
		// Its sessions end with this login, and their devices' pushes before them.
		if err := s.Pushes.EndOthers(ctx, h.User, ""); err != nil {
			return Login{}, err
		}
		e.Leaves, e.Holder = h, Holder{}
	case !h.Open(now):
		return Login{}, fault.New(fault.Forbidden, "This account is blocked. Customer service can tell more.")
	}
	l, err := s.enter(ctx, e, now)
	if err == nil {
		s.Codes.verified(ctx, p)
	}
	return l, err
}

// devices is a device under each version.
func devices(versions []Index, d person.DeviceID) []person.Hash {
	out := make([]person.Hash, len(versions))
	for i, v := range versions {
		out[i] = v.Device(d)
	}
	return out
}

// enter writes the login and answers it.
func (s *Sessions) enter(ctx context.Context, e Entry, now time.Time) (Login, error) {
	user, fresh := e.Holder.User, e.Holder.User.IsZero()
	if fresh {
		var err error
		if user, err = person.NewID(s.Random); err != nil {
			return Login{}, err
		}
	}
	session, pair, err := Begin(ctx, s.Tokens, s.Random, s.Settings, user, e.Device, e.DeviceHash, e.Proof, now)
	if err != nil {
		return Login{}, err
	}
	e.Session = session
	if fresh {
		err = s.Accounts.Register(ctx, e)
	} else {
		e.Session.Generation = e.Holder.Generation
		err = s.Accounts.Enter(ctx, e)
	}
	return session.login(pair, fresh, now, s.Settings), err
}

// Begin makes a session that a proof opens: its tokens can be derived again
// from what the proof's row keeps.
func Begin(ctx context.Context, tokens TokenKeys, random io.Reader, set Settings, user person.ID, d Device, device person.Hash, proof person.Proof, now time.Time) (Session, Pair, error) {
	id, err := tokens.NewSession(random, user)
	if err != nil {
		return Session{}, Pair{}, err
	}
	pair, err := tokens.First(ctx, "", user, id, proof.Challenge)
	s := Session{
		User: user, ID: id, Device: device, Name: d.Name, Platform: d.Platform,
		RefreshHash: pair.RefreshHash, AccessHash: pair.AccessHash, Key: pair.Key,
		CreatedAt: now, TurnedAt: now, LastUsedAt: now,
	}
	s.EndsAt = s.ends(now, set)
	return s, pair, err
}

// Result is what the spent code's row keeps of a session that it opened.
func (s Session) Result(fresh bool) string { return result(s.User, s.ID, fresh) }

// Login is the answer with a session's first tokens.
func (s Session) Login(p Pair, now time.Time, set Settings) Login { return s.login(p, false, now, set) }

// Again gives the first answer of a spent code again, as long as its session
// stands at its first turn. CodeRejected: it does not.
func (s *Sessions) Again(ctx context.Context, p person.Proof) (Login, error) {
	words := strings.Fields(p.Result)
	if len(words) < 2 {
		return Login{}, ErrRejected
	}
	user, session := person.Of[person.ID](words[0]), words[1]
	row, g, found, err := s.Store.Load(ctx, user, session)
	if err != nil {
		return Login{}, err
	}
	now := s.Clock.Now()
	if !found || !row.alive(g, now) || row.Turn > 0 {
		return Login{}, ErrRejected
	}
	pair, err := s.Tokens.First(ctx, row.Key, user, session, p.Challenge)
	return row.login(pair, len(words) > 2, now, s.Settings), err
}

// Refresh changes a refresh token into its successors, the same ones when it
// is asked again before they were used, and for RefreshGrace at least. A token
// that comes later, or from another device, ends the session.
// Unauthenticated: log in.
func (s *Sessions) Refresh(ctx context.Context, token string, device person.DeviceID) (Login, error) {
	p, err := s.Tokens.Read(ctx, RefreshToken, token)
	if err != nil {
		return Login{}, err
	}
	for range raceTries {
		l, err := s.refresh(ctx, p, device)
		if !errors.Is(err, ErrRaced) {
			return l, err
		}
	}
	return Login{}, fault.Busy(ErrRaced)
}

func (s *Sessions) refresh(ctx context.Context, p Presented, device person.DeviceID) (Login, error) {
	row, g, found, err := s.Store.Load(ctx, p.User, p.Session)
	if err != nil {
		return Login{}, err
	}
	if !found {
		return Login{}, ErrUnauthenticated
	}
	now := s.Clock.Now().Truncate(time.Millisecond)
	key := "" // the current version, for a turn that is made now
	if p.Turn < row.Turn {
		key = row.Key
	}
	next, err := s.Tokens.Next(ctx, key, p)
	if err != nil {
		return Login{}, err
	}
	versions, err := s.Indexes.Versions(ctx)
	if err != nil {
		return Login{}, err
	}
	hashes := devices(versions, device)
	asking := hashes[0]
	if slices.Contains(hashes, row.Device) {
		asking = row.Device
	}
	switch row.judge(p, asking, next, g, now, s.Settings) {
	case turn:
		row.Device, row.Parent = hashes[0], p.Key
		row.Turn, row.Used, row.TurnedAt, row.LastUsedAt = row.Turn+1, false, now, now
		row.RefreshHash, row.AccessHash, row.Key = next.RefreshHash, next.AccessHash, next.Key
		row.EndsAt = row.ends(now, s.Settings)
		err = s.Store.Turn(ctx, row, !now.Before(g.ActiveAt.Add(s.Settings.ActiveStep)))
		return row.login(next, false, now, s.Settings), err
	case repeat:
		return row.login(next, false, now, s.Settings), nil
	case reuse:
		// The token is in two hands, and nobody can tell whose are the right ones.
		if err := s.end(ctx, p.User, p.Session, EventReuse); err != nil {
			return Login{}, err
		}
		return Login{}, ErrUnauthenticated
	default:
		return Login{}, ErrUnauthenticated
	}
}

// List returns the account's living sessions, the latest used first.
func (s *Sessions) List(ctx context.Context, user person.ID) ([]Session, error) {
	return s.Store.List(ctx, user)
}

// End ends one session of the account and its device's pushes. It may be
// repeated. NotFound: the account never had such a session.
func (s *Sessions) End(ctx context.Context, user person.ID, session string) error {
	if !s.Tokens.Issued(user, session) {
		// An id made under an older key is known as long as its session lives.
		list, err := s.Store.List(ctx, user)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(list, func(other Session) bool { return other.ID == session }) {
			return fault.New(fault.NotFound, "There is no such session.")
		}
	}
	return s.end(ctx, user, session, EventEnded)
}

// end stops the pushes first: as long as that fails the session lives, and
// the call can be made again.
func (s *Sessions) end(ctx context.Context, user person.ID, session, event string) error {
	if err := s.Pushes.EndSession(ctx, user, session); err != nil {
		return err
	}
	return s.Store.End(ctx, user, session, event)
}

// EndOthers ends every session of the account but one, and their devices'
// pushes. It may be repeated.
func (s *Sessions) EndOthers(ctx context.Context, user person.ID, keep string) error {
	for range raceTries {
		err := s.Store.EndOthers(ctx, user, keep)
		if errors.Is(err, ErrRaced) {
			continue
		}
		if err != nil {
			return err
		}
		return s.Pushes.EndOthers(ctx, user, keep)
	}
	return fault.Busy(ErrRaced)
}
