// Package register lists every record type of the product, for what works on
// all of them: export, erasure, the sweep for expired rows, and the table of
// clauses.
package register

//go:generate go run ./gen

import (
	"jewelrydisplay.app/shared/account/accountdynamo"
	"jewelrydisplay.app/shared/cancellation/cancellationdynamo"
	"jewelrydisplay.app/shared/catalog/catalogdynamo"
	"jewelrydisplay.app/shared/engagement/engagementdynamo"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/login/logindynamo"
	"jewelrydisplay.app/shared/notification/notificationdynamo"
	"jewelrydisplay.app/shared/search/searchdynamo"
)

// Records returns the record types of every context.
func Records() []*inventory.Schema {
	var all []*inventory.Schema
	for _, records := range [][]*inventory.Schema{
		logindynamo.Records(), accountdynamo.Records(), catalogdynamo.Records(),
		engagementdynamo.Records(), notificationdynamo.Records(), cancellationdynamo.Records(),
		searchdynamo.Records(),
	} {
		all = append(all, records...)
	}
	return all
}
