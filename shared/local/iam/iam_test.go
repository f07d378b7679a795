package iam_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

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
		"secrets": {
			service: "secretsmanager", target: "secretsmanager.BatchGetSecretValue", body: `{"SecretIdList":["PepperSecret"]}`,
			want: []iam.Need{{"secretsmanager:BatchGetSecretValue", "*"}, {"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:123456789012:secret:PepperSecret-local0"}},
		},
		"secrets found": {
			service: "secretsmanager", target: "secretsmanager.BatchGetSecretValue", body: `{"Filters":[{}]}`,
			want: []iam.Need{{"secretsmanager:BatchGetSecretValue", "*"}, {"secretsmanager:ListSecrets", "*"}, {"secretsmanager:GetSecretValue", "*"}},
		},
		"invoke":      {service: "lambda", url: "/2015-03-31/functions/CatalogImport/invocations", want: []iam.Need{{"lambda:InvokeFunction", "arn:aws:lambda:us-east-1:123456789012:function:CatalogImport"}}},
		"invoke ARN":  {service: "lambda", url: "/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:A:live/invocations", want: []iam.Need{{"lambda:InvokeFunction", "arn:aws:lambda:us-east-1:123456789012:function:A"}}},
		"get object":  {service: "s3", method: "GET", url: "/Imports/a/b.jsonl", want: []iam.Need{{"s3:GetObject", "arn:aws:s3:::Imports/a/b.jsonl"}}},
		"list":        {service: "s3", method: "GET", url: "/Imports?list-type=2", want: []iam.Need{{"s3:ListBucket", "arn:aws:s3:::Imports"}}},
		"put object":  {service: "s3", method: "PUT", url: "/Imports/a?x-id=PutObject", want: []iam.Need{{"s3:PutObject", "arn:aws:s3:::Imports/a"}}},
		"part":        {service: "s3", method: "PUT", url: "/Imports/a?partNumber=1&uploadId=u", want: []iam.Need{{"s3:PutObject", "arn:aws:s3:::Imports/a"}}},
		"abort":       {service: "s3", method: "DELETE", url: "/Imports/a?uploadId=u", want: []iam.Need{{"s3:AbortMultipartUpload", "arn:aws:s3:::Imports/a"}}},
		"delete":      {service: "s3", method: "DELETE", url: "/Imports/a", want: []iam.Need{{"s3:DeleteObject", "arn:aws:s3:::Imports/a"}}},
		"delete many": {service: "s3", method: "POST", url: "/Imports?delete", body: "<Delete><Object><Key>a</Key></Object><Object><Key>b/c</Key></Object></Delete>", want: []iam.Need{{"s3:DeleteObject", "arn:aws:s3:::Imports/a"}, {"s3:DeleteObject", "arn:aws:s3:::Imports/b/c"}}},
		"unknown":     {service: "athena", target: "AmazonAthena.StartQueryExecution", want: []iam.Need{{"athena:StartQueryExecution?", "*"}}},
		"who am I":    {service: "sts"},
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

func allow(actions []string, resources ...string) stack.Statement {
	return stack.Statement{Effect: "Allow", Actions: actions, Resources: resources}
}

// role is the one role of these tests.
func role(t *testing.T) (record *iam.Record, refused func(function, action, resource string) string) {
	t.Helper()
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
	return record, func(function, action, resource string) string {
		refusal := record.Decide(function, []iam.Need{{Action: action, Resource: resource}})
		switch {
		case refusal == nil:
			return ""
		case refusal.Explicit:
			return "denied"
		}
		return "not allowed"
	}
}

