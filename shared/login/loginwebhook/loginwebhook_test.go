package loginwebhook_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/keys"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/login/loginwebhook"
	"jewelrydisplay.app/shared/login/loginwebhook/receiver"
	"jewelrydisplay.app/shared/person"
)

var (
	now      = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	older    = strings.Repeat("o", 64)
	newer    = strings.Repeat("n", 64)
	stranger = strings.Repeat("s", 64)
	sms      = login.SMS{
		ID: "m1", To: person.Of[person.PhoneNumber]("+8613800138000"), Text: "验证码123456，用于登录",
		Code: "123456", Purpose: login.PurposeLogin, Language: "zh",
	}
)

// provider is the receiver behind a recorder of what was sent to it.
type provider struct {
	*receiver.Handler
	mu       sync.Mutex
	got      []receiver.Message
	requests []*http.Request
	bodies   [][]byte
	answer   error
	now      time.Time
}

func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	p.mu.Lock()
	p.requests, p.bodies = append(p.requests, r.Clone(context.Background())), append(p.bodies, body)
	p.mu.Unlock()
	r.Body = io.NopCloser(bytes.NewReader(body))
	p.Handler.ServeHTTP(w, r)
}

func start(t *testing.T, secrets ...string) (*provider, string) {
	t.Helper()
	p := &provider{now: now}
	p.Handler = &receiver.Handler{Secrets: secrets, Now: func() time.Time { return p.now }, Send: func(m receiver.Message) error {
		p.got = append(p.got, m)
		return p.answer
	}}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	return p, server.URL
}

func sender(url, secret string) *loginwebhook.Sender {
	return loginwebhook.New(url, keys.Fixed(secret), clock.At(now))
}

func TestTheReceiverTakesWhatTheSenderSigns(t *testing.T) {
	p, url := start(t, newer, older)
	want := receiver.Message{ID: "m1", To: "+8613800138000", Text: sms.Text, Code: "123456", Purpose: "login", Language: "zh"}
	if err := sender(url, newer).Send(context.Background(), sms); err != nil || len(p.got) != 1 || p.got[0] != want {
		t.Errorf("%v, got %+v", err, p.got)
	}
	other := sms
	other.ID = "m2"
	if err := sender(url, older).Send(context.Background(), other); err != nil || len(p.got) != 2 {
		t.Errorf("signed with the older secret, which is still alive: %v", err)
	}
	other.ID = "m3"
	if err := sender(url, stranger).Send(context.Background(), other); !errors.Is(err, login.ErrNotSent) || errors.Is(err, login.ErrRefused) || len(p.got) != 2 {
		t.Errorf("signed by a stranger: %v", err)
	}
}

// A message that comes twice is sent once, and the sender hears that it was taken.
func TestAnIDIsSentOnce(t *testing.T) {
	p, url := start(t, newer)
	for range 3 {
		if err := sender(url, newer).Send(context.Background(), sms); err != nil {
			t.Fatal(err)
		}
	}
	if len(p.got) != 1 || len(p.requests) != 3 {
		t.Errorf("%d messages of %d requests", len(p.got), len(p.requests))
	}
}

