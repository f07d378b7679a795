// Package contract is the HTTP contract of all functions in one OpenAPI 3.1
// document, generated from the code's own types. What the document says beyond
// them (refusals, examples, links) is here, so that no function carries it.
package contract

import (
	"encoding/json"
	"fmt"
	"log/slog"

	"github.com/danielgtaylor/huma/v2"

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
	api := API(nil, slog.New(slog.DiscardHandler))
	document := api.Document()
	describe(document)
	said := newRefusals(document.Components)
	for _, op := range api.Operations() {
		o := find(document, op)
		if op.Access == lambdahttp.Open {
			o.Security = []map[string][]string{{}, {scheme: {}}} // a token that is given is checked all the same
		} else {
			o.Security = []map[string][]string{{scheme: {}}}
		}
		said.add(o, op)
	}
	if err := link(document, api.Operations()); err != nil {
		return nil, err
	}
	for _, op := range api.Operations() {
		if err := exemplify(document, find(document, op)); err != nil {
			return nil, fmt.Errorf("contract: %s: %w", op.ID, err)
		}
	}
	b, err := json.Marshal(document)
	if err != nil {
		return nil, err
	}
	var d map[string]any
	if err := json.Unmarshal(b, &d); err != nil {
		return nil, err
	}
	tidy(d)
	schemas := d["components"].(map[string]any)["schemas"].(map[string]any)
	for _, librarys := range []string{"ErrorModel", "ErrorDetail", "V2ErrorModel", "V2ErrorDetail"} {
		delete(schemas, librarys) // every answer uses Problem
	}
	b, err = json.MarshalIndent(d, "", "  ")
	return append(b, '\n'), err
}

// tidy takes out what the library says beyond OpenAPI, and the null of a list
// in a map, which no tag reaches: the lists in our maps are made, and what a
// client sends as null is refused.
func tidy(node any) {
	switch v := node.(type) {
	case []any:
		for _, item := range v {
			tidy(item)
		}
	case map[string]any:
		delete(v, "patternDescription")
		if of, ok := v["additionalProperties"].(map[string]any); ok {
			if kinds, ok := of["type"].([]any); ok && kinds[0] == "array" {
				of["type"] = "array"
			}
		}
		for _, inner := range v {
			tidy(inner)
		}
	}
}

// find returns what the document says of an operation.
func find(document *huma.OpenAPI, op lambdahttp.Operation) *huma.Operation {
	item := document.Paths[op.Path]
	return map[string]*huma.Operation{
		"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch, "DELETE": item.Delete,
	}[op.Method]
}
