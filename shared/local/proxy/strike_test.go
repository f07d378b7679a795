package proxy_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"

	"jewelrydisplay.app/shared/local/faults"
	"jewelrydisplay.app/shared/local/proxy"
	"jewelrydisplay.app/shared/local/stack"
)

// failing is a cloud of which every call fails in the way that next says.
func failing(t *testing.T) (c *cloud, next *faults.Kind, cfg aws.Config) {
	t.Helper()
	next = new(faults.Kind)
	c = begin(t, t.TempDir(), func(o *proxy.Options) {
		o.Strike = func(f faults.Call) (faults.Kind, time.Duration) {
			if f.Function != "F" {
				return faults.None, 0
			}
			if f.Action == "" {
				t.Errorf("%s: the action is not known", f.Service)
			}
			return *next, 50 * time.Millisecond
		}
	})
	cfg = c.cfg.Copy()
	cfg.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "F", SecretAccessKey: "local"}, nil
	})
	cfg.RetryMaxAttempts = 1
	return c, next, cfg
}

func row(key string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: key}}
}

func put(ctx context.Context, cfg aws.Config, key string) error {
	_, err := dynamodb.NewFromConfig(cfg).PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String("Privacy"), Item: row(key)})
	return err
}

// Each service fails with a code of its own, which the SDK knows as one to try again.
func TestAFaultIsAWSs(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c, next, cfg := failing(t)
	calls := map[string]func() error{
		"dynamodb": func() error { return put(ctx, cfg, "never") },
		"sqs": func() error {
			_, err := sqs.NewFromConfig(cfg).SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String(stack.QueueURL("Pages")), MessageBody: aws.String("1")})
			return err
		},
		"sns": func() error {
			_, err := sns.NewFromConfig(cfg).Publish(ctx, &sns.PublishInput{PhoneNumber: aws.String("+8613800138000"), Message: aws.String("hello")})
			return err
		},
		"secretsmanager": func() error {
			_, err := secretsmanager.NewFromConfig(cfg).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String("PepperSecret")})
			return err
		},
		"lambda": func() error {
			_, err := lambda.NewFromConfig(cfg).Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String("F")})
			return err
		},
		"s3": func() error {
			_, err := s3.NewFromConfig(cfg).PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("Imports"), Key: aws.String("a"), Body: strings.NewReader("a")})
			return err
		},
	}
	for kind, want := range map[faults.Kind]map[string]string{
		faults.Throttling: {
			"dynamodb": "400 ProvisionedThroughputExceededException", "sqs": "403 RequestThrottled", "sns": "429 Throttled",
			"secretsmanager": "400 ThrottlingException", "lambda": "429 TooManyRequestsException", "s3": "503 SlowDown",
		},
		faults.Internal: {
			"dynamodb": "500 InternalServerError", "sqs": "500 InternalFailure", "sns": "500 InternalError",
			"secretsmanager": "500 InternalServiceError", "lambda": "500 ServiceException", "s3": "500 InternalError",
		},
	} {
		*next = kind
		for service, call := range calls {
			err := call()
			var coded smithy.APIError
			var response *awshttp.ResponseError
			if !errors.As(err, &coded) || !errors.As(err, &response) {
				t.Errorf("%s of %s: %v", kind, service, err)
				continue
			}
			if got := fmt.Sprint(response.HTTPStatusCode(), " ", coded.ErrorCode()); got != want[service] {
				t.Errorf("%s of %s: %s, want %s", kind, service, got, want[service])
			}
		}
	}
	*next = faults.Throttling
	_, err := dynamodb.NewFromConfig(cfg).TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
		{Put: &types.Put{TableName: aws.String("Privacy"), Item: row("never")}},
		{Put: &types.Put{TableName: aws.String("Privacy"), Item: row("ever")}},
	}})
	var cancelled *types.TransactionCanceledException
	if !errors.As(err, &cancelled) || len(cancelled.CancellationReasons) != 2 || aws.ToString(cancelled.CancellationReasons[1].Code) != "ThrottlingError" {
		t.Errorf("the throttled transaction: %v", err)
	}
	if n := c.rows(t); n != 0 || len(c.proxy.Messages()) != 0 {
		t.Errorf("%d rows and %v: a refused call had an effect", n, c.proxy.Messages())
	}
}

