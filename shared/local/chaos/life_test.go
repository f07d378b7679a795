package chaos

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// fate is how a life goes on after its first day.
type fate string

const (
	stays     fate = "stays"
	leaves    fate = "leaves"
	withdraws fate = "leaves and comes back"
)

// life is one person with a phone in their hand.
type life struct {
	world                   *world
	n                       int
	fate                    fate
	phone, device, token    string
	client                  *http.Client
	id, access, refresh     string
	product, merchant       string
	receipt                 string
	asked                   int // requests for a code that were each to send one SMS
	challenge, code         string
	steps, repeats, stopped int
}

func newLife(w *world, n int) *life {
	// Each from an address of its own: what one address may ask for is bounded.
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 2, byte(n>>8), byte(n))}}
	return &life{
		world: w, n: n, fate: []fate{stays, leaves, withdraws}[n%3],
		phone:  fmt.Sprintf("+86139%08d", n),
		device: fmt.Sprintf("00000000-0000-4000-8000-%012d", n), token: fmt.Sprintf("fcm-token-of-%08d", n),
		client: &http.Client{Timeout: time.Minute, Transport: &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: 1}},
	}
}

// errLater says that a code did not come: it is asked for again a minute later.
var errLater = errors.New("the code did not come")

// errStopped says that a violation ended the life; it is told already.
var errStopped = errors.New("stopped")

// most is how often a step is repeated: far more than faults of the rates here need.
const most = 60

// body is the body of a request or an answer.
type body = map[string]any

// do makes a step and repeats it as long as the answer is 503. Anything but the
// wanted status and 503 with Retry-After is a violation.
func (l *life) do(ctx context.Context, want int, method, path string, in body) (body, error) {
	l.steps++
	for range most {
		status, header, out, err := l.send(ctx, method, path, in)
		if err != nil {
			return nil, l.violate("%s %s: %v", method, path, err)
		}
		if status == want {
			return out, nil
		}
		after, err := strconv.Atoi(header.Get("Retry-After"))
		if status != http.StatusServiceUnavailable || err != nil || out["code"] != "unavailable" {
			return nil, l.violate("%s %s: %d with Retry-After %q, want %d or 503 with Retry-After: %v", method, path, status, header.Get("Retry-After"), want, out)
		}
		if after > 5 {
			return nil, errLater
		}
		l.repeats++
		pause(ctx)
	}
	return nil, l.violate("%s %s: still 503 after %d times", method, path, most)
}

