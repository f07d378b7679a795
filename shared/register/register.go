// Package register lists every record type of the product, for what works on
// all of them: export, erasure, the sweep for expired rows, and the table of
// clauses.
package register

//go:generate go run ./gen

import (
	"jewelrydisplay.app/shared/inventory"
)

// Records returns the record types of every context.
func Records() []*inventory.Schema {
	var all []*inventory.Schema
	for _, records := range [][]*inventory.Schema{} {
		all = append(all, records...)
	}
	return all
}
