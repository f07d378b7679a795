package login

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"time"

	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/person"
)

// Codes asks people to prove themselves by a one-time code, and checks what
// they answer. A function that only checks codes leaves Numbers, Sender,
// Policies, Accounts and Signals nil.
type Codes struct {
	Store    CodeStore
	Keys     CodeKeys
	Indexes  Indexes
	Settings Settings
	Clock    clock.Clock
	Random   io.Reader

	Budgets  Budgets
	Signals  Signals
	Numbers  Plans
	Sender   Sender
	Text     Text
	Policies Policies
	Accounts Accounts
}

// Asked is a request for a code.
type Asked struct {
	Purpose  string
	Phone    string // as written; for login, withdraw_cancellation and claim_phone
	Version  string // of the policy that is accepted with it; for login
	Hash     string
	Age      AgeGroup  // for login
	Guardian bool      // for minors
	User     person.ID // who is logged in; zero: nobody
	Device   person.DeviceID
	Address  netip.Addr // of the client, as the gateway saw it
	Language string     // "zh" or "en"
}

// Sent is the answer to a request for a code. It does not depend on who holds
// the number, or whether anybody does.
type Sent struct {
	Challenge string
	ExpiresAt time.Time
	ExpiresIn time.Duration
	ResendAt  time.Time
	ResendIn  time.Duration
}

// Request sends a code by SMS. Asked again by the same device for the same
// purpose and phone before ResendAt, it gives the same answer and sends
// nothing, so that a lost answer costs nobody an SMS. TooManyRequests: the
// phone got as many as it may, and RetryAfter is exact; or its country or the
// client's address spent a budget, and then RetryAfter is long enough. GuardianRequired: a child,
// or a minor without a guardian's agreement. Nothing is stored or sent on any
// error but the sender's.
func (c *Codes) Request(ctx context.Context, a Asked) (Sent, error) {
	ticket, err := c.ticket(ctx, a)
	if err != nil {
		return Sent{}, err
	}
	const tries = 8 // against others who ask for the same phone at once
	for range tries {
		sent, err := c.request(ctx, a, ticket)
		if !errors.Is(err, ErrRaced) {
			return sent, err
		}
	}
	return Sent{}, fault.Busy(ErrRaced)
}

func (c *Codes) request(ctx context.Context, a Asked, t Ticket) (Sent, error) {
	versions, err := c.Indexes.Versions(ctx)
	if err != nil {
		return Sent{}, err
	}
	phone, before := phones(versions, t.Phone)
	box, err := c.Store.Outbox(ctx, phone, before)
	if err != nil {
		return Sent{}, err
	}
	now := c.Clock.Now().Truncate(time.Millisecond)
	box = box.tidy(now, c.Settings)
	slot, next := versions[0].Slot(a.Purpose, a.Device), box.next(c.Settings)
	if next.After(now) {
		for _, v := range versions {
			if open, ok := box.Open[v.Slot(a.Purpose, a.Device)]; ok {
				t.Nonce = open.Nonce
				return c.sent(t, open, next, now)
			}
		}
		return Sent{}, &fault.Error{
			Code: fault.TooManyRequests, Detail: "This number was sent a code a short while ago.", RetryAfter: next.Sub(now),
		}
	}
	code, err := digits(c.Random)
	if err != nil {
		return Sent{}, err
	}
	if t.Nonce, err = person.Token(c.Random, 16); err != nil {
		return Sent{}, err
	}
	var spent spending
	if budgeted(a.Purpose) {
		if spent, err = c.spend(ctx, a, t.Phone, now); err != nil {
			return Sent{}, err
		}
	}
	open := Challenge{
		Nonce: t.Nonce, MAC: c.Keys.MAC(code, t, a.Device), Holder: box.Holder,
		Address: spent.address, Country: spent.country, SentAt: now, EndsAt: now.Add(c.Settings.CodeLife),
	}
	for _, v := range versions {
		delete(box.Open, v.Slot(a.Purpose, a.Device)) // the old code never works once the new one is committed
	}
	box.Open[slot] = open
	box.Sends = append(box.Sends, now)
	if err := c.Store.Send(ctx, box, now.Add(c.Settings.FailureWindow)); err != nil {
		c.unspend(ctx, spent)
		return Sent{}, err
	}
	next = box.next(c.Settings)
	// The row comes first: a crash here costs a minute's wait, never a second
	// SMS or a limit that was not counted.
	if slices.ContainsFunc(virtual, func(prefix string) bool { return strings.HasPrefix(t.Phone.Reveal(), prefix) }) {
		c.note(SignalVirtual)
	}
	if err := c.Sender.Send(ctx, c.Text.sms(t, code, a.Language)); err != nil {
		c.note(SignalUnsent)
		return Sent{}, &fault.Error{
			Code: fault.Unavailable, Detail: "The SMS may not have been sent. Ask again.", RetryAfter: next.Sub(now),
			Cause: fmt.Errorf("login: the SMS was not accepted: %w", err),
		}
	}
	c.note(SignalSent)
	return c.sent(t, open, next, now)
}

