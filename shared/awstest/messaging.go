package awstest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"jewelrydisplay.app/shared/local/engine"
	"jewelrydisplay.app/shared/local/provision"
	"jewelrydisplay.app/shared/local/proxy"
	"jewelrydisplay.app/shared/local/stack"
)

// Message is a text message or a push that SNS accepted.
type Message = proxy.Message

// Endpoint is the address of an AWS endpoint for all services, for what takes no
// aws.Config, such as a process of its own.
func (c *Cloud) Endpoint() string {
	c.t.Helper()
	return c.mustRest().server.URL
}

// Queue makes an SQS queue for this test and returns its URL. A visibility of 0
// makes a received message visible again at once.
func (c *Cloud) Queue(name string, visibility time.Duration) string {
	c.t.Helper()
	q := stack.Queue{LogicalID: name + c.suffix, Visibility: visibility, Retention: time.Hour}
	if err := provision.Queues(context.Background(), sqs.NewFromConfig(c.Config), []stack.Queue{q}); err != nil {
		c.t.Fatalf("awstest: %v", err)
	}
	return stack.QueueURL(q.LogicalID)
}

// Bucket makes an empty S3 bucket for this test and returns its name.
func (c *Cloud) Bucket(name string) string {
	c.t.Helper()
	name += c.suffix
	if err := provision.Bucket(context.Background(), s3.NewFromConfig(c.Config), name); err != nil {
		c.t.Fatalf("awstest: %v", err)
	}
	return name
}

// Secret makes a secret for this test and returns its ARN.
func (c *Cloud) Secret(name, value string) string {
	c.t.Helper()
	arn, err := provision.Secret(context.Background(), secretsmanager.NewFromConfig(c.Config), name+c.suffix, value)
	if err != nil {
		c.t.Fatalf("awstest: %v", err)
	}
	return arn
}

// Platform makes a platform application for push endpoints, APNS_SANDBOX or GCM,
// for this test and returns its ARN.
func (c *Cloud) Platform(platform string) string {
	c.t.Helper()
	arn, err := provision.Platform(context.Background(), sns.NewFromConfig(c.Config), platform, "test"+c.suffix)
	if err != nil {
		c.t.Fatalf("awstest: %v", err)
	}
	return arn
}

// Messages returns what SNS accepted from this test, newest first.
func (c *Cloud) Messages() []Message {
	c.t.Helper()
	return c.mustRest().proxy.Messages()
}

// rest is everything but DynamoDB, as this test sees it.
type rest struct {
	proxy  *proxy.Proxy
	server *httptest.Server
}

// startRest starts the engine for everything but DynamoDB with the first call to
// it: it takes a second, and most packages never call it.
func (c *Cloud) startRest() (*rest, error) {
	moto, err := c.shared.moto()
	if err != nil {
		return nil, err
	}
	p, err := proxy.New(proxy.Options{Dynamo: c.shared.dynamo.URL, Moto: moto.URL})
	if err != nil {
		return nil, err
	}
	server := httptest.NewServer(p)
	c.t.Cleanup(server.Close)
	return &rest{proxy: p, server: server}, nil
}

// mustRest fails the test when the engine does not start.
func (c *Cloud) mustRest() *rest {
	c.t.Helper()
	r, err := c.rest()
	if err != nil {
		c.t.Fatalf("awstest: %v", err)
	}
	return r
}

// router is the HTTP client of a Cloud's Config: DynamoDB is called directly,
// every other service through the test's own endpoint.
type router struct {
	direct http.RoundTripper
	rest   func() (*rest, error)
}

func (r router) RoundTrip(req *http.Request) (*http.Response, error) {
	if strings.Contains(req.Header.Get("Authorization"), "/dynamodb/aws4_request") {
		return r.direct.RoundTrip(req)
	}
	rest, err := r.rest()
	if err != nil {
		return nil, err
	}
	to, err := url.Parse(rest.server.URL)
	if err != nil {
		return nil, err
	}
	req = req.Clone(req.Context())
	req.URL.Scheme, req.URL.Host = to.Scheme, to.Host
	return r.direct.RoundTrip(req)
}

// connect fills c.Config.
func (c *Cloud) connect(transport http.RoundTripper) {
	c.rest = sync.OnceValues(c.startRest)
	c.Config = provision.Config(c.shared.dynamo.URL)
	c.Config.HTTPClient = &http.Client{Transport: router{direct: transport, rest: c.rest}}
}

// startMoto is the machine's engine for everything but DynamoDB.
func startMoto(tools engine.Tools) func() (*engine.Engine, error) {
	return sync.OnceValues(func() (*engine.Engine, error) {
		return tools.StartMoto(context.Background(), nil)
	})
}

// Put puts an object into a bucket, for arranging a test.
func (c *Cloud) Put(bucket, key string, body []byte) {
	c.t.Helper()
	_, err := s3.NewFromConfig(c.Config).PutObject(context.Background(), &s3.PutObjectInput{
		Bucket: aws.String(bucket), Key: aws.String(key), Body: bytes.NewReader(body),
	})
	if err != nil {
		c.t.Fatalf("awstest: put %s: %v", key, err)
	}
}

// Get reads an object, for looking behind the code under test.
func (c *Cloud) Get(bucket, key string) []byte {
	c.t.Helper()
	out, err := s3.NewFromConfig(c.Config).GetObject(context.Background(), &s3.GetObjectInput{
		Bucket: aws.String(bucket), Key: aws.String(key),
	})
	if err != nil {
		c.t.Fatalf("awstest: get %s: %v", key, err)
	}
	defer out.Body.Close()
	raw, err := io.ReadAll(out.Body)
	if err != nil {
		c.t.Fatalf("awstest: get %s: %v", key, err)
	}
	return raw
}