func TestARoleAllowsWhatItGrantsAndNothingElse(t *testing.T) {
	t.Parallel()
	record, refused := role(t)
	for range 2 { // the second time from memory
		for _, tc := range []struct{ function, action, resource, want string }{
			{"Login", "dynamodb:GetItem", table + "Accounts", ""},
			{"Login", "dynamodb:GetItem", table + "Accounts/index/phone", ""},
			{"Login", "dynamodb:GetItem", table + "Privacy", "not allowed"},
			{"Login", "dynamodb:GetItem", table + "Catalog", "not allowed"},
			{"Login", "dynamodb:Query", table + "Accounts", "not allowed"},
			{"Login", "sns:Publish", "*", ""},
			{"Login", "sns:Publish", topic + "endpoint/GCM/local/1", "denied"},
			{"Login", "sns:Publish", topic + "endpoint/GCM/local/2", "denied"},
			{"Login", "s3:GetObject", "arn:aws:s3:::Imports/texts/zh.txt", ""},
			{"Login", "s3:GetObject", "arn:aws:s3:::Imports/texts/zho.txt", "not allowed"},
			{"Login", "logs:PutLogEvents", "arn:aws:logs:us-east-1:123456789012:log-group:x", ""},
			{"somebody else", "dynamodb:DeleteTable", table + "Accounts", ""},
		} {
			if got := refused(tc.function, tc.action, tc.resource); got != tc.want {
				t.Errorf("%s %s on %s: %q, want %q", tc.function, tc.action, tc.resource, got, tc.want)
			}
		}
	}
	// A transaction is refused when one of its parts is.
	parts := []iam.Need{{Action: "dynamodb:GetItem", Resource: table + "Accounts"}, {Action: "dynamodb:PutItem", Resource: table + "Accounts"}}
	refusal := record.Decide("Login", parts)
	if refusal == nil || refusal.Action != "dynamodb:PutItem" {
		t.Errorf("the transaction was refused with %+v, want dynamodb:PutItem", refusal)
	}
	want := iam.Report{
		Ungranted: []iam.Call{
			{Function: "Login", Action: "dynamodb:GetItem", Resource: table + "Catalog"},
			{Function: "Login", Action: "dynamodb:GetItem", Resource: table + "Privacy"},
			{Function: "Login", Action: "dynamodb:PutItem", Resource: table + "Accounts"},
			{Function: "Login", Action: "dynamodb:Query", Resource: table + "Accounts"},
			{Function: "Login", Action: "s3:GetObject", Resource: "arn:aws:s3:::Imports/texts/zho.txt"},
			{Function: "Login", Action: "sns:Publish", Resource: topic + "endpoint/GCM/local/1"},
		},
		Unused: []iam.Grant{
			{Function: "Login", Action: "dynamodb:Scan", Resource: table + "Accounts"},
			{Function: "Login", Action: "dynamodb:Scan", Resource: table + "Accounts/index/*"},
		},
		Used: []iam.Use{
			{Grant: iam.Grant{Function: "Login", Action: "dynamodb:GetItem", Resource: table + "Accounts"}},
			{Grant: iam.Grant{Function: "Login", Action: "dynamodb:GetItem", Resource: table + "Accounts/index/*"}},
			{Grant: iam.Grant{Function: "Login", Action: "SNS:Pub*", Resource: "*"}},
			{Grant: iam.Grant{Function: "Login", Action: "s3:GetObject", Resource: "arn:aws:s3:::Imports/texts/??.txt"}},
		},
		Withheld: []iam.Grant{},
	}
	got := record.Report()
	var last time.Time
	for i := range got.Used {
		if got.Used[i].FirstAt.IsZero() || got.Used[i].FirstAt.Before(last) {
			t.Errorf("the uses are not in the order of their time: %v", got.Used)
		}
		last, got.Used[i].FirstAt = got.Used[i].FirstAt, time.Time{}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

func TestAGrantCanBeTakenAwayAndGivenBack(t *testing.T) {
	t.Parallel()
	record, refused := role(t)
	get := func() string { return refused("Login", "dynamodb:GetItem", table+"Accounts") }
	grant := iam.Grant{Function: "Login", Action: "dynamodb:GetItem", Resource: table + "Accounts"}
	if got := get(); got != "" {
		t.Fatal(got)
	}
	if err := record.Withhold([]iam.Grant{grant}); err != nil {
		t.Fatal(err)
	}
	if got := get(); got != "not allowed" {
		t.Errorf("without its grant: %q, want not allowed", got)
	}
	if got := refused("Login", "dynamodb:Scan", table+"Accounts"); got != "" {
		t.Errorf("the other action of the statement: %q", got)
	}
	for _, unknown := range []iam.Grant{
		{Function: "Login", Action: "dynamodb:GetItem", Resource: table + "Privacy"},
		{Function: "Login", Action: "logs:PutLogEvents", Resource: "*"},
		{Function: "Other", Action: "dynamodb:GetItem", Resource: table + "Accounts"},
	} {
		if err := record.Withhold([]iam.Grant{unknown}); err == nil || get() == "" {
			t.Errorf("%v: error %v, and the first grant is back", unknown, err)
		}
	}
	if diff := cmp.Diff([]iam.Grant{grant}, record.Report().Withheld); diff != "" {
		t.Error(diff)
	}
	if err := record.Withhold(nil); err != nil {
		t.Fatal(err)
	}
	if got := get(); got != "" {
		t.Errorf("with its grant back: %q", got)
	}
}

func TestWhatIsNotEvaluatedIsAnError(t *testing.T) {
	t.Parallel()
	for want, statement := range map[string]stack.Statement{
		"F: IAM condition StringEquals of aws:SourceAccount": {
			Effect: "Allow", Condition: map[string]map[string][]string{"StringEquals": {"aws:SourceAccount": {"b"}}},
		},
		`F: IAM effect "allow"`: {Effect: "allow"},
	} {
		_, err := iam.New([]stack.Function{{LogicalID: "F", Statements: []stack.Statement{statement}}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}
