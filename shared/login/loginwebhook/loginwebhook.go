// Package loginwebhook sends codes by a signed HTTPS request, behind which an
// operator puts any provider: the one way where SNS sends no SMS, as in the China
// Regions of AWS.
//
// # The contract
//
// One POST for one SMS, with Content-Type application/json and the body
//
//	{"id": "…", "to": "+8613800138000", "text": "…", "code": "123456", "purpose": "login", "language": "zh"}
//
// A provider that only sends texts which it approved before (a template) makes
// the SMS from purpose, language and code; any other sends text as it is. The
// purposes are login, withdraw_cancellation, cancel_account, export_data,
// change_phone and claim_phone; the languages zh and en.
//
// The request is signed as Standard Webhooks 1.0.0 has it:
//
//	Webhook-Id: the body's id
//	Webhook-Timestamp: seconds since 1970
//	Webhook-Signature: v1,BASE64(HMAC-SHA-256(key, id + "." + timestamp + "." + body))
//
// The key is the characters of the secret that both sides hold. A receiver takes
// what was signed with either of two keys, so that the secret can be changed: it
// is given the new one first, and forgets the old one a day after it was changed
// here. It refuses a timestamp that is more than five minutes away, and sends the
// SMS of an id once within that time.
//
// What the receiver answers:
//
//	2xx                           the provider took the message
//	409                           this id was taken before
//	401, 403, 404, 405, 410, 429  nothing was sent, as none is taken; another sender is tried
//	any other 4xx but 408         nothing was sent, as this message cannot be; another sender is tried
//	all else, and no answer       nobody knows: no other sender is tried, the person may ask again in a minute
//
// No request is repeated. The receiver has four seconds. Package receiver is such
// a receiver, to copy.
package loginwebhook

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync/atomic"

	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/keys"
	"jewelrydisplay.app/shared/login"
)

var _ login.Sender = (*Sender)(nil)

// Sender sends by a webhook.
type Sender struct {
	url    string
	secret *keys.Ring
	clock  clock.Clock
	client *http.Client
}

// New returns a sender to the address, which signs with the secret.
func New(url string, secret *keys.Ring, clk clock.Clock) *Sender {
	return &Sender{url: url, secret: secret, clock: clk, client: &http.Client{
		// A redirect would carry the code to an address that nobody chose.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

type message struct {
	ID       string `json:"id"`
	To       string `json:"to"`
	Text     string `json:"text"`
	Code     string `json:"code"`
	Purpose  string `json:"purpose"`
	Language string `json:"language"`
}

// Send posts one SMS, once. The error holds neither number nor address. It is
// ErrNotSent when the receiver refused the message or was not reached, and
// ErrRefused when it was this one message that it refused.
func (s *Sender) Send(ctx context.Context, m login.SMS) error {
	body, err := json.Marshal(message{
		ID: m.ID, To: m.To.Reveal(), Text: m.Text, Code: m.Code, Purpose: m.Purpose, Language: m.Language,
	})
	if err != nil {
		return err
	}
	var left atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { left.Store(true) }})
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("loginwebhook: SMS_WEBHOOK_URL is no address: %w", login.ErrNotSent)
	}
	r.GetBody = nil // nothing below may send it again
	at := strconv.FormatInt(s.clock.Now().Unix(), 10)
	signed := s.secret.Current().Sign(append([]byte(m.ID+"."+at+"."), body...))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Webhook-Id", m.ID)
	r.Header.Set("Webhook-Timestamp", at)
	r.Header.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(signed))
	answer, err := s.client.Do(r)
	switch {
	case err != nil && !left.Load():
		return fmt.Errorf("loginwebhook: the receiver was not reached: %w", login.ErrNotSent)
	case err != nil:
		return errors.New("loginwebhook: the receiver did not answer")
	}
	defer func() { _ = answer.Body.Close() }()
	_, _ = io.CopyN(io.Discard, answer.Body, 4096) // so that the connection serves again
	return meaning(answer.StatusCode)
}

// closed are the statuses that say nothing about the message: every one would
// get them.
var closed = map[int]bool{
	http.StatusUnauthorized: true, http.StatusForbidden: true, http.StatusNotFound: true,
	http.StatusMethodNotAllowed: true, http.StatusGone: true, http.StatusTooManyRequests: true,
}

// meaning is what a status says about the SMS.
func meaning(status int) error {
	switch {
	case status >= 200 && status < 300, status == http.StatusConflict:
		return nil
	case closed[status]:
		return fmt.Errorf("loginwebhook: the receiver answered %d: %w", status, login.ErrNotSent)
	case status >= 400 && status < 500 && status != http.StatusRequestTimeout:
		return fmt.Errorf("loginwebhook: the receiver answered %d: %w", status, login.ErrRefused)
	default:
		return fmt.Errorf("loginwebhook: the receiver answered %d", status)
	}
}
