package contract

import (
	"context"
	"log/slog"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/lambdahttp"
	"jewelrydisplay.app/shared/problem"
)

// meanings say of each refusal what it means and what the app does.
var meanings = map[fault.Code]string{
	fault.MalformedRequest:     "The request cannot be read: not JSON, not UTF-8, or a cursor that is not one of ours.",
	fault.Unauthenticated:      "Refresh the access token, or log in.",
	fault.ConsentWithdrawn:     "Ask for the consent that `purpose` names.",
	fault.Forbidden:            "This person may not do this.",
	fault.NotFound:             "There is no such thing, or it is somebody else's.",
	fault.Gone:                 "It was here and is no more.",
	fault.ConsentRequired:      "Show the version of the privacy policy that `policy_version` names; go on when it is accepted.",
	fault.GuardianRequired:     "A guardian must agree first.",
	fault.CancellationBlocked:  "Settle first what `blockers` names.",
	fault.DormantAccount:       "The number's account was not used for long: ask again with `start_anew`, or customer service.",
	fault.Conflict:             "It contradicts what is there already.",
	fault.PayloadTooLarge:      "The body is larger than 64 KiB.",
	fault.UnsupportedMediaType: "Send application/json.",
	fault.InvalidRequest:       "`errors` names each wrong member or parameter.",
	fault.CodeRejected:         "The code is wrong, expired, used, another device's, or of no known challenge: ask for a new one.",
	fault.TooManyRequests:      "Wait as long as Retry-After says.",
	fault.Unavailable:          "Send the same request again after Retry-After.",
	problem.Internal:           "Something is broken on our side; `request_id` finds it in the logs.",
}

// gateway are the statuses that API Gateway answers by itself, with a message
// and no problem: too large, throttled, a function that is broken, busy or late.
var gateway = map[int]string{
	http.StatusRequestEntityTooLarge:       "The body is larger than the gateway takes.",
	http.StatusTooManyRequests:             "More requests at once than the API takes: wait and ask again.",
	http.StatusRequestHeaderFieldsTooLarge: "The request line and the headers are larger than 10,240 bytes together.",
	http.StatusInternalServerError:         "The function failed.",
	http.StatusServiceUnavailable:          "The function is busy.",
	http.StatusGatewayTimeout:              "The function did not answer within 30 seconds.",
}

// refusals writes the answers to what is refused. Operations that refuse for
// the same reasons share one component.
type refusals struct {
	components *huma.Components
	problem    *huma.Schema
}

func newRefusals(components *huma.Components) refusals {
	components.Responses = map[string]*huma.Response{}
	components.Schemas.Map()["GatewayMessage"] = &huma.Schema{
		Type: huma.TypeObject, Description: "An answer of the gateway itself.", Required: []string{"message"},
		Properties: map[string]*huma.Schema{"message": {Type: huma.TypeString, Examples: []any{"Too Many Requests"}}},
	}
	return refusals{components, components.Schemas.Schema(reflect.TypeFor[problem.Problem](), true, "Problem")}
}

// add replaces what the library says of errors by the operation's refusals.
func (r refusals) add(o *huma.Operation, op lambdahttp.Operation) {
	codes := map[int][]fault.Code{}
	for status := range gateway {
		codes[status] = nil
	}
	for _, code := range op.Codes() {
		codes[problem.Status(code)] = append(codes[problem.Status(code)], code)
	}
	for status := range o.Responses {
		if status == "default" || status[0] > '3' {
			delete(o.Responses, status)
		}
	}
	for status, list := range codes {
		o.Responses[strconv.Itoa(status)] = &huma.Response{Ref: "#/components/responses/" + r.component(status, list)}
	}
}

// component returns the name of the answer of that status with these codes.
func (r refusals) component(status int, codes []fault.Code) string {
	name := name(status, codes)
	if r.components.Responses[name] != nil {
		return name
	}
	answer := &huma.Response{Content: map[string]*huma.MediaType{}, Headers: headers(status)}
	var means []string
	if len(codes) > 0 {
		problem := &huma.MediaType{Schema: r.narrowed(status, codes), Examples: map[string]*huma.Example{}}
		for _, code := range codes {
			problem.Examples[string(code)] = &huma.Example{Value: sample(code)}
			means = append(means, "`"+string(code)+"`: "+meanings[code])
		}
		answer.Content["application/problem+json"] = problem
	}
	if text := gateway[status]; text != "" {
		answer.Content["application/json"] = &huma.MediaType{
			Schema: &huma.Schema{Ref: "#/components/schemas/GatewayMessage"}, Example: map[string]string{"message": http.StatusText(status)},
		}
		means = append(means, "From the gateway: "+text)
	}
	answer.Description = strings.Join(means, "\n\n")
	r.components.Responses[name] = answer
	return name
}

func name(status int, codes []fault.Code) string {
	if len(codes) == 0 {
		return "Gateway" + strings.ReplaceAll(http.StatusText(status), " ", "")
	}
	var words []string
	for _, code := range codes {
		var word strings.Builder
		for part := range strings.SplitSeq(string(code), "_") {
			word.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
		words = append(words, word.String())
	}
	return strings.Join(words, "Or")
}

// narrowed is the schema of a problem with only these codes.
func (r refusals) narrowed(status int, codes []fault.Code) *huma.Schema {
	var list []any
	for _, code := range codes {
		list = append(list, string(code))
	}
	return &huma.Schema{AllOf: []*huma.Schema{r.problem, {
		Type: huma.TypeObject, Required: []string{"code", "status"},
		Properties: map[string]*huma.Schema{
			"code": {Type: huma.TypeString, Enum: list}, "status": {Type: huma.TypeInteger, Enum: []any{status}},
		},
	}}}
}

// headers are those that an answer of the status always has.
func headers(status int) map[string]*huma.Header {
	switch status {
	case http.StatusUnauthorized:
		return map[string]*huma.Header{"WWW-Authenticate": {
			Description: "The scheme to authenticate by (RFC 9110 11.6.1).", Required: true,
			Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{"Bearer"}},
		}}
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		least := 1.0
		return map[string]*huma.Header{"Retry-After": {
			Description: "Whole seconds to wait (RFC 9110 10.2.3). The gateway's own answers lack it.",
			Schema:      &huma.Schema{Type: huma.TypeInteger, Minimum: &least},
		}}
	}
	return nil
}

// sample is a problem as the operation would answer it.
func sample(code fault.Code) *problem.Problem {
	f := &fault.Error{Code: code, Detail: strings.ReplaceAll(meanings[code], "`", "")}
	switch code {
	case fault.InvalidRequest:
		f.Fields = []fault.Field{{Location: "body.phone", Message: "is required"}}
	case fault.ConsentWithdrawn:
		f = f.With("purpose", "location")
	case fault.ConsentRequired:
		f = f.With("policy_version", "2026-12-01")
	case fault.CancellationBlocked:
		f = f.With("blockers", []string{"unfinished_order"})
	}
	return problem.From(context.Background(), slog.New(slog.DiscardHandler), "JKJaXmPLvHcESHA=", f)
}
