package keys

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/fault"
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

// vault is a secret's versions by stage, and how often they were read.
type vault struct {
	values map[string]string
	broken error
	reads  int
}

func (v *vault) fetch(_ context.Context, stage string) (string, error) {
	v.reads++
	if v.broken != nil {
		return "", v.broken
	}
	if v.values[stage] == "" {
		return "", &types.ResourceNotFoundException{}
	}
	return v.values[stage], nil
}

func ringOf(v *vault) (*Ring, *clock.Manual) {
	clk := clock.At(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	return newRing(clk, alreadyRead(), v.fetch), clk
}

func TestUnknownIdsAreAskedForOnceInASecond(t *testing.T) {
	ctx := context.Background()
	v := &vault{values: map[string]string{"AWSCURRENT": old}}
	r, clk := ringOf(v)
	if err := r.read(ctx, "AWSCURRENT"); err != nil {
		t.Fatal(err)
	}
	v.reads = 0
	for i := range 100 {
		if _, err := r.Find(ctx, [IDSize]byte{byte(i)}); !errors.Is(err, ErrUnknownKey) {
			t.Fatalf("a made-up id: %v", err)
		}
	}
	if v.reads != 2 {
		t.Errorf("100 made-up ids in a second cost %d reads, want 2", v.reads)
	}
	rotated := Fixed(next).Current().ID
	v.values = map[string]string{"AWSCURRENT": next, "AWSPREVIOUS": old}
	clk.Advance(pause)
	if _, err := r.Find(ctx, rotated); err != nil {
		t.Errorf("a second later the new version is %v", err)
	}
	if r.Current().ID != rotated {
		t.Error("the new version is not the current one")
	}
	if _, err := r.Find(ctx, Fixed(old).Current().ID); err != nil {
		t.Errorf("the version before: %v", err)
	}
}

// A version that cannot be read now is no proof that the id is nobody's: who
// holds a token of it must not be logged out.
func TestAVersionThatCannotBeReadIsUnavailable(t *testing.T) {
	ctx := context.Background()
	v := &vault{values: map[string]string{"AWSCURRENT": next, "AWSPREVIOUS": old}, broken: errors.New("throttled")}
	r, clk := ringOf(v)
	id := Fixed(old).Current().ID
	for range 2 {
		if _, err := r.Find(ctx, id); !fault.Is(err, fault.Unavailable) {
			t.Errorf("got %v, want unavailable", err)
		}
	}
	v.broken = nil
	clk.Advance(pause)
	if _, err := r.Find(ctx, id); err != nil {
		t.Errorf("a second later: %v", err)
	}
}
