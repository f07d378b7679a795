package stack

import (
	"fmt"
	"time"
)

// queue reads an AWS::SQS::Queue.
func (b *builder) queue(id string, properties any) error {
	var p struct {
		VisibilityTimeout         *number
		MessageRetentionPeriod    *number
		DelaySeconds              number
		FifoQueue                 truth
		ContentBasedDeduplication truth
		RedrivePolicy             struct {
			DeadLetterTargetArn string `json:"deadLetterTargetArn"`
			MaxReceiveCount     number `json:"maxReceiveCount"`
		}
		ReceiveMessageWaitTimeSeconds number // pollers say how long they wait
		// Encryption, who may redrive and tags change nothing that can be seen here.
		SqsManagedSseEnabled, KmsMasterKeyId, KmsDataKeyReusePeriodSeconds, RedriveAllowPolicy, Tags any
	}
	if err := decode(id, properties, &p); err != nil {
		return err
	}
	if p.DelaySeconds != 0 {
		return fmt.Errorf("%s: DelaySeconds is not supported locally", id)
	}
	q := Queue{LogicalID: id, Visibility: 30 * time.Second, Retention: 4 * 24 * time.Hour, FIFO: bool(p.FifoQueue)}
	if p.VisibilityTimeout != nil {
		q.Visibility = p.VisibilityTimeout.seconds()
	}
	if p.MessageRetentionPeriod != nil {
		q.Retention = p.MessageRetentionPeriod.seconds()
	}
	if p.RedrivePolicy.DeadLetterTargetArn != "" {
		q.DeadLetter = lastPart(p.RedrivePolicy.DeadLetterTargetArn)
		q.MaxReceives = int(p.RedrivePolicy.MaxReceiveCount)
	}
	b.stack.Queues = append(b.stack.Queues, q)
	return nil
}

// topic reads an AWS::SNS::Topic.
func (b *builder) topic(id string, properties any) error {
	var p struct {
		DisplayName, KmsMasterKeyId, Tags any // words for people, encryption
	}
	if err := decode(id, properties, &p); err != nil {
		return err
	}
	b.stack.Topics = append(b.stack.Topics, id)
	return nil
}

// bucket reads an AWS::S3::Bucket.
func (b *builder) bucket(id string, properties any) error {
	var p struct {
		// Versions, lifecycle, encryption, access rules, logs and tags change nothing
		// that one short-lived local caller sees.
		VersioningConfiguration, LifecycleConfiguration, BucketEncryption, PublicAccessBlockConfiguration,
		OwnershipControls, LoggingConfiguration, Tags any
	}
	if err := decode(id, properties, &p); err != nil {
		return err
	}
	b.stack.Buckets = append(b.stack.Buckets, id)
	return nil
}

// secret reads an AWS::SecretsManager::Secret.
func (b *builder) secret(id string, properties any) error {
	var p struct {
		Description, KmsKeyId, Tags any // words for people, encryption
		SecretString                string
		GenerateSecretString        *struct {
			PasswordLength     *number
			ExcludeCharacters  string
			ExcludePunctuation truth
			IncludeSpace       truth
			// The generated value always has one of each kind that is not excluded.
			RequireEachIncludedType any
			ExcludeLowercase        truth
			ExcludeUppercase        truth
			ExcludeNumbers          truth
		}
	}
	if err := decode(id, properties, &p); err != nil {
		return err
	}
	s := Secret{LogicalID: id, Value: p.SecretString}
	if g := p.GenerateSecretString; g != nil {
		s.Length = 32
		if g.PasswordLength != nil {
			s.Length = int(*g.PasswordLength)
		}
		s.Exclude = g.ExcludeCharacters
		for _, kind := range []struct {
			chars    string
			excluded truth
		}{
			{"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", g.ExcludePunctuation},
			{" ", !g.IncludeSpace},
			{"abcdefghijklmnopqrstuvwxyz", g.ExcludeLowercase},
			{"ABCDEFGHIJKLMNOPQRSTUVWXYZ", g.ExcludeUppercase},
			{"0123456789", g.ExcludeNumbers},
		} {
			if kind.excluded {
				s.Exclude += kind.chars
			}
		}
	}
	if (s.Length == 0) == (s.Value == "") {
		return fmt.Errorf("%s: wants either SecretString or GenerateSecretString", id)
	}
	b.stack.Secrets = append(b.stack.Secrets, s)
	return nil
}
