package loginkeys_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/keys"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/login/loginkeys"
	"jewelrydisplay.app/shared/person"
)

func ring(name string) *keys.Ring { return keys.Fixed(fmt.Sprintf("%-64s", name)) }

func all() loginkeys.Keys {
	return loginkeys.Keys{Pepper: ring("pepper"), Index: ring("index"), Token: ring("token"), Service: ring("service")}
}

var (
	ctx    = context.Background()
	ticket = login.Ticket{
		Phone: person.Of[person.PhoneNumber]("+8613800138000"), Nonce: "n", Purpose: login.PurposeLogin,
		Version: "v1", Hash: "h", Age: login.Minor, Guardian: true,
	}
	device = person.Of[person.DeviceID]("d1")
	user   = person.Of[person.ID]("abcdefghijklmnopqrstuvwxya")
)

func TestATicketComesBackAndSaysNothingOutside(t *testing.T) {
	k := all()
	id, err := k.Seal(ticket)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := k.Unseal(ctx, id); err != nil || got != ticket {
		t.Errorf("%+v, %v", got, err)
	}
	if again, _ := k.Seal(ticket); again != id {
		t.Error("the same ticket has two ids")
	}
	plain, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil || strings.Contains(string(plain), "138001") {
		t.Error("the id shows the number")
	}
	for i := range id {
		changed := id[:i] + string(id[i]^1) + id[i+1:]
		if _, err := k.Unseal(ctx, changed); !fault.Is(err, fault.CodeRejected) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
	}
}

// A code is worth nothing for another purpose, phone, device, challenge or
// person, and a dump without the pepper recovers none.
// Clauses: C11.
func TestACodesMACCoversAllThatItIsGoodFor(t *testing.T) {
	k := all()
	mac := k.MAC("123456", ticket, device)
	matches := func(k loginkeys.Keys, code string, tk login.Ticket, d person.DeviceID) bool {
		ok, err := k.Matches(ctx, mac, code, tk, d)
		return err == nil && ok
	}
	if !matches(k, "123456", ticket, device) {
		t.Fatal("the right code does not match")
	}
	phone, nonce, purpose, owner := ticket, ticket, ticket, ticket
	phone.Phone = person.Of[person.PhoneNumber]("+8613900139000")
	nonce.Nonce, purpose.Purpose, owner.User = "m", login.PurposeCancel, user
	dumped := k
	dumped.Pepper = keys.Fixed(strings.Repeat("x", 64))
	for name, ok := range map[string]bool{
		"code": matches(k, "123457", ticket, device), "phone": matches(k, "123456", phone, device),
		"challenge": matches(k, "123456", nonce, device), "purpose": matches(k, "123456", purpose, device),
		"person": matches(k, "123456", owner, device), "device": matches(k, "123456", ticket, person.Of[person.DeviceID]("d2")),
		"pepper": matches(dumped, "123456", ticket, device),
	} {
		if ok {
			t.Errorf("another %s matches", name)
		}
	}
}

func TestTokensOpenOnlyAsTheyWereMade(t *testing.T) {
	k := all()
	session, err := k.NewSession(rand.NewChaCha8([32]byte{1}), user)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := k.First(ctx, "", user, session, "challenge")
	if err != nil {
		t.Fatal(err)
	}
	p, err := k.Read(ctx, login.RefreshToken, pair.Refresh.Reveal())
	if err != nil || p.User != user || p.Session != session || p.Turn != 0 || p.Hash != pair.RefreshHash {
		t.Fatalf("refresh token: %v", err)
	}
	if a, err := k.Read(ctx, login.AccessToken, pair.Access.Reveal()); err != nil || a.Hash != pair.AccessHash {
		t.Errorf("access token: %v", err)
	}
	next, err := k.Next(ctx, "", p)
	if err != nil || next.Refresh == pair.Refresh || next.Access == pair.Access {
		t.Errorf("next: %v", err)
	}
	if q, err := k.Read(ctx, login.RefreshToken, next.Refresh.Reveal()); err != nil || q.Turn != 1 || q.Session != session {
		t.Errorf("next token: %v", err)
	}
	if _, err := k.Read(ctx, login.AccessToken, login.AccessToken+strings.TrimPrefix(pair.Refresh.Reveal(), login.RefreshToken)); err == nil {
		t.Error("a refresh token opens as an access token")
	}
	text := pair.Access.Reveal()
	for i := range text {
		if _, err := k.Read(ctx, login.AccessToken, text[:i]+string(text[i]^1)+text[i+1:]); !fault.Is(err, fault.Unauthenticated) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
	}
	for _, other := range []string{"", "jda_", text[:len(text)-1], text + "A", "x" + text} {
		if _, err := k.Read(ctx, login.AccessToken, other); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%d characters: %v", len(other), err)
		}
	}
}

func TestASessionsIDSaysWhoseItIs(t *testing.T) {
	k := all()
	session, err := k.NewSession(rand.NewChaCha8([32]byte{1}), user)
	if err != nil || !k.Issued(user, session) {
		t.Fatalf("%q: %v", session, err)
	}
	other := person.Of[person.ID]("bbcdefghijklmnopqrstuvwxya")
	if k.Issued(other, session) || k.Issued(user, "") || k.Issued(user, "nonsense") || k.Issued(user, strings.Repeat("a", 26)) {
		t.Error("a session's id fits somebody else")
	}
}
