package searchs3

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/search"
	"jewelrydisplay.app/shared/search/index"
)

// Editions loads editions: each part is fetched once, its digest and its
// checksums verified, and mapped; the next edition maps only what is new.
type Editions struct {
	bucket bucket
	folder string // for the mapped files; empty: the system's
	held   map[catalog.Part]*index.Segment
	pins   catalog.Part
	pinned search.Pins
}

var _ search.Editions = (*Editions)(nil)

// NewEditions returns the editions in the bucket. Their files lie in folder, or
// in the system's folder for temporary files when it is empty. Load must not be
// called twice at once.
func NewEditions(cfg aws.Config, name, folder string) *Editions {
	return &Editions{bucket: newBucket(cfg, name), folder: folder, held: map[catalog.Part]*index.Segment{}}
}

// Load implements search.Editions. When it fails, what was loaded before is
// still held.
func (e *Editions) Load(ctx context.Context, edition catalog.Edition) (search.Loaded, error) {
	parts := append([]catalog.Part{edition.Base}, edition.Deltas...)
	segments, next := make([]*index.Segment, len(parts)), map[catalog.Part]*index.Segment{}
	for i, part := range parts {
		segment, err := e.segment(ctx, part)
		if err != nil {
			e.releaseBut(next, e.held)
			return search.Loaded{}, err
		}
		segments[i], next[part] = segment, segment
	}
	if err := e.pin(ctx, edition.Pins); err != nil {
		e.releaseBut(next, e.held)
		return search.Loaded{}, err
	}
	joined := index.Join(segments[0], segments[1:]...)
	e.releaseBut(e.held, next)
	e.held = next
	return search.Loaded{Leased: joined, Pins: e.pinned}, nil
}

// releaseBut releases the segments that are not in kept too: their files are
// unmapped when the last request that reads them has its answer.
func (e *Editions) releaseBut(segments, kept map[catalog.Part]*index.Segment) {
	for part, segment := range segments {
		if kept[part] == nil {
			segment.Release()
		}
	}
}

// segment returns the part that is held, or fetches it.
func (e *Editions) segment(ctx context.Context, part catalog.Part) (*index.Segment, error) {
	if held := e.held[part]; held != nil {
		return held, nil
	}
	path, err := e.fetch(ctx, part)
	if err != nil || path == "" {
		return e.inMemory(ctx, part, err)
	}
	defer os.Remove(path) //nolint:errcheck // mapped or refused, the name is not needed any more
	segment, err := index.Open(path)
	if err != nil {
		return nil, fmt.Errorf("searchs3: %s: %w: %w", part.Key, search.ErrDamaged, err)
	}
	return segment, nil
}

// fetch writes a part to a file of its own and returns its path; an empty path
// where no file can be made.
func (e *Editions) fetch(ctx context.Context, part catalog.Part) (path string, err error) {
	f, err := os.CreateTemp(e.folder, "edition-*")
	if err != nil {
		return "", nil //nolint:nilerr // a file system that is only read: memory it is
	}
	w := bufio.NewWriterSize(f, 1<<20)
	err = e.bucket.unpack(ctx, part, w)
	if err == nil {
		err = w.Flush()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the first error is told
		return "", err
	}
	return f.Name(), nil
}

// inMemory loads a part where no file can be made.
func (e *Editions) inMemory(ctx context.Context, part catalog.Part, err error) (*index.Segment, error) {
	if err != nil {
		return nil, err
	}
	var file bytes.Buffer
	if err := e.bucket.unpack(ctx, part, &file); err != nil {
		return nil, err
	}
	segment, err := index.OpenBytes(file.Bytes())
	if err != nil {
		return nil, fmt.Errorf("searchs3: %s: %w: %w", part.Key, search.ErrDamaged, err)
	}
	return segment, nil
}

// pin loads the pins, unless they are held.
func (e *Editions) pin(ctx context.Context, part catalog.Part) error {
	if part == e.pins {
		return nil
	}
	var pins search.Pins
	if part.Key != "" {
		var file bytes.Buffer
		if err := e.bucket.unpack(ctx, part, &file); err != nil {
			return err
		}
		if err := json.Unmarshal(file.Bytes(), &pins); err != nil {
			return fmt.Errorf("searchs3: %s: %w: %w", part.Key, search.ErrDamaged, err)
		}
	}
	e.pins, e.pinned = part, pins
	return nil
}
