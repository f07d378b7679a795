package catalog_test

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"jewelrydisplay.app/shared/catalog"
)

// longFeed makes rows as they are read, so that the feed itself is nowhere.
type longFeed struct {
	row, rows int
	rest      []byte
	filler    string
}

func (f *longFeed) Read(p []byte) (int, error) {
	if len(f.rest) == 0 {
		if f.row == f.rows {
			return 0, io.EOF
		}
		f.row++
		f.rest = fmt.Appendf(nil, `{"key":"%d","title":"戒指","description":"%s"}`+"\n", f.row, f.filler)
	}
	n := copy(p, f.rest)
	f.rest = f.rest[n:]
	return n, nil
}

// measured is a bench whose feed is long and whose catalogue is measured at.
type measured struct {
	*bench
	rows, batches int
	most          uint64
}

func (m *measured) Open(context.Context, catalog.ObjectPlace) (io.ReadCloser, string, error) {
	return io.NopCloser(&longFeed{rows: m.rows, filler: strings.Repeat("古法金戒指，", 200)}), "v", nil
}

func (m *measured) Create(context.Context, string) (catalog.ObjectWriter, error) {
	return nil, io.ErrClosedPipe
}

func (m *measured) Find(context.Context, []catalog.ProductID) (map[catalog.ProductID]catalog.Held, error) {
	if m.batches++; m.batches%30 == 0 {
		runtime.GC()
		var now runtime.MemStats
		runtime.ReadMemStats(&now)
		m.most = max(m.most, now.HeapAlloc)
	}
	return nil, nil
}

func (m *measured) Save(context.Context, catalog.Product, *catalog.Held) error { return nil }

func (m *measured) Shown(context.Context, catalog.MerchantID, catalog.ProductID) ([]catalog.ProductID, error) {
	return nil, nil
}

func (m *measured) Retire(context.Context, catalog.ProductID, time.Time) error { return nil }

func (m *measured) Changing(context.Context, time.Time) error { return nil }

func TestALongFeedIsReadInConstantMemory(t *testing.T) {
	m := &measured{bench: newBench(t), rows: 6_000} // 22 MB
	m.Products, m.Objects = m, m
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	state, err := m.Start(t.Context(), request("long"))
	if err != nil || state.Created != m.rows {
		t.Fatalf("%s, %v", counts(state), err)
	}
	if grown := int64(m.most) - int64(before.HeapAlloc); m.batches < 100 || grown > 6<<20 {
		t.Errorf("%d MB were held after %d batches", grown>>20, m.batches)
	}
}
