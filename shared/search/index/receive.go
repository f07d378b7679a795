package index

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
)

// Receive writes a file that comes from elsewhere to the path and opens it. Its
// checksums are verified while it passes, so that it is not read a second time.
// ErrDamaged: it is not whole, and the path holds nothing.
func Receive(from io.Reader, path string) (*Segment, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("search index: %w", err)
	}
	err = errors.Join(receive(from, f), f.Close())
	var s *Segment
	if err == nil {
		s, err = openFile(path, true)
	}
	if err != nil {
		return nil, errors.Join(err, os.Remove(path))
	}
	return s, nil
}

func receive(from io.Reader, to io.Writer) error {
	head := make([]byte, headerSize+entrySize*int(sections))
	if _, err := io.ReadFull(from, head); err != nil {
		return damaged("no header: %v", err)
	}
	if _, err := to.Write(head); err != nil {
		return fmt.Errorf("search index: %w", err)
	}
	le := binary.LittleEndian
	if string(head[:8]) != magic || le.Uint32(head[8:]) != version || le.Uint32(head[12:]) != uint32(sections) ||
		le.Uint32(head[24:]) != headerChecksum(head) {
		return damaged("the header is not of this version, or its checksum is wrong")
	}
	at := uint64(len(head))
	for i := range int(sections) {
		e := head[headerSize+entrySize*i:]
		offset, length := le.Uint64(e), le.Uint64(e[8:])
		if offset < at || offset-at >= alignment+entrySize*uint64(sections) || length > 1<<48 {
			return damaged("section %d is not behind the one before", i)
		}
		if _, err := io.CopyN(to, from, int64(offset-at)); err != nil {
			return damaged("section %d: %v", i, err)
		}
		sum := crc32.New(crc32.MakeTable(crc32.Castagnoli))
		if _, err := io.CopyN(io.MultiWriter(to, sum), from, int64(length)); err != nil {
			return damaged("section %d: %v", i, err)
		}
		if sum.Sum32() != le.Uint32(e[16:]) {
			return damaged("the checksum of section %d is wrong", i)
		}
		at = offset + length
	}
	if _, err := io.Copy(to, from); err != nil { // what fills up the last section
		return damaged("the end: %v", err)
	}
	return nil
}
