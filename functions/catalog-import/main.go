// Command catalog-import brings a merchant's feed into the catalogue, invoked
// by an operator, and by itself where a feed is longer than one invocation.
package main

import (
	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/catalog/catalogdynamo"
	"jewelrydisplay.app/shared/catalog/catalogfeed"
	"jewelrydisplay.app/shared/catalog/cataloglambda"
	"jewelrydisplay.app/shared/catalog/catalogs3"
	"jewelrydisplay.app/shared/config"
	"jewelrydisplay.app/shared/lambdaevent"
)

func main() { lambdaevent.Serve(build) }

func build(cfg *config.Config) (lambdaevent.Handler, error) {
	store := catalogdynamo.New(cfg.DB(), cfg.Clock)
	bucket := cfg.Setting("BUCKET_IMPORTS")
	return cataloglambda.Handler(&catalog.Importer{
		Products: store, Merchants: store, Imports: store,
		Objects: catalogs3.New(cfg.AWS, bucket), Feeds: catalogfeed.Feeds{}, ImageHosts: cfg.List("IMAGE_HOSTS", ""),
		Onward: cataloglambda.New(cfg.AWS, cfg.Setting("AWS_LAMBDA_FUNCTION_NAME")),
		Clock:  cfg.Clock, Random: cfg.Random, Bucket: bucket,
	}), nil
}
