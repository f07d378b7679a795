package journey

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/klauspost/compress/zstd"

	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// stores is every place of the cloud that could hold something of a person.
type stores struct {
	config  aws.Config
	control string
	dataDir string
	names   names
}

func (s *state) stores() stores {
	return stores{control: s.control, dataDir: s.dataDir, names: s.called, config: aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(s.aws),
		Credentials: credentials.NewStaticCredentialsProvider("operator", "local", ""),
	}}
}

func (st stores) s3() *s3.Client {
	return s3.NewFromConfig(st.config, func(o *s3.Options) { o.UsePathStyle = true })
}

// visit is called with each thing that a store holds.
type visit func(store, name string, content []byte) error

// each visits everything in every store.
func (st stores) each(ctx context.Context, see visit) error {
	for _, store := range []func(context.Context, visit) error{
		st.tables, st.streams, st.queues, st.objects, st.endpoints, st.logs,
	} {
		if err := store(ctx, see); err != nil {
			return err
		}
	}
	return nil
}

func (st stores) tables(ctx context.Context, see visit) error {
	client := dynamodb.NewFromConfig(st.config)
	for _, table := range []string{"Accounts", "Catalog", "Engagement", "Notifications", "Privacy"} {
		pages := dynamodb.NewScanPaginator(client, &dynamodb.ScanInput{TableName: aws.String(st.names.of(table))})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return err
			}
			for _, item := range page.Items {
				content, name := plainItem(item)
				if err := see("table", table+" "+name, content); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// plainItem writes an item as JSON with its values bare, so that two equal
// items are equal bytes; it is named by its key.
func plainItem(item map[string]types.AttributeValue) (content []byte, name string) {
	plain := map[string]any{}
	for attribute, v := range item {
		plain[attribute] = plainValue(v)
	}
	content, err := json.Marshal(plain)
	if err != nil {
		panic(err) // text, numbers, lists and maps always marshal
	}
	return content, fmt.Sprint(plain["pk"], " ", plain["sk"])
}

func plainValue(v types.AttributeValue) any {
	switch x := v.(type) {
	case *types.AttributeValueMemberS:
		return x.Value
	case *types.AttributeValueMemberN:
		return json.Number(x.Value)
	case *types.AttributeValueMemberBOOL:
		return x.Value
	case *types.AttributeValueMemberB:
		return base64.StdEncoding.EncodeToString(x.Value)
	case *types.AttributeValueMemberL:
		list := make([]any, len(x.Value))
		for i, e := range x.Value {
			list[i] = plainValue(e)
		}
		return list
	case *types.AttributeValueMemberM:
		m := map[string]any{}
		for k, e := range x.Value {
			m[k] = plainValue(e)
		}
		return m
	default:
		return fmt.Sprintf("%#v", v)
	}
}

// streams visits the stream records that are younger than 24 hours.
func (st stores) streams(_ context.Context, see visit) error {
	answer, err := http.Get(st.control + "/streams")
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	var body struct{ Items []json.RawMessage }
	if err := json.NewDecoder(answer.Body).Decode(&body); err != nil {
		return err
	}
	for i, record := range body.Items {
		if err := see("stream", fmt.Sprint("record ", i), record); err != nil {
			return err
		}
	}
	return nil
}

// queues visits every message, dead-letter queues included, and leaves them
// visible.
func (st stores) queues(ctx context.Context, see visit) error {
	client := sqs.NewFromConfig(st.config)
	list, err := client.ListQueues(ctx, &sqs.ListQueuesInput{})
	if err != nil {
		return err
	}
	for _, queue := range list.QueueUrls {
		for {
			got, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
				QueueUrl: aws.String(queue), MaxNumberOfMessages: 10, VisibilityTimeout: 2,
				MessageAttributeNames: []string{"All"}, MessageSystemAttributeNames: []sqstypes.MessageSystemAttributeName{sqstypes.MessageSystemAttributeNameAll},
			})
			if err != nil {
				return err
			}
			if len(got.Messages) == 0 {
				break
			}
			for _, m := range got.Messages {
				content, err := json.Marshal(m)
				if err != nil {
					return err
				}
				if err := see("queue", filepath.Base(queue), append(content, aws.ToString(m.Body)...)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (st stores) objects(ctx context.Context, see visit) error {
	client := st.s3()
	buckets, err := client.ListBuckets(ctx, &s3.ListBucketsInput{})
	if err != nil {
		return err
	}
	for _, bucket := range buckets.Buckets {
		pages := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{Bucket: bucket.Name})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return err
			}
			for _, object := range page.Contents {
				got, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket.Name, Key: object.Key})
				if err != nil {
					return err
				}
				content, err := io.ReadAll(got.Body)
				if err != nil {
					return err
				}
				if content, err = unpacked(content); err != nil {
					return err
				}
				name := aws.ToString(bucket.Name) + "/" + aws.ToString(object.Key)
				if err := see("object", name, append([]byte(name+"\n"), content...)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// unpacked undoes zstd, which search snapshots are packed with.
func unpacked(content []byte) ([]byte, error) {
	if !bytes.HasPrefix(content, []byte{0x28, 0xb5, 0x2f, 0xfd}) {
		return content, nil
	}
	r, err := zstd.NewReader(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

func (st stores) endpoints(ctx context.Context, see visit) error {
	client := sns.NewFromConfig(st.config)
	applications, err := client.ListPlatformApplications(ctx, &sns.ListPlatformApplicationsInput{})
	if err != nil {
		return err
	}
	for _, application := range applications.PlatformApplications {
		pages := sns.NewListEndpointsByPlatformApplicationPaginator(client, &sns.ListEndpointsByPlatformApplicationInput{
			PlatformApplicationArn: application.PlatformApplicationArn,
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return err
			}
			for _, endpoint := range page.Endpoints {
				content, err := json.Marshal(endpoint)
				if err != nil {
					return err
				}
				if err := see("endpoint", aws.ToString(endpoint.EndpointArn), content); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// logs visits the functions' logs.
func (st stores) logs(_ context.Context, see visit) error {
	files, err := filepath.Glob(filepath.Join(st.dataDir, "logs", "*.log"))
	if err != nil {
		return err
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if err := see("log", filepath.Base(file), content); err != nil {
			return err
		}
	}
	return nil
}
