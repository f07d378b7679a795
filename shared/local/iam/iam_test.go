package iam_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"jewelrydisplay.app/shared/local/iam"
	"jewelrydisplay.app/shared/local/stack"
)

const (
	table = "arn:aws:dynamodb:us-east-1:123456789012:table/"
	queue = "arn:aws:sqs:us-east-1:123456789012:"
	topic = "arn:aws:sns:us-east-1:123456789012:"
)

func TestNeeds(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		service, method, url, target, body string
		want                               []iam.Need
	}{
		"item":   {service: "dynamodb", target: "DynamoDB_20120810.GetItem", body: `{"TableName":"Accounts","Key":{}}`, want: []iam.Need{{"dynamodb:GetItem", table + "Accounts"}}},
		"by ARN": {service: "dynamodb", target: "DynamoDB_20120810.Scan", body: `{"TableName":"` + table + `Accounts"}`, want: []iam.Need{{"dynamodb:Scan", table + "Accounts"}}},
		"index":  {service: "dynamodb", target: "DynamoDB_20120810.Query", body: `{"TableName":"Privacy","IndexName":"due"}`, want: []iam.Need{{"dynamodb:Query", table + "Privacy/index/due"}}},
		"batch":  {service: "dynamodb", target: "DynamoDB_20120810.BatchGetItem", body: `{"RequestItems":{"Catalog":{"Keys":[]}}}`, want: []iam.Need{{"dynamodb:BatchGetItem", table + "Catalog"}}},
		"transaction": {
			service: "dynamodb", target: "DynamoDB_20120810.TransactWriteItems",
			body: `{"TransactItems":[{"Put":{"TableName":"A"}},{"Update":{"TableName":"B"}},{"Delete":{"TableName":"C"}},{"ConditionCheck":{"TableName":"D"}}]}`,
			want: []iam.Need{{"dynamodb:PutItem", table + "A"}, {"dynamodb:UpdateItem", table + "B"}, {"dynamodb:DeleteItem", table + "C"}, {"dynamodb:ConditionCheckItem", table + "D"}},
		},
		"read transaction": {service: "dynamodb", target: "DynamoDB_20120810.TransactGetItems", body: `{"TransactItems":[{"Get":{"TableName":"A"}}]}`, want: []iam.Need{{"dynamodb:GetItem", table + "A"}}},
		"stream": {
			service: "dynamodb", target: "DynamoDBStreams_20120810.DescribeStream",
			body: `{"StreamArn":"arn:aws:dynamodb:dx:000000000000:table/Privacy/stream/2026-01-01T00:00:00.000"}`,
			want: []iam.Need{{"dynamodb:DescribeStream", table + "Privacy/stream/local"}},
		},
		"records":      {service: "dynamodb", target: "DynamoDBStreams_20120810.GetRecords", body: `{"ShardIterator":"x"}`, want: []iam.Need{{"dynamodb:GetRecords", ""}}},
		"send":         {service: "sqs", target: "AmazonSQS.SendMessageBatch", body: `{"QueueUrl":"https://sqs.us-east-1.amazonaws.com/123456789012/Pages"}`, want: []iam.Need{{"sqs:SendMessage", queue + "Pages"}}},
		"queue's name": {service: "sqs", target: "AmazonSQS.GetQueueUrl", body: `{"QueueName":"Pages"}`, want: []iam.Need{{"sqs:GetQueueUrl", queue + "Pages"}}},
		"SMS":          {service: "sns", body: "Action=Publish&PhoneNumber=%2B8613800138000&Message=x", want: []iam.Need{{"sns:Publish", "*"}}},
		"push":         {service: "sns", body: "Action=Publish&TargetArn=" + topic + "endpoint/GCM/local/1", want: []iam.Need{{"sns:Publish", topic + "endpoint/GCM/local/1"}}},
		"endpoint":     {service: "sns", body: "Action=CreatePlatformEndpoint&Token=t&PlatformApplicationArn=" + topic + "app/GCM/local", want: []iam.Need{{"sns:CreatePlatformEndpoint", topic + "app/GCM/local"}}},
		"secret":       {service: "secretsmanager", target: "secretsmanager.GetSecretValue", body: `{"SecretId":"PepperSecret"}`, want: []iam.Need{{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:123456789012:secret:PepperSecret-local0"}}},
		"invoke":       {service: "lambda", url: "/2015-03-31/functions/CatalogImport/invocations", want: []iam.Need{{"lambda:InvokeFunction", "arn:aws:lambda:us-east-1:123456789012:function:CatalogImport"}}},
		"invoke ARN":   {service: "lambda", url: "/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:A:live/invocations", want: []iam.Need{{"lambda:InvokeFunction", "arn:aws:lambda:us-east-1:123456789012:function:A"}}},
		"get object":   {service: "s3", method: "GET", url: "/Imports/a/b.jsonl", want: []iam.Need{{"s3:GetObject", "arn:aws:s3:::Imports/a/b.jsonl"}}},
		"list":         {service: "s3", method: "GET", url: "/Imports?list-type=2", want: []iam.Need{{"s3:ListBucket", "arn:aws:s3:::Imports"}}},
		"put object":   {service: "s3", method: "PUT", url: "/Imports/a?x-id=PutObject", want: []iam.Need{{"s3:PutObject", "arn:aws:s3:::Imports/a"}}},
		"part":         {service: "s3", method: "PUT", url: "/Imports/a?partNumber=1&uploadId=u", want: []iam.Need{{"s3:PutObject", "arn:aws:s3:::Imports/a"}}},
		"abort":        {service: "s3", method: "DELETE", url: "/Imports/a?uploadId=u", want: []iam.Need{{"s3:AbortMultipartUpload", "arn:aws:s3:::Imports/a"}}},
		"delete":       {service: "s3", method: "DELETE", url: "/Imports/a", want: []iam.Need{{"s3:DeleteObject", "arn:aws:s3:::Imports/a"}}},
		"delete many":  {service: "s3", method: "POST", url: "/Imports?delete", body: "<Delete><Object><Key>a</Key></Object><Object><Key>b/c</Key></Object></Delete>", want: []iam.Need{{"s3:DeleteObject", "arn:aws:s3:::Imports/a"}, {"s3:DeleteObject", "arn:aws:s3:::Imports/b/c"}}},
		"unknown":      {service: "athena", target: "AmazonAthena.StartQueryExecution", want: []iam.Need{{"athena:StartQueryExecution?", "*"}}},
		"who am I":     {service: "sts"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tc.method == "" {
				tc.method, tc.url = "POST", "/"+strings.TrimPrefix(tc.url, "/")
			}
			r, err := http.NewRequest(tc.method, "http://aws"+tc.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("X-Amz-Target", tc.target)
			got := iam.Needs(iam.Request{Service: tc.service, HTTP: r, Body: []byte(tc.body)})
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	allow := func(actions []string, resources ...string) stack.Statement {
		return stack.Statement{Effect: "Allow", Actions: actions, Resources: resources}
	}
	record, err := iam.New([]stack.Function{{
		LogicalID: "Login", Statements: []stack.Statement{
			allow([]string{"dynamodb:GetItem", "dynamodb:Scan"}, table+"Accounts", table+"Accounts/index/*"),
			allow([]string{"SNS:Pub*"}, "*"),
			{Effect: "Deny", Actions: []string{"sns:Publish"}, Resources: []string{"arn:aws:sns:*:*:*"}},
			{Effect: "Allow", Actions: []string{"logs:PutLogEvents"}, Resources: []string{"*"}, Managed: true},
			allow([]string{"s3:GetObject"}, "arn:aws:s3:::Imports/texts/??.txt"),
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	note := func(function, action, resource string) {
		record.Note(function, []iam.Need{{Action: action, Resource: resource}})
	}
	note("Login", "dynamodb:GetItem", table+"Accounts")
	note("Login", "dynamodb:GetItem", table+"Accounts/index/phone")
	note("Login", "dynamodb:GetItem", table+"Privacy")
	note("Login", "dynamodb:GetItem", table+"Catalog")
	note("Login", "dynamodb:Query", table+"Accounts")
	note("Login", "sns:Publish", "*")
	note("Login", "sns:Publish", topic+"endpoint/GCM/local/1")
	note("Login", "sns:Publish", topic+"endpoint/GCM/local/2")
	note("Login", "s3:GetObject", "arn:aws:s3:::Imports/texts/zh.txt")
	note("Login", "s3:GetObject", "arn:aws:s3:::Imports/texts/zho.txt")
	note("somebody else", "dynamodb:DeleteTable", table+"Accounts")
	want := iam.Report{
		Ungranted: []iam.Call{
			{Function: "Login", Action: "dynamodb:GetItem", Resource: table + "Catalog"},
			{Function: "Login", Action: "dynamodb:GetItem", Resource: table + "Privacy"},
			{Function: "Login", Action: "dynamodb:Query", Resource: table + "Accounts"},
			{Function: "Login", Action: "s3:GetObject", Resource: "arn:aws:s3:::Imports/texts/zho.txt"},
			{Function: "Login", Action: "sns:Publish", Resource: topic + "endpoint/GCM/local/1"},
		},
		Unused: []iam.Grant{
			{Function: "Login", Action: "dynamodb:Scan", Resource: table + "Accounts"},
			{Function: "Login", Action: "dynamodb:Scan", Resource: table + "Accounts/index/*"},
		},
	}
	if diff := cmp.Diff(want, record.Report()); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

func TestAConditionIsRefused(t *testing.T) {
	t.Parallel()
	_, err := iam.New([]stack.Function{{LogicalID: "F", Statements: []stack.Statement{{
		Effect: "Allow", Condition: map[string]map[string][]string{"StringEquals": {"a": {"b"}}},
	}}}})
	if err == nil || !strings.Contains(err.Error(), "F: IAM condition StringEquals") {
		t.Errorf("error %v, want one that names the operator", err)
	}
}
