package logindynamo_test

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/aws/smithy-go/middleware"

	"jewelrydisplay.app/shared/awstest"
	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/keys"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/login/logindynamo"
	"jewelrydisplay.app/shared/login/loginkeys"
	"jewelrydisplay.app/shared/login/loginphone"
	"jewelrydisplay.app/shared/person"
)

var (
	t0   = time.Date(2026, 1, 2, 3, 4, 5, 678_000_000, time.UTC)
	hash = hex.EncodeToString(make([]byte, 32))
)

const (
	phoneA = "13800138000"
	phoneB = "13900139000"
)

// world is login on the real engine, with a clock that stands still, seeded
// chance, and a sender that writes down what it is given.
type world struct {
	t        testing.TB
	ctx      context.Context
	cloud    *awstest.Cloud
	db       *dynamo.DB
	clk      *clock.Manual
	keys     loginkeys.Keys
	store    *logindynamo.Store
	codes    *login.Codes
	sessions *login.Sessions
	auth     logindynamo.Authenticator
	sms      *sender
	pushes   *pushes
	signals  signals
	own      []dynamo.Call // made outside the shared counts
	shared   []dynamo.Call // made by them
	crash    crash
	minors   []string // who turned out to be a minor at a later login
}

// audienceRow stands in for what notification knows of a ban.
type audienceRow struct {
	User   person.ID `inv:"user_id,C29,key"`
	Banned bool      `inv:"banned,C79,notification"`
}

var audienceRecord = inventory.Declare[audienceRow](inventory.Record{
	Name: "audience", Table: "Notifications", Key: "U#{user_id}/AUDIENCE", Owner: "user_id",
	Keep: inventory.WithPerson(), OnCancel: inventory.EraseAtOnce,
})

// banned is what the audience knows.
func (w *world) banned(user person.ID) bool {
	w.t.Helper()
	row, _, err := dynamo.Of(w.db, audienceRecord).Get(w.ctx, audienceRow{User: user})
	if err != nil {
		w.t.Fatal(err)
	}
	return row.Banned
}

// messageRow stands in for the message of a new device.
type messageRow struct {
	User person.ID `inv:"user_id,C29,key"`
	At   time.Time `inv:"created_at,C29,key"`
}

var messageRecord = inventory.Declare[messageRow](inventory.Record{
	Name: "message", Table: "Notifications", Key: "U#{user_id}/I#{created_at}", Owner: "user_id",
	Keep: inventory.WithPerson(), OnCancel: inventory.EraseAtOnce,
})

// told returns how many new devices the person was told of.
func (w *world) told(user person.ID) int {
	w.t.Helper()
	page, err := dynamo.Of(w.db, messageRecord).Query(w.ctx, dynamo.Query{Partition: "U#" + user.Reveal(), Prefix: "I#"})
	if err != nil {
		w.t.Fatal(err)
	}
	return len(page.Rows)
}

// leftRow stands in for the timer of an account that nobody can reach.
type leftRow struct {
	User person.ID `inv:"user_id,C86,key"`
	At   time.Time `inv:"at,C86,rights"`
}

var leftRecord = inventory.Declare[leftRow](inventory.Record{
	Name: "left", Table: "Privacy", Key: "L#{user_id}/LEFT", Keep: inventory.Always("a test"), OnCancel: inventory.OwnExpiry,
})

// left checks that the account's erasure was set going, once, at this moment; a
// zero moment: that it was not.
func (w *world) left(user person.ID, at time.Time) {
	w.t.Helper()
	row, found, err := dynamo.Of(w.db, leftRecord).Get(w.ctx, leftRow{User: user})
	if err != nil || found == at.IsZero() || found && !row.At.Equal(at) {
		w.t.Errorf("an erasure is set going: %v, at %v, want %v, %v", found, row.At, at, err)
	}
	if r, _, err := w.store.Report(w.ctx, user); err != nil || (r.State == login.Cancelled) == at.IsZero() {
		w.t.Errorf("the account is %v, %v", r.State, err)
	}
}

