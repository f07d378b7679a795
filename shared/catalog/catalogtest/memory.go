// Package catalogtest holds what tests of the catalogue share: stores in
// memory, and the contract that every store keeps.
package catalogtest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sort"
	"strconv"
	"sync"
	"time"

	"jewelrydisplay.app/shared/catalog"
)

// Memory is the catalogue's stores in memory. It counts the products written.
type Memory struct {
	mu        sync.Mutex
	products  map[catalog.ProductID]catalog.Product
	merchants map[catalog.MerchantID]catalog.Merchant
	imports   map[string]catalog.Import
	Changed   time.Time // the last Changing
	Writes    int       // products saved or retired
	FailAfter int       // Save fails after so many writes; 0: never
	Fail      func()    // called before Save fails
}

var (
	_ catalog.ProductStore  = (*Memory)(nil)
	_ catalog.MerchantStore = (*Memory)(nil)
	_ catalog.ImportStore   = (*Memory)(nil)
	_ catalog.Objects       = (*Objects)(nil)
)

// NewMemory returns empty stores.
func NewMemory() *Memory {
	return &Memory{
		products:  map[catalog.ProductID]catalog.Product{},
		merchants: map[catalog.MerchantID]catalog.Merchant{},
		imports:   map[string]catalog.Import{},
	}
}

// Product returns the stored product.
func (m *Memory) Product(id catalog.ProductID) (catalog.Product, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p, ok := m.products[id]
	return p, ok
}

// Products returns every stored product in the order of ids.
func (m *Memory) Products() []catalog.Product {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []catalog.Product
	for _, p := range m.products {
		all = append(all, p)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].ID < all[j].ID })
	return all
}

// Find implements catalog.ProductStore.
func (m *Memory) Find(_ context.Context, ids []catalog.ProductID) (map[catalog.ProductID]catalog.Held, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	found := map[catalog.ProductID]catalog.Held{}
	for _, id := range ids {
		if p, ok := m.products[id]; ok {
			found[id] = catalog.Held{Hash: p.Hash, CreatedAt: p.CreatedAt, Retired: p.Retired()}
		}
	}
	return found, nil
}

// ErrStore is the failure that FailAfter plants.
var ErrStore = errors.New("the store fails")

// failing tells whether Save is to fail, and calls Fail once.
func (m *Memory) failing() bool {
	m.mu.Lock()
	failing, call := m.FailAfter > 0 && m.Writes >= m.FailAfter, m.Fail
	if failing {
		m.Fail = nil
	}
	m.mu.Unlock()
	if failing && call != nil {
		call()
	}
	return failing
}

// Save implements catalog.ProductStore.
func (m *Memory) Save(_ context.Context, p catalog.Product, held *catalog.Held) error {
	if m.failing() {
		return ErrStore
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	was, found := m.products[p.ID]
	if found != (held != nil) || (found && (was.Hash != held.Hash || was.Retired() != held.Retired)) {
		return catalog.ErrMoved
	}
	m.products[p.ID] = p
	m.Writes++
	return nil
}

// Shown implements catalog.ProductStore, two products a page.
func (m *Memory) Shown(_ context.Context, id catalog.MerchantID, after catalog.ProductID) ([]catalog.ProductID, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var page []catalog.ProductID
	for _, p := range m.products {
		if p.Merchant == id && !p.Retired() && p.ID > after {
			page = append(page, p.ID)
		}
	}
	sort.Slice(page, func(i, j int) bool { return page[i] < page[j] })
	return page[:min(2, len(page))], nil
}

// Retire implements catalog.ProductStore.
func (m *Memory) Retire(_ context.Context, id catalog.ProductID, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	p, ok := m.products[id]
	if ok && !p.Retired() {
		p.RetiredAt = at
		m.products[id] = p
		m.Writes++
	}
	return nil
}

// Changing implements catalog.ProductStore.
func (m *Memory) Changing(_ context.Context, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.Changed = at
	return nil
}

// Merchant implements catalog.MerchantStore.
func (m *Memory) Merchant(_ context.Context, id catalog.MerchantID) (catalog.Merchant, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if merchant, ok := m.merchants[id]; ok {
		return merchant, nil
	}
	return catalog.Merchant{}, catalog.ErrNoMerchant
}

// SaveMerchant implements catalog.MerchantStore.
func (m *Memory) SaveMerchant(_ context.Context, merchant catalog.Merchant) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.merchants[merchant.ID] = merchant
	return nil
}

// Import implements catalog.ImportStore.
func (m *Memory) Import(_ context.Context, id string) (catalog.Import, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if i, ok := m.imports[id]; ok {
		return i, nil
	}
	return catalog.Import{}, catalog.ErrNoImport
}

// SaveImport implements catalog.ImportStore.
func (m *Memory) SaveImport(_ context.Context, i catalog.Import) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	was, found := m.imports[i.ID]
	if found != (i.Revision > 0) || (found && was.Revision != i.Revision-1) {
		return catalog.ErrMoved
	}
	m.imports[i.ID] = i
	return nil
}

// Objects is a bucket in memory.
type Objects struct {
	mu   sync.Mutex
	held map[string][]byte
	puts int
	vers map[string]int
}

// NewObjects returns an empty bucket.
func NewObjects() *Objects { return &Objects{held: map[string][]byte{}, vers: map[string]int{}} }

// Put stores an object.
func (o *Objects) Put(key string, body []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.puts++
	o.held[key], o.vers[key] = body, o.puts
}

// Get returns an object's bytes, nil when there is none.
func (o *Objects) Get(key string) []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.held[key]
}

// Open implements catalog.Objects.
func (o *Objects) Open(_ context.Context, place catalog.ObjectPlace) (io.ReadCloser, string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	body, ok := o.held[place.Key]
	if !ok {
		return nil, "", catalog.ErrNoObject
	}
	return io.NopCloser(bytes.NewReader(body)), strconv.Itoa(o.vers[place.Key]), nil
}

// Create implements catalog.Objects.
func (o *Objects) Create(_ context.Context, key string) (catalog.ObjectWriter, error) {
	return &writer{to: o, key: key}, nil
}

type writer struct {
	bytes.Buffer
	to  *Objects
	key string
}

func (w *writer) Commit() (catalog.ObjectPlace, error) {
	w.to.Put(w.key, w.Bytes())
	return catalog.ObjectPlace{Bucket: "Imports", Key: w.key}, nil
}

func (w *writer) Abort() {}
