package proxy_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"jewelrydisplay.app/shared/local/iam"
	"jewelrydisplay.app/shared/local/proxy"
	"jewelrydisplay.app/shared/local/stack"
)

// guarded is a cloud whose functions Writer, Reader and Nobody may do little.
func guarded(t *testing.T) (*cloud, *iam.Record, func(function string) aws.Config) {
	t.Helper()
	allow := func(action, resource string) stack.Statement {
		return stack.Statement{Effect: "Allow", Actions: []string{action}, Resources: []string{resource}}
	}
	privacy, pages := stack.ARN("AWS::DynamoDB::Table", "Privacy"), stack.ARN("AWS::SQS::Queue", "Pages")
	record, err := iam.New([]stack.Function{
		{LogicalID: "Writer", Statements: []stack.Statement{
			allow("dynamodb:PutItem", privacy), allow("sqs:SendMessage", pages), allow("s3:GetObject", "arn:aws:s3:::Imports/*"),
			allow("secretsmanager:BatchGetSecretValue", "*"),
		}},
		{LogicalID: "Reader", Statements: []stack.Statement{
			allow("dynamodb:GetItem", privacy), allow("s3:GetObject", "arn:aws:s3:::Imports/*"), allow("s3:ListBucket", "arn:aws:s3:::Imports"),
			allow("secretsmanager:BatchGetSecretValue", "*"), allow("secretsmanager:GetSecretValue", stack.ARN("AWS::SecretsManager::Secret", "PepperSecret")),
		}},
		{LogicalID: "Nobody"},
	})
	if err != nil {
		t.Fatal(err)
	}
	c := begin(t, t.TempDir(), func(o *proxy.Options) {
		o.Decide = record.Decide
		o.Lambda = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
	})
	return c, record, func(function string) aws.Config {
		cfg := c.cfg.Copy()
		cfg.Credentials = credentials.NewStaticCredentialsProvider(function, "local", "local")
		cfg.RetryMaxAttempts = 1
		return cfg
	}
}

// Functions call with credentials of their own, many at once: what a role does
// not allow has no effect, and the record tells who did what without a grant.
func TestTheProxyKnowsWhichFunctionCalled(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c, record, as := guarded(t)
	item := func(n int) map[string]types.AttributeValue {
		return map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: fmt.Sprint(n)}}
	}
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			for function, at := range map[string]int{"Writer": n, "Reader": 100 + n} {
				_, err := dynamodb.NewFromConfig(as(function)).TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{
					TransactItems: []types.TransactWriteItem{{Put: &types.Put{TableName: aws.String("Privacy"), Item: item(at)}}},
				})
				if (err == nil) != (function == "Writer") {
					t.Errorf("%s: %v", function, err)
				}
			}
			_, err := sqs.NewFromConfig(as("Writer")).SendMessage(ctx, &sqs.SendMessageInput{
				QueueUrl: aws.String(stack.QueueURL("Pages")), MessageBody: aws.String(fmt.Sprint(n)),
			})
			if err != nil {
				t.Error(err)
			}
			_, err = sns.NewFromConfig(as("Reader")).Publish(ctx, &sns.PublishInput{
				PhoneNumber: aws.String(fmt.Sprintf("+861380013800%d", n)), Message: aws.String("hello"),
			})
			if err == nil {
				t.Error("the Reader sent an SMS")
			}
		})
	}
	all.Wait()
	rows, err := dynamodb.NewFromConfig(c.cfg).Scan(ctx, &dynamodb.ScanInput{TableName: aws.String("Privacy")})
	if err != nil || rows.Count != 8 {
		t.Errorf("%v rows, %v: want the Writer's 8", rows, err)
	}
	if got := len(c.proxy.Messages()); got != 0 {
		t.Errorf("%d messages, want none", got)
	}
	got := record.Report()
	want := []iam.Call{
		{Function: "Reader", Action: "dynamodb:PutItem", Resource: stack.ARN("AWS::DynamoDB::Table", "Privacy")},
		{Function: "Reader", Action: "sns:Publish", Resource: "*"},
	}
	if diff := cmp.Diff(want, got.Ungranted); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
	if len(got.Used) != 2 {
		t.Errorf("used %v, want the Writer's two grants", got.Used)
	}
}

