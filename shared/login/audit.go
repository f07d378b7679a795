package login

import "net/netip"

// What an audit row tells of besides an operator's orders, which stand under the
// names of their actions (C36, C69).
const (
	EventRegistered    = "registered"
	EventLogin         = "logged in"
	EventNewDevice     = "logged in on a new device"
	EventEnded         = "session ended"
	EventOthersEnded   = "other sessions ended"
	EventReuse         = "session ended: its token was in two hands"
	EventNumberChanged = "number changed"
	EventNumberWentOn  = "number went on"
	EventWithdrawn     = "cancellation withdrawn"
)

// CoarseNetwork is the part of the net that an address lies in: the /24 of an
// IPv4 address, the /48 of an IPv6 address, which hundreds of households share.
// It is enough to tell one's own logins from a stranger's (C21). Empty: nobody
// knows.
func CoarseNetwork(a netip.Addr) string {
	bits := 24
	if a = a.Unmap(); a.Is6() {
		bits = 48
	}
	prefix, err := a.WithZone("").Prefix(bits)
	if err != nil || !a.IsValid() {
		return ""
	}
	return prefix.String()
}
