package searchtest

import (
	"bytes"
	"context"
	"fmt"
	"sync"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/search"
)

// Editions keeps snapshots in memory, as their bytes.
type Editions struct {
	mu    sync.Mutex
	kept  map[string][]byte
	Fail  error // Load fails with it
	Loads int
}

var (
	_ search.Editions = (*Editions)(nil)
	_ search.Store    = (*Editions)(nil)
)

// NewEditions returns an empty store.
func NewEditions() *Editions { return &Editions{kept: map[string][]byte{}} }

// Kept returns how many snapshots there are.
func (e *Editions) Kept() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.kept)
}

// Put implements search.Store.
func (e *Editions) Put(_ context.Context, version int, digest string, s search.Snapshot) (string, error) {
	var b bytes.Buffer
	if _, err := s.Write(&b); err != nil {
		return "", err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	key := fmt.Sprint(version, digest)
	e.kept[key] = b.Bytes()
	return key, nil
}

// Drop implements search.Store.
func (e *Editions) Drop(_ context.Context, key string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.kept, key)
	return nil
}

// Load implements search.Editions.
func (e *Editions) Load(_ context.Context, edition catalog.Edition) (search.Searcher, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.Fail != nil {
		return nil, e.Fail
	}
	e.Loads++
	s, err := search.ReadSnapshot(bytes.NewReader(e.kept[edition.Key]), edition.Digest)
	return search.NewIndex(s), err
}
