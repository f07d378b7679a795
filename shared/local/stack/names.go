package stack

import (
	"strings"

	"jewelrydisplay.app/shared/local/engine"
)

const (
	arnTail = ":" + engine.Region + ":" + engine.Account + ":"

	// StreamLabel stands in a stream's ARN where AWS puts the time of its creation.
	StreamLabel = "local"
	// SecretSuffix stands in a secret's ARN where AWS puts six random letters.
	SecretSuffix = "local0"
)

// ARN returns the ARN that a resource has in the template's policies.
// For a table, queue, topic, bucket, secret, role or function; "" for others.
func ARN(resourceType, id string) string {
	switch resourceType {
	case "AWS::DynamoDB::Table":
		return "arn:aws:dynamodb" + arnTail + "table/" + id
	case "AWS::SQS::Queue":
		return "arn:aws:sqs" + arnTail + id
	case "AWS::SNS::Topic":
		return "arn:aws:sns" + arnTail + id
	case "AWS::S3::Bucket":
		return "arn:aws:s3:::" + id
	case "AWS::SecretsManager::Secret":
		return "arn:aws:secretsmanager" + arnTail + "secret:" + id + "-" + SecretSuffix
	case "AWS::Lambda::Function":
		return "arn:aws:lambda" + arnTail + "function:" + id
	case "AWS::IAM::Role":
		return "arn:aws:iam::" + engine.Account + ":role/" + id
	case "AWS::Logs::LogGroup":
		return "arn:aws:logs" + arnTail + "log-group:" + id + ":*"
	}
	return ""
}

// QueueURL is what Ref of a queue gives, as on AWS. Whoever receives it sends it
// back in a request's body, where only its last part counts.
func QueueURL(id string) string {
	return "https://sqs." + engine.Region + ".amazonaws.com/" + engine.Account + "/" + id
}

// refOf is what Ref of a resource gives. Tables, buckets, keys and functions have
// names, which equal their logical ids here.
func refOf(resourceType, id string) (string, bool) {
	switch resourceType {
	case "AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::Lambda::Function",
		"AWS::IAM::Role", "AWS::Logs::LogGroup", "AWS::ApiGatewayV2::Api", "AWS::Scheduler::Schedule",
		"AWS::CloudWatch::Alarm", "AWS::Scheduler::ScheduleGroup", "AWS::Events::Rule":
		return id, true
	case "AWS::SQS::Queue":
		return QueueURL(id), true
	case "AWS::SNS::Topic", "AWS::SecretsManager::Secret":
		return ARN(resourceType, id), true
	case "AWS::Lambda::Alias":
		// SAM names an alias by its function and itself.
		function, alias, ok := strings.Cut(id, "Alias")
		return ARN("AWS::Lambda::Function", function) + ":" + alias, ok
	}
	return "", false
}

// attributeOf is what GetAtt of a resource gives.
func attributeOf(resourceType, id, attribute string) (string, bool) {
	switch attribute {
	case "Arn", "TopicArn":
		arn := ARN(resourceType, id)
		return arn, arn != "" && (attribute == "TopicArn") == (resourceType == "AWS::SNS::Topic")
	case "StreamArn":
		return ARN(resourceType, id) + "/stream/" + StreamLabel, resourceType == "AWS::DynamoDB::Table"
	case "QueueName":
		return id, resourceType == "AWS::SQS::Queue"
	case "QueueUrl":
		return QueueURL(id), resourceType == "AWS::SQS::Queue"
	case "TopicName":
		return id, resourceType == "AWS::SNS::Topic"
	case "Id":
		return ARN(resourceType, id), resourceType == "AWS::SecretsManager::Secret"
	}
	return "", false
}