type sender struct {
	mu   sync.Mutex
	sent []string // "+86… text"
	fail error
	dies *crash
}

func (s *sender) Send(_ context.Context, m login.SMS) error {
	return s.dies.call(func() error {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.sent = append(s.sent, m.To.Reveal()+" "+m.Text)
		return s.fail
	})
}

func (s *sender) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sent)
}

var sixDigits = regexp.MustCompile(`\d{6}`)

func (s *sender) code() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := s.sent[len(s.sent)-1]
	return sixDigits.FindString(last[14:])
}

type pushes struct {
	mu    sync.Mutex
	ended []string
}

func (p *pushes) EndSession(_ context.Context, _ person.ID, session string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = append(p.ended, session)
	return nil
}

func (p *pushes) EndOthers(_ context.Context, _ person.ID, keep string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = append(p.ended, "all but "+keep)
	return nil
}

// policies know one version, and one that is superseded.
type policies struct{}

func (policies) CheckVersion(_ context.Context, version, sha256 string) error {
	switch {
	case version == "v0":
		return fault.New(fault.ConsentRequired, "superseded").With("policy_version", "v1")
	case version != "v1" || sha256 != hash:
		return fault.Invalid("body.policy.sha256", "is not the hash of the text")
	}
	return nil
}

// signals counts what is taken note of.
type signals struct {
	mu sync.Mutex
	n  map[string]int
}

func (s *signals) Note(name string, value float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.n == nil {
		s.n = map[string]int{}
	}
	s.n[name] += int(value)
}

// chance is seeded randomness that goroutines may share.
type chance struct {
	mu  sync.Mutex
	src *rand.ChaCha8
}

func newChance(seed uint64) *chance {
	var b [32]byte
	binary.BigEndian.PutUint64(b[:], seed)
	return &chance{src: rand.NewChaCha8(b)}
}

func (c *chance) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.src.Read(p)
}

func secret(name string) *keys.Ring { return keys.Fixed(fmt.Sprintf("%-64s", name)) }

func start(t testing.TB) *world { return startWith(t, newChance(1)) }

func startWith(t testing.TB, random io.Reader, also ...func(*middleware.Stack) error) *world {
	t.Helper()
	cloud := awstest.Start(t)
	w := &world{t: t, ctx: context.Background(), cloud: cloud, clk: clock.At(t0), sms: &sender{}, pushes: &pushes{}}
	w.sms.dies = &w.crash
	cloud.Config.APIOptions = append(append(cloud.Config.APIOptions, w.crash.middleware), also...)
	cloud.Config.RetryMaxAttempts = 1 // a crash is a crash
	w.db = dynamo.New(cloud.Config, cloud.Tables, w.clk)
	w.keys = loginkeys.Keys{Pepper: secret("pepper"), Index: secret("index"), Token: secret("token"), Service: secret("service")}
	set := login.Standard()
	w.store = logindynamo.New(w.db, logindynamo.Options{
		Clock: w.clk, Random: random, Settings: set, Service: w.keys.Service, Indexes: w.keys, Tokens: w.keys,
		PolicyDue: func(*dynamo.Batch) (func(string) string, error) {
			return func(accepted string) string { return map[string]string{"v0": "v1"}[accepted] }, nil
		},
		Acceptance: func(person.ID, string, string, time.Time) []dynamo.Write { return nil },
		Audience:   func(person.ID, bool, time.Time) []dynamo.Write { return nil },
		Minors: func(_ context.Context, user person.ID, version string, _ time.Time) ([]dynamo.Write, error) {
			w.minors = append(w.minors, user.Reveal()+" "+version)
			return nil, nil
		},
		Ban: func(user person.ID, banned bool) dynamo.Write {
			return dynamo.Of(w.db, audienceRecord).PutWrite(audienceRow{User: user, Banned: banned})
		},
		NewDevice: func(user person.ID, at time.Time) dynamo.Write {
			return dynamo.Of(w.db, messageRecord).PutWrite(messageRow{User: user, At: at})
		},
		Leave: func(user person.ID, at time.Time) (string, []dynamo.Write, error) {
			return "case", []dynamo.Write{dynamo.Of(w.db, leftRecord).PutWrite(leftRow{User: user, At: at}, dynamo.Absent("pk"))}, nil
		},
		Return: func(_ context.Context, user person.ID, left string) ([]dynamo.Write, error) {
			if left != "case" {
				t.Errorf("the case %q returns", left)
			}
			return []dynamo.Write{dynamo.Of(w.db, leftRecord).DeleteWrite(leftRow{User: user}, dynamo.Exists("pk"))}, nil
		},
	})
	w.codes = &login.Codes{
		Store: w.store, Keys: w.keys, Indexes: w.keys, Settings: set, Clock: w.clk, Random: random,
		Numbers: loginphone.New([]string{"CN"}), Sender: w.sms, Text: login.Text{Domain: "app.example.com"},
		Policies: policies{}, Accounts: w.store, Budgets: &apart{w: w, Budgets: w.store}, Signals: &w.signals,
	}
	w.sessions = &login.Sessions{
		Codes: w.codes, Accounts: w.store, Store: w.store, Tokens: w.keys, Indexes: w.keys, Pushes: w.pushes,
		Settings: set, Clock: w.clk, Random: random,
	}
	w.auth = logindynamo.Authenticator{Store: w.store}
	return w
}