func (l *life) send(ctx context.Context, method, path string, in body) (int, http.Header, body, error) {
	var payload []byte
	if in != nil {
		var err error
		if payload, err = json.Marshal(in); err != nil {
			return 0, nil, nil, err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, l.world.cloud.API+path, bytes.NewReader(payload))
	if err != nil {
		return 0, nil, nil, err
	}
	r.Header.Set("Device-Id", l.device)
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if l.access != "" {
		r.Header.Set("Authorization", "Bearer "+l.access)
	}
	answer, err := l.client.Do(r)
	if err != nil {
		return 0, nil, nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	out := body{}
	if err == nil && len(text) > 0 {
		err = json.Unmarshal(text, &out)
	}
	return answer.StatusCode, answer.Header, out, err
}

func (l *life) violate(format string, args ...any) error {
	l.stopped++
	l.world.violate(fmt.Sprintf("life %d, who %s: ", l.n, l.fate)+fmt.Sprintf(format, args...), l.id)
	return errStopped
}

var sixDigits = regexp.MustCompile(`\b\d{6}\b`)

// ask asks for a code, reads it from the phone, and asks again as if the answer
// had been lost: the same answer, and no SMS.
func (l *life) ask(ctx context.Context, purpose string, more body) error {
	in := body{"purpose": purpose}
	for name, value := range more {
		in[name] = value
	}
	l.asked++
	before := l.texts()
	out, err := l.do(ctx, http.StatusAccepted, "POST", "/v1/login/codes", in)
	if err != nil {
		return err
	}
	texts := l.texts()
	if len(texts) > l.asked {
		return l.violate("%d SMS came for %d requests", len(texts), l.asked)
	}
	if len(texts) == len(before) {
		return errLater
	}
	again, err := l.do(ctx, http.StatusAccepted, "POST", "/v1/login/codes", in)
	if err != nil {
		return err
	}
	if again["challenge_id"] != out["challenge_id"] {
		return l.violate("the repeated request for a code got another challenge")
	}
	l.challenge, l.code = fmt.Sprint(out["challenge_id"]), sixDigits.FindString(texts[0])
	return nil
}

// texts are the SMS that came, newest first.
func (l *life) texts() []string {
	var out []string
	for _, m := range l.world.messages("sms") {
		if m.To == l.phone {
			out = append(out, m.Text)
		}
	}
	return out
}

// login logs in, twice with the same code: a lost answer is given again.
func (l *life) login(ctx context.Context) error {
	policy, err := l.do(ctx, http.StatusOK, "GET", "/v1/policies/privacy/current", nil)
	if err != nil {
		return err
	}
	err = l.ask(ctx, "login", body{
		"phone": l.phone, "age_group": "adult", "policy": body{"version": policy["version"], "sha256": policy["sha256"]},
	})
	if err != nil {
		return err
	}
	return l.session(ctx, "/v1/login/sessions", body{})
}

func (l *life) session(ctx context.Context, path string, in body) error {
	in["challenge_id"], in["code"] = l.challenge, l.code
	in["device"] = body{"name": fmt.Sprintf("phone %d", l.n), "platform": "android"}
	out, err := l.do(ctx, http.StatusCreated, "POST", path, in)
	if err != nil {
		return err
	}
	again, err := l.do(ctx, http.StatusCreated, "POST", path, in)
	if err != nil {
		return err
	}
	if out["access_token"] != again["access_token"] || out["refresh_token"] != again["refresh_token"] {
		return l.violate("the repeated login got other tokens")
	}
	l.take(out)
	return nil
}

func (l *life) take(out body) {
	l.access, l.refresh = fmt.Sprint(out["access_token"]), fmt.Sprint(out["refresh_token"])
	if user, ok := out["user"].(body); ok {
		l.id = fmt.Sprint(user["id"])
	}
}

// all makes steps one after the other.
func (l *life) all(ctx context.Context, steps ...step) error {
	for _, s := range steps {
		if _, err := l.do(ctx, s.want, s.method, s.path, s.in); err != nil {
			return err
		}
	}
	return nil
}

type step struct {
	want         int
	method, path string
	in           body
}

// renew takes new tokens for the old ones.
func (l *life) renew(ctx context.Context) error {
	out, err := l.do(ctx, http.StatusOK, "POST", "/v1/login/refresh", body{"refresh_token": l.refresh})
	if err == nil {
		l.take(out)
	}
	return err
}

// day is a day in the app: everything is done twice by some, and once undone.
func (l *life) day(ctx context.Context) error {
	if err := l.renew(ctx); err != nil {
		return err
	}
	found, err := l.do(ctx, http.StatusOK, "GET", "/v1/products?sort=price_asc&limit=2", nil)
	if err != nil {
		return err
	}
	l.product, l.merchant = at(found, "items", 0, "id"), at(found, "items", 0, "merchant", "id")
	other := at(found, "items", 1, "id")
	err = l.all(ctx,
		step{200, "GET", "/v1/products/" + l.product, nil},
		step{204, "PUT", "/v1/me/favourites/" + l.product, nil},
		step{204, "PUT", "/v1/me/favourites/" + other, nil},
		step{204, "DELETE", "/v1/me/favourites/" + other, nil},
		step{204, "PUT", "/v1/me/history/" + l.product, nil},
		step{204, "PUT", "/v1/me/follows/" + l.merchant, nil},
		step{204, "PUT", "/v1/me/follows/" + l.merchant, nil},
		step{200, "PATCH", "/v1/me", body{"nickname": l.nickname(), "birthday": "1990-05-06"}},
		step{200, "PUT", "/v1/me/consents/personalisation", body{"granted": true}},
		step{200, "PUT", "/v1/me/consents/marketing_push", body{"granted": true}},
		step{200, "PUT", "/v1/me/notification-preferences", body{"quiet_hours": "off", "categories": body{"discount": body{"push": true}}}},
		step{204, "PUT", "/v1/me/devices/" + l.device, body{"push_token": l.token, "locale": "zh-CN", "time_zone": "Asia/Shanghai"}},
	)
	if err != nil {
		return err
	}
	return l.check(ctx)
}

func (l *life) nickname() string { return fmt.Sprintf("珠珠 %d", l.n) }

// check asks that the person finds what they did, once each.
func (l *life) check(ctx context.Context) error {
	for _, list := range []struct{ path, id string }{
		{"favourites", l.product}, {"follows", l.merchant}, {"history", l.product},
	} {
		out, err := l.do(ctx, http.StatusOK, "GET", "/v1/me/"+list.path, nil)
		if err != nil {
			return err
		}
		if items, _ := out["items"].([]any); len(items) != 1 || at(out, "items", 0, "id") != list.id {
			return l.violate("%s are %d, want the one", list.path, len(items))
		}
	}
	me, err := l.do(ctx, http.StatusOK, "GET", "/v1/me", nil)
	if err != nil {
		return err
	}
	if me["nickname"] != l.nickname() || me["birthday"] != "1990-05-06" {
		return l.violate("the profile is %v", me)
	}
	consents, err := l.do(ctx, http.StatusOK, "GET", "/v1/me/consents", nil)
	if err != nil {
		return err
	}
	var granted []string
	items, _ := consents["items"].([]any)
	for i := range items {
		if at(consents, "items", i, "granted") == "true" {
			granted = append(granted, at(consents, "items", i, "purpose"))
		}
	}
	if slices.Sort(granted); !slices.Equal(granted, []string{"marketing_push", "personalisation"}) {
		return l.violate("consents are %v", granted)
	}
	return nil
}

// inbox asks that the campaign's message is there once.
func (l *life) inbox(ctx context.Context) error {
	if err := l.renew(ctx); err != nil {
		return err
	}
	out, err := l.do(ctx, http.StatusOK, "GET", "/v1/me/inbox", nil)
	if err != nil {
		return err
	}
	var discounts int
	items, _ := out["items"].([]any)
	for i := range items {
		if at(out, "items", i, "title") == l.world.title {
			discounts++
		}
	}
	if discounts != 1 {
		return l.violate("%d discounts are in the inbox, want 1", discounts)
	}
	return nil
}

// cancel leaves, twice with the same code; from then on the token is dead.
func (l *life) cancel(ctx context.Context) error {
	if err := l.renew(ctx); err != nil {
		return err
	}
	if err := l.ask(ctx, "cancel_account", nil); err != nil {
		return err
	}
	in := body{"challenge_id": l.challenge, "code": l.code}
	out, err := l.do(ctx, http.StatusAccepted, "POST", "/v1/me/cancellation", in)
	if err != nil {
		return err
	}
	again, err := l.do(ctx, http.StatusAccepted, "POST", "/v1/me/cancellation", in)
	if err != nil {
		return err
	}
	if out["receipt_id"] != again["receipt_id"] {
		return l.violate("the repeated cancellation got another receipt")
	}
	l.receipt = fmt.Sprint(out["receipt_id"])
	return l.all(ctx, step{401, "GET", "/v1/me", nil})
}

// comeBack withdraws the cancellation.
func (l *life) comeBack(ctx context.Context) error {
	l.access = ""
	if err := l.ask(ctx, "withdraw_cancellation", body{"phone": l.phone}); err != nil {
		return err
	}
	if err := l.session(ctx, "/v1/cancellations/withdrawals", body{"receipt_id": l.receipt}); err != nil {
		return err
	}
	return l.check(ctx)
}

// ended asks what the receipt tells at the end.
func (l *life) ended(ctx context.Context) error {
	want := map[fate]string{leaves: "erased", withdraws: "withdrawn"}[l.fate]
	if want == "" {
		return nil
	}
	l.access = ""
	out, err := l.do(ctx, http.StatusOK, "GET", "/v1/cancellations/"+l.receipt, nil)
	if err == nil && out["state"] != want {
		return l.violate("the receipt tells %v, want %s", out["state"], want)
	}
	return err
}

// at is the value at a path of a body, as text.
func at(v any, path ...any) string {
	for _, p := range path {
		switch name := p.(type) {
		case string:
			m, _ := v.(body)
			v = m[name]
		case int:
			list, _ := v.([]any)
			if name >= len(list) {
				return ""
			}
			v = list[name]
		}
	}
	return strings.TrimSpace(fmt.Sprint(v))
}
