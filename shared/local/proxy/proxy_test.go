package proxy_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"jewelrydisplay.app/shared/local/engine"
	"jewelrydisplay.app/shared/local/iam"
	"jewelrydisplay.app/shared/local/provision"
	"jewelrydisplay.app/shared/local/proxy"
	"jewelrydisplay.app/shared/local/stack"
)

// small is a stack with one of each kind.
var small = &stack.Stack{
	Tables: []stack.Table{{
		LogicalID: "Privacy", Stream: "KEYS_ONLY", TTL: "expires_at",
		Keys: []stack.KeyPart{{Name: "pk", Type: "S", Role: "HASH"}},
	}},
	Queues: []stack.Queue{
		{LogicalID: "Pages", Visibility: time.Minute, Retention: time.Hour, DeadLetter: "PagesDead", MaxReceives: 1},
		{LogicalID: "PagesDead", Visibility: time.Minute, Retention: time.Hour},
	},
	Topics:  []string{"Alarms"},
	Buckets: []string{"Imports"},
	Secrets: []stack.Secret{{LogicalID: "PepperSecret", Length: 64, Exclude: "\"@/\\ "}},
}

// cloud is a running local cloud without functions.
type cloud struct {
	cfg   aws.Config
	proxy *proxy.Proxy
	stop  func()
}

// begin starts both engines and the proxy over what dir keeps.
func begin(t testing.TB, dir string, change func(*proxy.Options)) *cloud {
	t.Helper()
	ctx := context.Background()
	tools := engine.Find("../../../.tools")
	dynamo, err := tools.StartDynamo(ctx, engine.Dynamo{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(dynamo.Stop)
	moto, err := tools.StartMoto(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(moto.Stop)
	vault, err := provision.OpenVault(dir)
	if err != nil {
		t.Fatal(err)
	}
	options := proxy.Options{Dynamo: dynamo.URL, Moto: moto.URL, Dir: dir, SecretChanged: vault.Change}
	if change != nil {
		change(&options)
	}
	p, err := proxy.New(options)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	c := &cloud{cfg: provision.Config(server.URL), proxy: p, stop: func() { server.Close(); moto.Stop(); dynamo.Stop() }}
	if err := provision.All(ctx, c.cfg, small, vault); err != nil {
		t.Fatal(err)
	}
	// A second time changes nothing.
	if err := provision.All(ctx, c.cfg, small, vault); err != nil {
		t.Fatalf("a second time: %v", err)
	}
	if err := p.Restore(ctx); err != nil {
		t.Fatal(err)
	}
	return c
}

func secret(t *testing.T, c *cloud, stage string) string {
	t.Helper()
	out, err := secretsmanager.NewFromConfig(c.cfg).GetSecretValue(context.Background(), &secretsmanager.GetSecretValueInput{
		SecretId: aws.String(stack.ARN("AWS::SecretsManager::Secret", "PepperSecret")), VersionStage: aws.String(stage),
	})
	if err != nil {
		t.Fatal(err)
	}
	return aws.ToString(out.SecretString)
}

func TestEachServiceIsAnswered(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	type note struct {
		key  string
		need iam.Need
	}
	notes := make(chan note, 1000)
	c := begin(t, t.TempDir(), func(o *proxy.Options) {
		o.Decide = func(key string, needs []iam.Need) *iam.Refusal {
			for _, n := range needs {
				notes <- note{key, n}
			}
			return nil
		}
		o.Lambda = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(w, r.Body)
		})
	})

	table, err := dynamodb.NewFromConfig(c.cfg).DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: aws.String("Privacy")})
	if err != nil {
		t.Fatal(err)
	}
	_, err = dynamodbstreams.NewFromConfig(c.cfg).DescribeStream(ctx, &dynamodbstreams.DescribeStreamInput{StreamArn: table.Table.LatestStreamArn})
	if err != nil {
		t.Fatal(err)
	}
	attributes, err := sqs.NewFromConfig(c.cfg).GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: aws.String(stack.QueueURL("Pages")), AttributeNames: []sqstypes.QueueAttributeName{"All"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := attributes.Attributes["RedrivePolicy"]; !strings.Contains(got, ":PagesDead") || attributes.Attributes["VisibilityTimeout"] != "60" {
		t.Errorf("queue attributes %v", attributes.Attributes)
	}
	if len(secret(t, c, "AWSCURRENT")) != 64 {
		t.Error("the generated secret does not have 64 characters")
	}
	answer, err := lambda.NewFromConfig(c.cfg).Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String("SmsLogin"), Payload: []byte(`{"a":1}`)})
	if err != nil || string(answer.Payload) != `{"a":1}` {
		t.Errorf("invoke: %v %v", answer, err)
	}
	seen := map[string]bool{}
	for range len(notes) {
		n := <-notes
		if n.key != "local" {
			t.Errorf("signed by %q, want local", n.key)
		}
		seen[n.need.Action] = true
	}
	for _, action := range []string{"dynamodb:DescribeStream", "sqs:GetQueueAttributes", "secretsmanager:GetSecretValue", "lambda:InvokeFunction", "s3:CreateBucket", "sns:CreateTopic"} {
		if !seen[action] {
			t.Errorf("%s was not noted: %v", action, seen)
		}
	}

	res, err := http.Get(*c.cfg.BaseEndpoint + "/Imports/anything")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusForbidden {
		t.Errorf("an unsigned call: %s, want 403", res.Status)
	}
}

