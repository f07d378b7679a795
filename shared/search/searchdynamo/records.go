// Package searchdynamo keeps in the Catalog table what operators pin to
// queries, and how often queries found nothing.
package searchdynamo

import (
	"time"

	"jewelrydisplay.app/shared/inventory"
)

const (
	// missKept is how long a query that found nothing is known after it last did.
	missKept = 30 * 24 * time.Hour

	pins = "PINS"
)

// MissRecord counts one query that found nothing, a month (C31). It belongs to
// nobody: of who searched nothing is known, and the words are written only when
// search.MissesShown searches had them.
var MissRecord = inventory.Declare[missRow](inventory.Record{
	Name: "search_miss", Table: "Catalog", Key: "MISSES#{month}/{digest}",
	Keep: inventory.For("seen_at", missKept), OnCancel: inventory.NotPersonal,
})

// PinRecord is the products that an operator shows first for a query (C19).
var PinRecord = inventory.Declare[pinRow](inventory.Record{
	Name: "search_pin", Table: "Catalog", Key: pins + "/{query}",
	Keep: inventory.Always("the operator takes a pin off"), OnCancel: inventory.NotPersonal,
})

// Records lists every record type of the package.
func Records() []*inventory.Schema {
	return []*inventory.Schema{MissRecord.Schema(), PinRecord.Schema()}
}

type missRow struct {
	Month  string    `inv:"month,C31,key"`  // as in 2026-11
	Digest string    `inv:"digest,C31,key"` // keyed hash of the folded query
	Count  int       `inv:"count,C31,operation"`
	Text   string    `inv:"text,C31,operation"` // the folded query, once enough searches had it
	Seen   time.Time `inv:"seen_at,C31,operation"`
}

type pinRow struct {
	Query    string   `inv:"query,C19,key"` // folded
	Products []string `inv:"products,C19,display"`
}
