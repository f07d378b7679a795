package login

import (
	"context"
	"crypto/subtle"
	"io"
	"time"

	"jewelrydisplay.app/shared/person"
)

// State is whether an account may be used.
type State string

// The states of an account.
const (
	Active    State = "active"
	Cancelled State = "cancelled" // C86: reachable by nobody
	Banned    State = "banned"    // C79: by an operator, until a time or without an end
)

// Gate is what every request is checked against. Every change of the state
// raises the generation, and sessions of an older generation are dead.
type Gate struct {
	User        person.ID
	State       State
	BannedUntil time.Time // zero: without an end
	Generation  int64
	Accepted    string // policy version
	Minor       bool
	ActiveAt    time.Time // last use, to Settings.ActiveStep
}

// Open reports whether the account may be used at the time.
func (g Gate) Open(now time.Time) bool {
	return g.State == Active || g.State == Banned && !g.BannedUntil.IsZero() && !now.Before(g.BannedUntil)
}

// Session is one login of one device.
type Session struct {
	User        person.ID
	ID          string
	Generation  int64
	Device      person.Hash
	Name        person.DeviceName
	Platform    string
	Turn        int64       // how often the tokens were refreshed
	RefreshHash person.Hash // of this turn's refresh token
	AccessHash  person.Hash
	Key         string // the key version of this turn's tokens
	Parent      string // the key version of the refresh token that this turn was made from
	Used        bool   // this turn's access token was used
	CreatedAt   time.Time
	TurnedAt    time.Time // when this turn's tokens were made
	LastUsedAt  time.Time
	EndsAt      time.Time // when the refresh token ends
}

// Presented is a token that a client sent and that we made.
type Presented struct {
	User    person.ID
	Session string
	Turn    int64
	Hash    person.Hash // of its secret, as a session holds it
	Secret  Token
	Key     string // the key version it was made with
}

// Pair is one turn's tokens and what is stored of them.
type Pair struct {
	Access, Refresh         Token
	AccessHash, RefreshHash person.Hash
	Key                     string
}

// TokenKeys makes tokens. They are derived, so that an answer that was lost
// can be given again without its tokens being stored.
type TokenKeys interface {
	// NewSession makes a session's id. Issued recognises it for its person,
	// even when the session is long gone.
	NewSession(random io.Reader, user person.ID) (string, error)
	Issued(user person.ID, session string) bool
	// First makes the tokens of a new session from the challenge that was
	// spent for it. key names the key version; empty: the current one.
	First(ctx context.Context, key string, user person.ID, session, challenge string) (Pair, error)
	// Next makes the successors of a refresh token.
	Next(ctx context.Context, key string, p Presented) (Pair, error)
	// Read opens a token that a client sent. ErrUnauthenticated: not ours.
	Read(ctx context.Context, kind, token string) (Presented, error)
}

// The kinds of tokens: how they begin.
const (
	AccessToken  = "jda_"
	RefreshToken = "jdr_"
)

// Admits reports whether the access token opens the session now.
func (s Session) Admits(p Presented, g Gate, now time.Time, set Settings) bool {
	return s.alive(g, now) && p.Turn == s.Turn && same(p.Hash, s.AccessHash) && now.Before(s.TurnedAt.Add(set.AccessLife))
}

func (s Session) alive(g Gate, now time.Time) bool {
	return g.Open(now) && s.Generation == g.Generation && now.Before(s.EndsAt)
}

func same(a, b person.Hash) bool {
	return !a.IsZero() && subtle.ConstantTimeCompare([]byte(a.Reveal()), []byte(b.Reveal())) == 1
}

// verdict is what a refresh token gets.
type verdict int

const (
	dead   verdict = iota // nothing
	turn                  // new tokens
	repeat                // the tokens that its first use made
	reuse                 // the end of the session: it is in two hands
)

// judge decides about a refresh token. next are its successors, when the
// session is one turn ahead of it.
func (s Session) judge(p Presented, device person.Hash, next Pair, g Gate, now time.Time, set Settings) verdict {
	switch {
	case !s.alive(g, now) || p.Turn > s.Turn:
		return dead
	case p.Turn == s.Turn && !same(p.Hash, s.RefreshHash):
		return dead
	case p.Turn == s.Turn-1 && !same(next.RefreshHash, s.RefreshHash):
		return dead
	case !same(device, s.Device) || p.Turn < s.Turn-1:
		return reuse
	case p.Turn == s.Turn:
		return turn
	case !s.Used || now.Before(s.TurnedAt.Add(set.RefreshGrace)):
		return repeat
	default:
		return reuse
	}
}

// ends is when a session turned at now ends: idle, or old.
func (s Session) ends(now time.Time, set Settings) time.Time {
	idle, old := now.Add(set.RefreshIdle), s.CreatedAt.Add(set.SessionLife)
	if old.Before(idle) {
		return old
	}
	return idle
}

// login is the answer with the session's present tokens.
func (s Session) login(p Pair, fresh bool, now time.Time, set Settings) Login {
	at := s.TurnedAt.Add(set.AccessLife)
	return Login{User: s.User, New: fresh, Access: p.Access, Refresh: p.Refresh, ExpiresAt: at, ExpiresIn: max(0, at.Sub(now))}
}
