// Package searchs3 keeps the parts of editions as compressed objects in S3, and
// loads editions from them.
package searchs3

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/klauspost/compress/zstd"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/search"
	"jewelrydisplay.app/shared/search/index"
)

// Parts keeps the parts of editions.
type Parts struct {
	bucket bucket
	sounds func() index.Sounds
}

var _ search.Store = (*Parts)(nil)

// bucket is the bucket of the parts.
type bucket struct {
	client *s3.Client
	name   string
}

func newBucket(cfg aws.Config, name string) bucket {
	return bucket{name: name, client: s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.UsePathStyle = cfg.BaseEndpoint != nil // an endpoint of its own has no names of buckets before it
	})}
}

// NewParts returns the parts in the bucket.
func NewParts(cfg aws.Config, name string) *Parts {
	return &Parts{bucket: newBucket(cfg, name), sounds: sync.OnceValue(index.NewSounds)}
}

// Write implements search.Store with the file format of package index. The
// object is a PUT under a name made of its content: again is the same.
func (p *Parts) Write(ctx context.Context, kind search.Kind, version int, held catalog.Part, fill func(search.Writer) error) (catalog.Part, error) {
	b := index.NewBuilder(p.sounds())
	if err := fill(b); err != nil {
		return catalog.Part{}, err
	}
	return p.bucket.keep(ctx, kind, version, held, func(w io.Writer) error {
		_, err := b.WriteTo(w)
		return err
	})
}

// WritePins implements search.Store: JSON, whose members are sorted.
func (p *Parts) WritePins(ctx context.Context, version int, pins search.Pins) (catalog.Part, error) {
	return p.bucket.keep(ctx, search.Pin, version, catalog.Part{}, func(w io.Writer) error {
		return json.NewEncoder(w).Encode(pins)
	})
}

// keep packs and puts what write writes, unless it is what is held.
func (b bucket) keep(ctx context.Context, kind search.Kind, version int, held catalog.Part, write func(io.Writer) error) (catalog.Part, error) {
	var packed bytes.Buffer
	sum := sha256.New()
	pack, err := zstd.NewWriter(&packed, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedDefault))
	if err != nil {
		return catalog.Part{}, err
	}
	if err := write(io.MultiWriter(pack, sum)); err != nil {
		return catalog.Part{}, err
	}
	if err := pack.Close(); err != nil {
		return catalog.Part{}, err
	}
	digest := hex.EncodeToString(sum.Sum(nil))
	if digest == held.Digest {
		return held, nil
	}
	part := catalog.Part{Key: search.PartKey(kind, version, digest), Digest: digest}
	_, err = b.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &b.name, Key: &part.Key, Body: bytes.NewReader(packed.Bytes()), ContentType: aws.String("application/zstd"),
	})
	if err != nil {
		return catalog.Part{}, fmt.Errorf("searchs3: put %s: %w", part.Key, err)
	}
	return part, nil
}

// Contents implements search.Store.
func (p *Parts) Contents(ctx context.Context, part catalog.Part) (search.Contents, error) {
	var file bytes.Buffer
	if err := p.bucket.unpack(ctx, part, &file); err != nil {
		return search.Contents{}, err
	}
	segment, err := index.OpenBytes(file.Bytes())
	if err != nil {
		return search.Contents{}, fmt.Errorf("searchs3: %s: %w: %w", part.Key, search.ErrDamaged, err)
	}
	defer segment.Release()
	products, removed, merchants := segment.Contents()
	return search.Contents{Products: append(products, removed...), Merchants: merchants}, nil
}

// unpack writes a part's content to w. ErrDamaged: it does not have the digest;
// what was written is nothing then.
func (b bucket) unpack(ctx context.Context, part catalog.Part, w io.Writer) error {
	out, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: &part.Key})
	if err != nil {
		return fmt.Errorf("searchs3: get %s: %w", part.Key, err)
	}
	defer out.Body.Close() //nolint:errcheck // only read
	r, err := zstd.NewReader(out.Body)
	if err != nil {
		return fmt.Errorf("searchs3: unpack %s: %w", part.Key, err)
	}
	defer r.Close()
	sum := sha256.New()
	if _, err := io.Copy(io.MultiWriter(w, sum), r); err != nil {
		return fmt.Errorf("searchs3: unpack %s: %w: %w", part.Key, search.ErrDamaged, err)
	}
	if hex.EncodeToString(sum.Sum(nil)) != part.Digest {
		return fmt.Errorf("searchs3: %s: %w: another digest", part.Key, search.ErrDamaged)
	}
	return nil
}

// Keys implements search.Store.
func (p *Parts) Keys(ctx context.Context) ([]string, error) {
	var keys []string
	pages := s3.NewListObjectsV2Paginator(p.bucket.client, &s3.ListObjectsV2Input{Bucket: &p.bucket.name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("searchs3: list: %w", err)
		}
		for _, object := range page.Contents {
			keys = append(keys, aws.ToString(object.Key))
		}
	}
	return keys, nil
}

// Drop implements search.Store.
func (p *Parts) Drop(ctx context.Context, key string) error {
	if _, err := p.bucket.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &p.bucket.name, Key: &key}); err != nil {
		return fmt.Errorf("searchs3: drop %s: %w", key, err)
	}
	return nil
}
