// Package engagementdynamo keeps shelves in the table Engagement. Each entry
// is two rows: one by the thing's id, which makes keeping idempotent, and one
// by the time, which is the order of the list.
package engagementdynamo

import (
	"time"

	"jewelrydisplay.app/shared/engagement"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/person"
)

const table = "Engagement"

type favouriteRow struct {
	User person.ID `inv:"user_id,C37,key"`
	ID   string    `inv:"product_id,C37,favourites"`
	At   time.Time `inv:"added_at,C37,favourites"`
}

type followRow struct {
	User person.ID `inv:"user_id,C37,key"`
	ID   string    `inv:"merchant_id,C37,follows"`
	At   time.Time `inv:"added_at,C37,follows"`
}

type viewRow struct {
	User person.ID `inv:"user_id,C31,key"`
	ID   string    `inv:"product_id,C31,history"`
	At   time.Time `inv:"viewed_at,C31,history"`
}

// FavouriteRecord is a favourite product.
var FavouriteRecord = inventory.Declare[favouriteRow](inventory.Record{
	Name: "favourite", Table: table, Key: "U#{user_id}/FAV#{product_id}", Owner: "user_id",
	Keep: inventory.WithPerson(), OnCancel: inventory.EraseAfterWithdrawal,
})

// FavouriteOrderRecord is a favourite's place in the list.
var FavouriteOrderRecord = inventory.Declare[favouriteRow](inventory.Record{
	Name: "favourite_order", Table: table, Key: "U#{user_id}/FAVS#{added_at}#{product_id}", Owner: "user_id",
	Keep: inventory.WithPerson(), OnCancel: inventory.EraseAfterWithdrawal,
})

// FollowRecord is a followed merchant. Its followers are found by the
// merchant.
var FollowRecord = inventory.Declare[followRow](inventory.Record{
	Name: "follow", Table: table, Key: "U#{user_id}/FOL#{merchant_id}", Owner: "user_id",
	Indexes: []inventory.Index{{Name: "follower", Key: "MERCHANT#{merchant_id}/{user_id}"}},
	Keep:    inventory.WithPerson(), OnCancel: inventory.EraseAfterWithdrawal,
})

// FollowOrderRecord is a follow's place in the list.
var FollowOrderRecord = inventory.Declare[followRow](inventory.Record{
	Name: "follow_order", Table: table, Key: "U#{user_id}/FOLS#{added_at}#{merchant_id}", Owner: "user_id",
	Keep: inventory.WithPerson(), OnCancel: inventory.EraseAfterWithdrawal,
})

// ViewRecord is a product that a person looked at.
var ViewRecord = inventory.Declare[viewRow](inventory.Record{
	Name: "view", Table: table, Key: "U#{user_id}/VIEW#{product_id}", Owner: "user_id",
	Keep: inventory.For("viewed_at", engagement.HistoryKept), OnCancel: inventory.EraseAfterWithdrawal,
})

// ViewOrderRecord is a view's place in the history.
var ViewOrderRecord = inventory.Declare[viewRow](inventory.Record{
	Name: "view_order", Table: table, Key: "U#{user_id}/VIEWS#{viewed_at}#{product_id}", Owner: "user_id",
	Keep: inventory.For("viewed_at", engagement.HistoryKept), OnCancel: inventory.EraseAfterWithdrawal,
})

// Records returns the schemas of this package's rows.
func Records() []*inventory.Schema {
	return []*inventory.Schema{
		FavouriteRecord.Schema(), FavouriteOrderRecord.Schema(), FollowRecord.Schema(), FollowOrderRecord.Schema(),
		ViewRecord.Schema(), ViewOrderRecord.Schema(),
	}
}
