package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// terminal tells the person at the terminal what happens. It is safe for
// concurrent use.
type terminal struct {
	mu  sync.Mutex
	out io.Writer
}

// say prints a line.
func (t *terminal) say(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	// Nobody is left to tell when this fails.
	_, _ = fmt.Fprintln(t.out, line)
}

// quiet is how long a step may take before it is mentioned.
const quiet = 2 * time.Second

// step does something and mentions it when it takes longer than two seconds.
func (t *terminal) step(what string, do func() error) error {
	began := time.Now()
	timer := time.AfterFunc(quiet, func() { t.say(what + " …") })
	err := do()
	if !timer.Stop() && err == nil {
		t.say(fmt.Sprintf("%s: done in %.1f s", what, time.Since(began).Seconds()))
	}
	return err
}
