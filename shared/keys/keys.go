// Package keys derives the service's keys from its secrets: what is looked up
// by a keyed hash, what is sealed, what is signed. Each result carries the id
// of the secret version it was made with, so that two versions live through a
// rotation.
package keys

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/tink-crypto/tink-go/v2/daead/subtle"

	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/fault"
)

// The stages of a secret's versions, as Secrets Manager names them.
const (
	current  = "AWSCURRENT"
	previous = "AWSPREVIOUS"
)

// IDSize is the length of a key id in bytes.
const IDSize = 4

// ErrUnknownKey is a value made with a key that is neither the current nor the
// previous version of its secret.
var ErrUnknownKey = errors.New("keys: made with an unknown key")

// Ring is one secret with its versions. Until the current one is there,
// everything that needs it waits.
type Ring struct {
	fetch fetcher
	dated dated
	view  view
	clock clock.Clock

	first  <-chan struct{} // closed when the first read is done
	unread error           // why there is no current version; set before first is closed

	mu      sync.Mutex
	current Key
	known   map[[IDSize]byte]Key
	asked   time.Time // when the versions were read last for an id that was unknown
	failed  error     // how that ended
}

// fetcher reads a secret's version at a stage.
type fetcher func(ctx context.Context, stage string) (string, error)

// pause is how long the secret is not read again after an unknown id: whoever
// makes ids up costs two calls a second, not two a request.
const pause = time.Second

// Key is one version of a secret.
type Key struct {
	ID     [IDSize]byte
	secret string
}

// Load begins to read the current versions of secrets, at most 20, in one call,
// while the function puts itself together. It returns their rings in the same
// order. Wait tells of each whether it could be read.
func Load(ctx context.Context, client *secretsmanager.Client, secretIDs []string, clk clock.Clock) []*Ring {
	rings := make([]*Ring, len(secretIDs))
	done := make(chan struct{})
	for i, id := range secretIDs {
		rings[i] = newRing(clk, done, fetchFrom(client, id))
		rings[i].dated = datedFrom(client, id)
	}
	go func() {
		defer close(done)
		read, err := readCurrent(ctx, client, secretIDs)
		for i, r := range rings {
			secret, unread := "", err
			if err == nil {
				secret, unread = read(secretIDs[i])
			}
			if unread == nil {
				unread = r.take(secret, current)
			}
			if unread != nil {
				r.unread = fmt.Errorf("keys: read secret: %w", unread)
			}
		}
	}()
	return rings
}

func newRing(clk clock.Clock, first <-chan struct{}, fetch fetcher) *Ring {
	return &Ring{known: map[[IDSize]byte]Key{}, clock: clk, first: first, fetch: fetch}
}

// alreadyRead is a first read that is done.
func alreadyRead() <-chan struct{} {
	done := make(chan struct{})
	close(done)
	return done
}

// readCurrent reads the current versions of secrets. What it returns gives the
// text of one of them, or why it could not be read.
func readCurrent(ctx context.Context, client *secretsmanager.Client, ids []string) (func(id string) (string, error), error) {
	out, err := client.BatchGetSecretValue(ctx, &secretsmanager.BatchGetSecretValueInput{SecretIdList: ids})
	if err != nil {
		return nil, err
	}
	return func(id string) (string, error) {
		for _, v := range out.SecretValues {
			if id == aws.ToString(v.ARN) || id == aws.ToString(v.Name) {
				return aws.ToString(v.SecretString), nil
			}
		}
		for _, e := range out.Errors {
			if id == aws.ToString(e.SecretId) {
				return "", errors.New(aws.ToString(e.ErrorCode))
			}
		}
		return "", errors.New("the answer does not hold it")
	}, nil
}

// fetchFrom reads one version of a secret.
func fetchFrom(client *secretsmanager.Client, id string) fetcher {
	return func(ctx context.Context, stage string) (string, error) {
		out, err := client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{
			SecretId: aws.String(id), VersionStage: aws.String(stage),
		})
		if err != nil {
			return "", err
		}
		return aws.ToString(out.SecretString), nil
	}
}

// Wait returns when the current version was read, or why it could not be. A
// function serves nothing before.
func (r *Ring) Wait() error {
	<-r.first
	return r.unread
}

// must waits for the current version. Nothing must ever be made with a secret
// that is not there: a function that serves without it has not waited.
func (r *Ring) must() {
	if err := r.Wait(); err != nil {
		panic(err)
	}
}

// Fixed returns a ring of given secrets, the current one first: for tests.
func Fixed(secrets ...string) *Ring {
	r := newRing(clock.System{}, alreadyRead(), func(context.Context, string) (string, error) {
		return secrets[0], nil
	})
	for i := len(secrets) - 1; i >= 0; i-- {
		r.add(secrets[i])
	}
	r.dated = func(_ context.Context, stage string) (string, time.Time, error) {
		if stage == current {
			return secrets[0], time.Time{}, nil
		}
		if len(secrets) > 1 {
			return secrets[1], time.Time{}, nil
		}
		return "", time.Time{}, &types.ResourceNotFoundException{}
	}
	return r
}

