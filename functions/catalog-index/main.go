// Command catalog-index publishes editions of the catalogue for search, woken
// by the table's stream, by a schedule, or by an operator, who also pins
// products to queries and reads which queries found nothing.
package main

import (
	"jewelrydisplay.app/shared/catalog/catalogdynamo"
	"jewelrydisplay.app/shared/config"
	"jewelrydisplay.app/shared/lambdaevent"
	"jewelrydisplay.app/shared/search"
	"jewelrydisplay.app/shared/search/searchdynamo"
	"jewelrydisplay.app/shared/search/searchlambda"
	"jewelrydisplay.app/shared/search/searchs3"
)

func main() { lambdaevent.Serve(build) }

func build(cfg *config.Config) (lambdaevent.Handler, error) {
	db := cfg.DB()
	publisher := &search.Publisher{
		Source: catalogdynamo.New(db, cfg.Clock),
		Store:  searchs3.NewParts(cfg.AWS, cfg.Setting("BUCKET_SNAPSHOTS")),
		Clock:  cfg.Clock,
	}
	return searchlambda.Handler(publisher, searchdynamo.NewPins(db), searchdynamo.NewMisses(db, nil, cfg.Clock)), nil
}
