package index

import (
	"encoding/binary"
	"io"
	"maps"
	"slices"
	"strings"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/search/text"
)

// WriteTo writes the file. The builder is used up by it.
func (b *Builder) WriteTo(w io.Writer) (int64, error) {
	b.nameMerchants()
	order, place := b.order()
	parts := b.columnParts(order)
	terms := make([]string, 0, len(b.terms))
	for t := range b.terms {
		terms = append(terms, t)
	}
	slices.Sort(terms)
	blocks, offsets, keys := writeDictionary(terms)
	parts[termBlocks], parts[termOffsets], parts[termKeys] = blocks, bytesOf(offsets), bytesOf(keys)
	entries, directory := writeTypos(terms)
	parts[typoEntries], parts[typoDirectory] = bytesOf(entries), bytesOf(directory)
	b.postingParts(&parts, terms, place)
	h := header(&parts, len(order), len(terms))
	var written int64
	put := func(p []byte) error {
		n, err := w.Write(p)
		written += int64(n)
		return err
	}
	if err := put(h); err != nil {
		return written, err
	}
	for _, part := range parts {
		if err := put(part); err != nil {
			return written, err
		}
		if gap := aligned(len(part)) - len(part); gap > 0 {
			if err := put(make([]byte, gap)); err != nil {
				return written, err
			}
		}
	}
	return written, nil
}

// order returns the documents, the newest first, then by id, and the new place
// of each. So a document's number is where it stands among equals in every
// order of results.
func (b *Builder) order() (order []entry, place []uint32) {
	came := make([]uint32, len(b.documents))
	for i := range came {
		came[i] = uint32(i)
	}
	slices.SortFunc(came, func(i, j uint32) int {
		a, c := &b.documents[i], &b.documents[j]
		if a.created != c.created {
			if a.created > c.created {
				return -1
			}
			return 1
		}
		return strings.Compare(string(a.id), string(c.id))
	})
	order, place = make([]entry, len(came)), make([]uint32, len(came))
	for n, i := range came {
		order[n], place[i] = b.documents[i], uint32(n)
	}
	return order, place
}

// columnParts writes everything of the documents but their terms.
func (b *Builder) columnParts(order []entry) (parts [sections][]byte) {
	var facets [columns]facetColumn
	var numbers [columns][]uint16
	for i, f := range b.facets {
		facets[i], numbers[i] = f.sorted()
	}
	n := len(order)
	rowsOf, pricesOf, createdOf := make([]row, n), make([]uint64, n), make([]int64, n)
	idsAt, byID := make([]uint32, n+1), make([]uint32, n)
	for i := range order {
		e := &order[i]
		for c, set := range e.row {
			rowsOf[i][c] = numbers[c][set]
		}
		pricesOf[i], createdOf[i] = uint64(e.price), e.created
		parts[qualities] = append(parts[qualities], e.quality)
		parts[ids] = append(parts[ids], e.id...)
		idsAt[i+1] = uint32(len(parts[ids]))
		byID[i] = uint32(i)
	}
	slices.SortFunc(byID, func(i, j uint32) int { return strings.Compare(string(order[i].id), string(order[j].id)) })
	parts[rows], parts[prices], parts[createds] = bytesOf(rowsOf), bytesOf(pricesOf), bytesOf(createdOf)
	parts[idOffsets], parts[idOrder] = bytesOf(idsAt), bytesOf(byID)
	parts[facetSets] = writeFacets(facets)
	parts[merchants], parts[tombstones] = b.merchantPart(), b.tombstonePart()
	parts[phrases] = b.phrasePart()
	read, names := b.sounds.write()
	parts[readings], parts[syllableNames] = bytesOf(read), names
	return parts
}

// postingParts writes the terms' lists, with the documents' new places.
func (b *Builder) postingParts(parts *[sections][]byte, terms []string, place []uint32) {
	var total int
	for i := range b.lists {
		total += len(b.lists[i].postings) / 2
	}
	lists := make([]uint32, 0, len(terms)+1)
	var offsets []uint32
	var keys []uint16
	lows, impacts := make([]uint16, 0, total), make([]uint8, 0, total)
	var all []uint64 // of one list: document and impact
	for _, t := range terms {
		lists = append(lists, uint32(len(keys)))
		all = b.placed(all[:0], t, place)
		for i, p := range all {
			key := uint16(p >> 24)
			if i == 0 || key != keys[len(keys)-1] {
				offsets, keys = append(offsets, uint32(len(lows))), append(keys, key)
			}
			lows, impacts = append(lows, uint16(p>>8)), append(impacts, uint8(p))
		}
	}
	parts[termLists] = bytesOf(append(lists, uint32(len(keys))))
	parts[containerOffsets], parts[containerKeys] = bytesOf(append(offsets, uint32(len(lows)))), bytesOf(keys)
	parts[postingDocuments], parts[postingImpacts] = bytesOf(lows), impacts
}

