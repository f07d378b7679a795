package awstest_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"jewelrydisplay.app/shared/awstest"
)

func TestTablesAreTheTemplates(t *testing.T) {
	ctx := context.Background()
	cloud := awstest.Start(t)
	for _, id := range []string{"Accounts", "Catalog", "Engagement", "Notifications", "Privacy"} {
		name := cloud.Tables[id]
		if name == "" {
			t.Errorf("no table %s", id)
			continue
		}
		out, err := cloud.Dynamo().DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: aws.String(name)})
		if err != nil {
			t.Fatal(err)
		}
		ttl, err := cloud.Dynamo().DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: aws.String(name)})
		if err != nil {
			t.Fatal(err)
		}
		if got := aws.ToString(ttl.TimeToLiveDescription.AttributeName); got != "expires_at" {
			t.Errorf("%s: TTL attribute %q, want expires_at", id, got)
		}
		if out.Table.TableStatus != types.TableStatusActive {
			t.Errorf("%s: %s at once after its creation", id, out.Table.TableStatus)
		}
		streamed := id == "Catalog" || id == "Privacy"
		if got := aws.ToString(out.Table.LatestStreamArn) != ""; got != streamed {
			t.Errorf("%s: stream %v, want %v", id, got, streamed)
		}
	}
}

func TestEachTestHasTablesOfItsOwn(t *testing.T) {
	ctx := context.Background()
	put := func(t *testing.T, cloud *awstest.Cloud) {
		t.Helper()
		_, err := cloud.Dynamo().PutItem(ctx, &dynamodb.PutItemInput{
			TableName:           aws.String(cloud.Tables["Accounts"]),
			ConditionExpression: aws.String("attribute_not_exists(pk)"),
			Item: map[string]types.AttributeValue{
				"pk": &types.AttributeValueMemberS{Value: "U#1"},
				"sk": &types.AttributeValueMemberS{Value: "G"},
			},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"one", "two"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			put(t, awstest.Start(t))
		})
	}
}

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		awstest.Start(b)
	}
}