// Whoever hears a request can neither change it nor use it later.
func TestAReplayedOrChangedRequestIsRefused(t *testing.T) {
	p, url := start(t, newer)
	if err := sender(url, newer).Send(context.Background(), sms); err != nil {
		t.Fatal(err)
	}
	heard, body := p.requests[0], p.bodies[0]
	replay := func(change func(h http.Header, body []byte) []byte) int {
		t.Helper()
		h := heard.Header.Clone()
		r, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(change(h, bytes.Clone(body))))
		if err != nil {
			t.Fatal(err)
		}
		r.Header = h
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		return answer.StatusCode
	}
	same := func(_ http.Header, b []byte) []byte { return b }
	if got := replay(same); got != http.StatusConflict {
		t.Errorf("at once: %d", got)
	}
	for what, change := range map[string]func(http.Header, []byte) []byte{
		"another number": func(_ http.Header, b []byte) []byte { return bytes.Replace(b, []byte("8000"), []byte("8001"), 1) },
		"another time":   func(h http.Header, b []byte) []byte { h.Set("Webhook-Timestamp", "1767323046"); return b },
		"another id":     func(h http.Header, b []byte) []byte { h.Set("Webhook-Id", "m9"); return b },
		"no signature":   func(h http.Header, b []byte) []byte { h.Del("Webhook-Signature"); return b },
		"a short one":    func(h http.Header, b []byte) []byte { h.Set("Webhook-Signature", "v1,"); return b },
		"another version": func(h http.Header, b []byte) []byte {
			h.Set("Webhook-Signature", "v2"+h.Get("Webhook-Signature")[2:])
			return b
		},
		"no time": func(h http.Header, b []byte) []byte { h.Del("Webhook-Timestamp"); return b },
	} {
		if got := replay(change); got != http.StatusUnauthorized {
			t.Errorf("%s: %d", what, got)
		}
	}
	for _, c := range []struct {
		at   time.Duration
		want int
	}{{receiver.Window, 409}, {receiver.Window + time.Second, 401}, {-receiver.Window, 409}, {-receiver.Window - time.Second, 401}} {
		p.now = now.Add(c.at)
		if got := replay(same); got != c.want {
			t.Errorf("after %v: %d, want %d", c.at, got, c.want)
		}
	}
	if len(p.got) != 1 {
		t.Errorf("%d messages", len(p.got))
	}
	p.now = now
	if got := replay(func(h http.Header, b []byte) []byte {
		h.Set("Webhook-Signature", "v1,AAAA "+h.Get("Webhook-Signature"))
		return b
	}); got != http.StatusConflict {
		t.Errorf("two signatures, one of them right: %d", got)
	}
}

// What an answer says about the SMS: sent, surely not sent, or unknown.
func TestWhatAnAnswerSays(t *testing.T) {
	for status, want := range map[int]error{
		200: nil, 202: nil, 204: nil, 409: nil,
		400: login.ErrRefused, 413: login.ErrRefused, 422: login.ErrRefused,
		401: login.ErrNotSent, 403: login.ErrNotSent, 404: login.ErrNotSent, 429: login.ErrNotSent,
		302: errUnknown, 307: errUnknown, 408: errUnknown, 500: errUnknown, 502: errUnknown, 503: errUnknown, 504: errUnknown,
	} {
		calls := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			calls++
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "+8613800138000 123456")
		}))
		err := sender(server.URL, newer).Send(context.Background(), sms)
		server.Close()
		switch {
		case calls != 1:
			t.Errorf("%d: %d requests", status, calls)
		case want == nil && err != nil:
			t.Errorf("%d: %v", status, err)
		case want == errUnknown && (err == nil || errors.Is(err, login.ErrNotSent)):
			t.Errorf("%d: %v, want it left open", status, err)
		case want != nil && want != errUnknown && (!errors.Is(err, want) || errors.Is(err, login.ErrRefused) != (want == login.ErrRefused)):
			t.Errorf("%d: %v, want %v", status, err, want)
		}
		if err != nil && (strings.Contains(err.Error(), "138001") || strings.Contains(err.Error(), "123456") || strings.Contains(err.Error(), "127.0.0.1")) {
			t.Errorf("%d: the error tells too much: %v", status, err)
		}
	}
}

var errUnknown = errors.New("unknown")

func TestARefusingProviderAndOneThatFails(t *testing.T) {
	p, url := start(t, newer)
	p.answer = receiver.ErrRefused
	if err := sender(url, newer).Send(context.Background(), sms); !errors.Is(err, login.ErrRefused) {
		t.Errorf("refused: %v", err)
	}
	p.answer = errors.New("no answer from the network")
	other := sms
	other.ID = "m2"
	if err := sender(url, newer).Send(context.Background(), other); err == nil || errors.Is(err, login.ErrNotSent) {
		t.Errorf("failed: %v, want it left open", err)
	}
}

// The provider takes the message and never answers: nobody knows whether it was
// sent.
func TestATimeOutAfterAcceptanceIsOpen(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	taken := 0
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		taken++
		cancel()
		<-r.Context().Done()
	}))
	defer server.Close()
	if err := sender(server.URL, newer).Send(ctx, sms); err == nil || errors.Is(err, login.ErrNotSent) || taken != 1 {
		t.Errorf("%v, taken %d times", err, taken)
	}
}

func TestAReceiverThatIsNotThere(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	url := server.URL
	server.Close()
	for _, address := range []string{url, "https://receiver.invalid/", "::"} {
		err := sender(address, newer).Send(context.Background(), sms)
		if !errors.Is(err, login.ErrNotSent) || errors.Is(err, login.ErrRefused) || strings.Contains(err.Error(), "127.0.0.1") {
			t.Errorf("%s: %v", address, err)
		}
	}
}