func TestWhatTheEngineForgetsIsKept(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir := t.TempDir()
	at := time.Date(2026, 11, 24, 8, 0, 0, 0, time.FixedZone("CST", 8*3600))
	turned := func(o *proxy.Options) { o.Now = func() time.Time { return at } }
	c := begin(t, dir, turned)
	client := sns.NewFromConfig(c.cfg)

	endpoint := func(c *cloud, platform, token string) string {
		t.Helper()
		out, err := sns.NewFromConfig(c.cfg).CreatePlatformEndpoint(ctx, &sns.CreatePlatformEndpointInput{
			PlatformApplicationArn: aws.String(platform), Token: aws.String(token), CustomUserData: aws.String("u"),
		})
		if err != nil {
			t.Fatal(err)
		}
		return aws.ToString(out.EndpointArn)
	}
	set := func(c *cloud, arn, name, value string) {
		t.Helper()
		_, err := sns.NewFromConfig(c.cfg).SetEndpointAttributes(ctx, &sns.SetEndpointAttributesInput{
			EndpointArn: aws.String(arn), Attributes: map[string]string{name: value},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	plain := endpoint(c, provision.FcmPlatformARN, "token-plain")
	disabled := endpoint(c, provision.ApnsPlatformARN, "token-disabled")
	set(c, disabled, "Enabled", "false")
	moved := endpoint(c, provision.FcmPlatformARN, "token-old")
	set(c, moved, "Token", "token-new")
	deleted := endpoint(c, provision.FcmPlatformARN, "token-deleted")
	if _, err := client.DeleteEndpoint(ctx, &sns.DeleteEndpointInput{EndpointArn: aws.String(deleted)}); err != nil {
		t.Fatal(err)
	}
	publish := func(c *cloud, arn string) error {
		_, err := sns.NewFromConfig(c.cfg).Publish(ctx, &sns.PublishInput{TargetArn: aws.String(arn), Message: aws.String("hello")})
		return err
	}
	if err := publish(c, moved); err != nil {
		t.Fatal(err)
	}

	objects := s3.NewFromConfig(c.cfg)
	large := strings.Repeat("0123456789abcdef", 400_000) // more than one part of 5 MB
	put := func(key, body string) {
		t.Helper()
		_, err := objects.PutObject(ctx, &s3.PutObjectInput{
			Bucket: aws.String("Imports"), Key: aws.String(key), Body: strings.NewReader(body),
			ContentType: aws.String("application/jsonl"), Metadata: map[string]string{"rows": "2"},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	put("feeds/a b+金.jsonl", "{}\n{}\n")
	put("empty", "")
	put("one", "gone")
	put("two", "gone too")
	multipart(t, objects, "Imports", "large", large)
	if _, err := objects.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: aws.String("Imports"), Key: aws.String("one")}); err != nil {
		t.Fatal(err)
	}
	_, err := objects.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: aws.String("Imports"), Delete: &s3types.Delete{
		Objects: []s3types.ObjectIdentifier{{Key: aws.String("two")}},
	}})
	if err != nil {
		t.Fatal(err)
	}

	first := secret(t, c, "AWSCURRENT")
	_, err = secretsmanager.NewFromConfig(c.cfg).PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{
		SecretId: aws.String(stack.ARN("AWS::SecretsManager::Secret", "PepperSecret")), SecretString: aws.String("rotated"),
	})
	if err != nil {
		t.Fatal(err)
	}
	c.stop()

	c = begin(t, dir, turned)
	if got := secret(t, c, "AWSCURRENT"); got != "rotated" {
		t.Errorf("current secret %q", got)
	}
	if got := secret(t, c, "AWSPREVIOUS"); got != first {
		t.Error("the previous secret is another")
	}
	for _, arn := range []string{plain, moved} {
		if err := publish(c, arn); err != nil {
			t.Errorf("publish after a restart: %v", err)
		}
	}
	var off *snstypes.EndpointDisabledException
	if err := publish(c, disabled); !errors.As(err, &off) {
		t.Errorf("publish to the disabled endpoint: %v, want EndpointDisabled", err)
	}
	var gone *snstypes.InvalidParameterException
	if err := publish(c, deleted); !errors.As(err, &gone) || !strings.Contains(gone.ErrorMessage(), "No endpoint found") {
		t.Errorf("publish to the deleted endpoint: %v, want InvalidParameter", err)
	}
	if got := endpoint(c, provision.FcmPlatformARN, "token-new"); got != moved {
		t.Errorf("the same token again made %s, want %s", got, moved)
	}
	if got := endpoint(c, provision.FcmPlatformARN, "token-old"); got == moved {
		t.Error("the token that the endpoint no longer has still finds it")
	}
	list, err := sns.NewFromConfig(c.cfg).ListEndpointsByPlatformApplication(ctx, &sns.ListEndpointsByPlatformApplicationInput{
		PlatformApplicationArn: aws.String(provision.FcmPlatformARN),
	})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(list.Endpoints, func(e snstypes.Endpoint) bool { return aws.ToString(e.EndpointArn) == plain }) {
		t.Errorf("the list does not call the endpoint %s: %v", plain, list.Endpoints)
	}

	objects = s3.NewFromConfig(c.cfg)
	for key, want := range map[string]string{"feeds/a b+金.jsonl": "{}\n{}\n", "empty": "", "large": large} {
		out, err := objects.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("Imports"), Key: aws.String(key)})
		if err != nil {
			t.Errorf("%s: %v", key, err)
			continue
		}
		raw, err := io.ReadAll(out.Body)
		if err != nil || string(raw) != want {
			t.Errorf("%s: %d bytes %v, want %d", key, len(raw), err, len(want))
		}
		if key != "large" && (aws.ToString(out.ContentType) != "application/jsonl" || out.Metadata["rows"] != "2") {
			t.Errorf("%s: type %v, metadata %v", key, out.ContentType, out.Metadata)
		}
	}
	kept, err := objects.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: aws.String("Imports")})
	if err != nil || len(kept.Contents) != 3 {
		t.Errorf("objects after a restart: %v %v", kept, err)
	}

	var to []string
	for _, m := range c.proxy.Messages() {
		to = append(to, m.To)
		if m.Kind != "push" || m.Text != "hello" || !m.At.Equal(at) || m.At.Location() != time.UTC {
			t.Errorf("message %+v", m)
		}
	}
	if want := []string{"token-new", "token-plain", "token-new"}; !slices.Equal(to, want) {
		t.Errorf("messages to %v, newest first, want %v", to, want)
	}
	c.stop()
	for _, forgotten := range []string{"token-deleted", "gone too", "gone"} {
		if file := holding(t, dir, forgotten); file != "" {
			t.Errorf("%s still holds %q", file, forgotten)
		}
	}
}

// multipart uploads in parts of 5 MB, as large feeds are.
func multipart(t *testing.T, client *s3.Client, bucket, key, body string) {
	t.Helper()
	ctx := context.Background()
	begun, err := client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: aws.String(bucket), Key: aws.String(key)})
	if err != nil {
		t.Fatal(err)
	}
	var parts []s3types.CompletedPart
	for n := int32(1); body != ""; n++ {
		part := body[:min(5<<20, len(body))]
		body = body[len(part):]
		out, err := client.UploadPart(ctx, &s3.UploadPartInput{
			Bucket: aws.String(bucket), Key: aws.String(key), UploadId: begun.UploadId,
			PartNumber: aws.Int32(n), Body: strings.NewReader(part),
		})
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, s3types.CompletedPart{ETag: out.ETag, PartNumber: aws.Int32(n)})
	}
	_, err = client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: aws.String(bucket), Key: aws.String(key), UploadId: begun.UploadId,
		MultipartUpload: &s3types.CompletedMultipartUpload{Parts: parts},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// holding returns a file below dir that holds the text.
func holding(t *testing.T, dir, text string) string {
	t.Helper()
	found := ""
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if strings.Contains(string(raw), text) {
			found = path
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
