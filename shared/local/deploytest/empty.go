package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"golang.org/x/sync/errgroup"

	policy "jewelrydisplay.app/shared/account/sample"
	catalogue "jewelrydisplay.app/shared/catalog/sample"
	"jewelrydisplay.app/shared/local/client"
	"jewelrydisplay.app/shared/local/provision"
	"jewelrydisplay.app/shared/local/stack"
)

func (b *bridge) sns() *sns.Client { return sns.NewFromConfig(b.config()) }

// operate invokes a function as an operator does.
func (b *bridge) operate(ctx context.Context, function string, event []byte) error {
	answer, err := client.At(b.url).Invoke(ctx, b.names[function], event)
	if err != nil {
		return fmt.Errorf("%w: %s", err, answer)
	}
	return nil
}

// seedPolicy publishes the sample policy.
func (b *bridge) seedPolicy(ctx context.Context) error {
	for _, text := range policy.Texts() {
		if err := client.At(b.url).Put(ctx, b.names["Imports"], text.Key, bytes.NewReader(text.Body)); err != nil {
			return err
		}
	}
	event, err := policy.Event(b.names["Imports"])
	if err != nil {
		return err
	}
	return b.operate(ctx, "PolicyPublish", event)
}

// seedCatalogue imports the sample catalogue. Journeys only read it.
func (b *bridge) seedCatalogue(ctx context.Context) error {
	group, each := errgroup.WithContext(ctx)
	group.SetLimit(2)
	for _, feed := range catalogue.Feeds() {
		group.Go(func() error {
			if err := client.At(b.url).Put(each, b.names["Imports"], feed.Key, bytes.NewReader(feed.Body)); err != nil {
				return err
			}
			event, err := feed.Event(b.names["Imports"])
			if err != nil {
				return err
			}
			return b.operate(each, "CatalogImport", event)
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return b.operate(ctx, "CatalogIndex", []byte(`{"action":"refresh"}`))
}

// empty takes away what the script before left, save the catalogue.
func (b *bridge) empty(ctx context.Context) error {
	for _, t := range b.template.Tables {
		if t.LogicalID == "Catalog" {
			continue
		}
		if _, err := b.remove(ctx, t, &dynamodb.ScanInput{}); err != nil {
			return err
		}
	}
	queues := sqs.NewFromConfig(b.config())
	for _, q := range b.template.Queues {
		if _, err := queues.PurgeQueue(ctx, &sqs.PurgeQueueInput{QueueUrl: aws.String(b.queueURL(q.LogicalID))}); err != nil {
			return err
		}
	}
	if err := b.emptyEndpoints(ctx); err != nil {
		return err
	}
	objects := s3.NewFromConfig(b.config(), func(o *s3.Options) { o.UsePathStyle = true })
	_, err := objects.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: aws.String(b.names["Imports"]), Key: aws.String("leak")})
	if err != nil {
		return err
	}
	logs := filepath.Join(b.work, "data", "logs")
	if err := os.RemoveAll(logs); err != nil {
		return err
	}
	return os.MkdirAll(logs, 0o700)
}

func (b *bridge) emptyEndpoints(ctx context.Context) error {
	for _, platform := range []string{provision.ApnsPlatformARN, provision.FcmPlatformARN} {
		list, err := b.sns().ListEndpointsByPlatformApplication(ctx, &sns.ListEndpointsByPlatformApplicationInput{PlatformApplicationArn: aws.String(platform)})
		if err != nil {
			return err
		}
		for _, endpoint := range list.Endpoints {
			if _, err := b.sns().DeleteEndpoint(ctx, &sns.DeleteEndpointInput{EndpointArn: endpoint.EndpointArn}); err != nil {
				return err
			}
		}
	}
	return nil
}

// sweep deletes what has expired by the turned clock, as TTL does, and rings the
// bells among it: their records in MiniStack's streams do not say that TTL did it.
func (b *bridge) sweep(ctx context.Context) error {
	for _, t := range b.template.Tables {
		gone, err := b.remove(ctx, t, &dynamodb.ScanInput{
			FilterExpression: aws.String("#ttl <= :now"), ExpressionAttributeNames: map[string]string{"#ttl": t.TTL},
			ExpressionAttributeValues: map[string]types.AttributeValue{
				":now": &types.AttributeValueMemberN{Value: strconv.FormatInt(b.now().Unix(), 10)},
			},
		})
		if err != nil {
			return err
		}
		for _, key := range gone {
			if sk, ok := key["sk"].(*types.AttributeValueMemberS); t.LogicalID == "Privacy" && ok && strings.HasPrefix(sk.Value, "BELL#") {
				if err := b.ring(ctx, key); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// ring sends the erasure the stream record of a bell, as of events/.
func (b *bridge) ring(ctx context.Context, key map[string]types.AttributeValue) error {
	text, err := os.ReadFile("events/account-erasure/bell.json")
	if err != nil {
		return err
	}
	var event struct {
		Records []map[string]any `json:"Records"`
	}
	if err := json.Unmarshal(text, &event); err != nil {
		return err
	}
	keys := map[string]any{}
	for name, v := range key {
		keys[name] = map[string]any{"S": v.(*types.AttributeValueMemberS).Value}
	}
	event.Records = event.Records[:1]
	change, ok := event.Records[0]["dynamodb"].(map[string]any)
	if !ok {
		return errors.New("events/account-erasure/bell.json holds no change")
	}
	change["Keys"] = keys
	if text, err = json.Marshal(event); err != nil {
		return err
	}
	return b.operate(ctx, "AccountErasure", text)
}

// remove deletes what a scan of a table finds and returns the keys.
func (b *bridge) remove(ctx context.Context, t stack.Table, scan *dynamodb.ScanInput) ([]map[string]types.AttributeValue, error) {
	client := dynamodb.NewFromConfig(b.config())
	scan.TableName = aws.String(b.names[t.LogicalID])
	pages := dynamodb.NewScanPaginator(client, scan)
	var gone []map[string]types.AttributeValue
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return gone, err
		}
		for _, item := range page.Items {
			key := map[string]types.AttributeValue{}
			for _, part := range t.Keys {
				key[part.Name] = item[part.Name]
			}
			if _, err := client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: scan.TableName, Key: key}); err != nil {
				return gone, err
			}
			gone = append(gone, key)
		}
	}
	return gone, nil
}

// writeLogs writes what the functions have logged where the journeys look.
func (b *bridge) writeLogs(ctx context.Context) error {
	for _, f := range b.template.Functions {
		group, ok := b.names[f.LogicalID+"Logs"]
		if !ok {
			return fmt.Errorf("%s has no log group", f.LogicalID)
		}
		text, err := b.logEvents(ctx, group)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(b.work, "data", "logs", f.LogicalID+".log"), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func (b *bridge) logEvents(ctx context.Context, group string) ([]byte, error) {
	var all bytes.Buffer
	for token := ""; ; {
		question := map[string]string{"logGroupName": group}
		if token != "" {
			question["nextToken"] = token
		}
		body, err := json.Marshal(question)
		if err != nil {
			return nil, err
		}
		text, err := b.target(ctx, "logs", "Logs_20140328.FilterLogEvents", body)
		if err != nil {
			return nil, err
		}
		var page struct {
			Events    []struct{ Message string }
			NextToken string
		}
		if err := json.Unmarshal(text, &page); err != nil {
			return nil, err
		}
		for _, e := range page.Events {
			all.WriteString(e.Message + "\n")
		}
		if token = page.NextToken; token == "" {
			return all.Bytes(), nil
		}
	}
}

// target sends a call of a JSON service.
func (b *bridge) target(ctx context.Context, service, name string, body []byte) ([]byte, error) {
	return b.call(ctx, service, http.MethodPost, "/", "application/x-amz-json-1.1", body, "X-Amz-Target", name)
}
