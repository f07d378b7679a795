package main

import (
	"bufio"
	"context"
	"io"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/zstd"

	"jewelrydisplay.app/shared/search"
	"jewelrydisplay.app/shared/search/index"
	"jewelrydisplay.app/shared/search/searchtest"
)

// ours is the product's index.
type ours struct {
	held    atomic.Pointer[index.Index]
	mix     []searchtest.Asked
	results sync.Pool
}

func (o *ours) build(l *searchtest.Large, folder string) error {
	b := index.NewBuilder(index.NewSounds())
	for _, m := range l.Merchants {
		b.Merchant(m)
	}
	for n := range l.Size {
		if err := b.Add(l.Document(n)); err != nil {
			return err
		}
	}
	f, err := os.Create(filepath.Join(folder, "index"))
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	if _, err := b.WriteTo(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

func (o *ours) open(folder string) error {
	base, err := index.Open(filepath.Join(folder, "index"))
	if err != nil {
		return err
	}
	o.held.Store(index.Join(base))
	base.Release()
	o.results.New = func() any { return &search.Result{} }
	return nil
}

func (o *ours) prepare(mix []searchtest.Asked) { o.mix = mix }

func (o *ours) ask(i int) (int, error) {
	r := o.results.Get().(*search.Result)
	defer o.results.Put(r)
	err := o.held.Load().Search(context.Background(), o.mix[i].Query, r)
	return r.Total, err
}

// swap opens the file again and again under queries of both cores.
func (o *ours) swap(folder string) map[string]float64 {
	var stop atomic.Bool
	var group sync.WaitGroup
	took := make([][]float64, 2)
	var most float64
	for g := range took {
		group.Go(func() {
			for i := g; !stop.Load(); i++ {
				start := time.Now()
				_, err := o.ask(i % asked)
				check(err)
				took[g] = append(took[g], ms(time.Since(start)))
			}
		})
	}
	const swaps = 10
	for range swaps {
		old := o.held.Load()
		check(o.open(folder))
		old.Release()
		most = max(most, memory("VmRSS:"))
		time.Sleep(50 * time.Millisecond)
	}
	stop.Store(true)
	group.Wait()
	all := append(took[0], took[1]...)
	return map[string]float64{
		"swapped ten times: p99 ms": quantile(all, 99), "swapped ten times: p50 ms": quantile(all, 50),
		"swapped ten times: most MB": most, "swapped ten times: MB after": memory("VmRSS:"),
	}
}

// pack compresses as a snapshot is when it travels.
func pack(w io.Writer, r io.Reader) (int64, error) {
	c := &counter{}
	z, err := zstd.NewWriter(io.MultiWriter(w, c))
	if err != nil {
		return 0, err
	}
	if _, err := io.Copy(z, r); err != nil {
		return 0, err
	}
	err = z.Close()
	return c.n, err
}

type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) { c.n += int64(len(p)); return len(p), nil }

func mapsKeys[V any](m map[string]V) iter.Seq[string] { return maps.Keys(m) }
