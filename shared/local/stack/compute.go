package stack

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// function reads an AWS::Lambda::Function and its role's policies.
func (b *builder) function(id string, properties any) error {
	var p struct {
		Handler     string
		Role        string
		Runtime     string
		PackageType string
		Timeout     *number
		MemorySize  *number
		Environment struct{ Variables map[string]any }
		// SAM turns ReservedConcurrentExecutions through unchanged.
		ReservedConcurrentExecutions number
		DeadLetterConfig             struct{ TargetArn string }
		LoggingConfig                struct {
			LogFormat                                     string
			LogGroup, ApplicationLogLevel, SystemLogLevel any
		}
		// Where the code lies, the processor, words, traces, encryption, tags; the
		// disc's size, which here is this machine's.
		Code, Architectures, Description, TracingConfig, KmsKeyArn, Tags, EphemeralStorage any
	}
	if err := decode(id, properties, &p); err != nil {
		return err
	}
	if p.Runtime != "provided.al2023" {
		return fmt.Errorf("%s: runtime %s is not supported locally, only provided.al2023", id, p.Runtime)
	}
	f := Function{
		LogicalID: id, Folder: p.Handler, ARN: ARN("AWS::Lambda::Function", id),
		Timeout: 3 * time.Second, MemoryMB: 128, Reserved: int(p.ReservedConcurrentExecutions),
		Environment: map[string]string{}, LogFormat: p.LoggingConfig.LogFormat,
	}
	if p.Timeout != nil {
		f.Timeout = p.Timeout.seconds()
	}
	if p.MemorySize != nil {
		f.MemoryMB = int(*p.MemorySize)
	}
	if p.DeadLetterConfig.TargetArn != "" {
		f.DeadLetter = lastPart(p.DeadLetterConfig.TargetArn)
		if b.resources[f.DeadLetter].Type != "AWS::SQS::Queue" {
			return fmt.Errorf("%s: DeadLetterConfig must name a queue of the template", id)
		}
	}
	for name, v := range p.Environment.Variables {
		text, err := scalar(v)
		if err != nil {
			return fmt.Errorf("%s: variable %s: %w", id, name, err)
		}
		f.Environment[name] = text
	}
	var err error
	if f.Statements, err = b.role(lastPart(p.Role)); err != nil {
		return fmt.Errorf("%s: %w", id, err)
	}
	b.stack.Functions = append(b.stack.Functions, f)
	return nil
}

// mapping reads an AWS::Lambda::EventSourceMapping, with Lambda's defaults.
func (b *builder) mapping(id string, properties any) error {
	var p struct {
		EventSourceArn, FunctionName, StartingPosition string
		Enabled                                        *truth
		BatchSize                                      *number
		MaximumBatchingWindowInSeconds                 number
		FilterCriteria                                 struct {
			Filters []struct{ Pattern string }
		}
		FunctionResponseTypes      []string
		BisectBatchOnFunctionError truth
		MaximumRetryAttempts       *number
		MaximumRecordAgeInSeconds  number
		ParallelizationFactor      number
		ScalingConfig              struct{ MaximumConcurrency number }
		DestinationConfig          struct {
			OnFailure struct{ Destination string }
		}
		KmsKeyArn, Tags any // encryption of the filters
	}
	if err := decode(id, properties, &p); err != nil {
		return err
	}
	if p.Enabled != nil && !bool(*p.Enabled) {
		return nil
	}
	m := Mapping{
		LogicalID: id, Function: lastPart(p.FunctionName), StartingPosition: p.StartingPosition,
		Window: p.MaximumBatchingWindowInSeconds.seconds(), Bisect: bool(p.BisectBatchOnFunctionError),
		MaximumRetries: -1, MaximumRecordAge: p.MaximumRecordAgeInSeconds.seconds(),
		MaximumConcurrency: int(p.ScalingConfig.MaximumConcurrency), ParallelizationRate: max(1, int(p.ParallelizationFactor)),
	}
	if p.MaximumRecordAgeInSeconds < 0 {
		m.MaximumRecordAge = 0
	}
	switch {
	case strings.HasPrefix(p.EventSourceArn, "arn:aws:dynamodb:"):
		table, _, _ := strings.Cut(p.EventSourceArn, "/stream/")
		m.Table, m.BatchSize = lastPart(table), 100
	case strings.HasPrefix(p.EventSourceArn, "arn:aws:sqs:"):
		m.Queue, m.BatchSize = lastPart(p.EventSourceArn), 10
	default:
		return fmt.Errorf("%s: event source %s is not supported locally", id, p.EventSourceArn)
	}
	if p.BatchSize != nil {
		m.BatchSize = int(*p.BatchSize)
	}
	if p.MaximumRetryAttempts != nil {
		m.MaximumRetries = int(*p.MaximumRetryAttempts)
	}
	for _, f := range p.FilterCriteria.Filters {
		m.Filters = append(m.Filters, f.Pattern)
	}
	for _, kind := range p.FunctionResponseTypes {
		if kind != "ReportBatchItemFailures" {
			return fmt.Errorf("%s: response type %s is not supported locally", id, kind)
		}
		m.ReportItemFailures = true
	}
	if to := p.DestinationConfig.OnFailure.Destination; to != "" {
		m.OnFailureQueue = lastPart(to)
	}
	b.stack.Mappings = append(b.stack.Mappings, m)
	return nil
}

