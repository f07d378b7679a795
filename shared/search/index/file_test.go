package index_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"jewelrydisplay.app/shared/search"
	"jewelrydisplay.app/shared/search/index"
	"jewelrydisplay.app/shared/search/searchtest"
)

func TestTheSameContentIsTheSameBytes(t *testing.T) {
	s := searchtest.NewLarge(300).Snapshot()
	first := file(t, s, "gone", "left")
	slices.Reverse(s.Documents)
	slices.Reverse(s.Merchants)
	if second := file(t, s, "left", "gone"); !bytes.Equal(first, second) {
		t.Error("in another order the bytes are others")
	}
	s.Documents[7].Available = !s.Documents[7].Available
	if third := file(t, s, "left", "gone"); bytes.Equal(first, third) {
		t.Error("another content is the same bytes")
	}
}

func TestADamagedFileIsRefused(t *testing.T) {
	whole := file(t, searchtest.NewLarge(120).Snapshot())
	damages := map[string][]byte{"nothing": nil, "half": whole[:len(whole)/2], "a header": whole[:600], "text": []byte(strings.Repeat("no index ", 200))}
	for _, at := range places(whole) {
		broken := bytes.Clone(whole)
		broken[at] ^= 0x40
		damages[fmt.Sprintf("byte %d flipped", at)] = broken
	}
	for name, bad := range damages {
		path := filepath.Join(t.TempDir(), "index")
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := index.Open(path); !errors.Is(err, index.ErrDamaged) {
			t.Errorf("%s: opened: %v", name, err)
		}
		if _, err := index.OpenBytes(bad); !errors.Is(err, index.ErrDamaged) {
			t.Errorf("%s: opened from memory: %v", name, err)
		}
		received := filepath.Join(t.TempDir(), "received")
		if _, err := index.Receive(bytes.NewReader(bad), received); !errors.Is(err, index.ErrDamaged) {
			t.Errorf("%s: received: %v", name, err)
		}
		if _, err := os.Stat(received); !os.IsNotExist(err) {
			t.Errorf("%s: what was received is still there: %v", name, err)
		}
	}
	path := filepath.Join(t.TempDir(), "whole")
	s, err := index.Receive(bytes.NewReader(whole), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Release()
	if kept, err := os.ReadFile(path); err != nil || !bytes.Equal(kept, whole) {
		t.Errorf("received other bytes: %v", err)
	}
}

// places are some of the header, and the first and last byte of each section:
// what fills up a section is not read.
func places(whole []byte) []int {
	all := []int{0, 8, 13, 17, 25, 33}
	for at := 32; at < 32+24*int(whole[12]); at += 24 {
		offset, length := binary.LittleEndian.Uint64(whole[at:]), binary.LittleEndian.Uint64(whole[at+8:])
		if length > 0 {
			all = append(all, int(offset), int(offset+length)-1)
		}
	}
	return all
}

// Queries run while the files beneath them are swapped: each is answered by one
// whole index, and a mapping ends with its last reader.
func TestASwapDisturbsNobody(t *testing.T) {
	bytesOf := [][]byte{file(t, searchtest.Small("戒指")), file(t, searchtest.Small("戒指", "戒指 b"))}
	open := func(i int) *index.Index {
		s := segment(t, bytesOf[i%2])
		defer s.Release()
		return index.Join(s)
	}
	var mu sync.Mutex
	held := open(0)
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for range 300 {
				mu.Lock()
				x := held
				kept := x.Retain()
				mu.Unlock()
				if !kept {
					t.Error("what is held has ended")
					return
				}
				r := found(x, search.Query{Text: "戒指"})
				if r.Total != x.Documents() || len(r.Hits) != r.Total {
					t.Errorf("%d of %d", r.Total, x.Documents())
				}
				x.Release()
			}
		})
	}
	for i := range 50 {
		next := open(i + 1)
		mu.Lock()
		old := held
		held = next
		mu.Unlock()
		old.Release()
	}
	readers.Wait()
	x := held
	x.Release()
	if r := found(x, search.Query{Text: "戒指"}); r.Total != 0 || x.Retain() {
		t.Errorf("after its end it finds %d", r.Total)
	}
}

// reseal writes the checksums that the bytes should have, so that what is
// wrong in a section is found by what it says, not by its checksum.
func reseal(file []byte) {
	const header, entry = 32, 24
	le := binary.LittleEndian
	if len(file) < header {
		return
	}
	table := crc32.MakeTable(crc32.Castagnoli)
	n := int(min(le.Uint32(file[12:]), 64))
	for i := range n {
		at := header + entry*i
		if at+entry > len(file) {
			return
		}
		offset, length := le.Uint64(file[at:]), le.Uint64(file[at+8:])
		if offset <= uint64(len(file)) && length <= uint64(len(file))-offset {
			le.PutUint32(file[at+16:], crc32.Checksum(file[offset:offset+length], table))
		}
	}
	le.PutUint32(file[24:], crc32.Update(crc32.Checksum(file[:24], table), table, file[header:header+entry*n]))
}

// Any bytes are refused or answer: none break it. Half of the inputs get right
// checksums, so that the checks behind them are reached.
func FuzzAnyFile(f *testing.F) {
	whole := file(f, searchtest.Small("18K金钻石戒指 Diamond Ring", "Pearl Necklace"), "gone")
	f.Add(uint32(0), uint32(0), []byte(nil), false)
	f.Add(uint32(16), uint32(0), []byte{0xff, 0xff, 0xff, 0xff}, true)
	for at := uint32(32); at < 32+24*23; at += 24 {
		f.Add(at, uint32(0), []byte{0xff}, true)
		f.Add(at+8, uint32(0), []byte{0x01}, true)
	}
	f.Fuzz(func(t *testing.T, at, cutOff uint32, put []byte, seal bool) {
		bad := bytes.Clone(whole)
		bad = bad[:len(bad)-int(cutOff)%len(bad)]
		copy(bad[int(at)%len(bad):], put)
		if seal {
			reseal(bad)
		}
		s, err := index.OpenBytes(bad)
		if err != nil {
			if !errors.Is(err, index.ErrDamaged) {
				t.Errorf("refused as %v", err)
			}
			return
		}
		x := index.Join(s)
		for _, q := range []search.Query{{Text: "钻石戒指"}, {Text: "diamnod rin"}, {Text: "zuanshi"}, {Limit: 1}, {Text: "ring", Sort: search.PriceAsc, Limit: 1}} {
			found(x, q)
		}
		if _, err := x.Suggest(t.Context(), "d", 5); err != nil {
			t.Error(err)
		}
		if _, err := x.Related(t.Context(), "p0", 5); err != nil {
			t.Error(err)
		}
	})
}
