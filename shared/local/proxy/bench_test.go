package proxy_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"jewelrydisplay.app/shared/local/iam"
	"jewelrydisplay.app/shared/local/provision"
	"jewelrydisplay.app/shared/local/proxy"
	"jewelrydisplay.app/shared/local/stack"
)

// BenchmarkGetItem tells what a call costs through the proxy, with its
// permissions recorded, and what it costs without.
func BenchmarkGetItem(b *testing.B) {
	record, err := iam.New([]stack.Function{{LogicalID: "local"}})
	if err != nil {
		b.Fatal(err)
	}
	var direct string
	c := begin(b, b.TempDir(), func(o *proxy.Options) { o.Decide, direct = record.Decide, o.Dynamo })
	get := func(b *testing.B, client *dynamodb.Client) {
		b.Helper()
		for b.Loop() {
			_, err := client.GetItem(context.Background(), &dynamodb.GetItemInput{
				TableName: aws.String("Privacy"), Key: map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "U#1"}},
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("proxied", func(b *testing.B) { get(b, dynamodb.NewFromConfig(c.cfg)) })
	b.Run("direct", func(b *testing.B) { get(b, dynamodb.NewFromConfig(provision.Config(direct))) })
}