var lambdaURI = regexp.MustCompile(`:lambda:path/2015-03-31/functions/arn:aws:lambda:[^:]+:[^:]+:function:([A-Za-z0-9]+)(?::[A-Za-z0-9]+)?/invocations$`)

// api reads the routes of an AWS::ApiGatewayV2::Api from the OpenAPI body that
// SAM writes of the functions' events.
func (b *builder) api(id string, properties any) error {
	var p struct {
		Body struct {
			Paths map[string]map[string]struct {
				Integration struct {
					URI                  string `json:"uri"`
					Type                 string `json:"type"`
					PayloadFormatVersion string `json:"payloadFormatVersion"`
					HTTPMethod           any    `json:"httpMethod"`
					TimeoutInMillis      any    `json:"timeoutInMillis"`
				} `json:"x-amazon-apigateway-integration"`
				IsDefaultRoute, Responses, Parameters, OperationID any
			}
			Info, Openapi, Tags any
		}
		FailOnWarnings, DisableExecuteApiEndpoint, Description, Tags any
	}
	if err := decode(id, properties, &p); err != nil {
		return err
	}
	for _, path := range sortedKeys(p.Body.Paths) {
		for _, method := range sortedKeys(p.Body.Paths[path]) {
			to := p.Body.Paths[path][method].Integration
			found := lambdaURI.FindStringSubmatch(to.URI)
			if found == nil || to.Type != "aws_proxy" || to.PayloadFormatVersion != "2.0" {
				return fmt.Errorf("%s: route %s %s: only a function by payload 2.0 is supported locally", id, method, path)
			}
			// With FailOnWarnings the translator writes "/$default".
			route := Route{Key: strings.TrimPrefix(path, "/"), Function: found[1]}
			if route.Key != "$default" {
				verb := strings.ToUpper(method)
				if method == "x-amazon-apigateway-any-method" {
					verb = "ANY"
				} else if !verbs[verb] {
					return fmt.Errorf("%s: route %s: unknown method %s", id, path, method)
				}
				route.Key = verb + " " + path
			}
			b.stack.Routes = append(b.stack.Routes, route)
		}
	}
	return nil
}

var verbs = map[string]bool{
	http.MethodGet: true, http.MethodPut: true, http.MethodPost: true, http.MethodPatch: true,
	http.MethodDelete: true, http.MethodHead: true, http.MethodOptions: true,
}

// schedule reads an AWS::Scheduler::Schedule.
func (b *builder) schedule(id string, properties any) error {
	var p struct {
		ScheduleExpression, ScheduleExpressionTimezone, State string
		FlexibleTimeWindow                                    struct{ Mode string }
		Target                                                struct {
			Arn, Input string
			// How the call is made and repeated on AWS; here it is made at once.
			RoleArn, RetryPolicy, DeadLetterConfig any
		}
		Name, GroupName, Description, KmsKeyArn any
	}
	if err := decode(id, properties, &p); err != nil {
		return err
	}
	s := Schedule{
		LogicalID: id, Function: lastPart(p.Target.Arn), Expression: p.ScheduleExpression,
		TimeZone: p.ScheduleExpressionTimezone, Input: p.Target.Input, Enabled: p.State != "DISABLED",
	}
	if s.TimeZone == "" {
		s.TimeZone = "UTC"
	}
	b.stack.Schedules = append(b.stack.Schedules, s)
	return nil
}
