package iam

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"

	"jewelrydisplay.app/shared/local/stack"
)

// Need is a permission that a call needs. Resource is an ARN; "*" where the
// action knows no resource, as sending to a phone number does; or empty where the
// call does not tell it, so that any grant of the action will do.
type Need struct {
	Action   string
	Resource string
}

// Request is an AWS call as far as its permissions depend on it.
type Request struct {
	Service string // of the signature's credential scope
	HTTP    *http.Request
	Body    []byte // not needed for S3, save DeleteObjects, and Lambda
}

// Needs returns the permissions that a call needs. A call that it does not know
// needs a permission that no policy can grant, so that it is never overlooked.
func Needs(r Request) []Need {
	target := r.HTTP.Header.Get("X-Amz-Target")
	_, operation, _ := strings.Cut(target, ".")
	switch r.Service {
	case "dynamodb":
		return dynamoNeeds(operation, r.Body)
	case "sqs":
		return []Need{queueNeed(operation, r.Body)}
	case "sns":
		form, _ := url.ParseQuery(string(r.Body))
		return []Need{topicNeed(form)}
	case "s3":
		return objectNeeds(r)
	case "secretsmanager":
		return secretNeeds(operation, r.Body)
	case "lambda":
		return []Need{functionNeed(r.HTTP)}
	case "sts":
		return nil // GetCallerIdentity needs no permission
	}
	return []Need{{r.Service + ":" + operation + "?", "*"}}
}

// dynamoBody are the members of DynamoDB's requests that name resources.
type dynamoBody struct {
	TableName, IndexName, StreamArn string
	RequestItems                    map[string]json.RawMessage
	TransactItems                   []map[string]struct{ TableName string }
}

func dynamoNeeds(operation string, body []byte) []Need {
	var b dynamoBody
	// What cannot be read names no resource, and the engine refuses it.
	_ = json.Unmarshal(body, &b)
	action := "dynamodb:" + operation
	switch {
	case operation == "GetRecords":
		// It names its stream in an opaque iterator only.
		return []Need{{action, ""}}
	case operation == "ListStreams" || operation == "ListTables":
		return []Need{{action, "*"}}
	case b.StreamArn != "":
		table, _, _ := strings.Cut(b.StreamArn, "/stream/")
		return []Need{{action, tableARN(table) + "/stream/" + stack.StreamLabel}}
	case b.TransactItems != nil:
		// A transaction is allowed by the permissions of its parts.
		var needs []Need
		for _, item := range b.TransactItems {
			for part, at := range item {
				needs = append(needs, Need{"dynamodb:" + part + "Item", tableARN(at.TableName)})
			}
		}
		return needs
	case b.RequestItems != nil:
		var needs []Need
		for table := range b.RequestItems {
			needs = append(needs, Need{action, tableARN(table)})
		}
		return needs
	case b.IndexName != "":
		return []Need{{action, tableARN(b.TableName) + "/index/" + b.IndexName}}
	}
	return []Need{{action, tableARN(b.TableName)}}
}

func tableARN(nameOrARN string) string {
	return stack.ARN("AWS::DynamoDB::Table", lastPart(nameOrARN))
}

func queueNeed(operation string, body []byte) Need {
	if operation == "ListQueues" {
		return Need{"sqs:ListQueues", "*"}
	}
	name := text(body, "QueueUrl")
	if operation == "GetQueueUrl" {
		name = text(body, "QueueName")
	}
	// A batch is allowed by the permission of its one-message form.
	return Need{"sqs:" + strings.TrimSuffix(operation, "Batch"), stack.ARN("AWS::SQS::Queue", lastPart(name))}
}

func topicNeed(form url.Values) Need {
	need := Need{"sns:" + form.Get("Action"), "*"}
	for _, name := range []string{"TopicArn", "TargetArn", "EndpointArn", "PlatformApplicationArn"} {
		if arn := form.Get(name); arn != "" {
			need.Resource = arn
			break
		}
	}
	return need
}

