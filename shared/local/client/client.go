// Package client speaks to a running local cloud as an operator does to AWS.
package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// ErrFunction is returned by Invoke when the function itself reported an error.
var ErrFunction = errors.New("the function failed")

// Cloud is a running local cloud.
type Cloud struct {
	functions *lambda.Client
	objects   *s3.Client
}

// Connect finds the local cloud at AWS_PORT (4566 when unset) of this machine.
// It fails when none answers there.
func Connect(ctx context.Context) (*Cloud, error) {
	port := os.Getenv("AWS_PORT")
	if port == "" {
		port = "4566"
	}
	address := net.JoinHostPort("127.0.0.1", port)
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("no local cloud answers at %s: start one with `make run`, or set AWS_PORT", address)
	}
	conn.Close()
	return At("http://" + address), nil
}

// At is the local cloud whose AWS endpoint has that URL.
func At(endpoint string) *Cloud {
	config := aws.Config{
		Region:       "us-east-1",
		BaseEndpoint: aws.String(endpoint),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "operator", SecretAccessKey: "local"}, nil
		}),
		// An import may take a quarter of an hour before it answers, and must not
		// be sent a second time because it did.
		HTTPClient:       &http.Client{},
		RetryMaxAttempts: 1,
	}
	return &Cloud{
		functions: lambda.NewFromConfig(config),
		objects:   s3.NewFromConfig(config, func(o *s3.Options) { o.UsePathStyle = true }),
	}
}

// Invoke sends an event to a function, named by its folder or by its name in
// template.yaml, and waits for its answer. Returns ErrFunction, with the answer,
// when the function reported an error.
func (c *Cloud) Invoke(ctx context.Context, function string, event []byte) ([]byte, error) {
	name, err := c.resolve(ctx, function)
	if err != nil {
		return nil, err
	}
	out, err := c.functions.Invoke(ctx, &lambda.InvokeInput{FunctionName: &name, Payload: event})
	if err != nil {
		return nil, fmt.Errorf("invoking %s: %w", name, err)
	}
	if out.FunctionError != nil {
		return out.Payload, fmt.Errorf("%s: %w", name, ErrFunction)
	}
	return out.Payload, nil
}

// resolve finds the function's name. A folder that serves two functions is
// ambiguous, and one of their names must be given instead.
func (c *Cloud) resolve(ctx context.Context, function string) (string, error) {
	var byFolder, folders []string
	pages := lambda.NewListFunctionsPaginator(c.functions, &lambda.ListFunctionsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", fmt.Errorf("listing the functions: %w", err)
		}
		for _, f := range page.Functions {
			name, folder := aws.ToString(f.FunctionName), aws.ToString(f.Handler)
			if name == function {
				return name, nil
			}
			if folder == function {
				byFolder = append(byFolder, name)
			}
			folders = append(folders, folder)
		}
	}
	slices.Sort(folders)
	switch len(byFolder) {
	case 1:
		return byFolder[0], nil
	case 0:
		return "", fmt.Errorf("no function is called %q; there are %s", function, strings.Join(slices.Compact(folders), ", "))
	default:
		return "", fmt.Errorf("%s is %s: name one of them", function, strings.Join(byFolder, " and "))
	}
}

// Put stores an object.
func (c *Cloud) Put(ctx context.Context, bucket, key string, content io.ReadSeeker) error {
	_, err := c.objects.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: content})
	if err != nil {
		return fmt.Errorf("storing %s in %s: %w", key, bucket, err)
	}
	return nil
}
