package index

import (
	"fmt"
	"os"
	"sync/atomic"
	"syscall"
)

// lease counts who uses something that must be given back. Once the count is 0
// it stays so.
type lease struct {
	count atomic.Int64
	end   func()
}

func newLease(end func()) *lease {
	l := &lease{end: end}
	l.count.Store(1)
	return l
}

// Retain takes a lease. False: the last one has ended.
func (l *lease) Retain() bool {
	for {
		n := l.count.Load()
		if n <= 0 {
			return false
		}
		if l.count.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// Release ends a lease, and with the last one what it is of.
func (l *lease) Release() {
	if n := l.count.Add(-1); n == 0 {
		l.end()
	} else if n < 0 {
		panic("search index: released more often than retained")
	}
}

// mapFile maps a whole file for reading. The file may be removed afterwards.
func mapFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("search index: %w", err)
	}
	defer f.Close() //nolint:errcheck // only read
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("search index: %w", err)
	}
	size := info.Size()
	if size < headerSize || int64(int(size)) != size {
		return nil, damaged("a file of %d bytes", size)
	}
	mapped, err := syscall.Mmap(int(f.Fd()), 0, int(size), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("search index: map: %w", err)
	}
	return mapped, nil
}

// unmap gives a mapping back. It cannot fail for one that mapFile made.
func unmap(mapped []byte) {
	if err := syscall.Munmap(mapped); err != nil {
		panic("search index: unmap: " + err.Error())
	}
}
