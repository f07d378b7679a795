// Command profile serves a person's own account: profile, consents, policy
// versions and acceptances, and the export.
package main

import (
	"jewelrydisplay.app/shared/account"
	"jewelrydisplay.app/shared/account/accountdynamo"
	"jewelrydisplay.app/shared/account/accounthttp"
	"jewelrydisplay.app/shared/config"
	"jewelrydisplay.app/shared/lambdahttp"
	"jewelrydisplay.app/shared/login/loginwire"
	"jewelrydisplay.app/shared/notification/notificationdynamo"
	"jewelrydisplay.app/shared/register"
)

func main() { lambdahttp.Serve(build) }

func build(cfg *config.Config) (*lambdahttp.API, error) {
	db := cfg.DB()
	login := loginwire.New(cfg, db)
	cursors := cfg.Keys("SECRET_CURSOR")
	store := accountdynamo.NewStore(db, cfg.Clock, login.Store, notificationdynamo.New(db), register.Records())
	consents := account.NewConsents(store, cfg.Clock)
	api := lambdahttp.New(login.Authenticator(store.PolicyDue), cfg.Log)
	accounthttp.Register(api, accounthttp.Services{
		Policies: account.NewPolicies(store, cfg.Clock),
		Consents: consents,
		Profiles: account.NewProfiles(store, login.Store, consents, cfg.Clock),
		Exports:  account.NewExports(store, login.Codes, cfg.Clock, cfg.Random),
		Cursors:  lambdahttp.NewCursors(cursors),
	})
	return api, nil
}
