package catalogdynamo_test

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/catalog/catalogfeed"
	"jewelrydisplay.app/shared/catalog/catalogtest"
	"jewelrydisplay.app/shared/catalog/sample"
	"jewelrydisplay.app/shared/dynamo"
)

// copies of the sample's feed make a shop of 900 products: the database notes up
// to 1,000 calls.
const copies = 9

// shop is a large feed in the words of the sample.
func shop() (sample.Feed, []byte) {
	feed := sample.Feeds()[0]
	var body bytes.Buffer
	for n := range copies {
		body.Write(bytes.ReplaceAll(feed.Body, []byte(`{"sku":"`), fmt.Appendf(nil, `{"sku":"%d-`, n)))
	}
	return feed, body.Bytes()
}

// BenchmarkImport prints what an import costs against the engine: rows a second,
// DynamoDB calls and write units a product, for a new feed, the same again, and
// one of which a tenth changed.
func BenchmarkImport(b *testing.B) {
	feed, body := shop()
	lines := bytes.SplitAfter(body, []byte("\n"))
	for i := 0; i < len(lines); i += 10 {
		lines[i] = bytes.Replace(lines[i], []byte(`"stock":`), []byte(`"stock":7`), 1)
	}
	changed := bytes.Join(lines, nil)
	for _, c := range []struct {
		name            string
		before, brought []byte
	}{{"new", nil, body}, {"again", body, body}, {"changed", body, changed}} {
		b.Run(c.name, func(b *testing.B) {
			var rows, calls int
			var written float64
			for range b.N {
				b.StopTimer()
				store, db, clk := start(b)
				objects := catalogtest.NewObjects()
				importer := &catalog.Importer{
					Products: store, Merchants: store, Imports: store, Objects: objects, Feeds: catalogfeed.Feeds{}, Clock: clk, Random: strings.NewReader(""),
				}
				bring := func(id string, body []byte) {
					objects.Put(feed.Key, body)
					state, err := importer.Start(b.Context(), catalog.ImportRequest{
						ImportID: id, Merchant: feed.Merchant, Format: catalog.JSONLines, Source: catalog.ObjectPlace{Key: feed.Key},
						Mapping: feed.Mapping, FullFeed: true,
					})
					if err != nil || state.State != catalog.Completed || state.Rejected > 0 {
						b.Fatalf("%+v, %v", state, err)
					}
					rows += state.Rows
				}
				if c.before != nil {
					bring("before", c.before)
				}
				rows = 0
				db.TakeCalls()
				b.StartTimer()
				bring("import", c.brought)
				b.StopTimer()
				made := db.TakeCalls()
				calls += len(made)
				written += units(made)
				b.StartTimer()
			}
			all := float64(rows * b.N)
			b.ReportMetric(all/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(float64(calls)/all, "calls/row")
			b.ReportMetric(written/all, "write-units/row")
		})
	}
}

func units(calls []dynamo.Call) (written float64) {
	for _, c := range calls {
		if c.Action == "PutItem" || c.Action == "UpdateItem" {
			written += c.Capacity
		}
	}
	return written
}

// BenchmarkReading prints how fast each format is read into rows, without a
// database, and what that allocates.
func BenchmarkReading(b *testing.B) {
	_, body := shop()
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		f, err := catalogfeed.Feeds{}.Open(catalog.JSONLines, "", bytes.NewReader(body))
		for err == nil {
			_, err = f.Next()
		}
		if err != io.EOF {
			b.Fatal(err)
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapInuse)/(1<<20), "heap-MB")
}
