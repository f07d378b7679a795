package stack

import (
	"encoding/json"
	"fmt"
)

// managed are the actions of AWS's own policies that SAM attaches to roles. They
// hold for every resource.
var managed = map[string][]string{
	"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole": {
		"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents",
	},
	"arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole": {
		"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes",
		"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents",
	},
	"arn:aws:iam::aws:policy/service-role/AWSLambdaDynamoDBExecutionRole": {
		"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams",
		"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents",
	},
	"arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess": {
		"xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules",
		"xray:GetSamplingTargets", "xray:GetSamplingStatisticSummaries",
	},
}

// oneOrMany is a text or a list of texts, as IAM documents write both.
type oneOrMany []string

func (o *oneOrMany) UnmarshalJSON(raw []byte) error {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		*o = oneOrMany{one}
		return nil
	}
	return json.Unmarshal(raw, (*[]string)(o))
}

// role reads what an AWS::IAM::Role of the template allows.
func (b *builder) role(id string) ([]Statement, error) {
	res, ok := b.resources[id]
	if !ok || res.Type != "AWS::IAM::Role" {
		return nil, fmt.Errorf("role %s is not in the template", id)
	}
	properties, err := b.value(res.Properties)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", id, err)
	}
	var p struct {
		ManagedPolicyArns []string
		Policies          []struct {
			PolicyName     any
			PolicyDocument struct {
				Version   any
				Statement []struct {
					Sid, Effect      string
					Action, Resource oneOrMany
					Condition        map[string]map[string]oneOrMany
				}
			}
		}
		AssumeRolePolicyDocument, Tags, Path, Description any
	}
	if err := decode(id, properties, &p); err != nil {
		return nil, err
	}
	var out []Statement
	for _, arn := range p.ManagedPolicyArns {
		actions, known := managed[arn]
		if !known {
			return nil, fmt.Errorf("%s: managed policy %s is not known locally", id, arn)
		}
		out = append(out, Statement{Effect: "Allow", Actions: actions, Resources: []string{"*"}, Managed: true})
	}
	for _, policy := range p.Policies {
		for _, s := range policy.PolicyDocument.Statement {
			st := Statement{Effect: s.Effect, Actions: s.Action, Resources: s.Resource}
			for operator, keys := range s.Condition {
				if st.Condition == nil {
					st.Condition = map[string]map[string][]string{}
				}
				st.Condition[operator] = map[string][]string{}
				for key, values := range keys {
					st.Condition[operator][key] = values
				}
			}
			out = append(out, st)
		}
	}
	return out, nil
}
