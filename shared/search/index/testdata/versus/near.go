package main

import (
	"github.com/blevesearch/bleve/v2/search"

	"jewelrydisplay.app/shared/catalog"
)

// sortNear orders bleve's results by distance.
func sortNear(near *catalog.Location) search.SortOrder {
	by, err := search.NewSortGeoDistance("place", "km", float64(near.LonE2)/100, float64(near.LatE2)/100, false)
	check(err)
	return search.SortOrder{by}
}