func (c *cloud) rows(t *testing.T) int32 {
	t.Helper()
	out, err := dynamodb.NewFromConfig(c.cfg).Scan(context.Background(), &dynamodb.ScanInput{TableName: aws.String("Privacy")})
	if err != nil {
		t.Fatal(err)
	}
	return out.Count
}

func TestALostAnswerAndALateOneHaveTheirEffect(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c, next, cfg := failing(t)
	*next = faults.Lost
	var coded smithy.APIError
	if err := put(ctx, cfg, "lost"); err == nil || errors.As(err, &coded) {
		t.Errorf("the lost answer: %v, want an error of the connection", err)
	}
	if n := c.rows(t); n != 1 {
		t.Errorf("%d rows, want 1", n)
	}
	_, err := sns.NewFromConfig(cfg).Publish(ctx, &sns.PublishInput{PhoneNumber: aws.String("+8613800138000"), Message: aws.String("hello")})
	if err == nil || len(c.proxy.Messages()) != 1 {
		t.Errorf("the SMS: %v, %v", err, c.proxy.Messages())
	}
	*next = faults.Delay
	impatient, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
	defer cancel()
	if err := put(impatient, cfg, "late"); err == nil {
		t.Error("the late answer was in time")
	}
	if err := put(ctx, cfg, "late too"); err != nil {
		t.Error(err)
	}
	if n := c.rows(t); n != 3 {
		t.Errorf("%d rows, want 3: giving up does not undo a call", n)
	}
}

func TestPagesAndBatchesAreCutShort(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	_, next, cfg := failing(t)
	client := dynamodb.NewFromConfig(cfg)
	write := map[string][]types.WriteRequest{}
	for n := range 5 {
		write["Privacy"] = append(write["Privacy"], types.WriteRequest{PutRequest: &types.PutRequest{Item: row(fmt.Sprint(n))}})
	}
	*next = faults.Unprocessed
	wrote, err := client.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: write})
	if err != nil || len(wrote.UnprocessedItems["Privacy"]) != 3 {
		t.Fatalf("%+v %v, want 3 of 5 left undone", wrote, err)
	}
	got, err := client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{
		"Privacy": {Keys: []map[string]types.AttributeValue{row("0"), row("1")}, ConsistentRead: aws.Bool(true)},
	}})
	if err != nil || len(got.Responses["Privacy"]) != 1 || len(got.UnprocessedKeys["Privacy"].Keys) != 1 || !aws.ToBool(got.UnprocessedKeys["Privacy"].ConsistentRead) {
		t.Errorf("%+v %v, want one row and one key left", got, err)
	}
	var throttled *types.ProvisionedThroughputExceededException
	_, err = client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{
		"Privacy": {Keys: []map[string]types.AttributeValue{row("0")}},
	}})
	if !errors.As(err, &throttled) {
		t.Errorf("a batch of one: %v, want it throttled", err)
	}
	sent, err := sqs.NewFromConfig(cfg).SendMessageBatch(ctx, &sqs.SendMessageBatchInput{
		QueueUrl: aws.String(stack.QueueURL("Pages")), Entries: []sqstypes.SendMessageBatchRequestEntry{
			{Id: aws.String("a"), MessageBody: aws.String("a")}, {Id: aws.String("b"), MessageBody: aws.String("b")},
		},
	})
	if err != nil || len(sent.Successful) != 1 || len(sent.Failed) != 1 || aws.ToString(sent.Failed[0].Id) != "b" {
		t.Errorf("%+v %v, want a sent and b failed", sent, err)
	}
	*next = faults.Truncated
	page, err := client.Scan(ctx, &dynamodb.ScanInput{TableName: aws.String("Privacy")})
	if err != nil || page.Count != 1 || len(page.LastEvaluatedKey) == 0 {
		t.Errorf("%+v %v, want one row and a key", page, err)
	}
	pages := dynamodb.NewScanPaginator(client, &dynamodb.ScanInput{TableName: aws.String("Privacy")})
	rows := 0
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		rows += len(page.Items)
	}
	if rows != 2 {
		t.Errorf("all pages hold %d rows, want 2", rows)
	}
}
