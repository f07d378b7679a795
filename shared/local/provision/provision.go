package provision

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	secrettypes "github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"jewelrydisplay.app/shared/local/engine"
	"jewelrydisplay.app/shared/local/stack"
)

// The platform applications that the local cloud makes: CloudFormation has no such resource.
const (
	ApnsPlatformARN = "arn:aws:sns:" + engine.Region + ":" + engine.Account + ":app/APNS_SANDBOX/local"
	FcmPlatformARN  = "arn:aws:sns:" + engine.Region + ":" + engine.Account + ":app/GCM/local"
)

// ImageHosts is where the sample catalogue's pictures lie.
const ImageHosts = "images.jewelrydisplay.example"

// Parameters are the values of the template's parameters that stand for what
// All makes beside the template.
func Parameters() map[string]string {
	return map[string]string{"ApnsPlatformArn": ApnsPlatformARN, "FcmPlatformArn": FcmPlatformARN, "ImageHosts": ImageHosts}
}

// Config reaches the AWS endpoint as the local cloud itself, not as a function.
func Config(endpoint string) aws.Config {
	return aws.Config{
		Region:       engine.Region,
		BaseEndpoint: aws.String(endpoint),
		Credentials:  credentials.NewStaticCredentialsProvider("local", "local", ""),
	}
}

// All makes everything that the stack declares, and the platform applications.
func All(ctx context.Context, cfg aws.Config, s *stack.Stack, vault *Vault) error {
	if err := Tables(ctx, dynamodb.NewFromConfig(cfg), s.Tables, func(id string) string { return id }); err != nil {
		return err
	}
	if err := Queues(ctx, sqs.NewFromConfig(cfg), s.Queues); err != nil {
		return err
	}
	buckets := s3.NewFromConfig(cfg)
	for _, id := range s.Buckets {
		if err := Bucket(ctx, buckets, id); err != nil {
			return err
		}
	}
	notifications := sns.NewFromConfig(cfg)
	for _, id := range s.Topics {
		if _, err := notifications.CreateTopic(ctx, &sns.CreateTopicInput{Name: aws.String(id)}); err != nil {
			return fmt.Errorf("create topic %s: %w", id, err)
		}
	}
	for _, platform := range []string{"APNS_SANDBOX", "GCM"} {
		if _, err := Platform(ctx, notifications, platform, "local"); err != nil {
			return err
		}
	}
	client := secretsmanager.NewFromConfig(cfg)
	for _, secret := range s.Secrets {
		values, err := vault.values(secret)
		if err != nil {
			return fmt.Errorf("secret %s: %w", secret.LogicalID, err)
		}
		if _, err := Secret(ctx, client, secret.LogicalID, values...); err != nil {
			return err
		}
	}
	return nil
}

// Queues makes the queues, dead-letter queues first.
func Queues(ctx context.Context, client *sqs.Client, queues []stack.Queue) error {
	queues = slices.Clone(queues)
	slices.SortStableFunc(queues, func(a, b stack.Queue) int {
		return min(len(a.DeadLetter), 1) - min(len(b.DeadLetter), 1)
	})
	for _, q := range queues {
		attributes := map[string]string{
			"VisibilityTimeout":      seconds(q.Visibility),
			"MessageRetentionPeriod": seconds(q.Retention),
		}
		if q.FIFO {
			attributes["FifoQueue"] = "true"
		}
		if q.DeadLetter != "" {
			policy, err := json.Marshal(map[string]string{
				"deadLetterTargetArn": stack.ARN("AWS::SQS::Queue", q.DeadLetter),
				"maxReceiveCount":     strconv.Itoa(q.MaxReceives),
			})
			if err != nil {
				return err
			}
			attributes["RedrivePolicy"] = string(policy)
		}
		_, err := client.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String(q.LogicalID), Attributes: attributes})
		if err != nil {
			return fmt.Errorf("create queue %s: %w", q.LogicalID, err)
		}
	}
	return nil
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }

// Bucket makes a bucket.
func Bucket(ctx context.Context, client *s3.Client, name string) error {
	_, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String(name)})
	var owned *s3types.BucketAlreadyOwnedByYou
	if err != nil && !errors.As(err, &owned) {
		return fmt.Errorf("create bucket %s: %w", name, err)
	}
	return nil
}

// Platform makes a platform application for push endpoints, APNS_SANDBOX or GCM,
// and returns its ARN.
func Platform(ctx context.Context, client *sns.Client, platform, name string) (string, error) {
	out, err := client.CreatePlatformApplication(ctx, &sns.CreatePlatformApplicationInput{
		Name: aws.String(name), Platform: aws.String(platform),
		Attributes: map[string]string{"PlatformCredential": "local", "PlatformPrincipal": "local"},
	})
	if err != nil {
		return "", fmt.Errorf("create platform application %s: %w", platform, err)
	}
	return aws.ToString(out.PlatformApplicationArn), nil
}

// Secret makes a secret with its values, of which the last is the current and the
// one before it the previous version, and returns its ARN. A secret that exists
// is left as it is.
func Secret(ctx context.Context, client *secretsmanager.Client, name string, values ...string) (string, error) {
	out, err := client.CreateSecret(ctx, &secretsmanager.CreateSecretInput{
		Name: aws.String(name), SecretString: aws.String(values[0]),
		// The engine ends the ARN with this instead of six random letters, so that the
		// ARN that the template resolved to is the right one.
		Tags: []secrettypes.Tag{{Key: aws.String("_custom_id_"), Value: aws.String(stack.SecretSuffix)}},
	})
	var exists *secrettypes.ResourceExistsException
	if errors.As(err, &exists) {
		return stack.ARN("AWS::SecretsManager::Secret", name), nil
	}
	if err != nil {
		return "", fmt.Errorf("create secret %s: %w", name, err)
	}
	for _, value := range values[1:] {
		_, err := client.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: out.ARN, SecretString: aws.String(value)})
		if err != nil {
			return "", fmt.Errorf("put secret %s: %w", name, err)
		}
	}
	return aws.ToString(out.ARN), nil
}