// rounds is how often a test repeats what must never happen: few, or with
// LOGIN_ROUNDS=full as often as it takes to believe it.
func rounds(few, full int) int {
	if os.Getenv("LOGIN_ROUNDS") == "full" {
		return full
	}
	return few
}

func device(n int) person.DeviceID {
	return person.Of[person.DeviceID](fmt.Sprintf("00000000-0000-4000-8000-%012d", n))
}

func asking(phone string, d person.DeviceID) login.Asked {
	return login.Asked{Purpose: login.PurposeLogin, Phone: phone, Version: "v1", Hash: hash, Age: login.Adult, Device: d, Language: "zh"}
}

func opening(challenge, code string, d person.DeviceID) login.Opening {
	return login.Opening{Challenge: challenge, Code: code, Device: login.Device{
		ID: d, Name: person.Of[person.DeviceName]("小王的 iPhone"), Platform: "ios",
	}}
}

// ask asks for a code and returns it with its challenge.
func (w *world) ask(a login.Asked) (challenge, code string) {
	w.t.Helper()
	sent, err := w.codes.Request(w.ctx, a)
	if err != nil {
		w.t.Fatalf("ask for a code: %v", err)
	}
	return sent.Challenge, w.sms.code()
}

// login logs in, a minute later than whatever came before.
func (w *world) login(phone string, d person.DeviceID) login.Login {
	w.t.Helper()
	w.clk.Advance(time.Minute)
	challenge, code := w.ask(asking(phone, d))
	l, err := w.sessions.Open(w.ctx, opening(challenge, code, d))
	if err != nil {
		w.t.Fatalf("log in: %v", err)
	}
	return l
}

func (w *world) authenticated(l login.Login) bool {
	w.t.Helper()
	_, err := w.auth.Authenticate(w.ctx, l.Access.Reveal())
	if err != nil && !fault.Is(err, fault.Unauthenticated) {
		w.t.Fatalf("authenticate: %v", err)
	}
	return err == nil
}

// rows counts the rows of the table Accounts by record type, without the counts
// that many people share.
func (w *world) rows() map[string]int {
	w.t.Helper()
	var n map[string]int
	read := func() error {
		n = map[string]int{}
		return w.db.Scan(w.ctx, "Accounts", func(r dynamo.Raw) error {
			if r.Record() != logindynamo.TallyRecord.Schema().Name {
				n[r.Record()]++
			}
			return nil
		})
	}
	err := read()
	if fault.Is(err, fault.Unavailable) { // the engine may be busy for a moment: it says to try again
		err = read()
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

func wrong(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}
