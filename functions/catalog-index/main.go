// Command catalog-index publishes a new edition of the catalogue for search,
// woken by the table's stream, by a schedule, or by an operator.
package main

import (
	"jewelrydisplay.app/shared/catalog/catalogdynamo"
	"jewelrydisplay.app/shared/config"
	"jewelrydisplay.app/shared/lambdaevent"
	"jewelrydisplay.app/shared/search"
	"jewelrydisplay.app/shared/search/searchlambda"
	"jewelrydisplay.app/shared/search/searchs3"
)

func main() { lambdaevent.Serve(build) }

func build(cfg *config.Config) (lambdaevent.Handler, error) {
	return searchlambda.Handler(&search.Publisher{
		Source: catalogdynamo.New(cfg.DB(), cfg.Clock),
		Store:  searchs3.New(cfg.AWS, cfg.Setting("BUCKET_SNAPSHOTS")),
		Clock:  cfg.Clock,
	}), nil
}
