package keys

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"jewelrydisplay.app/shared/fault"
)

// What is looked up by a keyed hash cannot say which version it was made with, as
// what is sealed can: it is looked up under both. For that every function must know
// of a new version before the first one writes under it.
const (
	// viewLife is how old a function's view of a secret's versions may be.
	viewLife = 5 * time.Minute
	// settling is how long after it was made a version is only looked under.
	settling = 15 * time.Minute
)

// view is what a function knows of a secret's versions.
type view struct {
	mu             sync.Mutex
	current, older Key // older is the zero Key when there is none
	made, seen     time.Time
}

// dated reads a secret's version at a stage, and when it was made.
type dated func(ctx context.Context, stage string) (secret string, made time.Time, err error)

func datedFrom(client *secretsmanager.Client, id string) dated {
	return func(ctx context.Context, stage string) (string, time.Time, error) {
		out, err := client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{
			SecretId: aws.String(id), VersionStage: aws.String(stage),
		})
		if err != nil {
			return "", time.Time{}, err
		}
		return aws.ToString(out.SecretString), aws.ToTime(out.CreatedDate), nil
	}
}

// Versions returns the versions that something may lie under: new things go under
// the first. There is one, or two during a rotation. They are read again when they
// were read 5 minutes ago. Unavailable: they could not be, for so long that a
// version may be in use that this function does not know.
func (r *Ring) Versions(ctx context.Context) ([]Key, error) {
	v := &r.view
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := r.look(ctx); err != nil {
		return nil, err
	}
	switch {
	case v.older.secret == "":
		return []Key{v.current}, nil
	case r.settled():
		return []Key{v.current, v.older}, nil
	default:
		return []Key{v.older, v.current}, nil
	}
}

// Settled reports whether the present version is the one that new things go under.
func (r *Ring) Settled(ctx context.Context) (bool, error) {
	r.view.mu.Lock()
	defer r.view.mu.Unlock()
	err := r.look(ctx)
	return err == nil && (r.view.older.secret == "" || r.settled()), err
}

func (r *Ring) settled() bool { return !r.clock.Now().Before(r.view.made.Add(settling)) }

// look makes the view fresh.
func (r *Ring) look(ctx context.Context) error {
	r.must()
	v, now := &r.view, r.clock.Now()
	if age := now.Sub(v.seen); !v.seen.IsZero() && age >= 0 && age < viewLife {
		return nil
	}
	older, _, err := r.dated(ctx, previous)
	var none *types.ResourceNotFoundException
	if errors.As(err, &none) {
		older, err = "", nil
	}
	text, made := "", time.Time{}
	if err == nil {
		text, made, err = r.dated(ctx, current)
	}
	if err == nil && len(text) < 32 {
		err = errors.New("keys: the secret is shorter than 32 characters")
	}
	if err != nil {
		if !v.seen.IsZero() && now.Sub(v.seen) < settling-viewLife {
			return nil
		}
		return fault.Busy(err)
	}
	v.current, v.older, v.made, v.seen = keyOf(text), Key{}, made, now
	if older != "" && older != text {
		v.older = keyOf(older)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.current, r.known[v.current.ID] = v.current, v.current
	if v.older.secret != "" {
		r.known[v.older.ID] = v.older
	}
	return nil
}

// Index returns the blind index of a value under the key: the key's id and a MAC,
// so that what lies under an older version can be told.
func (k Key) Index(use, value string) string {
	return base64.RawURLEncoding.EncodeToString(append(k.ID[:], k.MAC(use, value)[:20]...))
}

// Index is Key.Index under the current key.
func (r *Ring) Index(use, value string) string { return r.Current().Index(use, value) }

// Made reports whether the key made a text: a blind index, or anything else that
// begins with a key's id in base 64.
func (k Key) Made(text string) bool {
	const head = 6 // characters that hold an id
	if len(text) < head {
		return false
	}
	return strings.NewReplacer("+", "-", "/", "_").Replace(text[:head-1]) == base64.RawURLEncoding.EncodeToString(k.ID[:])[:head-1]
}

// Rewrap returns a person's key, wrapped under the service key that is current;
// the key itself stays what it is.
func (r *Ring) Rewrap(ctx context.Context, wrapped []byte) ([]byte, error) {
	plain, err := r.unwrap(ctx, wrapped)
	if err != nil {
		return nil, err
	}
	_, again, err := r.NewPersonKey(plain)
	return again, err
}

// Turning returns a ring whose versions are what read says: for tests. older is
// empty when there is none.
func Turning(clk interface{ Now() time.Time }, read func() (text, older string, made time.Time)) *Ring {
	text, _, _ := read()
	r := newRing(clk, alreadyRead(), nil)
	r.dated = func(_ context.Context, stage string) (string, time.Time, error) {
		text, older, made := read()
		switch {
		case stage == current:
			return text, made, nil
		case older == "":
			return "", time.Time{}, &types.ResourceNotFoundException{}
		}
		return older, time.Time{}, nil
	}
	r.fetch = func(ctx context.Context, stage string) (string, error) {
		secret, _, err := r.dated(ctx, stage)
		return secret, err
	}
	r.add(text)
	return r
}