// Each service refuses in its own form, and the SDK reads it.
func TestARefusalIsAWSs(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	_, _, as := guarded(t)
	nobody := as("Nobody")
	for name, tc := range map[string]struct {
		status int
		code   string
		says   string
		call   func() error
	}{
		"dynamodb": {400, "AccessDeniedException", "dynamodb:GetItem on resource: " + stack.ARN("AWS::DynamoDB::Table", "Privacy"), func() error {
			_, err := dynamodb.NewFromConfig(nobody).GetItem(ctx, &dynamodb.GetItemInput{
				TableName: aws.String("Privacy"), Key: map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "1"}},
			})
			return err
		}},
		"sqs": {403, "AccessDenied", "sqs:SendMessage on resource: " + stack.ARN("AWS::SQS::Queue", "Pages"), func() error {
			_, err := sqs.NewFromConfig(nobody).SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String(stack.QueueURL("Pages")), MessageBody: aws.String("1")})
			return err
		}},
		"sns": {403, "AuthorizationError", "sns:Publish on resource: *", func() error {
			_, err := sns.NewFromConfig(nobody).Publish(ctx, &sns.PublishInput{PhoneNumber: aws.String("+8613800138000"), Message: aws.String("hello")})
			return err
		}},
		"secretsmanager": {400, "AccessDeniedException", "secretsmanager:GetSecretValue on resource: " + stack.ARN("AWS::SecretsManager::Secret", "PepperSecret"), func() error {
			_, err := secretsmanager.NewFromConfig(nobody).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String("PepperSecret")})
			return err
		}},
		"secrets": {400, "AccessDeniedException", "secretsmanager:BatchGetSecretValue on resource: *", func() error {
			_, err := secretsmanager.NewFromConfig(nobody).BatchGetSecretValue(ctx, &secretsmanager.BatchGetSecretValueInput{SecretIdList: []string{"PepperSecret"}})
			return err
		}},
		"lambda": {403, "AccessDeniedException", "lambda:InvokeFunction on resource: " + stack.ARN("AWS::Lambda::Function", "Writer"), func() error {
			_, err := lambda.NewFromConfig(nobody).Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String("Writer")})
			return err
		}},
		"s3": {403, "AccessDenied", "s3:PutObject on resource: arn:aws:s3:::Imports/a", func() error {
			_, err := s3.NewFromConfig(nobody).PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("Imports"), Key: aws.String("a"), Body: strings.NewReader("a")})
			return err
		}},
		// Nobody tells the Writer, who may not list the bucket, what is not in it.
		"s3 hides": {403, "AccessDenied", "s3:ListBucket on resource: arn:aws:s3:::Imports", func() error {
			_, err := s3.NewFromConfig(as("Writer")).GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("Imports"), Key: aws.String("a")})
			return err
		}},
		"s3 tells": {404, "NoSuchKey", "", func() error {
			_, err := s3.NewFromConfig(as("Reader")).GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("Imports"), Key: aws.String("a")})
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := tc.call()
			var coded smithy.APIError
			var response *awshttp.ResponseError
			if !errors.As(err, &coded) || !errors.As(err, &response) {
				t.Fatalf("error %v", err)
			}
			if coded.ErrorCode() != tc.code || response.HTTPStatusCode() != tc.status {
				t.Errorf("%d %s, want %d %s", response.HTTPStatusCode(), coded.ErrorCode(), tc.status, tc.code)
			}
			if !strings.Contains(coded.ErrorMessage(), tc.says) {
				t.Errorf("%q does not say %q", coded.ErrorMessage(), tc.says)
			}
		})
	}
}

// A secret that the caller may not read is an error among the others' values.
func TestABatchOfSecretsIsDecidedOneByOne(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	_, _, as := guarded(t)
	pepper := stack.ARN("AWS::SecretsManager::Secret", "PepperSecret")
	for function, want := range map[string]struct{ values, errors int }{"Writer": {0, 2}, "Reader": {1, 1}} {
		out, err := secretsmanager.NewFromConfig(as(function)).BatchGetSecretValue(ctx, &secretsmanager.BatchGetSecretValueInput{
			SecretIdList: []string{pepper, "OtherSecret"},
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(out.SecretValues) != want.values || len(out.Errors) != want.errors {
			t.Errorf("%s: %d values and %v, want %+v", function, len(out.SecretValues), out.Errors, want)
		}
		if last := out.Errors[len(out.Errors)-1]; aws.ToString(last.ErrorCode) != "AccessDeniedException" || aws.ToString(last.SecretId) != "OtherSecret" {
			t.Errorf("%s: %v", function, last)
		}
	}
}
