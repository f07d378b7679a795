package loginkeys

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"io"
	"strings"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/keys"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/person"
)

// A token is its kind and, in base 64, these parts. The secret is a MAC that
// nobody without the token key can make; the tag lets a forged token fail
// before any read.
const (
	idSize      = 16 // of persons and sessions
	randomSize  = 10 // of a session's id; the rest says whose it is
	turnSize    = 4
	secretSize  = 32
	tagSize     = 8
	userAt      = keys.IDSize
	sessionAt   = userAt + idSize
	turnAt      = sessionAt + idSize
	secretAt    = turnAt + turnSize
	tagAt       = secretAt + secretSize
	tokenSize   = tagAt + tagSize
	secretUse   = "token secret"
	tagUse      = "token tag"
	sessionsUse = "session id"
)

var ids = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NewSession makes a session's id: 80 random bits and 48 that say whose it is.
func (k Keys) NewSession(random io.Reader, user person.ID) (string, error) {
	b := make([]byte, randomSize, idSize)
	if _, err := io.ReadFull(random, b); err != nil {
		return "", err
	}
	return ids.EncodeToString(append(b, k.owner(user, b)...)), nil
}

// Issued recognises a session's id for its person.
func (k Keys) Issued(user person.ID, session string) bool {
	b, err := ids.DecodeString(session)
	return err == nil && len(b) == idSize && hmac.Equal(b[randomSize:], k.owner(user, b[:randomSize]))
}

func (k Keys) owner(user person.ID, random []byte) []byte {
	return k.Token.Current().MAC(sessionsUse, user.Reveal(), string(random))[:idSize-randomSize]
}

// First makes the tokens of a session's first turn.
func (k Keys) First(ctx context.Context, key string, user person.ID, session, challenge string) (login.Pair, error) {
	version, err := k.version(ctx, key)
	if err != nil {
		return login.Pair{}, err
	}
	return pair(version, user, session, 0, version.MAC(secretUse, "first", user.Reveal(), session, challenge))
}

// Next makes the successors of a refresh token. They hang on its secret, so
// that the keys and the table together are not enough to make them.
func (k Keys) Next(ctx context.Context, key string, p login.Presented) (login.Pair, error) {
	made, err := k.version(ctx, p.Key)
	if err != nil {
		return login.Pair{}, err
	}
	version, err := k.version(ctx, key)
	if err != nil {
		return login.Pair{}, err
	}
	return pair(version, p.User, p.Session, p.Turn+1, made.MAC(secretUse, "next", p.Secret.Reveal()))
}

// version finds a key by its name; empty: the current one.
func (k Keys) version(ctx context.Context, name string) (keys.Key, error) {
	if name == "" {
		return k.Token.Current(), nil
	}
	b, err := base64.RawStdEncoding.DecodeString(name)
	if err != nil || len(b) != keys.IDSize {
		return keys.Key{}, login.ErrUnauthenticated
	}
	return k.find(ctx, b)
}

// find is the key with the id. One that is unknown made no token of ours.
func (k Keys) find(ctx context.Context, id []byte) (keys.Key, error) {
	key, err := k.Token.Find(ctx, [keys.IDSize]byte(id))
	if err != nil && !fault.Is(err, fault.Unavailable) {
		err = login.ErrUnauthenticated
	}
	return key, err
}

// pair writes both tokens of a turn. The access token's secret follows from
// the refresh token's.
func pair(key keys.Key, user person.ID, session string, turn int64, secret []byte) (login.Pair, error) {
	access := key.MAC(secretUse, "access", string(secret))
	refreshText, err := write(key, login.RefreshToken, user, session, turn, secret)
	if err != nil {
		return login.Pair{}, err
	}
	accessText, err := write(key, login.AccessToken, user, session, turn, access)
	return login.Pair{
		Access: login.TokenOf(accessText), Refresh: login.TokenOf(refreshText),
		AccessHash: hash(access), RefreshHash: hash(secret),
		Key: base64.RawStdEncoding.EncodeToString(key.ID[:]),
	}, err
}

// hash is what a session keeps of a secret of 256 bits that nobody can guess.
func hash(secret []byte) person.Hash {
	sum := sha256.Sum256(secret)
	return person.Of[person.Hash](base64.RawStdEncoding.EncodeToString(sum[:]))
}

func write(key keys.Key, kind string, user person.ID, session string, turn int64, secret []byte) (string, error) {
	b := append(make([]byte, 0, tokenSize), key.ID[:]...)
	for _, id := range []string{user.Reveal(), session} {
		raw, err := ids.DecodeString(id)
		if err != nil || len(raw) != idSize {
			return "", login.ErrUnauthenticated
		}
		b = append(b, raw...)
	}
	b = binary.BigEndian.AppendUint32(b, uint32(turn))
	b = append(b, secret...)
	b = append(b, tag(key, kind, b)...)
	return kind + base64.RawURLEncoding.EncodeToString(b), nil
}

func tag(key keys.Key, kind string, body []byte) []byte {
	return key.MAC(tagUse, kind, string(body))[:tagSize]
}

// Read opens a token that a client sent.
func (k Keys) Read(ctx context.Context, kind, token string) (login.Presented, error) {
	text, ok := strings.CutPrefix(token, kind)
	if !ok || len(text) != base64.RawURLEncoding.EncodedLen(tokenSize) {
		return login.Presented{}, login.ErrUnauthenticated
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return login.Presented{}, login.ErrUnauthenticated
	}
	key, err := k.find(ctx, b[:keys.IDSize])
	if err != nil {
		return login.Presented{}, err
	}
	if !hmac.Equal(b[tagAt:], tag(key, kind, b[:tagAt])) {
		return login.Presented{}, login.ErrUnauthenticated
	}
	return login.Presented{
		User:    person.Of[person.ID](ids.EncodeToString(b[userAt:sessionAt])),
		Session: ids.EncodeToString(b[sessionAt:turnAt]),
		Turn:    int64(binary.BigEndian.Uint32(b[turnAt:secretAt])),
		Hash:    hash(b[secretAt:tagAt]),
		Secret:  login.TokenOf(string(b[secretAt:tagAt])),
		Key:     base64.RawStdEncoding.EncodeToString(b[:keys.IDSize]),
	}, nil
}
