package awstest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"jewelrydisplay.app/shared/awstest"
)

func TestQueuesBucketsAndSecrets(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	cloud := awstest.Start(t)

	queue := cloud.Queue("Pages", time.Minute)
	client := sqs.NewFromConfig(cloud.Config)
	if _, err := client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String(queue), MessageBody: aws.String("page 7")}); err != nil {
		t.Fatal(err)
	}
	got, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: aws.String(queue)})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Messages) != 1 || aws.ToString(got.Messages[0].Body) != "page 7" {
		t.Errorf("received %v", got.Messages)
	}

	bucket := cloud.Bucket("Imports")
	cloud.Put(bucket, "feeds/金.jsonl", []byte("{}\n"))
	if got := string(cloud.Get(bucket, "feeds/金.jsonl")); got != "{}\n" {
		t.Errorf("object holds %q", got)
	}

	arn := cloud.Secret("PepperSecret", "v1")
	secret, err := secretsmanager.NewFromConfig(cloud.Config).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String(arn)})
	if err != nil {
		t.Fatal(err)
	}
	if aws.ToString(secret.SecretString) != "v1" {
		t.Errorf("secret %v", secret.SecretString)
	}
}

func TestMessagesAreTheTestsOwn(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	cloud, other := awstest.Start(t), awstest.Start(t)
	client := sns.NewFromConfig(cloud.Config)
	if _, err := client.Publish(ctx, &sns.PublishInput{PhoneNumber: aws.String("+8613800138000"), Message: aws.String("123456")}); err != nil {
		t.Fatal(err)
	}
	endpoint, err := client.CreatePlatformEndpoint(ctx, &sns.CreatePlatformEndpointInput{
		PlatformApplicationArn: aws.String(cloud.Platform("GCM")), Token: aws.String("token-1"),
	})
	if err != nil {
		t.Fatal(err)
	}
	push := &sns.PublishInput{
		TargetArn: endpoint.EndpointArn, MessageStructure: aws.String("json"),
		Message: aws.String(`{"default":"d","GCM":"{\"notification\":{}}"}`),
	}
	if _, err := client.Publish(ctx, push); err != nil {
		t.Fatal(err)
	}
	_, err = client.SetEndpointAttributes(ctx, &sns.SetEndpointAttributesInput{
		EndpointArn: endpoint.EndpointArn, Attributes: map[string]string{"Enabled": "false"},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Publish(ctx, push)
	var disabled *types.EndpointDisabledException
	if !errors.As(err, &disabled) {
		t.Errorf("publish to a disabled endpoint: %v, want EndpointDisabled", err)
	}
	got := cloud.Messages()
	if len(got) != 2 {
		t.Fatalf("messages %+v, want the SMS and one push", got)
	}
	if m := got[0]; m.Kind != "push" || m.To != "token-1" || m.Text != `{"notification":{}}` {
		t.Errorf("push %+v", m)
	}
	if m := got[1]; m.Kind != "sms" || m.To != "+8613800138000" || m.Text != "123456" {
		t.Errorf("SMS %+v", m)
	}
	if got := other.Messages(); len(got) != 0 {
		t.Errorf("another test sees %+v", got)
	}
}
