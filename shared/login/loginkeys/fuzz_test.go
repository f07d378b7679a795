package loginkeys_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"jewelrydisplay.app/shared/login"
)

// Nobody makes a token but us, whatever they change.
func FuzzToken(f *testing.F) {
	k := all()
	session, err := k.NewSession(rand.NewChaCha8([32]byte{1}), user)
	if err != nil {
		f.Fatal(err)
	}
	pair, err := k.First(ctx, "", user, session, "challenge")
	if err != nil {
		f.Fatal(err)
	}
	ours := map[string]bool{login.AccessToken + pair.Access.Reveal(): true, login.RefreshToken + pair.Refresh.Reveal(): true}
	for _, token := range []string{pair.Access.Reveal(), pair.Refresh.Reveal(), "", "jda_", "jdr_AAAA", strings.Repeat("A", 200), "\xff"} {
		f.Add(token)
	}
	f.Fuzz(func(t *testing.T, token string) {
		for _, kind := range []string{login.AccessToken, login.RefreshToken} {
			if _, err := k.Read(ctx, kind, token); !ours[kind+token] && !errors.Is(err, login.ErrUnauthenticated) {
				t.Errorf("%q is taken: %v", token, err)
			}
		}
	})
}
