// Package catalogs3 reads merchants' feeds from objects in S3 and writes the
// reports of imports there, both in constant memory.
package catalogs3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/fault"
)

// Objects implements catalog.Objects: feeds from any bucket that the function
// may read, reports into its own.
type Objects struct {
	client *s3.Client
	bucket string
}

var _ catalog.Objects = (*Objects)(nil)

// New returns the objects; reports go into bucket.
func New(cfg aws.Config, bucket string) *Objects {
	client := s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.UsePathStyle = cfg.BaseEndpoint != nil // an endpoint of its own has no names of buckets before it
	})
	return &Objects{client: client, bucket: bucket}
}

// Open implements catalog.Objects. When the connection breaks while the feed is
// read, the rest of the same version is asked for.
func (o *Objects) Open(ctx context.Context, place catalog.ObjectPlace) (io.ReadCloser, string, error) {
	out, err := o.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &place.Bucket, Key: &place.Key})
	if err != nil {
		return nil, "", opening(err)
	}
	b := &body{ctx: ctx, objects: o, place: place, version: aws.ToString(out.ETag), size: aws.ToInt64(out.ContentLength), in: out.Body}
	return b, b.version, nil
}

// opening tells an object that cannot be had from a service that is busy.
func opening(err error) error {
	var api smithy.APIError
	if errors.As(err, &api) {
		switch api.ErrorCode() {
		case "NoSuchKey", "NoSuchBucket", "NotFound", "AccessDenied", "InvalidBucketName", "PermanentRedirect":
			return fmt.Errorf("%w: %w", catalog.ErrNoObject, err)
		}
	}
	return fault.Busy(err)
}

// resumes is how often in a row a broken connection is taken up again without
// a byte having come.
const resumes = 5

// body is an object's bytes over as many connections as it takes.
type body struct {
	ctx     context.Context //nolint:containedctx // a reader has no other way to be cancelled
	objects *Objects
	place   catalog.ObjectPlace
	version string
	size    int64
	read    int64
	tries   int
	in      io.ReadCloser
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.in.Read(p)
	b.read += int64(n)
	if n > 0 {
		b.tries = 0
	}
	if err == nil || b.read >= b.size || b.ctx.Err() != nil {
		return n, err
	}
	if b.tries++; b.tries > resumes {
		return n, err
	}
	out, again := b.objects.client.GetObject(b.ctx, &s3.GetObjectInput{
		Bucket: &b.place.Bucket, Key: &b.place.Key, IfMatch: &b.version,
		Range: aws.String(fmt.Sprintf("bytes=%d-", b.read)),
	})
	if again != nil {
		return n, errors.Join(err, again)
	}
	_ = b.in.Close() // broken already
	b.in = out.Body
	return n, nil
}

// Close implements io.Closer.
func (b *body) Close() error { return b.in.Close() }

// partSize is how much of a report is held in memory: above the 5 MiB that S3
// asks of a part.
const partSize = 6 << 20

// Create implements catalog.Objects: a small object is one PUT, a large one a
// multipart upload, which shows nothing until it is complete.
func (o *Objects) Create(ctx context.Context, key string) (catalog.ObjectWriter, error) {
	return &upload{ctx: ctx, objects: o, key: key}, nil
}

type upload struct {
	ctx     context.Context //nolint:containedctx // a writer has no other way to be cancelled
	objects *Objects
	key     string
	buffer  []byte
	id      *string
	parts   []types.CompletedPart
}

// Write implements io.Writer.
func (u *upload) Write(p []byte) (int, error) {
	u.buffer = append(u.buffer, p...)
	if len(u.buffer) < partSize {
		return len(p), nil
	}
	return len(p), u.part()
}

// part sends what is in the buffer.
func (u *upload) part() error {
	if u.id == nil {
		out, err := u.objects.client.CreateMultipartUpload(u.ctx, &s3.CreateMultipartUploadInput{
			Bucket: &u.objects.bucket, Key: &u.key, ContentType: aws.String(contentType),
		})
		if err != nil {
			return err
		}
		u.id = out.UploadId
	}
	number := aws.Int32(int32(len(u.parts) + 1))
	out, err := u.objects.client.UploadPart(u.ctx, &s3.UploadPartInput{
		Bucket: &u.objects.bucket, Key: &u.key, UploadId: u.id, PartNumber: number, Body: bytes.NewReader(u.buffer),
	})
	if err != nil {
		return err
	}
	u.parts = append(u.parts, types.CompletedPart{ETag: out.ETag, PartNumber: number})
	u.buffer = u.buffer[:0]
	return nil
}

// Commit implements catalog.ObjectWriter. Committing the same bytes under the
// same key again is the same object.
func (u *upload) Commit() (catalog.ObjectPlace, error) {
	place := catalog.ObjectPlace{Bucket: u.objects.bucket, Key: u.key}
	if u.id == nil {
		_, err := u.objects.client.PutObject(u.ctx, &s3.PutObjectInput{
			Bucket: &u.objects.bucket, Key: &u.key, Body: bytes.NewReader(u.buffer), ContentType: aws.String(contentType),
		})
		return place, err
	}
	if len(u.buffer) > 0 {
		if err := u.part(); err != nil {
			return place, err
		}
	}
	_, err := u.objects.client.CompleteMultipartUpload(u.ctx, &s3.CompleteMultipartUploadInput{
		Bucket: &u.objects.bucket, Key: &u.key, UploadId: u.id,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: u.parts},
	})
	return place, err
}

// Abort implements catalog.ObjectWriter. An upload that cannot be aborted is
// removed by the bucket's lifecycle.
func (u *upload) Abort() {
	if u.id != nil {
		_, _ = u.objects.client.AbortMultipartUpload(context.WithoutCancel(u.ctx), &s3.AbortMultipartUploadInput{
			Bucket: &u.objects.bucket, Key: &u.key, UploadId: u.id,
		})
	}
}

const contentType = "application/jsonl"