// secretNeeds of a batch are its own permission, which knows no resource, and the
// permission to read each secret. Which of these is refused decides about that
// secret alone: see proxy.
func secretNeeds(operation string, body []byte) []Need {
	if operation != "BatchGetSecretValue" {
		return []Need{{"secretsmanager:" + operation, secretARN(text(body, "SecretId"))}}
	}
	var b struct {
		SecretIdList []string
		Filters      []json.RawMessage
	}
	// What cannot be read names no secret, and the engine refuses it.
	_ = json.Unmarshal(body, &b)
	needs := []Need{{"secretsmanager:BatchGetSecretValue", "*"}}
	if len(b.Filters) > 0 {
		needs = append(needs, Need{"secretsmanager:ListSecrets", "*"}, Need{"secretsmanager:GetSecretValue", "*"})
	}
	for _, id := range b.SecretIdList {
		needs = append(needs, Need{"secretsmanager:GetSecretValue", secretARN(id)})
	}
	return needs
}

func secretARN(id string) string {
	if id == "" {
		return "*"
	}
	if strings.HasPrefix(id, "arn:") {
		return id
	}
	return stack.ARN("AWS::SecretsManager::Secret", id)
}

func functionNeed(r *http.Request) Need {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if len(parts) < 2 || parts[1] != "functions" {
		return Need{"lambda:" + r.Method + " " + r.URL.Path + "?", "*"}
	}
	if len(parts) == 2 {
		return Need{"lambda:ListFunctions", "*"}
	}
	// The name may be an ARN and may carry a qualifier.
	name := parts[2]
	if i := strings.LastIndex(name, ":function:"); i >= 0 {
		name = name[i+len(":function:"):]
	}
	name, _, _ = strings.Cut(name, ":")
	arn := stack.ARN("AWS::Lambda::Function", name)
	if len(parts) == 4 && parts[3] == "invocations" {
		return Need{"lambda:InvokeFunction", arn}
	}
	return Need{"lambda:GetFunction", arn}
}

func objectNeeds(r Request) []Need {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.HTTP.URL.Path, "/"), "/")
	query := r.HTTP.URL.Query()
	object := "arn:aws:s3:::" + bucket + "/" + key
	if bucket == "" {
		return []Need{{"s3:ListAllMyBuckets", "*"}}
	}
	if key == "" {
		if r.HTTP.Method == http.MethodPost && query.Has("delete") {
			var needs []Need
			for _, k := range DeletedKeys(r.Body) {
				needs = append(needs, Need{"s3:DeleteObject", "arn:aws:s3:::" + bucket + "/" + k})
			}
			return needs
		}
		action := map[string]string{
			http.MethodGet: "s3:ListBucket", http.MethodHead: "s3:ListBucket",
			http.MethodPut: "s3:CreateBucket", http.MethodDelete: "s3:DeleteBucket",
		}[r.HTTP.Method]
		return []Need{{action, "arn:aws:s3:::" + bucket}}
	}
	multipart := query.Has("uploadId")
	switch r.HTTP.Method {
	case http.MethodGet, http.MethodHead:
		if multipart {
			return []Need{{"s3:ListMultipartUploadParts", object}}
		}
		return []Need{{"s3:GetObject", object}}
	case http.MethodDelete:
		if multipart {
			return []Need{{"s3:AbortMultipartUpload", object}}
		}
		return []Need{{"s3:DeleteObject", object}}
	}
	needs := []Need{{"s3:PutObject", object}}
	if source := r.HTTP.Header.Get("X-Amz-Copy-Source"); source != "" {
		if plain, err := url.PathUnescape(source); err == nil {
			source = plain
		}
		source, _, _ = strings.Cut(source, "?")
		needs = append(needs, Need{"s3:GetObject", "arn:aws:s3:::" + strings.TrimPrefix(source, "/")})
	}
	return needs
}

// DeletedKeys are the keys that the body of a DeleteObjects call names.
func DeletedKeys(body []byte) []string {
	var d struct {
		Object []struct{ Key string }
	}
	// What cannot be read deletes nothing.
	_ = xml.Unmarshal(body, &d)
	keys := make([]string, 0, len(d.Object))
	for _, o := range d.Object {
		keys = append(keys, o.Key)
	}
	return keys
}

// text reads one string member of a JSON body.
func text(body []byte, member string) string {
	var m map[string]json.RawMessage
	var s string
	if json.Unmarshal(body, &m) == nil && m[member] != nil && json.Unmarshal(m[member], &s) == nil {
		return s
	}
	return ""
}

// lastPart is the name at the end of an ARN or a queue's URL.
func lastPart(s string) string { return s[strings.LastIndexAny(s, ":/")+1:] }
