package keys

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/fault"
)

// A version is looked under as soon as it is known, and written under when every
// function must know of it.
func TestANewVersionSettles(t *testing.T) {
	ctx, clk := context.Background(), clock.At(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	first, second := strings.Repeat("1", 64), strings.Repeat("2", 64)
	text, older, made := first, "", clk.Now()
	r := Turning(clk, func() (string, string, time.Time) { return text, older, made })
	want := func(what string, secrets ...string) {
		t.Helper()
		got, err := r.Versions(ctx)
		if err != nil || len(got) != len(secrets) {
			t.Fatalf("%s: %d versions, %v", what, len(got), err)
		}
		for i, k := range got {
			if k != keyOf(secrets[i]) {
				t.Errorf("%s: version %d is another", what, i)
			}
		}
		if settled, err := r.Settled(ctx); err != nil || settled != (secrets[0] == text) {
			t.Errorf("%s: settled %v, %v", what, settled, err)
		}
	}
	want("a new secret", first)
	text, older, made = second, first, clk.Now()
	clk.Advance(viewLife - time.Millisecond)
	if got, _ := r.Versions(ctx); len(got) != 1 {
		t.Error("the view was not kept")
	}
	clk.Advance(time.Millisecond)
	want("known", first, second)
	clk.Advance(settling - viewLife - time.Millisecond)
	want("a millisecond before", first, second)
	clk.Advance(time.Millisecond)
	want("settled", second, first)
	older = ""
	clk.Advance(viewLife)
	want("dropped", second)
}

// A function that cannot see the versions goes on with what it knows until there
// may be one that others write under.
func TestAViewThatCannotBeRefreshedEnds(t *testing.T) {
	ctx, clk := context.Background(), clock.At(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	r := Fixed(strings.Repeat("1", 64))
	r.clock = clk
	read := r.dated
	down := errors.New("down")
	r.dated = func(context.Context, string) (string, time.Time, error) { return "", time.Time{}, down }
	if _, err := r.Versions(ctx); !fault.Is(err, fault.Unavailable) {
		t.Errorf("never seen: %v", err)
	}
	r.dated = read
	if _, err := r.Versions(ctx); err != nil {
		t.Fatal(err)
	}
	r.dated = func(context.Context, string) (string, time.Time, error) { return "", time.Time{}, down }
	clk.Advance(settling - viewLife - time.Millisecond)
	if _, err := r.Versions(ctx); err != nil {
		t.Errorf("seen 10 minutes ago: %v", err)
	}
	clk.Advance(time.Millisecond)
	if _, err := r.Versions(ctx); !fault.Is(err, fault.Unavailable) {
		t.Errorf("too long ago: %v", err)
	}
}

func TestWhoMadeIt(t *testing.T) {
	for i := range 200 {
		one, other := keyOf(strings.Repeat("1", 64)+string(rune('a'+i%26))+strings.Repeat("x", i)), keyOf(strings.Repeat("2", 64))
		for _, encoding := range []*base64.Encoding{base64.RawURLEncoding, base64.RawStdEncoding} {
			for _, rest := range [][]byte{nil, {1}, {1, 2, 3, 4, 5}} {
				text := encoding.EncodeToString(append(one.ID[:], rest...))
				if !one.Made(text) || other.Made(text) {
					t.Fatalf("%q: %v and %v", text, one.Made(text), other.Made(text))
				}
			}
		}
	}
	if k := keyOf(strings.Repeat("1", 64)); !k.Made(k.Index("u", "x")) || k.Made("") || k.Made("ab") {
		t.Error("an index is not recognised")
	}
}

func TestAPersonsKeyIsWrappedAgain(t *testing.T) {
	ctx := context.Background()
	before, after := Fixed(strings.Repeat("1", 64)), Fixed(strings.Repeat("2", 64), strings.Repeat("1", 64))
	own, wrapped, err := before.NewPersonKey(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	sealed, _ := own.Encrypt([]byte("x"), nil)
	again, err := after.Rewrap(ctx, wrapped)
	if err != nil {
		t.Fatal(err)
	}
	key, err := Fixed(strings.Repeat("2", 64)).OpenPersonKey(ctx, again)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := key.Decrypt(sealed, nil); err != nil || string(plain) != "x" {
		t.Errorf("the key is another: %v", err)
	}
	if _, err := Fixed(strings.Repeat("3", 64)).Rewrap(ctx, wrapped); err == nil {
		t.Error("wrapped without the secret")
	}
}
