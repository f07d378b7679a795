package loginhttp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"jewelrydisplay.app/shared/awstest"
	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/keys"
	"jewelrydisplay.app/shared/lambdahttp"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/login/logindynamo"
	"jewelrydisplay.app/shared/login/loginhttp"
	"jewelrydisplay.app/shared/login/loginkeys"
	"jewelrydisplay.app/shared/login/loginphone"
	"jewelrydisplay.app/shared/person"
)

const (
	phoneA  = "13800138000"
	phoneB  = "13900139000"
	deviceA = "7d5f0f5e-2f0a-4b8e-9a51-6b1c3a2f9d10"
	deviceB = "0f5e7d5f-2f0a-4b8e-9a51-6b1c3a2f9d11"
)

// site is the endpoints over the real engine.
type site struct {
	t   testing.TB
	db  *dynamo.DB
	own parts
	clk *clock.Manual
	api *lambdahttp.API
	sms []string
	log bytes.Buffer
}

// parts are what the endpoints are made of.
type parts struct {
	keys     loginkeys.Keys
	codes    *login.Codes
	sessions *login.Sessions
}

// Send is the sender's: it writes down what it is given.
func (s *site) Send(_ context.Context, m login.SMS) error {
	s.sms = append(s.sms, m.To.Reveal()+" "+m.Text)
	return nil
}

func (s *site) CheckVersion(_ context.Context, version, sha256 string) error {
	switch {
	case version == "v0":
		return fault.New(fault.ConsentRequired, "This version is superseded.").With("policy_version", "v1")
	case version != "v1" || sha256 != strings.Repeat("a", 64):
		return fault.Invalid("body.policy.sha256", "is not the hash of the text")
	}
	return nil
}

func (s *site) EndSession(context.Context, person.ID, string) error { return nil }
func (s *site) EndOthers(context.Context, person.ID, string) error  { return nil }

func ring(name string) *keys.Ring { return keys.Fixed(fmt.Sprintf("%-64s", name)) }

func start(t testing.TB, change ...func(*awstest.Cloud, *login.Settings)) *site {
	t.Helper()
	cloud := awstest.Start(t)
	set := login.Standard()
	for _, f := range change {
		f(cloud, &set)
	}
	s := &site{t: t, clk: clock.At(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))}
	s.db = dynamo.New(cloud.Config, cloud.Tables, s.clk)
	k := loginkeys.Keys{Pepper: ring("pepper"), Index: ring("index"), Token: ring("token"), Service: ring("service")}
	random := rand.NewChaCha8([32]byte{1})
	store := logindynamo.New(s.db, logindynamo.Options{
		Clock: s.clk, Random: random, Settings: set, Service: k.Service, Indexes: k, Tokens: k,
		PolicyDue: func(*dynamo.Batch) (func(string) string, error) {
			return func(string) string { return "v2" }, nil // a major version is due: it must block nothing here
		},
		Acceptance: func(person.ID, string, string, time.Time) []dynamo.Write { return nil },
		Audience:   func(person.ID, bool, time.Time) []dynamo.Write { return nil },
		Minors:     func(context.Context, person.ID, string, time.Time) ([]dynamo.Write, error) { return nil, nil },
	})
	codes := &login.Codes{
		Store: store, Keys: k, Indexes: k, Settings: set, Clock: s.clk, Random: random, Numbers: loginphone.New([]string{"CN"}),
		Sender: s, Text: login.Text{Domain: "app.example.com", AndroidHash: "FA+9qCX9VSu"}, Policies: s, Accounts: store, Budgets: store,
	}
	s.api = lambdahttp.New(logindynamo.Authenticator{Store: store}, slog.New(slog.NewTextHandler(&s.log, nil)))
	s.own = parts{k, codes, &login.Sessions{
		Codes: codes, Accounts: store, Store: store, Tokens: k, Indexes: k, Pushes: s, Settings: set, Clock: s.clk, Random: random,
	}}
	loginhttp.Register(s.api, codes, s.own.sessions, loginhttp.App{MinIOS: "1.0.0", MinAndroid: "1.1.0", Phone: "400", Email: "a@example.com", Hours: "9–18", Countries: []string{"CN"}})
	return s
}

// call makes a request; headers are "Name: value".
func (s *site) call(method, path, body string, headers ...string) (int, map[string]any, http.Header) {
	s.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	s.api.ServeHTTP(w, r)
	var out map[string]any
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			s.t.Fatalf("%s %s: %s is no JSON", method, path, w.Body)
		}
	}
	if w.Code >= 400 && w.Header().Get("Content-Type") != "application/problem+json" {
		s.t.Errorf("%s %s: %d as %s", method, path, w.Code, w.Header().Get("Content-Type"))
	}
	return w.Code, out, w.Header()
}

var sixDigits = regexp.MustCompile(`\d{6}`)

func (s *site) code() string { return sixDigits.FindString(s.sms[len(s.sms)-1][14:]) }

func codeBody(purpose, phone string) string {
	if phone != "" {
		phone = `,"phone":"` + phone + `"`
	}
	if purpose == login.PurposeLogin {
		phone += `,"policy":{"version":"v1","sha256":"` + strings.Repeat("a", 64) + `"},"age_group":"adult"`
	}
	return `{"purpose":"` + purpose + `"` + phone + `}`
}

// ask asks for a code, a minute after whatever came before.
func (s *site) ask(purpose, phone string, headers ...string) (challenge, code string) {
	s.t.Helper()
	s.clk.Advance(time.Minute)
	status, out, _ := s.call("POST", "/v1/login/codes", codeBody(purpose, phone), append(headers, "Device-Id: "+deviceA)...)
	if status != http.StatusAccepted {
		s.t.Fatalf("ask for a %s code: %d %v", purpose, status, out)
	}
	return out["challenge_id"].(string), s.code()
}

func sessionBody(challenge, code string) string {
	return `{"challenge_id":"` + challenge + `","code":"` + code + `","device":{"name":"小王的 iPhone 😀","platform":"ios"}}`
}

// login logs in and returns the Authorization header and the whole answer.
func (s *site) login(phone string) (header string, answer map[string]any) {
	s.t.Helper()
	challenge, code := s.ask(login.PurposeLogin, phone)
	status, out, _ := s.call("POST", "/v1/login/sessions", sessionBody(challenge, code), "Device-Id: "+deviceA)
	if status != http.StatusCreated {
		s.t.Fatalf("log in: %d %v", status, out)
	}
	return "Authorization: Bearer " + out["access_token"].(string), out
}
