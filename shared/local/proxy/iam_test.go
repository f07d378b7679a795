package proxy_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"jewelrydisplay.app/shared/local/iam"
	"jewelrydisplay.app/shared/local/proxy"
	"jewelrydisplay.app/shared/local/stack"
)

// Functions call with credentials of their own, many at once, and the record
// tells who did what without a grant. The engines themselves allow everything.
func TestTheRecordKnowsWhichFunctionCalled(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	allow := func(action, resource string) stack.Statement {
		return stack.Statement{Effect: "Allow", Actions: []string{action}, Resources: []string{resource}}
	}
	privacy, pages := stack.ARN("AWS::DynamoDB::Table", "Privacy"), stack.ARN("AWS::SQS::Queue", "Pages")
	record, err := iam.New([]stack.Function{
		{LogicalID: "Writer", Statements: []stack.Statement{allow("dynamodb:PutItem", privacy), allow("sqs:SendMessage", pages), allow("s3:GetObject", "arn:aws:s3:::Imports/*")}},
		{LogicalID: "Reader", Statements: []stack.Statement{allow("dynamodb:GetItem", privacy)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	c := begin(t, t.TempDir(), func(o *proxy.Options) { o.Note = record.Note })
	as := func(function string) aws.Config {
		cfg := c.cfg.Copy()
		cfg.Credentials = credentials.NewStaticCredentialsProvider(function, "local", "local")
		return cfg
	}
	item := func(n int) map[string]types.AttributeValue {
		return map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: fmt.Sprint(n)}}
	}
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			for _, function := range []string{"Writer", "Reader"} {
				_, err := dynamodb.NewFromConfig(as(function)).TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{
					TransactItems: []types.TransactWriteItem{{Put: &types.Put{TableName: aws.String("Privacy"), Item: item(n)}}},
				})
				if err != nil {
					t.Error(err)
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
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if _, err := s3.NewFromConfig(as("Reader")).ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: aws.String("Imports")}); err != nil {
		t.Fatal(err)
	}
	want := iam.Report{
		Ungranted: []iam.Call{
			{Function: "Reader", Action: "dynamodb:PutItem", Resource: privacy},
			{Function: "Reader", Action: "s3:ListBucket", Resource: "arn:aws:s3:::Imports"},
			{Function: "Reader", Action: "sns:Publish", Resource: "*"},
		},
		Unused: []iam.Grant{
			{Function: "Reader", Action: "dynamodb:GetItem", Resource: privacy},
			{Function: "Writer", Action: "s3:GetObject", Resource: "arn:aws:s3:::Imports/*"},
		},
	}
	if diff := cmp.Diff(want, record.Report()); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
	if got := len(c.proxy.Messages()); got != 8 {
		t.Errorf("%d messages, want 8", got)
	}
}
