package keys

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
)

var (
	old  = strings.Repeat("o", 64)
	next = strings.Repeat("n", 64)
)

func TestTwoVersionsLiveThroughARotation(t *testing.T) {
	ctx := context.Background()
	before := Fixed(old)
	sealed, err := before.Seal("t", "hello")
	if err != nil {
		t.Fatal(err)
	}
	own, wrapped, err := before.NewPersonKey(bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	secret, err := own.Encrypt([]byte("x"), nil)
	if err != nil {
		t.Fatal(err)
	}
	after := Fixed(next, old)
	if got, err := after.Unseal(ctx, "t", sealed); err != nil || got != "hello" {
		t.Errorf("unseal after rotation: %q, %v", got, err)
	}
	reopened, err := after.OpenPersonKey(ctx, wrapped)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := reopened.Decrypt(secret, nil); err != nil || string(plain) != "x" {
		t.Errorf("person's key after rotation: %q, %v", plain, err)
	}
	if _, err := Fixed(next).Unseal(ctx, "t", sealed); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("the old version dropped: %v, want ErrUnknownKey", err)
	}
}

func TestSealRefusesAnyChangedByteAndOtherUses(t *testing.T) {
	ctx := context.Background()
	r := Fixed(old)
	sealed, err := r.Seal("t", "hello")
	if err != nil {
		t.Fatal(err)
	}
	again, _ := r.Seal("t", "hello")
	if again != sealed {
		t.Error("the same text seals differently")
	}
	for i := range sealed {
		flipped := sealed[:i] + string(sealed[i]^1) + sealed[i+1:]
		if got, err := r.Unseal(ctx, "t", flipped); err == nil {
			t.Errorf("byte %d changed: opened as %q", i, got)
		}
	}
	for _, more := range []string{"\n" + sealed, sealed + "\r\n", sealed[:9] + "\n" + sealed[9:], sealed + "=", sealed + " "} {
		if got, err := r.Unseal(ctx, "t", more); err == nil {
			t.Errorf("%q opened as %q", more, got)
		}
	}
	if _, err := r.Unseal(ctx, "other", sealed); err == nil {
		t.Error("opened for another use")
	}
}

func TestMACSeparatesItsParts(t *testing.T) {
	k := Fixed(old).Current()
	if bytes.Equal(k.MAC("u", "ab", "c"), k.MAC("u", "a", "bc")) {
		t.Error("two lists of parts give one MAC")
	}
}
