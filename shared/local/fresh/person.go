package fresh

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"sync/atomic"
	"time"
)

// Person is somebody who is logged in.
type Person struct {
	Phone, Device   string
	Access, Refresh string // tokens
}

// People log in at a local cloud, each with a number and an address of their
// own: the codes that one number or address gets are bounded.
type People struct {
	cloud *Cloud
	next  atomic.Int64
}

// NewPeople returns the people of a cloud.
func NewPeople(c *Cloud) *People { return &People{cloud: c} }

// Login logs somebody new in, as the app does; the code is read from the
// control address.
func (p *People) Login(ctx context.Context) (Person, error) {
	n := p.next.Add(1)
	who := someone(n)
	app := p.app(n)
	challenge, code, err := p.ask(ctx, app, who, "login")
	if err != nil {
		return who, err
	}
	var tokens struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	err = app.call(ctx, who, http.MethodPost, p.cloud.API+"/v1/login/sessions", map[string]any{
		"challenge_id": challenge, "code": code, "device": map[string]string{"name": "Pixel", "platform": "android"},
	}, &tokens)
	who.Access, who.Refresh = tokens.Access, tokens.Refresh
	return who, err
}

// Proof is a one-time code that was sent and not yet used.
type Proof struct {
	Person
	Challenge, Code string
}

// Prove has a code sent: of login to somebody new, of any other purpose to
// somebody who is logged in. A number gets one code a minute.
func (p *People) Prove(ctx context.Context, who Person, purpose string) (Proof, error) {
	n := p.next.Add(1)
	if purpose == "login" {
		who = someone(n)
	}
	challenge, code, err := p.ask(ctx, p.app(n), who, purpose)
	return Proof{who, challenge, code}, err
}

func someone(n int64) Person {
	return Person{Phone: fmt.Sprintf("139%08d", n), Device: fmt.Sprintf("00000000-0000-4000-8000-%012d", n)}
}

func (p *People) ask(ctx context.Context, app *app, who Person, purpose string) (challenge, code string, err error) {
	body := map[string]any{"purpose": purpose}
	if purpose == "login" {
		var policy struct{ Version, SHA256 string }
		if err := app.call(ctx, who, http.MethodGet, p.cloud.API+"/v1/policies/privacy/current", nil, &policy); err != nil {
			return "", "", err
		}
		body["phone"], body["age_group"] = who.Phone, "adult"
		body["policy"] = map[string]string{"version": policy.Version, "sha256": policy.SHA256}
	}
	var asked struct {
		Challenge string `json:"challenge_id"`
	}
	if err := app.call(ctx, who, http.MethodPost, p.cloud.API+"/v1/login/codes", body, &asked); err != nil {
		return "", "", err
	}
	code, err = p.code(ctx, app, who)
	return asked.Challenge, code, err
}

// Turn turns the clock on: a number that got a code may get the next.
func (p *People) Turn(ctx context.Context, offset time.Duration) error {
	body := map[string]int64{"offset_seconds": int64(offset / time.Second)}
	return p.app(0).call(ctx, Person{}, http.MethodPut, p.cloud.Control+"/clock", body, &struct{}{})
}

var sixDigits = regexp.MustCompile(`\d{6}`)

func (p *People) code(ctx context.Context, app *app, who Person) (string, error) {
	var messages struct{ Items []struct{ Text string } }
	address := p.cloud.Control + "/messages?kind=sms&phone=" + url.QueryEscape(who.Phone)
	if err := app.call(ctx, who, http.MethodGet, address, nil, &messages); err != nil {
		return "", err
	}
	if len(messages.Items) == 0 {
		return "", errors.New("no SMS came")
	}
	return sixDigits.FindString(messages.Items[0].Text), nil
}

// app speaks HTTP from a loopback address of its own.
type app struct{ http.Client }

func (p *People) app(n int64) *app {
	from := &net.TCPAddr{IP: net.IPv4(127, 1, byte(n>>8), byte(n))}
	dialer := &net.Dialer{LocalAddr: from}
	return &app{http.Client{Timeout: time.Minute, Transport: &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true}}}
}

func (a *app) call(ctx context.Context, who Person, method, address string, body, answer any) error {
	sent, err := json.Marshal(body)
	if err != nil {
		return err
	}
	if body == nil {
		sent = nil
	}
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(sent))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Device-Id", who.Device)
	if who.Access != "" {
		req.Header.Set("Authorization", "Bearer "+who.Access)
	}
	res, err := a.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	said, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s %s: %d %s", method, req.URL.Path, res.StatusCode, said)
	}
	return json.Unmarshal(said, answer)
}
