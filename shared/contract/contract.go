// Package contract is the HTTP contract of all functions in one OpenAPI 3.1
// document, generated from the code's own types.
package contract

import (
	"encoding/json"
	"log/slog"

	"jewelrydisplay.app/shared/account/accounthttp"
	"jewelrydisplay.app/shared/cancellation/cancellationhttp"
	"jewelrydisplay.app/shared/catalog/cataloghttp"
	"jewelrydisplay.app/shared/engagement/engagementhttp"
	"jewelrydisplay.app/shared/lambdahttp"
	"jewelrydisplay.app/shared/login/loginhttp"
	"jewelrydisplay.app/shared/notification/notificationhttp"
	"jewelrydisplay.app/shared/search/searchhttp"
)

// API returns an API with every endpoint and nothing behind them: for its
// operations, its document, and what is refused before anything behind an
// endpoint is asked. auth may be nil.
func API(auth lambdahttp.Authenticator, log *slog.Logger) *lambdahttp.API {
	api := lambdahttp.New(auth, log)
	loginhttp.Register(api, nil, nil, loginhttp.App{})
	accounthttp.Register(api, accounthttp.Services{})
	searchhttp.Register(api, nil, nil, lambdahttp.Cursors{})
	cataloghttp.Register(api, nil)
	engagementhttp.Register(api, nil, lambdahttp.Cursors{})
	notificationhttp.Register(api, nil, nil, lambdahttp.Cursors{})
	cancellationhttp.Register[loginhttp.Body](api, nil)
	return api
}

// Document returns the OpenAPI document as JSON, the same bytes for the same
// code.
func Document() ([]byte, error) {
	b, err := json.Marshal(API(nil, slog.New(slog.DiscardHandler)).Document())
	if err != nil {
		return nil, err
	}
	var d map[string]any
	if err := json.Unmarshal(b, &d); err != nil {
		return nil, err
	}
	if components, ok := d["components"].(map[string]any); ok {
		if schemas, ok := components["schemas"].(map[string]any); ok {
			delete(schemas, "ErrorModel") // the library's own; every answer uses Problem
			delete(schemas, "ErrorDetail")
		}
	}
	b, err = json.MarshalIndent(d, "", "  ")
	return append(b, '\n'), err
}