func (c *Codes) sent(t Ticket, open Challenge, next, now time.Time) (Sent, error) {
	id, err := c.Keys.Seal(t)
	return Sent{
		Challenge: id, ExpiresAt: open.EndsAt, ExpiresIn: open.EndsAt.Sub(now),
		ResendAt: next, ResendIn: max(0, next.Sub(now)),
	}, err
}

// ticket checks a request and says what its challenge is about.
func (c *Codes) ticket(ctx context.Context, a Asked) (t Ticket, err error) {
	t = Ticket{Purpose: a.Purpose, User: a.User}
	if Anonymous(a.Purpose) {
		t.User = person.ID{}
	} else if a.User.IsZero() {
		return t, ErrUnauthenticated
	}
	switch a.Purpose {
	case PurposeLogin:
		return c.loginTicket(ctx, a, t)
	case PurposeWithdraw, PurposeClaim:
		t.Phone, err = c.number(a)
		return t, err
	case PurposeCancel, PurposeExport, PurposeChange:
		if a.Phone != "" {
			return t, fault.Invalid("body.phone", "is not given for this purpose: the code goes to the account's own number")
		}
		t.Phone, err = c.Accounts.Phone(ctx, a.User)
		return t, err
	default:
		return t, fault.Invalid("body.purpose", "is not one of the purposes")
	}
}

// loginTicket checks that consent comes before the first row (C01) and that no
// child is let in (C08).
func (c *Codes) loginTicket(ctx context.Context, a Asked, t Ticket) (Ticket, error) {
	phone, err := c.number(a)
	switch {
	case err != nil:
		return t, err
	case a.Version == "":
		return t, fault.Invalid("body.policy", "is required: the privacy policy is accepted before a code is sent")
	case a.Age == "":
		return t, fault.Invalid("body.age_group", "is required")
	case a.Age == Child:
		return t, fault.New(fault.GuardianRequired, "A child under 14 needs a guardian's verified consent.")
	case a.Age == Minor && !a.Guardian:
		return t, fault.New(fault.GuardianRequired, "From 14 to 17 years a guardian must agree.")
	case a.Age != Minor && a.Age != Adult:
		return t, fault.Invalid("body.age_group", "is not one of the age groups")
	}
	t.Phone, t.Version, t.Hash, t.Age, t.Guardian = phone, a.Version, a.Hash, a.Age, a.Guardian
	return t, c.Policies.CheckVersion(ctx, a.Version, a.Hash)
}

func (c *Codes) number(a Asked) (person.PhoneNumber, error) {
	if strings.TrimSpace(a.Phone) == "" {
		return person.PhoneNumber{}, fault.Invalid("body.phone", "is required")
	}
	return c.Numbers.Parse("body.phone", a.Phone)
}

// Prove checks a code for the purpose, and for the user who asked for it (zero
// for login and withdraw_cancellation). The try is counted before the code is
// compared. It spends nothing: Proof goes into the write that acts on it. When
// this device spent this code before, Spent and Result tell so. With a zero user
// a code that somebody logged in asked for proves only when it was spent: who
// repeats a cancellation has no token any more. CodeRejected: everything else,
// and always the same.
func (c *Codes) Prove(ctx context.Context, challengeID, code string, device person.DeviceID, purpose string, user person.ID) (person.Proof, error) {
	p, err := c.prove(ctx, challengeID, code, device, purpose, user)
	if err == nil && !p.Spent {
		c.verified(ctx, p)
	}
	return p.Proof, err
}

