package stack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// unneeded are the resource types that mean nothing locally, with the reason.
var unneeded = map[string]string{
	"AWS::Lambda::Permission":          "the local cloud invokes functions itself",
	"AWS::Lambda::Version":             "there is one version, the newest build",
	"AWS::Lambda::Alias":               "it names the one version",
	"AWS::CodeDeploy::Application":     "a new build is taken at once",
	"AWS::CodeDeploy::DeploymentGroup": "a new build is taken at once",
	"AWS::ApiGatewayV2::Stage":         "there is one stage, $default, without deployment",
	"AWS::Logs::LogGroup":              "each function's output is a file",
	"AWS::CloudWatch::Alarm":           "there are no metrics to watch",
	"AWS::CloudWatch::Dashboard":       "there are no metrics to show",
	"AWS::SQS::QueuePolicy":            "every caller is of the one account",
	"AWS::S3::BucketPolicy":            "every caller is of the one account",
	"AWS::SNS::TopicPolicy":            "every caller is of the one account",
	"AWS::SNS::Subscription":           "only alarms' e-mail; another protocol is refused",
	"AWS::IAM::Role":                   "read where a function names it",
	"AWS::Scheduler::ScheduleGroup":    "schedules are looked up by name alone",
}

// resolve turns an expanded template into a Stack.
func resolve(doc map[string]any, parameters map[string]string) (*Stack, error) {
	r := &resolver{
		parameters: parameters, lists: map[string]bool{}, open: map[string]bool{},
		resources: map[string]resource{},
	}
	r.mappings, _ = doc["Mappings"].(map[string]any)
	r.conditions, _ = doc["Conditions"].(map[string]any)
	declared, _ := doc["Parameters"].(map[string]any)
	for name, p := range declared {
		m, _ := p.(map[string]any)
		r.lists[name] = m["Type"] == "CommaDelimitedList"
	}
	if err := r.collect(doc); err != nil {
		return nil, fmt.Errorf("template: %w", err)
	}
	b := builder{resolver: r, stack: &Stack{Parameters: parameters}}
	for _, id := range sortedKeys(r.resources) {
		if err := b.add(id, r.resources[id]); err != nil {
			return nil, fmt.Errorf("template: %w", err)
		}
	}
	return b.stack, b.check()
}

// collect takes the resources whose condition holds.
func (r *resolver) collect(doc map[string]any) error {
	all, _ := doc["Resources"].(map[string]any)
	for _, id := range sortedKeys(all) {
		var res resource
		m, ok := all[id].(map[string]any)
		if !ok {
			return fmt.Errorf("%s: not a resource", id)
		}
		res.Type, _ = m["Type"].(string)
		res.Condition, _ = m["Condition"].(string)
		res.Properties, _ = m["Properties"].(map[string]any)
		if res.Condition != "" {
			holds, err := r.condition(res.Condition)
			if err != nil {
				return fmt.Errorf("%s: %w", id, err)
			}
			if !holds {
				continue
			}
		}
		r.resources[id] = res
	}
	return nil
}

type builder struct {
	*resolver
	stack *Stack
}

// add resolves one resource and puts it into the stack.
func (b *builder) add(id string, res resource) error {
	if res.Type == "AWS::SNS::Subscription" && res.Properties["Protocol"] != "email" {
		return fmt.Errorf("%s: a subscription by %v is not supported locally", id, res.Properties["Protocol"])
	}
	if _, skip := unneeded[res.Type]; skip {
		return nil
	}
	build, known := map[string]func(string, any) error{
		"AWS::DynamoDB::Table":            b.table,
		"AWS::SQS::Queue":                 b.queue,
		"AWS::SNS::Topic":                 b.topic,
		"AWS::S3::Bucket":                 b.bucket,
		"AWS::SecretsManager::Secret":     b.secret,
		"AWS::Lambda::Function":           b.function,
		"AWS::Lambda::EventSourceMapping": b.mapping,
		"AWS::ApiGatewayV2::Api":          b.api,
		"AWS::Scheduler::Schedule":        b.schedule,
	}[res.Type]
	if !known {
		return fmt.Errorf("%s: resource type %s is not supported locally", id, res.Type)
	}
	properties := any(res.Properties)
	if res.Properties == nil {
		properties = map[string]any{}
	}
	properties, err := b.value(properties)
	if err != nil {
		return fmt.Errorf("%s: %w", id, err)
	}
	return build(id, properties)
}

// check refuses what points to nothing.
func (b *builder) check() error {
	known := func(kind, from, id string) error {
		if id != "" && b.resources[id].Type != kind {
			return fmt.Errorf("template: %s names %s, which is no %s", from, id, kind)
		}
		return nil
	}
	for _, m := range b.stack.Mappings {
		for id, kind := range map[string]string{
			m.Function: "AWS::Lambda::Function", m.Table: "AWS::DynamoDB::Table",
			m.Queue: "AWS::SQS::Queue", m.OnFailureQueue: "AWS::SQS::Queue",
		} {
			if err := known(kind, m.LogicalID, id); err != nil {
				return err
			}
		}
	}
	for _, q := range b.stack.Queues {
		if err := known("AWS::SQS::Queue", q.LogicalID, q.DeadLetter); err != nil {
			return err
		}
	}
	for _, r := range b.stack.Routes {
		if err := known("AWS::Lambda::Function", "route "+r.Key, r.Function); err != nil {
			return err
		}
	}
	for _, s := range b.stack.Schedules {
		if err := known("AWS::Lambda::Function", s.LogicalID, s.Function); err != nil {
			return err
		}
	}
	return nil
}

// decode reads a resolved tree into a struct whose fields are named as
// CloudFormation names the properties. A property that the struct does not have
// is an error: it would do something on AWS and nothing here.
func decode(id string, tree, into any) error {
	raw, err := json.Marshal(tree)
	if err != nil {
		return fmt.Errorf("%s: %w", id, err)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%s: not supported locally: %w", id, err)
	}
	return nil
}

// number is an integer property; CloudFormation takes it quoted too, as a
// parameter's value is.
type number int

func (n *number) UnmarshalJSON(raw []byte) error {
	v, err := strconv.Atoi(strings.Trim(string(raw), `"`))
	*n = number(v)
	return err
}

func (n number) seconds() time.Duration { return time.Duration(n) * time.Second }

// truth is a boolean property, quoted or not.
type truth bool

func (t *truth) UnmarshalJSON(raw []byte) error {
	v, err := strconv.ParseBool(strings.Trim(string(raw), `"`))
	*t = truth(v)
	return err
}

// lastPart is the logical id at the end of an ARN or a queue's URL.
func lastPart(arn string) string {
	return arn[strings.LastIndexAny(arn, ":/")+1:]
}
