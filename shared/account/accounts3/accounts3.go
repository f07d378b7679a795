// Package accounts3 reads the texts of policy versions from their bucket.
package accounts3

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"jewelrydisplay.app/shared/account"
	"jewelrydisplay.app/shared/fault"
)

// Texts reads texts.
type Texts struct{ client *s3.Client }

// New returns the texts that the credentials of cfg may read.
func New(cfg aws.Config) *Texts {
	return &Texts{client: s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = cfg.BaseEndpoint != nil })}
}

// Text returns an object as text. NotFound: there is no such object, or none
// that may be read, which S3 does not tell apart for who may not list. A longer
// object than a policy may have is cut one byte behind the limit, so that it is
// seen to be too long.
func (t *Texts) Text(ctx context.Context, bucket, key string) (string, error) {
	out, err := t.client.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(bucket), Key: aws.String(key)})
	var api smithy.APIError
	if errors.As(err, &api) {
		switch api.ErrorCode() {
		case "NoSuchKey", "NoSuchBucket", "NotFound", "AccessDenied", "InvalidBucketName", "PermanentRedirect":
			return "", fault.New(fault.NotFound, "There is no such object.")
		}
	}
	if err != nil {
		return "", fmt.Errorf("accounts3: read policy text: %w", err)
	}
	defer out.Body.Close()
	b, err := io.ReadAll(io.LimitReader(out.Body, account.MaxText+1))
	if err != nil {
		return "", fmt.Errorf("accounts3: read policy text: %w", err)
	}
	return string(b), nil
}
