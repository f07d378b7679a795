// Command catalog-search answers search, products, suggestions and merchants.
package main

import (
	"os"

	"jewelrydisplay.app/shared/account/accountdynamo"
	"jewelrydisplay.app/shared/catalog/catalogdynamo"
	"jewelrydisplay.app/shared/catalog/cataloghttp"
	"jewelrydisplay.app/shared/config"
	"jewelrydisplay.app/shared/lambdahttp"
	"jewelrydisplay.app/shared/login/loginwire"
	"jewelrydisplay.app/shared/metric"
	"jewelrydisplay.app/shared/search"
	"jewelrydisplay.app/shared/search/searchhttp"
	"jewelrydisplay.app/shared/search/searchs3"
)

func main() { lambdahttp.Serve(build) }

func build(cfg *config.Config) (*lambdahttp.API, error) {
	db := cfg.DB()
	due := accountdynamo.NewPolicies(db, cfg.Clock).PolicyDue
	auth := loginwire.Authenticator(cfg, db, due)
	cursors := cfg.Keys("SECRET_CURSOR")
	store := catalogdynamo.New(db, cfg.Clock)
	editions := searchs3.New(cfg.AWS, cfg.Setting("BUCKET_SNAPSHOTS"))
	api := lambdahttp.New(auth, cfg.Log)
	cataloghttp.Register(api, store)
	live := search.NewLive(store, editions, cfg.Clock, cfg.Log, metric.New(os.Stdout, cfg.Clock))
	searchhttp.Register(api, live, store, lambdahttp.NewCursors(cursors))
	return api, nil
}
