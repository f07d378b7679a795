package index

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"unsafe"
)

// The file: a header, a table of its sections, and the sections, each from a
// multiple of 64 bytes on. Numbers are little-endian, so that on the processors
// of Lambda (amd64, arm64) a section is read where it lies.
//
//	0  magic, 8 bytes
//	8  version of the format
//	12 number of sections
//	16 number of documents
//	20 number of terms
//	24 CRC-32C of the bytes before and of the table
//	32 the table: for each section offset (8), length (8), CRC-32C (4), 0 (4)
const (
	magic      = "JDSEARCH"
	version    = 1
	headerSize = 32
	entrySize  = 24
	alignment  = 64
)

// section is one part of the file.
type section int

// The sections.
const (
	termBlocks       section = iota // terms in order, sixteen a block, each without what it shares with the one before
	termOffsets                     // uint32: where each block begins; last: the end
	termKeys                        // uint64: the first eight bytes of each block's first term, big-endian
	termLists                       // uint32: each term's first container; last: their number
	containerOffsets                // uint32: each container's first posting; last: their number
	containerKeys                   // uint16: the upper half of the container's document numbers
	postingDocuments                // uint16: the lower half of a document's number
	postingImpacts                  // uint8: how much the document is about the term, 1 to 255
	typoEntries                     // uint64: hash of a word less some letters, and the term, in order
	typoDirectory                   // uint32: where the entries begin whose hash begins with the index; last: their number
	rows                            // row: the document's sets of facet values
	prices                          // uint64: see price
	createds                        // int64: milliseconds since 1970
	qualities                       // uint8: factor of relevance in hundredths
	idOffsets                       // uint32: where each document's id begins; last: the end
	ids                             // the ids' bytes
	idOrder                         // uint32: document numbers in the order of their ids
	facetSets                       // for each facet its values, and its sets of values
	merchants                       // the merchants
	phrases                         // what can be suggested, the most found first
	readings                        // uint16: how the characters from 4E00 to 9FFF are read
	syllableNames                   // the readings' names
	tombstones                      // ids of documents that are gone from older segments
	sections
)

// columns is how many facets there are.
const columns = 12

// row is a document's sets of values, facet by facet in the order of
// search.Facets: 0 is the empty set.
type row [columns]uint16

// ErrDamaged says that bytes are no index, or not whole, or of another version.
var ErrDamaged = errors.New("search index: damaged")

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrDamaged, fmt.Sprintf(format, args...))
}

// castagnoli is CRC-32C, for which processors have an instruction.
func checksum(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// header writes the header and the table of these sections.
func header(parts *[sections][]byte, documents, terms int) []byte {
	size := headerSize + entrySize*int(sections)
	h := make([]byte, aligned(size))
	le := binary.LittleEndian
	copy(h, magic)
	le.PutUint32(h[8:], version)
	le.PutUint32(h[12:], uint32(sections))
	le.PutUint32(h[16:], uint32(documents))
	le.PutUint32(h[20:], uint32(terms))
	offset := len(h)
	for i, part := range parts {
		e := h[headerSize+entrySize*i:]
		le.PutUint64(e, uint64(offset))
		le.PutUint64(e[8:], uint64(len(part)))
		le.PutUint32(e[16:], checksum(part))
		offset = aligned(offset + len(part))
	}
	le.PutUint32(h[24:], headerChecksum(h))
	return h
}

func headerChecksum(h []byte) uint32 {
	table := h[headerSize : headerSize+entrySize*int(sections)]
	return crc32.Update(checksum(h[:24]), crc32.MakeTable(crc32.Castagnoli), table)
}

func aligned(n int) int { return (n + alignment - 1) &^ (alignment - 1) }

// split checks the header and cuts the file into its sections, verifying each
// unless that was done.
func split(file []byte, verified bool) (parts [sections][]byte, documents, terms int, err error) {
	size := headerSize + entrySize*int(sections)
	if len(file) < size || string(file[:8]) != magic {
		return parts, 0, 0, damaged("no header")
	}
	le := binary.LittleEndian
	if v := le.Uint32(file[8:]); v != version {
		return parts, 0, 0, damaged("format version %d, not %d", v, version)
	}
	if n := le.Uint32(file[12:]); n != uint32(sections) || le.Uint32(file[24:]) != headerChecksum(file) {
		return parts, 0, 0, damaged("the header's checksum is wrong")
	}
	for i := range parts {
		e := file[headerSize+entrySize*i:]
		offset, length := le.Uint64(e), le.Uint64(e[8:])
		if offset%alignment != 0 || offset > uint64(len(file)) || length > uint64(len(file))-offset {
			return parts, 0, 0, damaged("section %d is not in the file", i)
		}
		parts[i] = file[offset : offset+length : offset+length]
		if !verified && checksum(parts[i]) != le.Uint32(e[16:]) {
			return parts, 0, 0, damaged("the checksum of section %d is wrong", i)
		}
	}
	return parts, int(le.Uint32(file[16:])), int(le.Uint32(file[20:])), nil
}

// number is what sections are read as.
type number interface {
	~uint8 | ~uint16 | ~uint32 | ~uint64 | ~int64 | ~[columns]uint16
}

// numbers reads a section where it lies; it must hold n of them, or any number
// when n is negative.
func numbers[T number](part []byte, n int, err *error) []T {
	var one T
	size := int(unsafe.Sizeof(one))
	if len(part)%size != 0 || (n >= 0 && len(part)/size != n) {
		if *err == nil {
			*err = damaged("a section of %d bytes should hold %d numbers of %d", len(part), n, size)
		}
		return nil
	}
	if len(part) == 0 {
		return nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(part))), len(part)/size)
}

// bytesOf is the opposite of numbers.
func bytesOf[T number](all []T) []byte {
	if len(all) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(all))), len(all)*int(unsafe.Sizeof(all[0])))
}

// ascending tells whether every number is at least the one before, and the
// first 0 and the last end.
func ascending(all []uint32, end int) bool {
	if len(all) == 0 || all[0] != 0 || int64(all[len(all)-1]) != int64(end) {
		return false
	}
	for i := 1; i < len(all); i++ {
		if all[i] < all[i-1] {
			return false
		}
	}
	return true
}
