package sample_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/catalog/catalogfeed"
	"jewelrydisplay.app/shared/catalog/catalogtest"
	"jewelrydisplay.app/shared/catalog/sample"
	"jewelrydisplay.app/shared/clock"
)

// The sample is the same bytes on every machine; whoever changes it writes the
// new digest here.
func TestTheSampleIsTheSameBytesEachTime(t *testing.T) {
	sum, again := sha256.New(), sha256.New()
	for _, f := range sample.Feeds() {
		sum.Write(f.Body)
	}
	for _, f := range sample.Feeds() {
		again.Write(f.Body)
	}
	const want = "373127275273839fd23bcae8cab4a626a030062b61f8d6b9b529266217ec8a74"
	if got := hex.EncodeToString(sum.Sum(nil)); got != want || got != hex.EncodeToString(again.Sum(nil)) {
		t.Errorf("the sample's digest is %s, want %s", got, want)
	}
}

type nowhere struct{ t *testing.T }

func (n nowhere) GoOn(context.Context, catalog.ImportRequest) error {
	n.t.Error("the sample needs a second invocation")
	return nil
}

// Every row of the sample arrives, and the vocabulary knows all of its words.
func TestTheSampleImportsWithoutARejection(t *testing.T) {
	store, objects := catalogtest.NewMemory(), catalogtest.NewObjects()
	importer := &catalog.Importer{
		Products: store, Merchants: store, Imports: store, Objects: objects, Feeds: catalogfeed.Feeds{}, Onward: nowhere{t},
		Clock: clock.At(time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)), Random: strings.NewReader(""),
	}
	products, titles := 0, map[string]bool{}
	for _, f := range sample.Feeds() {
		objects.Put(f.Key, f.Body)
		event, err := f.Event("Imports")
		if err != nil {
			t.Fatal(err)
		}
		r, err := catalog.ReadImportRequest(event)
		if err != nil {
			t.Fatal(err)
		}
		state, err := importer.Start(t.Context(), r)
		if err != nil || state.Rejected != 0 || state.Created != f.Products {
			t.Fatalf("%s: %d created, %d rejected %v, %v", f.Merchant.ID, state.Created, state.Rejected, state.Rejections, err)
		}
		products += state.Created
	}
	for _, p := range store.Products() {
		titles[p.Title.ZH] = true
		for a, codes := range p.Attributes {
			for _, code := range codes {
				if l := catalog.Label(a, code); l.ZH == code && l.EN == code && strings.ContainsFunc(code, func(r rune) bool { return r > 127 }) {
					t.Errorf("%s: the vocabulary has no %s %q", p.Key, a, code)
				}
			}
		}
	}
	if products < 1900 || len(titles) < 900 {
		t.Errorf("%d products with %d different titles", products, len(titles))
	}
}
