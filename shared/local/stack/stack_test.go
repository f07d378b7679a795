package stack_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"jewelrydisplay.app/shared/local/engine"
	"jewelrydisplay.app/shared/local/iam"
	"jewelrydisplay.app/shared/local/stack"
)

func load(t *testing.T, template string, parameters map[string]string) (*stack.Stack, error) {
	t.Helper()
	return stack.Load(context.Background(), stack.Options{
		Template: template, Parameters: parameters, Tools: engine.Find("../../../.tools"),
	})
}

func TestLoadResolvesAWholeTemplate(t *testing.T) {
	t.Parallel()
	got, err := load(t, "testdata/whole.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	statements := got.Functions[0].Statements
	got.Functions[0].Statements = nil
	want := &stack.Stack{
		Parameters: map[string]string{"Stage": "local", "Seconds": "12", "Only": "nothing", "Countries": "CN, SG"},
		Functions: []stack.Function{{
			LogicalID: "Erasure", Folder: "account-erasure",
			ARN:     "arn:aws:lambda:us-east-1:123456789012:function:Erasure",
			Timeout: 10 * time.Second, MemoryMB: 256, Reserved: 3, DeadLetter: "Dead", LogFormat: "JSON",
			Environment: map[string]string{
				"TABLE_PRIVACY": "Privacy",
				"ONLY":          "nothing",
				"QUEUE":         "https://sqs.us-east-1.amazonaws.com/123456789012/Pages",
				"SECRET":        "arn:aws:secretsmanager:us-east-1:123456789012:secret:PepperSecret-local0",
				"BUCKET":        "Imports",
				"COUNTRIES":     "CN+SG",
				"FIRST":         "b",
				"WHERE":         "us-east-1/Privacy/${literal}",
			},
		}},
		Routes: []stack.Route{{Key: "$default", Function: "Erasure"}, {Key: "GET /v1/me/{id}", Function: "Erasure"}},
		Mappings: []stack.Mapping{
			{
				LogicalID: "ErasureBells", Function: "Erasure", Table: "Privacy", BatchSize: 25, Window: time.Second,
				Filters: []string{`{"eventName":["REMOVE"]}`}, ReportItemFailures: true, Bisect: true, MaximumRetries: 2,
				MaximumRecordAge: time.Hour, StartingPosition: "TRIM_HORIZON", OnFailureQueue: "Dead", ParallelizationRate: 1,
			},
			{
				LogicalID: "ErasureWork", Function: "Erasure", Queue: "Pages", BatchSize: 10,
				MaximumRetries: -1, MaximumConcurrency: 2, ParallelizationRate: 1,
			},
		},
		Schedules: []stack.Schedule{{
			LogicalID: "ErasureHourly", Function: "Erasure", Expression: "rate(1 hour)", TimeZone: "UTC",
			Input: `{"job":"due"}`, Enabled: true,
		}},
		Tables: []stack.Table{{
			LogicalID: "Privacy", TTL: "expires_at", Stream: "KEYS_ONLY",
			Keys: []stack.KeyPart{{Name: "pk", Type: "S", Role: "HASH"}, {Name: "sk", Type: "S", Role: "RANGE"}},
			Indexes: []stack.Index{{
				Name: "due", Keys: []stack.KeyPart{{Name: "due_pk", Type: "S", Role: "HASH"}},
				Projection: "INCLUDE", Include: []string{"rt"},
			}},
		}},
		Queues: []stack.Queue{
			{LogicalID: "Dead", Visibility: 30 * time.Second, Retention: 14 * 24 * time.Hour},
			{LogicalID: "Pages", Visibility: 12 * time.Second, Retention: 4 * 24 * time.Hour, DeadLetter: "Dead", MaxReceives: 3},
		},
		Topics:  []string{"Alarms"},
		Buckets: []string{"Imports"},
		Secrets: got.Secrets,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
	if s := got.Secrets[0]; s.LogicalID != "PepperSecret" || s.Length != 64 || !strings.Contains(s.Exclude, "@") || strings.Contains(s.Exclude, "a") {
		t.Errorf("secret %+v", s)
	}
	grants := func(action, resource string) bool {
		return slices.ContainsFunc(statements, func(s stack.Statement) bool {
			return slices.Contains(s.Actions, action) && slices.Contains(s.Resources, resource)
		})
	}
	for action, resource := range map[string]string{
		"dynamodb:Query":      "arn:aws:dynamodb:us-east-1:123456789012:table/Privacy/index/*",
		"sns:Publish":         "*",
		"sqs:SendMessage":     "arn:aws:sqs:us-east-1:123456789012:Dead",
		"sqs:ReceiveMessage":  "*",
		"dynamodb:GetRecords": "*",
	} {
		if !grants(action, resource) {
			t.Errorf("no statement allows %s on %s", action, resource)
		}
	}
}

func TestParameters(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		given map[string]string
		want  string
	}{
		"undeclared":      {map[string]string{"Stag": "live"}, "parameter Stag: not declared"},
		"not allowed":     {map[string]string{"Stage": "moon"}, "parameter Stage: not one of its AllowedValues"},
		"not a number":    {map[string]string{"Seconds": "a"}, "parameter Seconds: not a number"},
		"another mapping": {map[string]string{"Stage": "live"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := load(t, "testdata/whole.yaml", tc.given)
			if tc.want != "" {
				if err == nil || !strings.Contains(err.Error(), tc.want) {
					t.Errorf("error %v, want %q", err, tc.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if f := got.Functions[0]; f.MemoryMB != 1024 || f.Reserved != 0 || f.Environment["GONE"] != "x" || len(got.Queues) != 3 {
				t.Errorf("the conditions of a live stack do not hold: %+v", f)
			}
		})
	}
}

// What the local cloud does not know it names, and never leaves out in silence.
func TestLoadNamesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	function := func(properties string) string {
		return "Transform: AWS::Serverless-2016-10-31\nResources:\n  Fn:\n    Type: AWS::Serverless::Function\n    Properties: {Handler: fn, Runtime: provided.al2023, CodeUri: ., " + properties + "}\n"
	}
	for name, tc := range map[string]struct{ template, want string }{
		"resource type": {"Resources: {Trail: {Type: AWS::CloudTrail::Trail}}", "Trail: resource type AWS::CloudTrail::Trail is not supported locally"},
		"property":      {"Resources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: mine}}}", `"QueueName"`},
		"intrinsic":     {"Resources: {B: {Type: AWS::S3::Bucket, Properties: {Tags: !GetAZs us-east-1}}}", "Fn::GetAZs"},
		"dangling ref":  {"Resources: {B: {Type: AWS::S3::Bucket, Properties: {Tags: !Ref Nobody}}}", "Nobody: no such resource or parameter"},
		"attribute":     {"Resources: {B: {Type: AWS::S3::Bucket, Properties: {Tags: !GetAtt B.Moon}}}", "B.Moon"},
		"circle":        {"Conditions: {A: !Condition A}\nResources: {B: {Type: AWS::S3::Bucket, Condition: A}}", "A: depends on itself"},
		"subscription":  {"Resources: {S: {Type: AWS::SNS::Subscription, Properties: {Protocol: sqs}}}", "subscription by sqs"},
		"not YAML":      {"Resources: [", "template"},
		"twice":         {"Resources: {A: {Type: AWS::SQS::Queue}, A: {Type: AWS::SQS::Queue}}", "A appears twice"},
		"runtime":       {strings.Replace(function("MemorySize: 128"), "provided.al2023", "python3.12", 1), "runtime python3.12"},
		"managed":       {function("Policies: [arn:aws:iam::aws:policy/AdministratorAccess]"), "AdministratorAccess"},
		"SAM's word":    {function("Events: {A: {Type: Kafka}}"), "A"},
		"layer":         {function("Layers: ['arn:aws:lambda:us-east-1:1:layer:a:1']"), `"Layers"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "template.yaml")
			if err := os.WriteFile(path, []byte(tc.template), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := load(t, path, nil)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want %q", err, tc.want)
			}
			if err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one line: %v", err)
			}
		})
	}
}

func TestASecondLoadNeedsNoTranslator(t *testing.T) {
	t.Parallel()
	o := stack.Options{Template: "testdata/whole.yaml", Tools: engine.Find("../../../.tools"), Cache: t.TempDir()}
	first, err := stack.Load(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	// A folder of its own, with the first one's stamp, but no interpreter in it.
	away := t.TempDir()
	if stamp, err := os.ReadFile("../../../.tools/sam/.stamp"); err == nil {
		if err := os.WriteFile(filepath.Join(away, ".stamp"), stamp, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(away, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	o.Tools.Python = filepath.Join(away, "bin", "python")
	second, err := stack.Load(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Error(diff)
	}
	o.Parameters = map[string]string{"Only": "http://127.0.0.1:1"}
	third, err := stack.Load(context.Background(), o)
	if err != nil {
		t.Fatalf("a parameter that only a variable uses: %v", err)
	}
	if got := third.Functions[0].Environment["ONLY"]; got != "http://127.0.0.1:1" {
		t.Errorf("its variable is %q", got)
	}
	o.Parameters = map[string]string{"Stage": "live"}
	if _, err := stack.Load(context.Background(), o); err == nil || !strings.Contains(err.Error(), "make tools") {
		t.Errorf("other parameters were answered from the cache, or the missing tool is not named: %v", err)
	}
}

func TestTheProjectsTemplate(t *testing.T) {
	t.Parallel()
	got, err := load(t, "../../../template.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string][]string{}
	for _, table := range got.Tables {
		names["tables"] = append(names["tables"], table.LogicalID)
	}
	for _, q := range got.Queues {
		names["queues"] = append(names["queues"], q.LogicalID)
		if q.DeadLetter == "" && !strings.HasSuffix(q.LogicalID, "Dead") {
			t.Errorf("queue %s has no dead-letter queue", q.LogicalID)
		}
	}
	for _, secret := range got.Secrets {
		names["secrets"] = append(names["secrets"], secret.LogicalID)
		if secret.Length != 64 {
			t.Errorf("secret %s has %d characters, want 64", secret.LogicalID, secret.Length)
		}
	}
	names["buckets"] = got.Buckets
	want := map[string][]string{
		"tables":  {"Accounts", "Catalog", "Engagement", "Notifications", "Privacy"},
		"queues":  {"Erasures", "ErasuresDead", "MarketingPages", "MarketingPagesDead", "TransactionalPages", "TransactionalPagesDead"},
		"secrets": {"CursorSecret", "IndexSecret", "PepperSecret", "ServiceSecret", "SmsWebhookSecret", "TokenSecret"},
		"buckets": {"Imports", "Snapshots"},
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
	// Every name that a function gets is one of the template's, and every role can be judged.
	if _, err := iam.New(got.Functions); err != nil {
		t.Error(err)
	}
	for _, f := range got.Functions {
		if len(f.Statements) == 0 || f.Timeout == 0 || f.Folder == "" {
			t.Errorf("%s is incomplete: %+v", f.LogicalID, f)
		}
		for name, value := range f.Environment {
			if strings.HasPrefix(name, "TABLE_") && !slices.Contains(want["tables"], value) {
				t.Errorf("%s: %s is %q", f.LogicalID, name, value)
			}
		}
	}
}
