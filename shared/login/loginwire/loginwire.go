// Package loginwire puts login's parts together for the functions that use
// them: nearly every function authenticates, and some prove codes.
package loginwire

import (
	"context"
	"os"
	"slices"
	"time"

	"jewelrydisplay.app/shared/config"
	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/lambdahttp"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/login/logindynamo"
	"jewelrydisplay.app/shared/login/loginhttp"
	"jewelrydisplay.app/shared/login/loginkeys"
	"jewelrydisplay.app/shared/metric"
	"jewelrydisplay.app/shared/person"
)

// PolicyDue joins the policy's head row into the authenticator's one read.
type PolicyDue = func(b *dynamo.Batch) (func(accepted string) string, error)

// Login is login as a function uses it.
type Login struct {
	Keys  loginkeys.Keys
	Store *logindynamo.Store
	Codes *login.Codes // proves codes; to ask for them it needs numbers, sender and policies

	cfg *config.Config
}

// New begins to read the secrets that login works with (SECRET_PEPPER,
// SECRET_INDEX, SECRET_TOKEN, SECRET_SERVICE) and puts login together. The
// function does not start without any of them: config.Ready names it.
func New(cfg *config.Config, db *dynamo.DB) *Login {
	l := &Login{cfg: cfg}
	l.Keys.Pepper, l.Keys.Index = cfg.Keys("SECRET_PEPPER"), cfg.Keys("SECRET_INDEX")
	l.Keys.Token, l.Keys.Service = cfg.Keys("SECRET_TOKEN"), cfg.Keys("SECRET_SERVICE")
	l.build(db)
	return l
}

// Operated is New for operators' function, which finds and opens accounts
// (SECRET_INDEX, SECRET_SERVICE), and neither proves a code nor makes a token.
func Operated(cfg *config.Config, db *dynamo.DB) *logindynamo.Store {
	l := &Login{cfg: cfg}
	l.Keys.Index, l.Keys.Service = cfg.Keys("SECRET_INDEX"), cfg.Keys("SECRET_SERVICE")
	l.build(db)
	return l.Store
}

// Rekeyer begins to read the secrets of login and returns what moves rows from
// their older versions to the present ones. besides counts the rows of other
// contexts under an older index.
func Rekeyer(cfg *config.Config, db *dynamo.DB, besides func(ctx context.Context, old func(index string) bool) (int, error)) logindynamo.Rekeyer {
	l := New(cfg, db)
	return logindynamo.Rekeyer{Store: l.Store, Pepper: l.Keys.Pepper, Index: l.Keys.Index, Token: l.Keys.Token, Besides: besides}
}

func (l *Login) build(db *dynamo.DB) {
	settings := login.Standard()
	l.Store = logindynamo.New(db, logindynamo.Options{
		Clock: l.cfg.Clock, Random: l.cfg.Random, Settings: settings,
		Service: l.Keys.Service, Indexes: l.Keys, Tokens: l.Keys,
	})
	l.Codes = &login.Codes{
		Store: l.Store, Keys: l.Keys, Indexes: l.Keys, Settings: settings,
		Clock: l.cfg.Clock, Random: l.cfg.Random, Accounts: l.Store, Budgets: l.Store,
	}
}

// Authenticator returns what knows access tokens in this function. due is
// account's: which policy version must be accepted first.
func (l *Login) Authenticator(due PolicyDue) lambdahttp.Authenticator {
	l.Store.PolicyDue = due
	return logindynamo.Authenticator{Store: l.Store}
}

// Authenticator begins to read SECRET_TOKEN and returns what knows access
// tokens, for a function that needs nothing else of login and opens nothing that
// is sealed.
func Authenticator(cfg *config.Config, db *dynamo.DB, due PolicyDue) lambdahttp.Authenticator {
	l := &Login{cfg: cfg}
	l.Keys.Token = cfg.Keys("SECRET_TOKEN")
	l.build(db)
	return l.Authenticator(due)
}

// Greeting returns the store, which tells people of logins from devices that are
// new to their account.
func (l *Login) Greeting(newDevice func(user person.ID, at time.Time) dynamo.Write) *logindynamo.Store {
	l.Store.NewDevice = newDevice
	return l.Store
}

// Asking is what the function that sends codes has besides.
type Asking struct {
	Numbers    login.Plans
	Sender     login.Sender
	Policies   login.Policies
	Pushes     login.Pushes
	Acceptance func(user person.ID, version, sha256 string, at time.Time) []dynamo.Write
	Audience   func(user person.ID, minor bool, at time.Time) []dynamo.Write
	Minors     func(ctx context.Context, user person.ID, version string, at time.Time) ([]dynamo.Write, error)
	Ban        func(user person.ID, banned bool) dynamo.Write
	NewDevice  func(user person.ID, at time.Time) dynamo.Write
	Leave      func(user person.ID, at time.Time) (left string, writes []dynamo.Write, err error)
}

// Sessions completes login for the function that asks for codes and opens
// sessions: the texts' settings are SMS_DOMAIN and SMS_ANDROID_HASH.
func (l *Login) Sessions(a Asking) *login.Sessions {
	l.Store.Acceptance, l.Store.Audience, l.Store.Minors = a.Acceptance, a.Audience, a.Minors
	l.Store.Ban, l.Store.NewDevice, l.Store.Leave = a.Ban, a.NewDevice, a.Leave
	l.Codes.Numbers, l.Codes.Sender, l.Codes.Policies = a.Numbers, a.Sender, a.Policies
	l.Codes.Signals = metric.New(os.Stdout, l.cfg.Clock)
	l.Codes.Text = login.Text{Domain: l.cfg.Optional("SMS_DOMAIN", ""), AndroidHash: l.cfg.Optional("SMS_ANDROID_HASH", "")}
	if err := l.Codes.Text.Check(); err != nil {
		l.cfg.Refuse("SMS_DOMAIN", err.Error())
	}
	return &login.Sessions{
		Codes: l.Codes, Accounts: l.Store, Store: l.Store, Tokens: l.Keys, Indexes: l.Keys, Pushes: a.Pushes,
		Settings: l.Codes.Settings, Clock: l.cfg.Clock, Random: l.cfg.Random,
	}
}

// Countries reads whose numbers may log in: SMS_COUNTRIES, without the mainland
// when SMS_MAINLAND says that nothing allows its people's data here (C95).
func Countries(cfg *config.Config) []string {
	list := cfg.List("SMS_COUNTRIES", "CN")
	if cfg.Optional("SMS_MAINLAND", "none") == "none" {
		list = slices.DeleteFunc(list, func(region string) bool { return region == "CN" })
	}
	if len(list) == 0 {
		cfg.Refuse("SMS_COUNTRIES", "leaves nobody who may log in")
		return []string{"ZZ"}
	}
	return list
}

// App reads what the app is told before a login.
func App(cfg *config.Config) loginhttp.App {
	return loginhttp.App{
		MinIOS: cfg.Setting("MIN_VERSION_IOS"), MinAndroid: cfg.Setting("MIN_VERSION_ANDROID"),
		Phone: cfg.Optional("CONTACT_PHONE", ""), Email: cfg.Optional("CONTACT_EMAIL", ""), Hours: cfg.Optional("CONTACT_HOURS", ""),
		Countries: Countries(cfg),
	}
}
