// Package catalog knows what a jeweller shows: products, the merchants who
// offer them, the words of the trade, and how a merchant's feed becomes
// products. Nothing in it belongs to a person; showing and searching it is a
// basic function (C19).
package catalog

import (
	"crypto/sha256"
	"encoding/base32"
	"hash/fnv"
	"strings"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/inventory"
)

// ProductID names a product to clients. It is opaque, and derived from the
// merchant and the feed's own key, so that importing a feed twice finds the
// same products.
type ProductID string

// MerchantID names a merchant: the operator chooses it at the first import.
type MerchantID string

const idLetters = "0123456789abcdefghjkmnpqrstvwxyz"

var idAlphabet = base32.NewEncoding(idLetters).WithPadding(base32.NoPadding)

// NewProductID derives the id of the product that a merchant's feed calls key.
func NewProductID(merchant MerchantID, key string) ProductID {
	sum := sha256.Sum256([]byte(string(merchant) + "\x00" + key))
	return ProductID("p" + idAlphabet.EncodeToString(sum[:16]))
}

// Valid tells whether the id has the shape of a product id. A client's id that
// has not is answered as one that does not exist.
func (id ProductID) Valid() bool {
	digits, ok := strings.CutPrefix(string(id), "p")
	return ok && len(digits) == 26 && strings.Trim(digits, idLetters) == ""
}

// Valid tells whether the id has the shape of a merchant id.
func (id MerchantID) Valid() bool { return inventory.Named(string(id), 64, "_-") }

// digest tells products of one feed apart in 8 bytes, so that millions of keys
// fit in memory.
func (id ProductID) digest() uint64 {
	h := fnv.New64a()
	h.Write([]byte(id)) //nolint:errcheck // a hash never fails
	return h.Sum64()
}

// Texts is one text in the languages of the app. Either may be empty.
type Texts struct {
	ZH string `json:"zh,omitempty"`
	EN string `json:"en,omitempty"`
}

// In returns the text in language ("zh" or "en"), or in the other one where it
// is missing.
func (t Texts) In(language string) string {
	if language == "en" {
		if t.EN != "" {
			return t.EN
		}
		return t.ZH
	}
	if t.ZH != "" {
		return t.ZH
	}
	return t.EN
}

// Empty tells whether there is no text in any language.
func (t Texts) Empty() bool { return t.ZH == "" && t.EN == "" }

// Both returns the texts in every language, for an index that finds a product
// by either.
func (t Texts) Both() string { return strings.TrimSpace(t.ZH + " " + t.EN) }

// Location is a coarse place in degrees, in hundredths of a degree (about a
// kilometre): a shop's, never a person's.
type Location struct {
	LatE2 int `json:"lat_e2"`
	LonE2 int `json:"lon_e2"`
}

// Merchant is a shop that offers products.
type Merchant struct {
	ID       MerchantID
	Name     Texts
	City     Texts
	Location *Location
	Logo     string
}

// Errors of the catalogue's readers.
var (
	// ErrNoProduct says that no product has this id.
	ErrNoProduct = fault.New(fault.NotFound, "no such product")
	// ErrRetired says that the product was shown once and is no longer.
	ErrRetired = fault.New(fault.Gone, "this product is no longer shown")
	// ErrNoMerchant says that no merchant has this id.
	ErrNoMerchant = fault.New(fault.NotFound, "no such merchant")
)