// proved is a proof with what its challenge is about.
type proved struct {
	person.Proof
	ticket   Ticket
	open     Challenge
	versions []Index
}

func (c *Codes) prove(ctx context.Context, challengeID, code string, device person.DeviceID, purpose string, user person.ID) (proved, error) {
	t, err := c.Keys.Unseal(ctx, challengeID)
	if err != nil {
		return proved{}, err
	}
	code, ok := plainDigits(code)
	repeats := user.IsZero() && !t.User.IsZero()
	if !ok || t.Purpose != purpose || t.User != user && !repeats {
		return proved{}, ErrRejected
	}
	now := c.Clock.Now().Truncate(time.Millisecond)
	versions, err := c.Indexes.Versions(ctx)
	if err != nil {
		return proved{}, err
	}
	place, open, err := c.find(ctx, versions, t, device, now, repeats)
	if err != nil {
		return proved{}, err
	}
	right, err := c.Keys.Matches(ctx, open.MAC, code, t, device)
	if err != nil {
		return proved{}, err
	}
	if !right {
		return proved{}, ErrRejected
	}
	p := proved{Proof: person.Proof{Challenge: place, Spent: open.Result != "", Result: open.Result}, ticket: t, open: open, versions: versions}
	p.Phone, p.Before = phones(versions, t.Phone)
	return p, nil
}

// phones is a number under the version that is written with, and the other one;
// zero: there is none.
func phones(versions []Index, p person.PhoneNumber) (phone, before person.Hash) {
	if len(versions) > 1 {
		before = versions[1].Phone(p)
	}
	return versions[0].Phone(p), before
}

// find counts a try where the challenge lies, and returns it with its place as
// Proof.Challenge has it. During a rotation its row and its slot may lie under
// either version; what is not there counts nothing.
func (c *Codes) find(ctx context.Context, versions []Index, t Ticket, device person.DeviceID, now time.Time, repeats bool) (string, Challenge, error) {
	places := [][2]int{{0, 0}, {1, 1}, {0, 1}, {1, 0}} // row, slot
	if len(versions) == 1 {
		places = places[:1]
	}
	for _, at := range places {
		slot := versions[at[1]].Slot(t.Purpose, device)
		open, found, err := c.count(ctx, versions[at[0]].Phone(t.Phone), slot, t.Nonce, now, repeats)
		if err != nil {
			return "", open, err
		}
		if found {
			return slot + "." + t.Nonce + []string{"", BeforeMark}[at[0]], open, nil
		}
	}
	return "", Challenge{}, ErrRejected
}

// BeforeMark ends the Challenge of a proof whose row lies under Before.
const BeforeMark = ".before"

// count counts a try, or a repeat when the code is spent.
func (c *Codes) count(ctx context.Context, phone person.Hash, slot, nonce string, now time.Time, repeats bool) (Challenge, bool, error) {
	if !repeats {
		open, found, spent, err := c.Store.Count(ctx, phone, slot, nonce, now)
		if err != nil || !spent {
			return open, found, err
		}
	}
	return c.Store.Recount(ctx, phone, slot, nonce, now)
}

// codeLength is how many digits a code has.
const codeLength = 6

// digits draws a code, each as likely as any other.
func digits(random io.Reader) (string, error) {
	const codes, fair = 1_000_000, (1 << 32) / 1_000_000 * 1_000_000
	for {
		var b [4]byte
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return "", err
		}
		if n := uint64(binary.BigEndian.Uint32(b[:])); n < fair {
			return fmt.Sprintf("%06d", n%codes), nil
		}
	}
}

// plainDigits reads a code as people type it. Whatever is no digit makes it no
// code.
func plainDigits(code string) (string, bool) {
	plain := Typed(code)
	return plain, len(plain) == codeLength && strings.Trim(plain, "0123456789") == ""
}
