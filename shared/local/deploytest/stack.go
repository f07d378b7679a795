package main

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"golang.org/x/sync/errgroup"

	"jewelrydisplay.app/shared/local/engine"
)

// call sends a request of a service for which the module has no client.
func (b *bridge) call(ctx context.Context, service, method, path, kind string, body []byte, header ...string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, b.ministack.url+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=operator/20260101/"+engine.Region+"/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode >= http.StatusBadRequest {
		err = fmt.Errorf("%s %s: %s: %.300s", service, path, answer.Status, text)
	}
	return text, err
}

// resources returns the physical names of the stack's resources: of queues the
// last part of the URL.
func (b *bridge) resources(ctx context.Context) (map[string]string, error) {
	form := url.Values{"Action": {"DescribeStackResources"}, "Version": {"2010-05-15"}, "StackName": {stackName}}
	text, err := b.call(ctx, "cloudformation", http.MethodPost, "/", "application/x-www-form-urlencoded", []byte(form.Encode()))
	if err != nil {
		return nil, err
	}
	var answer struct {
		Members []struct {
			LogicalResourceID  string `xml:"LogicalResourceId"`
			PhysicalResourceID string `xml:"PhysicalResourceId"`
		} `xml:"DescribeStackResourcesResult>StackResources>member"`
	}
	if err := xml.Unmarshal(text, &answer); err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, m := range answer.Members {
		names[m.LogicalResourceID] = m.PhysicalResourceID
	}
	for _, q := range b.template.Queues {
		names[q.LogicalID] = names[q.LogicalID][strings.LastIndex(names[q.LogicalID], "/")+1:]
	}
	return names, nil
}

// routes makes the routes that SAM wrote into the API's OpenAPI body.
func (b *bridge) routes(ctx context.Context, api string) error {
	integrations := map[string]string{} // by function
	for _, route := range b.template.Routes {
		if integrations[route.Function] == "" {
			var made struct{ IntegrationID string }
			err := b.make(ctx, api, "integrations", map[string]string{
				"integrationType": "AWS_PROXY", "payloadFormatVersion": "2.0", "integrationMethod": http.MethodPost,
				"integrationUri": "arn:aws:lambda:" + engine.Region + ":" + engine.Account + ":function:" + b.names[route.Function],
			}, &made)
			if err != nil {
				return err
			}
			integrations[route.Function] = made.IntegrationID
		}
		err := b.make(ctx, api, "routes", map[string]string{"routeKey": route.Key, "target": "integrations/" + integrations[route.Function]}, nil)
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *bridge) make(ctx context.Context, api, what string, body map[string]string, into any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	answer, err := b.call(ctx, "apigateway", http.MethodPost, "/v2/apis/"+api+"/"+what, "application/json", text)
	if err != nil || into == nil {
		return err
	}
	return json.Unmarshal(answer, into)
}

// environments are the functions' variables as they were deployed.
func (b *bridge) environments(ctx context.Context) (map[string]map[string]string, error) {
	all := map[string]map[string]string{}
	for _, f := range b.template.Functions {
		out, err := lambda.NewFromConfig(b.config()).GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{
			FunctionName: aws.String(b.names[f.LogicalID]),
		})
		if err != nil {
			return nil, err
		}
		all[f.LogicalID] = out.Environment.Variables
	}
	return all, nil
}

// restart gives every function the clock. What is warm ends.
func (b *bridge) restart(ctx context.Context, seconds int64) error {
	client := lambda.NewFromConfig(b.config())
	group, each := errgroup.WithContext(ctx)
	for _, f := range b.template.Functions {
		group.Go(func() error {
			variables := map[string]string{}
			for name, value := range b.base[f.LogicalID] {
				variables[name] = value
			}
			if seconds != 0 {
				variables["CLOCK_OFFSET"] = fmt.Sprint(seconds)
			}
			_, err := client.UpdateFunctionConfiguration(each, &lambda.UpdateFunctionConfigurationInput{
				FunctionName: aws.String(b.names[f.LogicalID]), Environment: &types.Environment{Variables: variables},
			})
			return err
		})
	}
	return group.Wait()
}
