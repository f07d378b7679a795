package contract

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"jewelrydisplay.app/shared/lambdahttp"
)

// follow is a call that goes on from the answer to another: in the path, the
// query or the body, by the runtime expressions of OpenAPI.
type follow struct {
	from, to   string // operations
	parameters map[string]any
	body       map[string]any
}

// follows are the ways through the API that an app takes.
var follows = []follow{
	{from: "request-code", to: "open-session", body: of("challenge_id", "challenge_id")},
	{from: "open-session", to: "refresh-session", body: of("refresh_token", "refresh_token")},
	{from: "refresh-session", to: "refresh-session", body: of("refresh_token", "refresh_token")},
	{from: "list-sessions", to: "end-session", parameters: of("id", "items/0/id")},
	{from: "list-policies", to: "get-policy", parameters: of("version", "items/0/version")},
	{from: "get-policy", to: "accept-policy", body: map[string]any{
		"policy_version": "$response.body#/version", "sha256": "$response.body#/sha256",
	}},
	{from: "list-consents", to: "set-consent", parameters: of("purpose", "items/0/purpose")},
	{from: "begin-export", to: "get-export", parameters: of("id", "export_id")},
	{from: "search-products", to: "get-product", parameters: of("id", "items/0/id")},
	{from: "search-products", to: "list-related-products", parameters: of("id", "items/0/id")},
	{from: "search-products", to: "keep-favourite", parameters: of("product_id", "items/0/id")},
	{from: "search-products", to: "note-view", parameters: of("product_id", "items/0/id")},
	{from: "search-products", to: "get-merchant", parameters: of("id", "items/0/merchant/id")},
	{from: "get-product", to: "keep-favourite", parameters: of("product_id", "id")},
	{from: "list-merchants", to: "get-merchant", parameters: of("id", "items/0/id")},
	{from: "list-merchants", to: "follow", parameters: of("merchant_id", "items/0/id")},
	{from: "keep-favourite", to: "favourite", parameters: same("product_id")},
	{from: "keep-favourite", to: "drop-favourite", parameters: same("product_id")},
	{from: "favourites", to: "drop-favourite", parameters: of("product_id", "items/0/id")},
	{from: "follow", to: "followed", parameters: same("merchant_id")},
	{from: "follow", to: "unfollow", parameters: same("merchant_id")},
	{from: "follows", to: "unfollow", parameters: of("merchant_id", "items/0/id")},
	{from: "note-view", to: "forget-view", parameters: same("product_id")},
	{from: "history", to: "forget-view", parameters: of("product_id", "items/0/id")},
	{from: "register-device", to: "forget-device", parameters: map[string]any{
		"device_id": "$request.path.device_id", "Device-Id": "$request.header.Device-Id",
	}},
	{from: "read-inbox", to: "mark-message", parameters: of("id", "items/0/id")},
	{from: "read-inbox", to: "delete-message", parameters: of("id", "items/0/id")},
	{from: "read-inbox", to: "see-inbox", body: of("up_to", "items/0/id")},
	{from: "mark-message", to: "delete-message", parameters: of("id", "id")},
	{from: "cancel-account", to: "cancellation-receipt", parameters: of("receipt_id", "receipt_id")},
	{from: "cancel-account", to: "withdraw-cancellation", body: of("receipt_id", "receipt_id")},
}

func of(name, pointer string) map[string]any {
	return map[string]any{name: "$response.body#/" + pointer}
}

func same(name string) map[string]any { return map[string]any{name: "$request.path." + name} }

// link adds the follows to the answers they go on from, and to every list its
// own next page.
func link(document *huma.OpenAPI, operations []lambdahttp.Operation) error {
	by := map[string]*huma.Operation{}
	for _, op := range operations {
		by[op.ID] = find(document, op)
	}
	for _, f := range follows {
		if by[f.from] == nil || by[f.to] == nil {
			return fmt.Errorf("contract: a link from %s to %s, which is not there", f.from, f.to)
		}
		l := &huma.Link{OperationID: f.to, Parameters: f.parameters}
		if f.body != nil {
			l.RequestBody = f.body
		}
		add(success(by[f.from]), f.to, l)
	}
	for _, id := range slices.Sorted(maps.Keys(by)) {
		for _, p := range by[id].Parameters {
			if p.Name == "cursor" {
				add(success(by[id]), "next-page", &huma.Link{OperationID: id, Parameters: pages(by[id])})
			}
		}
	}
	return nil
}

func add(r *huma.Response, name string, l *huma.Link) {
	if r.Links == nil {
		r.Links = map[string]*huma.Link{}
	}
	r.Links[name] = l
}

// pages are the parameters of a list's next page: its cursor, and the same
// path. A client repeats the query too, which no expression can say of a
// parameter that was not sent.
func pages(o *huma.Operation) map[string]any {
	parameters := of("cursor", "next_cursor")
	for _, p := range o.Parameters {
		if p.In == "path" {
			parameters[p.Name] = "$request.path." + p.Name
		}
	}
	return parameters
}

// success is the answer of an operation that did what was asked.
func success(o *huma.Operation) *huma.Response {
	for status, r := range o.Responses {
		if n, err := strconv.Atoi(status); err == nil && n < 300 && strings.HasPrefix(status, "2") {
			return r
		}
	}
	return &huma.Response{}
}