func (r *Ring) read(ctx context.Context, stage string) error {
	secret, err := r.fetch(ctx, stage)
	if err != nil {
		return err
	}
	return r.take(secret, stage)
}

// take makes the version of a stage known, and current where it is.
func (r *Ring) take(secret, stage string) error {
	if len(secret) < 32 {
		return errors.New("the secret is shorter than 32 characters")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	before := r.current
	r.add(secret)
	if stage != current && before.secret != "" {
		r.current = before
	}
	return nil
}

// add makes the secret known and current.
func (r *Ring) add(secret string) {
	k := keyOf(secret)
	r.known[k.ID] = k
	r.current = k
}

func keyOf(secret string) Key {
	sum := sha256.Sum256([]byte("key id\x00" + secret))
	return Key{ID: [IDSize]byte(sum[:]), secret: secret}
}

// Current returns the version that new values are made with.
func (r *Ring) Current() Key {
	r.must()
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.current
}

// Find returns the version with the id. An unknown id causes one read of the
// secret's versions, once in a second at most; what is unknown then is
// ErrUnknownKey. Unavailable: a version could not be read.
func (r *Ring) Find(ctx context.Context, id [IDSize]byte) (Key, error) {
	r.must()
	if k, ok := r.lookup(id); ok {
		return k, nil
	}
	if r.due() {
		r.readAll(ctx)
	}
	if k, ok := r.lookup(id); ok {
		return k, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failed != nil {
		return Key{}, fault.Busy(r.failed)
	}
	return Key{}, ErrUnknownKey
}

// due reports whether the versions may be read again, and notes that they are.
func (r *Ring) due() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.clock.Now()
	if since := now.Sub(r.asked); since >= 0 && since < pause {
		return false
	}
	r.asked = now
	return true
}

// readAll reads both versions. A secret that was never rotated has no previous
// one.
func (r *Ring) readAll(ctx context.Context) {
	older := r.read(ctx, previous)
	var none *types.ResourceNotFoundException
	if errors.As(older, &none) {
		older = nil
	}
	err := errors.Join(older, r.read(ctx, current))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed = err
}

func (r *Ring) lookup(id [IDSize]byte) (Key, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	k, ok := r.known[id]
	return k, ok
}

// Derive returns 32 bytes for one use of the key, by HKDF-SHA-256 (RFC 5869).
func (k Key) Derive(use string) []byte {
	out, err := hkdf.Key(sha256.New, []byte(k.secret), nil, use, 32)
	if err != nil {
		panic(err) // 32 bytes are always to be had
	}
	return out
}

// MAC returns the HMAC-SHA-256 of the parts for one use. The parts are
// prefixed with their lengths, so that no two lists give the same input.
func (k Key) MAC(use string, parts ...string) []byte {
	mac := hmac.New(sha256.New, k.Derive(use))
	for _, p := range parts {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		mac.Write(n[:])
		mac.Write([]byte(p))
	}
	return mac.Sum(nil)
}

// Sign returns a message's HMAC-SHA-256 for a partner who was given the secret.
func (k Key) Sign(message []byte) []byte {
	mac := hmac.New(sha256.New, []byte(k.secret))
	mac.Write(message)
	return mac.Sum(nil)
}

// Seal encrypts a text that goes out and comes back, deterministically
// (AES-SIV, RFC 5297): equal texts give equal seals.
func (r *Ring) Seal(use, plain string) (string, error) {
	k := r.Current()
	siv, err := subtle.NewAESSIV(append(k.Derive(use+" 1"), k.Derive(use+" 2")...))
	if err != nil {
		return "", err
	}
	sealed, err := siv.EncryptDeterministically([]byte(plain), nil)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(append(k.ID[:], sealed...)), nil
}

// Unseal opens what Seal made. Anything else is an error.
func (r *Ring) Unseal(ctx context.Context, use, sealed string) (string, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(sealed)
	// Strict takes line breaks all the same.
	if err != nil || len(b) <= IDSize || strings.ContainsAny(sealed, "\r\n") {
		return "", errors.New("keys: not a sealed text")
	}
	k, err := r.Find(ctx, [IDSize]byte(b[:IDSize]))
	if err != nil {
		return "", err
	}
	siv, err := subtle.NewAESSIV(append(k.Derive(use+" 1"), k.Derive(use+" 2")...))
	if err != nil {
		return "", err
	}
	plain, err := siv.DecryptDeterministically(b[IDSize:], nil)
	return string(plain), err
}
