// Package provision makes what a resolved template declares exist in the
// engines: tables, queues, topics, buckets, secrets, keys and the platform
// applications that no template can declare. Every step may be repeated: what
// already exists is left as it is.
package provision

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"jewelrydisplay.app/shared/local/stack"
)

// Tables creates the tables with their indexes, streams and TTL under the
// physical names that name gives them. A table that exists is left as it is.
func Tables(ctx context.Context, client *dynamodb.Client, tables []stack.Table, name func(logicalID string) string) error {
	for _, t := range tables {
		if err := table(ctx, client, t, name(t.LogicalID)); err != nil {
			return fmt.Errorf("create table %s: %w", t.LogicalID, err)
		}
	}
	return nil
}

func table(ctx context.Context, client *dynamodb.Client, t stack.Table, name string) error {
	in := &dynamodb.CreateTableInput{
		TableName:   aws.String(name),
		BillingMode: types.BillingModePayPerRequest,
	}
	seen := map[string]bool{}
	schema := func(parts []stack.KeyPart) (out []types.KeySchemaElement) {
		for _, p := range parts {
			out = append(out, types.KeySchemaElement{AttributeName: aws.String(p.Name), KeyType: types.KeyType(p.Role)})
			if !seen[p.Name] {
				seen[p.Name] = true
				in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{
					AttributeName: aws.String(p.Name), AttributeType: types.ScalarAttributeType(p.Type),
				})
			}
		}
		return out
	}
	in.KeySchema = schema(t.Keys)
	for _, i := range t.Indexes {
		in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes, types.GlobalSecondaryIndex{
			IndexName:  aws.String(i.Name),
			KeySchema:  schema(i.Keys),
			Projection: &types.Projection{ProjectionType: types.ProjectionType(i.Projection), NonKeyAttributes: i.Include},
		})
	}
	if t.Stream != "" {
		in.StreamSpecification = &types.StreamSpecification{
			StreamEnabled: aws.Bool(true), StreamViewType: types.StreamViewType(t.Stream),
		}
	}
	_, err := client.CreateTable(ctx, in)
	var exists *types.ResourceInUseException
	if errors.As(err, &exists) {
		return nil
	}
	if err != nil || t.TTL == "" {
		return err
	}
	_, err = client.UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{
		TableName:               aws.String(name),
		TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: aws.String(t.TTL), Enabled: aws.Bool(true)},
	})
	return err
}
