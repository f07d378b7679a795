// Package usage counts where the local cloud's time goes, and what it holds: for
// whoever loads it.
package usage

import (
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Spent is how often something was called and how long that took in all.
type Spent struct {
	Calls   int     `json:"calls"`
	Seconds float64 `json:"seconds"`
}

// Report is the usage since the start. Files, memory and processes are zero
// where there is no /proc.
type Report struct {
	Functions  map[string]Spent `json:"functions"` // by logical id: from the gateway's call to its answer
	Engines    map[string]Spent `json:"engines"`   // by service: the calls of functions
	Goroutines int              `json:"goroutines"`
	Files      int              `json:"files"`     // open in the local cloud itself
	MemoryMB   int              `json:"memory_mb"` // resident, of the local cloud itself
	Processes  int              `json:"processes"` // engines and functions
	ChildrenMB int              `json:"children_mb"`
}

// Meter counts. The zero value is ready; it is safe for concurrent use.
type Meter struct {
	mu                 sync.Mutex
	functions, engines map[string]Spent
}

// Function counts one request of a function.
func (m *Meter) Function(id string, took time.Duration) { m.add(&m.functions, id, took) }

// Engine counts one call of a function to a service.
func (m *Meter) Engine(service string, took time.Duration) { m.add(&m.engines, service, took) }

func (m *Meter) add(to *map[string]Spent, name string, took time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if *to == nil {
		*to = map[string]Spent{}
	}
	s := (*to)[name]
	(*to)[name] = Spent{s.Calls + 1, s.Seconds + took.Seconds()}
}

// Report counts up.
func (m *Meter) Report() Report {
	m.mu.Lock()
	r := Report{Functions: maps.Clone(m.functions), Engines: maps.Clone(m.engines)}
	m.mu.Unlock()
	r.Goroutines = runtime.NumGoroutine()
	if files, err := os.ReadDir("/proc/self/fd"); err == nil {
		r.Files = len(files)
	}
	self := strconv.Itoa(os.Getpid())
	r.MemoryMB = resident(self)
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is right
	for _, stat := range stats {
		text, err := os.ReadFile(stat)
		if err != nil {
			continue // it ended
		}
		// The parent stands second behind the name in brackets.
		rest := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		if len(rest) > 1 && rest[1] == self {
			r.Processes++
			r.ChildrenMB += resident(filepath.Base(filepath.Dir(stat)))
		}
	}
	return r
}

// resident is the memory of a process in MB.
func resident(pid string) int {
	text, err := os.ReadFile("/proc/" + pid + "/statm")
	if err != nil {
		return 0
	}
	words := strings.Fields(string(text))
	if len(words) < 2 {
		return 0
	}
	pages, err := strconv.Atoi(words[1])
	if err != nil {
		return 0
	}
	return pages * os.Getpagesize() >> 20
}
