// Package index is the product's own search index: immutable files that are
// mapped into memory and read where they lie, and the queries over them. A base
// file holds the catalogue; deltas, files of the same form, hold what changed
// since, and what is gone. Nothing that an answer holds lies in a file: a file
// is unmapped as soon as nobody reads it.
package index

import (
	"slices"
	"unsafe"

	"jewelrydisplay.app/shared/catalog"
)

// perContainer is how many documents a container's numbers can be of.
const perContainer = 1 << 16

// Segment is one opened file. Who opened it holds its first lease.
type Segment struct {
	*lease
	documents int
	words     dictionary
	typos     typos

	lists      []uint32
	offsets    []uint32
	keys       []uint16
	lows       []uint16
	impacts    []uint8
	rows       []row
	prices     []price
	createds   []int64
	qualities  []uint8
	idOffsets  []uint32
	ids        []byte
	idOrder    []uint32
	phrases    []byte
	facets     [columns]facetColumn
	sounds     *soundsOf
	merchants  []catalog.Merchant
	tombstones []catalog.ProductID
}

// Open maps a file and verifies every section of it. ErrDamaged: it is not what
// a Builder wrote. The file may be removed afterwards.
func Open(path string) (*Segment, error) {
	return openFile(path, false)
}

func openFile(path string, verified bool) (*Segment, error) {
	mapped, err := mapFile(path)
	if err != nil {
		return nil, err
	}
	s, err := open(mapped, verified)
	if err != nil {
		unmap(mapped)
		return nil, err
	}
	s.lease = newLease(func() { unmap(mapped) })
	return s, nil
}

// OpenBytes opens a file that is in memory, which must not change from then on.
// Nothing is allocated but what the bytes themselves fill.
func OpenBytes(file []byte) (*Segment, error) {
	if uintptr(unsafe.Pointer(unsafe.SliceData(file)))%8 != 0 { // numbers are read where they lie
		copied := make([]uint64, len(file)/8+1)
		file = bytesOf(copied)[:copy(bytesOf(copied), file)]
	}
	s, err := open(file, false)
	if err != nil {
		return nil, err
	}
	s.lease = newLease(func() {})
	return s, nil
}

// open checks that everything in a file refers to what is in the file, so that
// no query can leave it.
func open(file []byte, verified bool) (*Segment, error) {
	parts, documents, terms, err := split(file, verified)
	if err != nil {
		return nil, err
	}
	s := &Segment{documents: documents}
	s.words = openDictionary(parts[termBlocks], parts[termOffsets], parts[termKeys], terms, &err)
	s.typos = openTypos(parts[typoEntries], parts[typoDirectory], &err)
	s.lists = numbers[uint32](parts[termLists], terms+1, &err)
	s.keys = numbers[uint16](parts[containerKeys], -1, &err)
	s.offsets = numbers[uint32](parts[containerOffsets], len(s.keys)+1, &err)
	s.impacts = parts[postingImpacts]
	s.lows = numbers[uint16](parts[postingDocuments], len(s.impacts), &err)
	s.rows = numbers[row](parts[rows], documents, &err)
	s.prices = numbers[price](parts[prices], documents, &err)
	s.createds = numbers[int64](parts[createds], documents, &err)
	s.qualities = numbers[uint8](parts[qualities], documents, &err)
	s.idOffsets = numbers[uint32](parts[idOffsets], documents+1, &err)
	s.ids = parts[ids]
	s.idOrder = numbers[uint32](parts[idOrder], documents, &err)
	s.phrases = parts[phrases]
	s.facets = openFacets(parts[facetSets], &err)
	s.merchants = openMerchants(parts[merchants], &err)
	s.sounds = openSounds(parts[readings], parts[syllableNames], &err)
	s.tombstones = openTombstones(parts[tombstones], &err)
	if err == nil {
		err = s.check()
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

func openTombstones(part []byte, err *error) (all []catalog.ProductID) {
	d := decoder{rest: part}
	for range d.count() {
		all = append(all, catalog.ProductID(d.text()))
	}
	if d.failed && *err == nil {
		*err = damaged("the tombstones are not whole")
	}
	return all
}

// check follows every reference of the file.
func (s *Segment) check() error {
	switch {
	case !ascending(s.lists, len(s.keys)):
		return damaged("the lists are not in order")
	case !ascending(s.offsets, len(s.lows)):
		return damaged("the containers are not in order")
	case !ascending(s.idOffsets, len(s.ids)):
		return damaged("the ids are not in order")
	}
	for i := range s.keys {
		if n := s.offsets[i+1] - s.offsets[i]; n == 0 || n > perContainer || int(s.keys[i])*perContainer >= s.documents {
			return damaged("container %d is of no documents", i)
		}
	}
	var most row
	for _, r := range s.rows {
		for c, set := range r {
			most[c] = max(most[c], set)
		}
	}
	for c, set := range most {
		if int(set) >= len(s.facets[c].sets) {
			return damaged("a document has an unknown set of values")
		}
	}
	if s.documents > 0 && int(slices.Max(s.idOrder)) >= s.documents {
		return damaged("an id is of no document")
	}
	for _, set := range s.facets[merchantColumn].sets[1:] {
		if len(set) != 1 {
			return damaged("a document is of several merchants")
		}
	}
	return nil
}

// id returns a document's id where it lies in the file.
func (s *Segment) id(document uint32) []byte {
	return s.ids[s.idOffsets[document]:s.idOffsets[document+1]]
}

// find returns the number of the document with the id.
func (s *Segment) find(id catalog.ProductID) (uint32, bool) {
	low, high := 0, len(s.idOrder)
	for low < high {
		middle := int(uint(low+high) >> 1)
		if string(s.id(s.idOrder[middle])) < string(id) {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if low == len(s.idOrder) || string(s.id(s.idOrder[low])) != string(id) {
		return 0, false
	}
	return s.idOrder[low], true
}

// frequency is how many documents have the term, removed ones included.
func (s *Segment) frequency(ord int32) int {
	return int(s.offsets[s.lists[ord+1]] - s.offsets[s.lists[ord]])
}

// Contents returns the ids of the products and merchants that the file holds,
// and of the products that it removes.
func (s *Segment) Contents() (products, removed []catalog.ProductID, merchants []catalog.MerchantID) {
	for n := range s.documents {
		products = append(products, catalog.ProductID(s.id(uint32(n))))
	}
	for _, m := range s.merchants {
		merchants = append(merchants, m.ID)
	}
	return products, slices.Clone(s.tombstones), merchants
}
