// Command baseline is the least Lambda that could serve this product: one
// DynamoDB client and one Huma operation.
package main

import (
	"context"
	"net/http"
	"os"

	"github.com/akrylysov/algnhsa"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

type input struct {
	ID string `path:"id"`
}

type output struct {
	Body struct {
		Found bool `json:"found"`
	}
}

func main() {
	client := dynamodb.NewFromConfig(aws.Config{
		Region: os.Getenv("AWS_REGION"),
		Credentials: aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider(
			os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"), os.Getenv("AWS_SESSION_TOKEN"))),
	})
	mux := http.NewServeMux()
	api := humago.New(mux, huma.DefaultConfig("baseline", "1"))
	huma.Register(api, huma.Operation{OperationID: "get", Method: http.MethodGet, Path: "/v1/things/{id}"},
		func(ctx context.Context, in *input) (*output, error) {
			_, err := client.GetItem(ctx, &dynamodb.GetItemInput{TableName: aws.String(in.ID)})
			out := &output{}
			out.Body.Found = err == nil
			return out, nil
		})
	algnhsa.ListenAndServe(mux, &algnhsa.Options{RequestType: algnhsa.RequestTypeAPIGatewayV2})
}
