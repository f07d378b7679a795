// Package sample makes the sample catalogue of the local cloud: about 2,000
// pieces of some 20 invented merchants, in Chinese and English, shaped like
// what jewellers sell. It comes from a fixed seed, so that it is the same bytes
// on every machine, and it takes the same way in as any merchant's feed.
package sample

import (
	"bytes"
	"encoding/json"
	"fmt"

	"jewelrydisplay.app/shared/catalog"
)

// Feed is one merchant's feed: JSON lines under names of the merchant's own,
// with the mapping that reads them.
type Feed struct {
	Merchant catalog.MerchantInput
	Mapping  catalog.Mapping
	Key      string // the object's key in the Imports bucket
	Body     []byte
	Products int // lines in Body
}

// Event returns the event that imports the feed from the bucket. Its import id
// is of the feed's bytes, so that importing it again is the same import.
func (f Feed) Event(bucket string) ([]byte, error) {
	return json.Marshal(catalog.ImportRequest{
		Action:   "start",
		ImportID: f.importID(),
		Merchant: f.Merchant,
		Format:   "jsonl",
		Source:   catalog.ObjectPlace{Bucket: bucket, Key: f.Key},
		Mapping:  f.Mapping,
		FullFeed: true,
	})
}

// importID tells one version of a merchant's feed from another.
func (f Feed) importID() string {
	h := newDice(0)
	for _, b := range f.Body {
		h.state = (h.state ^ uint64(b)) * 0x100000001b3
	}
	return fmt.Sprintf("sample-%s-%08x", f.Merchant.ID, uint32(h.next()))
}

// perMerchant is how many pieces each merchant shows.
const perMerchant = 100

// Feeds returns every merchant's feed.
func Feeds() []Feed {
	feeds := make([]Feed, len(merchants))
	for i, m := range merchants {
		feeds[i] = m.feed(newDice(uint64(i) + 1))
	}
	return feeds
}

// mapping is how the sample's merchants name their fields.
func mapping() catalog.Mapping {
	return catalog.Mapping{
		"key": "sku", "title_zh": "name.zh", "title_en": "name.en",
		"description_zh": "text.zh", "description_en": "text.en",
		"price": "price", "currency": "currency", "stock": "stock", "images": "photos", "variants": "sizes",
		"category": "type", "metal": "metal", "plating": "plating", "fineness": "purity", "stone": "gem",
		"cut": "cut", "setting": "setting", "origin": "origin", "certificate": "certificate",
		"style": "style", "occasion": "occasion",
	}
}

// line is a row as the sample's merchants write it.
type line struct {
	SKU         string        `json:"sku"`
	Name        catalog.Texts `json:"name"`
	Text        catalog.Texts `json:"text"`
	Type        string        `json:"type"`
	Metal       string        `json:"metal,omitempty"`
	Plating     string        `json:"plating,omitempty"`
	Purity      string        `json:"purity,omitempty"`
	Gem         string        `json:"gem,omitempty"`
	Cut         string        `json:"cut,omitempty"`
	Setting     string        `json:"setting,omitempty"`
	Origin      string        `json:"origin,omitempty"`
	Certificate string        `json:"certificate,omitempty"`
	Style       string        `json:"style"`
	Occasion    string        `json:"occasion"`
	Price       string        `json:"price,omitempty"` // absent: on request
	Currency    string        `json:"currency"`
	Stock       int           `json:"stock"`
	Photos      []photo       `json:"photos"`
	Sizes       []size        `json:"sizes,omitempty"`
}

type photo struct {
	URL    string `json:"url"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
}

type size struct {
	Key   string `json:"key"`
	Size  string `json:"size"`
	Stock int    `json:"stock"`
}

func (m merchant) feed(d *dice) Feed {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	for n := range perMerchant {
		_ = encoder.Encode(m.piece(d, n+1)) // a line of plain values into memory never fails
	}
	return Feed{
		Merchant: catalog.MerchantInput{ID: m.id, Name: m.name, City: m.city, Location: &m.location},
		Mapping:  mapping(),
		Key:      "sample/" + string(m.id) + ".jsonl",
		Body:     body.Bytes(),
		Products: perMerchant,
	}
}

// dice is a small generator of fixed sequences (SplitMix64). It is no source of
// chance: the same seed throws the same.
type dice struct{ state uint64 }

func newDice(seed uint64) *dice { return &dice{state: (seed + 1) * 0xd1342543de82ef95} }

func (d *dice) next() uint64 {
	d.state += 0x9e3779b97f4a7c15
	z := d.state
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb
	return z ^ (z >> 31)
}

// below returns a number from 0 to n-1.
func (d *dice) below(n int) int { return int(d.next() % uint64(n)) }

// percent is true p times in a hundred.
func (d *dice) percent(p int) bool { return d.below(100) < p }

func pick[T any](d *dice, of []T) T { return of[d.below(len(of))] }
