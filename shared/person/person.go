package person

import (
	"encoding/base32"
	"io"
	"strings"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/inventory"
)

type (
	idKind        struct{}
	deviceIDKind  struct{}
	phoneKind     struct{}
	nicknameKind  struct{}
	detailKind    struct{}
	deviceKind    struct{}
	pushTokenKind struct{}
	endpointKind  struct{}
	hashKind      struct{}
	heldKind      struct{}
	seedKind      struct{}
)

func (idKind) name() string        { return "person" }
func (deviceIDKind) name() string  { return "device id" }
func (phoneKind) name() string     { return "phone number" }
func (nicknameKind) name() string  { return "nickname" }
func (detailKind) name() string    { return "profile detail" }
func (deviceKind) name() string    { return "device name" }
func (pushTokenKind) name() string { return "push token" }
func (endpointKind) name() string  { return "push endpoint" }
func (hashKind) name() string      { return "hash" }
func (heldKind) name() string      { return "held id" }
func (seedKind) name() string      { return "device seed" }

func (idKind) class() inventory.Class        { return inventory.Reference }
func (deviceIDKind) class() inventory.Class  { return inventory.Device }
func (phoneKind) class() inventory.Class     { return inventory.Contact }
func (nicknameKind) class() inventory.Class  { return inventory.Identity }
func (detailKind) class() inventory.Class    { return inventory.Identity }
func (deviceKind) class() inventory.Class    { return inventory.Identity }
func (pushTokenKind) class() inventory.Class { return inventory.Device }
func (endpointKind) class() inventory.Class  { return inventory.Device }
func (hashKind) class() inventory.Class      { return inventory.Secret }
func (heldKind) class() inventory.Class      { return inventory.Secret }
func (seedKind) class() inventory.Class      { return inventory.Identity }

// ID is a person's id: 128 random bits, so that it says nothing, not even when
// the person came.
type ID = Masked[idKind]

// DeviceID is the UUID that the app makes at install (C21).
type DeviceID = Masked[deviceIDKind]

// PhoneNumber is a phone number in E.164 form (C11).
type PhoneNumber = Masked[phoneKind]

// Nickname is the name a person gave themselves (C12).
type Nickname = Masked[nicknameKind]

// Detail is any other statement of a person about themselves: gender,
// birthday, region, occupation, a hobby (C12, C17).
type Detail = Masked[detailKind]

// DeviceName is what a device calls itself, often with its owner's name (C21).
type DeviceName = Masked[deviceKind]

// PushToken is a device's token at its push service (C24).
type PushToken = Masked[pushTokenKind]

// Endpoint is the address of a device at our push provider (C24).
type Endpoint = Masked[endpointKind]

// Hash is a keyed hash or a wrapped key: held, never shown.
type Hash = Masked[hashKind]

// HeldID names a person, or what is theirs, in a row that passes from one person
// to the next: held, never shown, because the next would read of the one before.
type HeldID = Masked[heldKind]

// DeviceSeed is what a device's keyed hash is made from: a hash of its id. It is
// sealed, and kept so that the keyed hash can be made again under a new secret.
type DeviceSeed = Masked[seedKind]

// NewID makes a person's id from 128 bits of random.
func NewID(random io.Reader) (ID, error) {
	text, err := Token(random, 16)
	return Of[ID](text), err
}

// ParseID takes a person's id as written. The error is an InvalidRequest
// without the value.
func ParseID(text string) (ID, error) {
	if len(text) != 26 || strings.Trim(text, "abcdefghijklmnopqrstuvwxyz234567") != "" {
		return ID{}, fault.Invalid("user_id", "is not the id of a person")
	}
	return Of[ID](text), nil
}

// ParseDeviceID takes a UUID in its usual form, in either case. The error is
// an InvalidRequest without the value.
func ParseDeviceID(text string) (DeviceID, error) {
	if len(text) != 36 {
		return DeviceID{}, fault.Invalid("header.Device-Id", "is not a UUID")
	}
	lower := strings.ToLower(text)
	for i, c := range lower {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		hex := (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')
		if dash != (c == '-') || (!dash && !hex) {
			return DeviceID{}, fault.Invalid("header.Device-Id", "is not a UUID")
		}
	}
	return Of[DeviceID](lower), nil
}

// Token returns n random bytes in lower-case base 32 without padding: an
// opaque id for anything.
func Token(random io.Reader, n int) (string, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(random, b); err != nil {
		return "", err
	}
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b)), nil
}

// Proof is the evidence that a person showed themselves with a fresh one-time
// code, and what is needed to spend that code in the very write that acts on
// it.
type Proof struct {
	Challenge string // the challenge inside its phone's row
	Phone     Hash   // the phone's blind index
	Before    Hash   // the same under the other version, while the index secret is rotated; zero otherwise
	Spent     bool   // the same device spent this code before: Result is its answer
	Result    string // what the spending write recorded: an id, never personal
}
