// Command versus measures the search index beside bleve on the same large
// catalogue with the same mix of queries: each engine builds, is opened and
// queried in a process of its own, so that its memory is its own. make bench
// runs it; SIZES, a list of numbers of products, sets the sizes.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"jewelrydisplay.app/shared/search/searchtest"
)

// engine is one of the compared.
type engine interface {
	build(l *searchtest.Large, folder string) error
	open(folder string) error
	prepare(mix []searchtest.Asked) // makes the queries of the engine's own language
	ask(i int) (total int, err error)
}

// engines are started anew in every process.
func engines() map[string]engine {
	return map[string]engine{"index": &ours{}, "bleve": &theirs{}}
}

// measured is what a process found out.
type measured struct {
	BuildS   float64
	BuildMB  float64 // the most memory while building
	FileMB   float64
	PackedMB float64 // zstd
	OpenMS   float64 // open and first answer
	P50, P99 float64 // ms
	Classes  map[searchtest.Class][2]float64
	PerS     float64 // queries a second on two cores
	MB       float64 // resident after the queries
	Allocs   float64 // a query
	None     int     // queries without a hit
	Swap     map[string]float64
}

const asked = 1000

func main() {
	log.SetFlags(0)
	if len(os.Args) > 1 {
		child(os.Args[1], os.Args[2], os.Args[3])
		return
	}
	sizes := os.Getenv("SIZES")
	if sizes == "" {
		sizes = "100000"
	}
	for _, size := range strings.Split(sizes, ",") {
		all := map[string]measured{}
		for _, name := range []string{"index", "bleve"} {
			folder, err := os.MkdirTemp("", "versus")
			check(err)
			m := run("build-"+name, size, folder)
			q := run("query-"+name, size, folder)
			q.BuildS, q.BuildMB, q.FileMB, q.PackedMB = m.BuildS, m.BuildMB, m.FileMB, m.PackedMB
			check(os.RemoveAll(folder))
			all[name] = q
		}
		report(size, all)
	}
}

func run(what, size, folder string) (m measured) {
	c := exec.Command(os.Args[0], what, size, folder)
	c.Stderr = os.Stderr
	c.Env = append(os.Environ(), "GOMAXPROCS=2")
	out, err := c.Output()
	check(err)
	check(json.Unmarshal(out, &m))
	return m
}

func child(what, size, folder string) {
	n, err := strconv.Atoi(size)
	check(err)
	l := searchtest.NewLarge(n)
	step, name, _ := strings.Cut(what, "-")
	e := engines()[name]
	var m measured
	if step == "build" {
		start := time.Now()
		check(e.build(l, folder))
		m.BuildS = time.Since(start).Seconds()
		m.BuildMB = memory("VmHWM:")
		m.FileMB, m.PackedMB = weigh(folder)
	} else {
		question(e, l, folder, &m)
	}
	check(json.NewEncoder(os.Stdout).Encode(m))
}

func question(e engine, l *searchtest.Large, folder string, m *measured) {
	mix := l.Mix(asked)
	e.prepare(mix)
	runtime.GC()
	start := stamp()
	check(e.open(folder))
	_, err := e.ask(0)
	check(err)
	m.OpenMS = ms(stamp() - start)
	for i := range mix { // once over: pages, caches and buffers are there
		n, err := e.ask(i)
		check(err)
		if n == 0 {
			m.None++
		}
	}
	took := make([]float64, asked)
	for i := range took {
		took[i] = 1e9
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	const rounds = 3
	for range rounds { // the best of three: another process may have had the core
		for i := range mix {
			start := stamp()
			_, err := e.ask(i)
			check(err)
			took[i] = min(took[i], ms(stamp()-start))
		}
	}
	runtime.ReadMemStats(&after)
	m.Allocs = float64(after.Mallocs-before.Mallocs) / (rounds * asked)
	m.Classes = map[searchtest.Class][2]float64{}
	for _, class := range searchtest.Classes {
		var of []float64
		for i, a := range mix {
			if a.Class == class {
				of = append(of, took[i])
			}
		}
		m.Classes[class] = [2]float64{quantile(of, 50), quantile(of, 99)}
	}
	m.P50, m.P99 = quantile(took, 50), quantile(took, 99)
	m.PerS = throughput(e)
	m.MB = memory("VmRSS:")
	if s, ok := e.(interface {
		swap(folder string) map[string]float64
	}); ok {
		m.Swap = s.swap(folder)
	}
}

// stamp is the time; on a machine that others use, with CLOCK=cpu, only what
// this process used of it.
func stamp() time.Duration {
	clock := int32(unix.CLOCK_MONOTONIC)
	if os.Getenv("CLOCK") == "cpu" {
		clock = unix.CLOCK_PROCESS_CPUTIME_ID
	}
	var t unix.Timespec
	check(unix.ClockGettime(clock, &t))
	return time.Duration(t.Nano())
}

func throughput(e engine) float64 {
	var next atomic.Int64
	var group sync.WaitGroup
	start := time.Now()
	const long = 3 * time.Second
	for range 2 {
		group.Go(func() {
			for time.Since(start) < long {
				_, err := e.ask(int(next.Add(1)) % asked)
				check(err)
			}
		})
	}
	group.Wait()
	return float64(next.Load()) / time.Since(start).Seconds()
}

func quantile(all []float64, hundredths int) float64 {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[min(len(sorted)-1, len(sorted)*hundredths/100)]
}

func ms(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }

// memory reads what the kernel says of this process, in MB.
func memory(line string) float64 {
	status, err := os.ReadFile("/proc/self/status")
	check(err)
	_, rest, _ := strings.Cut(string(status), line)
	kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
	check(err)
	return kb / 1024
}

// weigh returns how large the folder's files are, as they are and packed.
func weigh(folder string) (plain, packed float64) {
	check(filepath.Walk(folder, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		plain += float64(info.Size())
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		n, err := pack(io.Discard, f)
		packed += float64(n)
		return err
	}))
	return plain / 1e6, packed / 1e6
}

func report(size string, all map[string]measured) {
	i, b := all["index"], all["bleve"]
	line := func(what, unit string, ours, theirs float64, more bool) {
		ratio := theirs / ours
		if more {
			ratio = ours / theirs
		}
		fmt.Printf("%-34s %10.3f %10.3f %-4s %8.1f x\n", what, ours, theirs, unit, ratio)
	}
	fmt.Printf("\n%s products, %d mixed queries, two cores     index      bleve\n", size, asked)
	line("p50", "ms", i.P50, b.P50, false)
	line("p99", "ms", i.P99, b.P99, false)
	for _, c := range searchtest.Classes {
		line("  "+string(c)+" p50", "ms", i.Classes[c][0], b.Classes[c][0], false)
		line("  "+string(c)+" p99", "ms", i.Classes[c][1], b.Classes[c][1], false)
	}
	line("queries a second", "/s", i.PerS, b.PerS, true)
	line("resident", "MB", i.MB, b.MB, false)
	line("open to first answer", "ms", i.OpenMS, b.OpenMS, false)
	line("build", "s", i.BuildS, b.BuildS, false)
	line("build, most memory", "MB", i.BuildMB, b.BuildMB, false)
	line("file", "MB", i.FileMB, b.FileMB, false)
	line("file, zstd", "MB", i.PackedMB, b.PackedMB, false)
	line("allocations a query", "", i.Allocs, b.Allocs, false)
	fmt.Printf("queries without a hit              %10d %10d\n", i.None, b.None)
	for _, name := range slices.Sorted(mapsKeys(i.Swap)) {
		fmt.Printf("%-34s %10.3f\n", name, i.Swap[name])
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
