package catalog

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"
)

// Product is one piece as its merchant describes it.
type Product struct {
	ID          ProductID
	Merchant    MerchantID
	Key         string // the feed's own key
	Title       Texts
	Description Texts
	Attributes  Attributes
	Price       *Money // absent: on request
	Stock       *int   // pieces; absent: the merchant does not say
	Images      []Image
	Variants    []Variant
	CreatedAt   time.Time // when the merchant first listed it: as the feed says, or when its first import brought it
	UpdatedAt   time.Time // when an import last changed it
	RetiredAt   time.Time // when it left its merchant's full feed; zero: shown
	Hash        string    // of what the feed says: equal means unchanged
}

// Attributes are what the trade says of a piece: for each attribute its
// canonical values, or the merchant's own words where the vocabulary has none.
type Attributes map[Attribute][]string

// Image is a picture of a product at the merchant's address. Width and Height
// are pixels, 0 when unknown.
type Image struct {
	URL    string `json:"url"`
	Width  int    `json:"width,omitempty"`
	Height int    `json:"height,omitempty"`
}

// Variant is one way in which a product is made: a ring size, a chain length.
type Variant struct {
	ID         string    `json:"id"`
	Attributes []Feature `json:"attributes,omitempty"`
	Price      *Money    `json:"price,omitempty"`
	Stock      *int      `json:"stock,omitempty"`
}

// Feature is a named property of a variant in the merchant's own words.
type Feature struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Retired tells whether the product is no longer shown.
func (p Product) Retired() bool { return !p.RetiredAt.IsZero() }

// Available tells whether the product can be had: a merchant who does not say
// how many there are is believed to have one; a product with variants is
// available when one of them is.
func (p Product) Available() bool {
	if p.Retired() {
		return false
	}
	if len(p.Variants) == 0 {
		return p.Stock == nil || *p.Stock > 0
	}
	for _, v := range p.Variants {
		if v.Available() {
			return true
		}
	}
	return false
}

// Available tells whether the variant can be had.
func (v Variant) Available() bool { return v.Stock == nil || *v.Stock > 0 }

// PriceShown returns the price of the product's card: its own, or else that
// of its cheapest variant; nil when it is on request.
func (p Product) PriceShown() *Money {
	if p.Price != nil {
		return p.Price
	}
	var lowest *Money
	for _, v := range p.Variants {
		if v.Price != nil && (lowest == nil || v.Price.Amount < lowest.Amount) {
			lowest = v.Price
		}
	}
	return lowest
}

// said returns what the feed says of the product, without the moments of
// import.
func (p Product) said() []byte {
	said, _ := json.Marshal([]any{ //nolint:errchkjson // plain values always encode
		p.Key, p.Title, p.Description, p.Attributes, p.Price, p.Stock, p.Images, p.Variants, p.CreatedAt,
	})
	return said
}

// digestOf tells one saying from another, so that an unchanged row writes
// nothing.
func digestOf(said []byte) string {
	sum := sha256.Sum256(said)
	return hex.EncodeToString(sum[:16])
}
