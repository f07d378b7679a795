// Command not-found answers what no route of the API knows, so that a client
// finds the same form of error there as everywhere.
package main

import (
	"log/slog"

	"github.com/akrylysov/algnhsa"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"jewelrydisplay.app/shared/unrouted/unroutedhttp"
)

func main() {
	log := slog.New(lambdacontext.NewLogHandler())
	algnhsa.ListenAndServe(unroutedhttp.Handler(log), &algnhsa.Options{RequestType: algnhsa.RequestTypeAPIGatewayV2})
}
