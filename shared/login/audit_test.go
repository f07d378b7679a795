package login_test

import (
	"net/netip"
	"testing"

	"jewelrydisplay.app/shared/login"
)

// Clauses: C21.
func TestAnAuditKnowsOnlyThePartOfTheNet(t *testing.T) {
	for address, want := range map[string]string{
		"203.0.113.9": "203.0.113.0/24", "::ffff:203.0.113.9": "203.0.113.0/24",
		"2001:db8:1:2::3": "2001:db8:1::/48", "fe80::1%eth0": "fe80::/48",
	} {
		if got := login.CoarseNetwork(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
	if got := login.CoarseNetwork(netip.Addr{}); got != "" {
		t.Errorf("an unknown address: %q", got)
	}
}