// placed appends a list with the documents' new places, in order, each with the
// term's impact in the lowest byte. It gives the list's memory back.
func (b *Builder) placed(all []uint64, term string, place []uint32) []uint64 {
	l := &b.lists[b.terms[term]]
	rest := l.postings
	next := uint32(0)
	for len(rest) > 0 {
		delta, n := binary.Uvarint(rest)
		document := next + uint32(delta)
		impact := impactOf(rest[n], b.documents[document].brevity)
		if term[0] == facetTerm {
			impact = 1
		}
		all = append(all, uint64(place[document])<<8|uint64(impact))
		rest, next = rest[n+1:], document+1
	}
	l.postings = nil
	slices.Sort(all)
	return all
}

// nameMerchants lets documents be found by their merchants' names and cities.
// They may have come before their merchants, so it is done at the end. A word
// of the trade in a merchant's name says nothing about a piece whose own
// properties are known: "Wedding Rings" sells necklaces too.
func (b *Builder) nameMerchants() {
	of := map[catalog.MerchantID][]uint32{}
	for i := range b.documents {
		m := b.documents[i].merchant
		of[m] = append(of[m], uint32(i))
	}
	for id, documents := range of {
		shop := b.shops[id]
		for _, s := range []string{shop.Name.ZH, shop.Name.EN, shop.City.ZH, shop.City.EN} {
			b.lexicon.Tokens(&b.reader, s, func(t text.Token) { b.nameAll(documents, t) })
		}
		if !shop.Name.Empty() {
			b.phrases[shop.Name] += len(documents)
		}
	}
}

// nameAll adds a token of the merchant's to all its documents.
func (b *Builder) nameAll(documents []uint32, t text.Token) {
	weight := uint8(inMerchant)
	if t.Inside {
		weight = (weight + 1) / 2
	}
	trade := b.trade[string(t.Text)]
	n, ok := b.terms[string(t.Text)]
	if !ok {
		if trade || len(t.Text) > maxTerm {
			return
		}
		n = uint32(len(b.lists))
		b.terms[string(t.Text)] = n
		b.lists = append(b.lists, list{})
	}
	b.lists[n] = b.lists[n].merged(documents, func(document uint32) uint8 {
		if trade && b.documents[document].described {
			return 0
		}
		return weight
	})
}

// merged returns the list with further documents, which are in order; the
// weight of one is the higher, 0 adds nothing.
func (l list) merged(documents []uint32, weight func(uint32) uint8) list {
	var out list
	rest, next := l.postings, uint32(0)
	add := func(document uint32) {
		if w := weight(document); w > 0 {
			out.put(document, w)
		}
	}
	for len(rest) > 0 {
		delta, n := binary.Uvarint(rest)
		document := next + uint32(delta)
		for len(documents) > 0 && documents[0] < document {
			add(documents[0])
			documents = documents[1:]
		}
		out.put(document, rest[n])
		if len(documents) > 0 && documents[0] == document {
			add(document)
			documents = documents[1:]
		}
		rest, next = rest[n+1:], document+1
	}
	for _, document := range documents {
		add(document)
	}
	return out
}

func (b *Builder) merchantPart() []byte {
	var w writer
	w.count(len(b.shops))
	for _, id := range slices.Sorted(maps.Keys(b.shops)) {
		writeMerchant(&w, b.shops[id])
	}
	return w
}

func (b *Builder) tombstonePart() []byte {
	var w writer
	w.count(len(b.removed))
	for _, id := range slices.Sorted(maps.Keys(b.removed)) {
		w.text(string(id))
	}
	return w
}

// phrasePart writes what can be suggested with how many documents have it.
func (b *Builder) phrasePart() []byte {
	counts := map[string]int{}
	for label, n := range b.phrases {
		if label.ZH != "" {
			counts[label.ZH] += n
		}
		if label.EN != "" && label.EN != label.ZH {
			counts[label.EN] += n
		}
	}
	return writePhrases(counts, b.sounds)
}

// facetTermOf appends the term of a facet's value.
func facetTermOf(buffer []byte, column int, value string) []byte {
	return append(append(buffer, facetTerm, byte(column+1)), value...)
}

var _ io.WriterTo = (*Builder)(nil)
