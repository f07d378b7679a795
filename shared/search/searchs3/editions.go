// Package searchs3 keeps the catalogue's snapshots as compressed objects in
// S3.
package searchs3

import (
	"bytes"
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/klauspost/compress/zstd"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/search"
)

// Snapshots keeps and loads snapshots.
type Snapshots struct {
	client *s3.Client
	bucket string
}

var (
	_ search.Editions = (*Snapshots)(nil)
	_ search.Store    = (*Snapshots)(nil)
)

// New returns the snapshots in the bucket.
func New(cfg aws.Config, bucket string) *Snapshots {
	client := s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.UsePathStyle = cfg.BaseEndpoint != nil // an endpoint of its own has no names of buckets before it
	})
	return &Snapshots{client: client, bucket: bucket}
}

// Put implements search.Store.
func (s *Snapshots) Put(ctx context.Context, version int, digest string, snapshot search.Snapshot) (string, error) {
	var packed bytes.Buffer
	w, err := zstd.NewWriter(&packed, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return "", err
	}
	if _, err := snapshot.Write(w); err != nil {
		return "", err
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	key := fmt.Sprintf("catalog/%09d-%.16s.jsonl.zst", version, digest)
	_, err = s.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &s.bucket, Key: &key, Body: bytes.NewReader(packed.Bytes()), ContentType: aws.String("application/zstd"),
	})
	if err != nil {
		return "", fmt.Errorf("searchs3: put snapshot: %w", err)
	}
	return key, nil
}

// Drop implements search.Store.
func (s *Snapshots) Drop(ctx context.Context, key string) error {
	if _, err := s.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.bucket, Key: &key}); err != nil {
		return fmt.Errorf("searchs3: drop snapshot: %w", err)
	}
	return nil
}

// Load implements search.Editions: the snapshot is fetched, its checksum
// verified, and indexed.
func (s *Snapshots) Load(ctx context.Context, e catalog.Edition) (search.Searcher, error) {
	out, err := s.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.bucket, Key: &e.Key})
	if err != nil {
		return nil, fmt.Errorf("searchs3: get snapshot: %w", err)
	}
	defer out.Body.Close() //nolint:errcheck // only read
	r, err := zstd.NewReader(out.Body, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("searchs3: unpack snapshot: %w", err)
	}
	defer r.Close()
	snapshot, err := search.ReadSnapshot(r, e.Digest)
	if err != nil {
		return nil, err
	}
	return search.NewIndex(snapshot), nil
}
