// Package loginkeys does what login needs the service's secrets for: MACs of
// codes, sealed challenge ids, keyed hashes of phones and devices, and tokens.
package loginkeys

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/netip"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/keys"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/person"
)

var (
	_ login.CodeKeys  = Keys{}
	_ login.Indexes   = Keys{}
	_ login.TokenKeys = Keys{}
)

// Keys are login's secrets. A function leaves those that it does not use nil.
type Keys struct {
	Pepper  *keys.Ring // keys the MACs of codes
	Index   *keys.Ring // keys the hashes of phones and devices
	Token   *keys.Ring // keys the tokens
	Service *keys.Ring // seals challenge ids
}

// ticket is a login.Ticket as it stands in a challenge id.
type ticket struct {
	Phone    string `json:"p"`
	Nonce    string `json:"n"`
	Purpose  string `json:"o"`
	User     string `json:"u,omitempty"`
	Version  string `json:"v,omitempty"`
	Hash     string `json:"h,omitempty"`
	Age      string `json:"a,omitempty"`
	Guardian bool   `json:"g,omitempty"`
}

const challengeUse = "challenge"

// Seal makes a challenge id, under the service's key: whoever holds it learns
// nothing from it.
func (k Keys) Seal(t login.Ticket) (string, error) {
	b, err := json.Marshal(ticket{
		Phone: t.Phone.Reveal(), Nonce: t.Nonce, Purpose: t.Purpose, User: t.User.Reveal(),
		Version: t.Version, Hash: t.Hash, Age: string(t.Age), Guardian: t.Guardian,
	})
	if err != nil {
		return "", err
	}
	return k.Service.Seal(challengeUse, string(b))
}

// Unseal opens a challenge id.
func (k Keys) Unseal(ctx context.Context, challengeID string) (login.Ticket, error) {
	text, err := k.Service.Unseal(ctx, challengeUse, challengeID)
	if fault.Is(err, fault.Unavailable) {
		return login.Ticket{}, err
	}
	var t ticket
	if err != nil || json.Unmarshal([]byte(text), &t) != nil {
		return login.Ticket{}, login.ErrRejected
	}
	return login.Ticket{
		Phone: person.Of[person.PhoneNumber](t.Phone), Nonce: t.Nonce, Purpose: t.Purpose, User: person.Of[person.ID](t.User),
		Version: t.Version, Hash: t.Hash, Age: login.AgeGroup(t.Age), Guardian: t.Guardian,
	}, nil
}

// MAC is the key's id and the HMAC-SHA-256 of the code with all that it is
// good for. Without the pepper a dump of the table recovers no code.
func (k Keys) MAC(code string, t login.Ticket, device person.DeviceID) person.Hash {
	key := k.Pepper.Current()
	return person.Of[person.Hash](base64.RawStdEncoding.EncodeToString(append(key.ID[:], mac(key, code, t, device)...)))
}

func mac(key keys.Key, code string, t login.Ticket, device person.DeviceID) []byte {
	return key.MAC("one-time code", code, t.Phone.Reveal(), t.Purpose, t.Nonce, t.User.Reveal(), device.Reveal())
}

// Matches compares in constant time, under the key that the MAC was made with:
// a rotation in the middle of a login breaks nothing.
func (k Keys) Matches(ctx context.Context, stored person.Hash, code string, t login.Ticket, device person.DeviceID) (bool, error) {
	b, err := base64.RawStdEncoding.DecodeString(stored.Reveal())
	if err != nil || len(b) <= keys.IDSize {
		return false, nil
	}
	key, err := k.Pepper.Find(ctx, [keys.IDSize]byte(b[:keys.IDSize]))
	if err != nil {
		return false, err
	}
	return hmac.Equal(b[keys.IDSize:], mac(key, code, t, device)), nil
}

// Versions are the versions of the index secret that a row may lie under.
func (k Keys) Versions(ctx context.Context) ([]login.Index, error) {
	versions, err := k.Index.Versions(ctx)
	out := make([]login.Index, len(versions))
	for i, version := range versions {
		out[i] = index{version}
	}
	return out, err
}

// index is one version of the index secret.
type index struct{ keys.Key }

// Phone is the blind index of a number: plain hashes of all numbers of a
// country are made in minutes.
func (x index) Phone(p person.PhoneNumber) person.Hash {
	return person.Of[person.Hash](x.Index("phone", p.Reveal()))
}

// Seed is a hash of a device's id, which is random: nobody can guess it.
func (x index) Seed(d person.DeviceID) person.DeviceSeed {
	sum := sha256.Sum256([]byte("device\x00" + d.Reveal()))
	return person.Of[person.DeviceSeed](base64.RawURLEncoding.EncodeToString(sum[:]))
}

// Seeded is the keyed hash of a device.
func (x index) Seeded(s person.DeviceSeed) person.Hash {
	return person.Of[person.Hash](x.Index("device", s.Reveal()))
}

// Device is the keyed hash of a device.
func (x index) Device(d person.DeviceID) person.Hash { return x.Seeded(x.Seed(d)) }

// Slot names the place of a purpose's and device's challenge.
func (x index) Slot(purpose string, d person.DeviceID) string {
	return x.Index("slot "+purpose, d.Reveal())
}

// Phone is the blind index of a number under the current version.
func (k Keys) Phone(p person.PhoneNumber) person.Hash { return index{k.Index.Current()}.Phone(p) }

// Slot names the place of a purpose's and device's challenge under the current
// version.
func (k Keys) Slot(purpose string, d person.DeviceID) string {
	return index{k.Index.Current()}.Slot(purpose, d)
}

// Device is the keyed hash of a device under the current version.
func (k Keys) Device(d person.DeviceID) person.Hash { return index{k.Index.Current()}.Device(d) }

// Network is the keyed hash of the addresses that count as one client.
func (k Keys) Network(n netip.Prefix) person.Hash {
	return person.Of[person.Hash](k.Index.Index("network", n.String()))
}
