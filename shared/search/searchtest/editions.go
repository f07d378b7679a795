package searchtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"sync"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/search"
	"jewelrydisplay.app/shared/search/index"
)

// Editions keeps parts of editions in memory, and loads editions from them.
type Editions struct {
	mu     sync.Mutex
	kept   map[string][]byte
	Before func(call string) error // runs before each call; an error is the call's
	Fail   error                   // Load fails with it
	Loads  int
}

var (
	_ search.Editions = (*Editions)(nil)
	_ search.Store    = (*Editions)(nil)
)

// spoken is how characters are read, asked for once by all tests of a process.
var spoken = sync.OnceValue(index.NewSounds)

// NewEditions returns an empty store.
func NewEditions() *Editions { return &Editions{kept: map[string][]byte{}} }

func (e *Editions) before(call string) error {
	if e.Before == nil {
		return nil
	}
	return e.Before(call)
}

// Write implements search.Store.
func (e *Editions) Write(_ context.Context, kind search.Kind, version int, held catalog.Part, fill func(search.Writer) error) (catalog.Part, error) {
	b := index.NewBuilder(spoken())
	if err := fill(b); err != nil {
		return catalog.Part{}, err
	}
	var file bytes.Buffer
	if _, err := b.WriteTo(&file); err != nil {
		return catalog.Part{}, err
	}
	return e.keep(kind, version, held, file.Bytes())
}

// WritePins implements search.Store.
func (e *Editions) WritePins(_ context.Context, version int, pins search.Pins) (catalog.Part, error) {
	file, err := json.Marshal(pins)
	if err != nil {
		return catalog.Part{}, err
	}
	return e.keep(search.Pin, version, catalog.Part{}, file)
}

func (e *Editions) keep(kind search.Kind, version int, held catalog.Part, file []byte) (catalog.Part, error) {
	sum := sha256.Sum256(file)
	digest := hex.EncodeToString(sum[:])
	if digest == held.Digest {
		return held, nil
	}
	if err := e.before("put " + string(kind)); err != nil {
		return catalog.Part{}, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	part := catalog.Part{Key: search.PartKey(kind, version, digest), Digest: digest}
	e.kept[part.Key] = file
	return part, nil
}

// errMissing says that a part is not kept.
var errMissing = errors.New("searchtest: no such part")

func (e *Editions) file(part catalog.Part) ([]byte, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	file, ok := e.kept[part.Key]
	if !ok {
		return nil, errMissing
	}
	return file, nil
}

func (e *Editions) segment(part catalog.Part) (*index.Segment, error) {
	file, err := e.file(part)
	if err != nil {
		return nil, err
	}
	return index.OpenBytes(file)
}

// Contents implements search.Store.
func (e *Editions) Contents(_ context.Context, part catalog.Part) (search.Contents, error) {
	if err := e.before("read"); err != nil {
		return search.Contents{}, err
	}
	segment, err := e.segment(part)
	if err != nil {
		return search.Contents{}, err
	}
	products, removed, merchants := segment.Contents()
	return search.Contents{Products: append(products, removed...), Merchants: merchants}, nil
}

// Keys implements search.Store.
func (e *Editions) Keys(context.Context) ([]string, error) {
	if err := e.before("list"); err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	var keys []string
	for key := range e.kept {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys, nil
}

// Drop implements search.Store.
func (e *Editions) Drop(_ context.Context, key string) error {
	if err := e.before("drop"); err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.kept, key)
	return nil
}

// Load implements search.Editions.
func (e *Editions) Load(_ context.Context, edition catalog.Edition) (search.Loaded, error) {
	if e.Fail != nil {
		return search.Loaded{}, e.Fail
	}
	var segments []*index.Segment
	for _, part := range append([]catalog.Part{edition.Base}, edition.Deltas...) {
		segment, err := e.segment(part)
		if err != nil {
			return search.Loaded{}, err
		}
		segments = append(segments, segment)
	}
	var pins search.Pins
	if edition.Pins.Key != "" {
		file, err := e.file(edition.Pins)
		if err == nil {
			err = json.Unmarshal(file, &pins)
		}
		if err != nil {
			return search.Loaded{}, err
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.Loads++
	joined := index.Join(segments[0], segments[1:]...)
	for _, segment := range segments {
		segment.Release()
	}
	return search.Loaded{Leased: joined, Pins: pins}, nil
}
