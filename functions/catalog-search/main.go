// Command catalog-search answers search, products, suggestions and merchants.
package main

import (
	"os"

	"jewelrydisplay.app/shared/account/accountdynamo"
	"jewelrydisplay.app/shared/catalog/catalogdynamo"
	"jewelrydisplay.app/shared/catalog/cataloghttp"
	"jewelrydisplay.app/shared/config"
	"jewelrydisplay.app/shared/engagement/engagementdynamo"
	"jewelrydisplay.app/shared/lambdahttp"
	"jewelrydisplay.app/shared/login/loginwire"
	"jewelrydisplay.app/shared/metric"
	"jewelrydisplay.app/shared/search"
	"jewelrydisplay.app/shared/search/searchdynamo"
	"jewelrydisplay.app/shared/search/searchhttp"
	"jewelrydisplay.app/shared/search/searchs3"
)

func main() { lambdahttp.Serve(build) }

func build(cfg *config.Config) (*lambdahttp.API, error) {
	db := cfg.DB()
	auth := loginwire.Authenticator(cfg, db, accountdynamo.NewPolicies(db, cfg.Clock).PolicyDue)
	cursors := cfg.Keys("SECRET_CURSOR")
	store := catalogdynamo.New(db, cfg.Clock)
	live := search.NewLive(search.Ports{
		Catalog: store, Editions: searchs3.NewEditions(cfg.AWS, cfg.Setting("BUCKET_SNAPSHOTS"), ""),
		Interests: engagementdynamo.New(db, nil), Misses: searchdynamo.NewMisses(db, cursors, cfg.Clock),
		Clock: cfg.Clock, Log: cfg.Log, Meter: metric.New(os.Stdout, cfg.Clock),
	})
	api := lambdahttp.New(auth, cfg.Log)
	cataloghttp.Register(api, store)
	searchhttp.Register(api, live, store, lambdahttp.NewCursors(cursors))
	return api, nil
}
