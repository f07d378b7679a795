package index

import (
	"encoding/binary"
	"slices"
	"strings"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/search"
)

// maxSets is how many different sets of values a facet has in one file.
const maxSets = 1 << 16

// merchantColumn is the place among search.Facets of the one whose sets are of
// one merchant each.
const merchantColumn = 4

// facetColumn is one facet of a file: its values, and the sets of them that
// documents have. The first set is empty.
type facetColumn struct {
	values []string
	sets   [][]uint16 // places in values, in order
}

// facetBuilder collects a facet's values and sets.
type facetBuilder struct {
	facet  search.Facet
	values map[string]int
	sets   map[string]int // by the values joined
	column facetColumn
}

func newFacetBuilder(f search.Facet) *facetBuilder {
	return &facetBuilder{facet: f, values: map[string]int{}, sets: map[string]int{"": 0}, column: facetColumn{sets: [][]uint16{nil}}}
}

// valuesOf returns the document's values of a facet.
func valuesOf(d *search.Document, f search.Facet) []string {
	if f == search.MerchantFacet {
		return []string{string(d.Merchant)}
	}
	return d.Attributes[catalog.Attribute(f)]
}

// set returns the number of a set of values. When there are too many different
// ones, what comes later is not counted: it is merchants' own words, no two of
// them alike.
func (b *facetBuilder) set(values []string) uint16 {
	if len(values) == 0 {
		return 0
	}
	values = slices.Compact(slices.Sorted(slices.Values(values)))
	key := strings.Join(values, "\x00")
	if n, ok := b.sets[key]; ok {
		return uint16(n)
	}
	if len(b.column.sets) == maxSets || len(b.values)+len(values) > maxSets {
		return 0
	}
	var set []uint16
	for _, v := range values {
		n, ok := b.values[v]
		if !ok {
			n = len(b.column.values)
			b.values[v] = n
			b.column.values = append(b.column.values, v)
		}
		set = append(set, uint16(n))
	}
	b.sets[key] = len(b.column.sets)
	b.column.sets = append(b.column.sets, set)
	return uint16(len(b.column.sets) - 1)
}

// sorted brings values and sets into an order that does not depend on the
// order of the documents. It returns the new number of each set.
func (b *facetBuilder) sorted() (facetColumn, []uint16) {
	c := facetColumn{values: slices.Sorted(slices.Values(b.column.values))}
	place := make(map[string]uint16, len(c.values))
	for i, v := range c.values {
		place[v] = uint16(i)
	}
	keys := make([]string, 0, len(b.sets))
	for key := range b.sets {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	numbers := make([]uint16, len(keys))
	for i, key := range keys {
		numbers[b.sets[key]] = uint16(i)
		var set []uint16
		if key != "" {
			for v := range strings.SplitSeq(key, "\x00") {
				set = append(set, place[v])
			}
		}
		c.sets = append(c.sets, set)
	}
	return c, numbers
}

func writeFacets(all [columns]facetColumn) []byte {
	var w writer
	for _, c := range all {
		w.count(len(c.values))
		for _, v := range c.values {
			w.text(v)
		}
		w.count(len(c.sets))
		for _, set := range c.sets {
			w.count(len(set))
			for _, v := range set {
				w = binary.LittleEndian.AppendUint16(w, v)
			}
		}
	}
	return w
}

// openFacets reads the facets into memory: answers refer to their values.
func openFacets(part []byte, err *error) (all [columns]facetColumn) {
	d := decoder{rest: part}
	for i := range all {
		c := &all[i]
		c.values = make([]string, 0, d.count())
		for range cap(c.values) {
			c.values = append(c.values, d.text())
		}
		c.sets = make([][]uint16, 0, d.count())
		for range cap(c.sets) {
			c.sets = append(c.sets, d.set(len(c.values)))
		}
		if len(c.sets) == 0 || len(c.sets) > maxSets || len(c.sets[0]) > 0 {
			d.fail()
		}
	}
	if d.failed && *err == nil {
		*err = damaged("the facets are not whole")
	}
	return all
}

// set reads a set of places among n values.
func (d *decoder) set(n int) []uint16 {
	size := d.count()
	if 2*size > len(d.rest) {
		d.fail()
		return nil
	}
	var set []uint16
	for i := range size {
		v := binary.LittleEndian.Uint16(d.rest[2*i:])
		if int(v) >= n {
			d.fail()
			return nil
		}
		set = append(set, v)
	}
	if !d.failed {
		d.rest = d.rest[2*size:]
	}
	return set
}
