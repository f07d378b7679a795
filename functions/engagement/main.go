// Command engagement serves favourites, follows and the browsing history.
package main

import (
	"jewelrydisplay.app/shared/account/accountdynamo"
	"jewelrydisplay.app/shared/catalog/catalogcards"
	"jewelrydisplay.app/shared/catalog/catalogdynamo"
	"jewelrydisplay.app/shared/config"
	"jewelrydisplay.app/shared/engagement"
	"jewelrydisplay.app/shared/engagement/engagementdynamo"
	"jewelrydisplay.app/shared/engagement/engagementhttp"
	"jewelrydisplay.app/shared/lambdahttp"
	"jewelrydisplay.app/shared/login/logindynamo"
	"jewelrydisplay.app/shared/login/loginwire"
)

func main() { lambdahttp.Serve(build) }

func build(cfg *config.Config) (*lambdahttp.API, error) {
	db := cfg.DB()
	auth := loginwire.Authenticator(cfg, db, accountdynamo.NewPolicies(db, cfg.Clock).PolicyDue)
	cursors := cfg.Keys("SECRET_CURSOR")
	gate := logindynamo.New(db, logindynamo.Options{Clock: cfg.Clock})
	store := engagementdynamo.New(db, gate.ActiveWrite)
	cards := catalogcards.New(catalogdynamo.New(db, cfg.Clock))
	api := lambdahttp.New(auth, cfg.Log)
	engagementhttp.Register(api, engagement.New(store, cards, cfg.Clock), lambdahttp.NewCursors(cursors))
	return api, nil
}
