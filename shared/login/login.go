// Package login is how a person shows who they are: one-time codes by SMS
// (C11), sessions with their tokens, the gate that every request passes, and
// what an operator may do to an account.
//
// A code is counted before it is compared, lives five minutes and is used
// once. A lost answer loses nobody: the same challenge, code and device, or a
// refresh token that was just spent, get their first answer again.
package login

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/person"
)

// The purposes of a code. A code for one purpose is worth nothing for another.
const (
	PurposeLogin    = "login"                 // registering and logging in (C11)
	PurposeWithdraw = "withdraw_cancellation" // taking a cancellation back (C86)
	PurposeCancel   = "cancel_account"        // cancelling the account (C86)
	PurposeExport   = "export_data"           // a copy of one's data (C70)
	PurposeChange   = "change_phone"          // giving up the present number (C12)
	PurposeClaim    = "claim_phone"           // taking a new number (C12)
)

// Anonymous reports whether a code of the purpose is asked for without being
// logged in.
func Anonymous(purpose string) bool { return purpose == PurposeLogin || purpose == PurposeWithdraw }

// AgeGroup is what a person says about their age when they register (C94).
type AgeGroup string

// The age groups: 18 and over, 14 to 17, under 14.
const (
	Adult AgeGroup = "adult"
	Minor AgeGroup = "minor"
	Child AgeGroup = "child"
)

// Device is the device that logs in, as it describes itself (C21).
type Device struct {
	ID       person.DeviceID
	Name     person.DeviceName
	Platform string // "ios" or "android"
}

// Token is an access or refresh token. Like a personal value it cannot be
// printed by accident.
type Token struct{ text string }

// TokenOf takes a token as it is written.
func TokenOf(text string) Token { return Token{text: text} }

// Reveal returns the token itself: for its owner.
func (t Token) Reveal() string { return t.text }

// String returns a mask.
func (t Token) String() string { return "<token>" }

// GoString returns a mask.
func (t Token) GoString() string { return "<token>" }

// LogValue returns a mask for slog.
func (t Token) LogValue() slog.Value { return slog.StringValue("<token>") }

// MarshalText returns a mask.
func (t Token) MarshalText() ([]byte, error) { return []byte("<token>"), nil }

// Login is the answer to who logged in or refreshed.
type Login struct {
	User      person.ID
	New       bool // the account was made by this login
	Access    Token
	Refresh   Token
	ExpiresAt time.Time     // of the access token
	ExpiresIn time.Duration // from now
}

// Settings are the numbers of login. Each is a setting with a name, not a
// literal in a rule.
type Settings struct {
	Limits
	CodeLife     time.Duration // a code may be used for so long
	AccessLife   time.Duration // of an access token
	RefreshIdle  time.Duration // a session unused for so long ends
	SessionLife  time.Duration // a session ends after so long in any case
	RefreshGrace time.Duration // a spent refresh token returns its successor for so long at least
	Dormant      time.Duration // an account idle for so long does not open to a device it never saw
	ActiveStep   time.Duration // how exactly an account's last use is noted
}

// Standard returns the settings that the product runs with. Codes live
// shorter than the 10 minutes of NIST SP 800-63B-4 3.1.3.
func Standard() Settings {
	return Settings{
		Limits: StandardLimits(), CodeLife: 5 * time.Minute,
		AccessLife: 30 * time.Minute, RefreshIdle: 30 * 24 * time.Hour, SessionLife: 180 * 24 * time.Hour,
		RefreshGrace: 30 * time.Second, Dormant: 90 * 24 * time.Hour, ActiveStep: 24 * time.Hour,
	}
}

// ErrRaced is a write that found its row changed since it was read. Reading
// again and deciding anew is safe.
var ErrRaced = errors.New("login: the row changed since it was read")

// ErrRejected is the one answer to a wrong, expired, spent or unknown code, an
// unknown challenge and another device.
var ErrRejected = fault.New(fault.CodeRejected, "The code is wrong, or it has expired or been used. Ask for a new one.")

// ErrUnauthenticated is the answer to a token that opens nothing.
var ErrUnauthenticated = fault.New(fault.Unauthenticated, "Log in, or refresh the access token.")

// Policies knows the privacy policy's versions.
type Policies interface {
	// CheckVersion refuses a hash that is not that of the version
	// (InvalidRequest) and a version that is superseded (ConsentRequired).
	CheckVersion(ctx context.Context, version, sha256 string) error
}

// Pushes ends the pushes of devices whose session ends (C24). Both may be
// repeated.
type Pushes interface {
	EndSession(ctx context.Context, user person.ID, session string) error
	EndOthers(ctx context.Context, user person.ID, keepSession string) error
}
