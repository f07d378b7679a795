// Package accountdynamo keeps profiles, consents, policy versions, acceptances
// and exports in the Accounts table.
package accountdynamo

import "jewelrydisplay.app/shared/inventory"

// Records returns every record type of the package.
func Records() []*inventory.Schema {
	return []*inventory.Schema{
		HeadRecord.Schema(), VersionRecord.Schema(), TextRecord.Schema(), AcceptanceRecord.Schema(),
		ConsentRecord.Schema(), ConsentChangeRecord.Schema(), ProfileRecord.Schema(), OptionalProfileRecord.Schema(), ExportRecord.Schema(),
	}
}
