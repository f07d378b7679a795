// Command baseline is what the functions' start is compared with: a Lambda with
// one DynamoDB client and one Huma operation, and nothing of the product.
package main

import (
	"context"
	"net/http"
	"os"

	"github.com/akrylysov/algnhsa"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

type answer struct {
	Body struct {
		Tables []string `json:"tables"`
	}
}

func main() {
	tables := dynamodb.NewFromConfig(aws.Config{Region: os.Getenv("AWS_REGION")})
	mux := http.NewServeMux()
	api := humago.New(mux, huma.DefaultConfig("baseline", "1"))
	huma.Get(api, "/v1/tables", func(ctx context.Context, _ *struct{}) (*answer, error) {
		list, err := tables.ListTables(ctx, &dynamodb.ListTablesInput{})
		if err != nil {
			return nil, err
		}
		out := &answer{}
		out.Body.Tables = list.TableNames
		return out, nil
	})
	algnhsa.ListenAndServe(mux, &algnhsa.Options{RequestType: algnhsa.RequestTypeAPIGatewayV2})
}
