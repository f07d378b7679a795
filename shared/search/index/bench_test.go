package index_test

import (
	"bytes"
	"testing"

	"jewelrydisplay.app/shared/search"
	"jewelrydisplay.app/shared/search/index"
	"jewelrydisplay.app/shared/search/searchtest"
)

// largeFile builds the file of a large catalogue.
func largeFile(t testing.TB, l *searchtest.Large) []byte {
	t.Helper()
	b := index.NewBuilder(sounds())
	for _, m := range l.Merchants {
		b.Merchant(m)
	}
	for n := range l.Size {
		if err := b.Add(l.Document(n)); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if _, err := b.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// Queries of every class over 20,000 products; the comparison with other
// engines, at 100,000 and 500,000, is testdata/versus.
func BenchmarkSearch(b *testing.B) {
	l := searchtest.NewLarge(20_000)
	base := segment(b, largeFile(b, l))
	defer base.Release()
	x := index.Join(base)
	defer x.Release()
	mix := l.Mix(700)
	for _, class := range searchtest.Classes {
		b.Run(string(class), func(b *testing.B) {
			var r search.Result
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				for mix[i%len(mix)].Class != class {
					i++
				}
				if err := x.Search(b.Context(), mix[i%len(mix)].Query, &r); err != nil {
					b.Fatal(err)
				}
				i++
			}
		})
	}
}
