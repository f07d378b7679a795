// Package catalogdynamo keeps the catalogue in the Catalog table: products,
// merchants, imports, and which edition of it can be searched.
package catalogdynamo

import (
	"time"

	"jewelrydisplay.app/shared/inventory"
)

const (
	// retiredKept is how long a retired product is known to be gone.
	retiredKept = 365 * 24 * time.Hour
	// importKept is how long an import can be inspected.
	importKept = 30 * 24 * time.Hour
)

// ProductRecord is a product (C19). A retired one is kept for a year, so that
// who kept its address is told that it is gone.
var ProductRecord = inventory.Declare[productRow](inventory.Record{
	Name: "product", Table: "Catalog", Key: "P#{product_id}/P",
	Indexes:  []inventory.Index{{Name: "merchant", Key: "M#{shown_by}/P#{product_id}"}},
	Keep:     inventory.For("retired_at", retiredKept),
	OnCancel: inventory.NotPersonal,
})

// MerchantRecord is a merchant (C19).
var MerchantRecord = inventory.Declare[merchantRow](inventory.Record{
	Name: "merchant", Table: "Catalog", Key: "M#{merchant_id}/M",
	Keep: inventory.Always("a merchant is shown as long as it is known"), OnCancel: inventory.NotPersonal,
})

// ImportRecord is how far an operator's import is.
var ImportRecord = inventory.Declare[importRow](inventory.Record{
	Name: "import", Table: "Catalog", Key: "I#{import_id}/I",
	Keep: inventory.For("touched_at", importKept), OnCancel: inventory.NotPersonal,
})

// Records lists every record type of the package.
func Records() []*inventory.Schema {
	return []*inventory.Schema{
		ProductRecord.Schema(), MerchantRecord.Schema(), ImportRecord.Schema(),
		EditionRecord.Schema(), ChangeRecord.Schema(),
	}
}

type productRow struct {
	ID         string              `inv:"product_id,C19,key"`
	ShownBy    string              `inv:"shown_by,C19,key"` // the merchant while it is shown: puts it in the index
	Merchant   string              `inv:"merchant_id,C19,display"`
	Key        string              `inv:"feed_key,C19,display"`
	TitleZH    string              `inv:"title_zh,C19,display"`
	TitleEN    string              `inv:"title_en,C19,display"`
	TextZH     string              `inv:"description_zh,C19,display"`
	TextEN     string              `inv:"description_en,C19,display"`
	Attributes map[string][]string `inv:"attributes,C19,display"`
	Price      moneyRow            `inv:"price,C19,display"`
	Stock      []int               `inv:"stock,C19,display"` // none or one
	Images     []imageRow          `inv:"images,C19,display"`
	Variants   []variantRow        `inv:"variants,C19,display"`
	Created    time.Time           `inv:"created_at,C19,display"`
	Updated    time.Time           `inv:"updated_at,C19,display"`
	Retired    time.Time           `inv:"retired_at,C19,display"`
	Hash       string              `inv:"hash,C19,operation"`
}

type moneyRow struct {
	Amount   int64  `inv:"amount,C19,display"` // minor units
	Currency string `inv:"currency,C19,display"`
}

type imageRow struct {
	URL    string `inv:"url,C19,display"`
	Width  int    `inv:"width,C19,display"`
	Height int    `inv:"height,C19,display"`
}

type variantRow struct {
	ID       string       `inv:"variant_id,C19,display"`
	Features []featureRow `inv:"features,C19,display"`
	Price    moneyRow     `inv:"price,C19,display"`
	Stock    []int        `inv:"stock,C19,display"` // none or one
}

type featureRow struct {
	Name  string `inv:"name,C19,display"`
	Value string `inv:"value,C19,display"`
}

type merchantRow struct {
	ID     string `inv:"merchant_id,C19,key"`
	NameZH string `inv:"name_zh,C19,display"`
	NameEN string `inv:"name_en,C19,display"`
	CityZH string `inv:"city_zh,C19,display"`
	CityEN string `inv:"city_en,C19,display"`
	Place  []int  `inv:"place,C19,display"` // none, or latitude and longitude in hundredths of a degree
	Logo   string `inv:"logo,C19,display"`
}

type importRow struct {
	ID          string         `inv:"import_id,C19,key"`
	Fingerprint string         `inv:"fingerprint,C19,operation"`
	State       string         `inv:"state,C19,operation"`
	Source      string         `inv:"source_version,C19,operation"`
	Run         int            `inv:"run,C19,operation"`
	Revision    int            `inv:"revision,C19,operation"`
	HeldUntil   time.Time      `inv:"held_until,C19,operation"`
	Started     time.Time      `inv:"started_at,C19,operation"`
	Touched     time.Time      `inv:"touched_at,C19,operation"`
	Handled     int            `inv:"handled,C19,operation"`
	Rows        int            `inv:"rows,C19,operation"`
	Created     int            `inv:"created,C19,operation"`
	Updated     int            `inv:"updated,C19,operation"`
	Unchanged   int            `inv:"unchanged,C19,operation"`
	Retired     int            `inv:"retired,C19,operation"`
	Rejected    int            `inv:"rejected,C19,operation"`
	Rejections  []rejectionRow `inv:"rejections,C19,operation"`
	Bucket      string         `inv:"report_bucket,C19,operation"`
	Object      string         `inv:"report_key,C19,operation"`
	Warnings    []string       `inv:"warnings,C19,operation"`
}

type rejectionRow struct {
	Line   int    `inv:"line,C19,operation"`
	Field  string `inv:"field,C19,operation"`
	Reason string `inv:"reason,C19,operation"`
}
