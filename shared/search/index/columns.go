package index

import (
	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/search"
)

// price orders prices as answers do: the yuan first, then other currencies by
// their codes, each by amount, and on request last. The upper 16 bits are the
// currency, the lower 48 the amount in minor units.
type price uint64

const (
	amountBits       = 48
	maxAmount        = 1<<amountBits - 1
	onRequest  price = 1<<64 - 1
)

// priceOf packs a price; an amount that does not fit is the nearest that does.
func priceOf(m *catalog.Money) price {
	if m == nil {
		return onRequest
	}
	amount := uint64(min(max(m.Amount, 0), maxAmount))
	var code uint64
	if m.Currency != catalog.DefaultCurrency {
		code = 1
		for _, c := range []byte(m.Currency) {
			code = (code<<5 | uint64(c&31)) & 0x7fff
		}
	}
	return price(code<<amountBits | amount)
}

// within tells whether a price in yuan lies in a range.
func (p price) within(least, most price) bool { return p >= least && p <= most }

// descending is the key by which higher amounts come first, still yuan first
// and on request last.
func (p price) descending() price {
	if p == onRequest {
		return p
	}
	return p&^maxAmount | (maxAmount - p&maxAmount)
}

// priceRange returns the prices between two amounts of yuan; false: of all.
func priceRange(q *search.Query) (least, most price, limited bool) {
	if q.PriceMin == nil && q.PriceMax == nil {
		return 0, onRequest, false
	}
	most = maxAmount
	if q.PriceMin != nil {
		least = price(min(max(*q.PriceMin, 0), maxAmount))
	}
	if q.PriceMax != nil {
		if *q.PriceMax < 0 {
			return 1, 0, true
		}
		most = price(min(*q.PriceMax, maxAmount))
	}
	return least, most, true
}

const maxQuality = 130

// qualityOf is what a document's relevance is multiplied by, in hundredths:
// what is sold out stands behind, what many look at before.
func qualityOf(d *search.Document) uint8 {
	quality := 100 + (maxQuality-100)*int(d.Popularity)/255
	if !d.Available {
		quality = quality * 8 / 10
	}
	return uint8(quality)
}

// brevityOf is how much of a term's weight a document with a title of so many
// words and characters has, in 255ths; in steps, so that impacts are few and a
// file packs well.
func brevityOf(length int) uint8 {
	return uint8(255 * 24 / (16 + min(max(length&^3, 8), 40)))
}

// impactOf is how much a document is about a term, 1 to 255.
func impactOf(weight, brevity uint8) uint8 {
	return uint8(max(1, int(weight)*int(brevity)/inTitle))
}

// signed is the price as a key of an order: the same order, as an int64.
func (p price) signed() int64 { return int64(p ^ 1<<63) }
