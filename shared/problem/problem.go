// Package problem writes errors as RFC 9457 problem details: the one place
// where a kind of error gets its HTTP status.
package problem

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"jewelrydisplay.app/shared/fault"
)

// Problem is the body of every error answer, application/problem+json. A value
// that the client sent is never in it.
type Problem struct {
	Type          string   `json:"type" doc:"A URI that names the kind of error." example:"urn:jewelry-display:problem:invalid_request"`
	Title         string   `json:"title" doc:"The kind of error in a few words."`
	Status        int      `json:"status" doc:"The HTTP status."`
	Detail        string   `json:"detail" doc:"What is wrong and what can be done."`
	Code          string   `json:"code" doc:"The kind of error, for programs." example:"invalid_request"`
	RequestID     string   `json:"request_id" doc:"Names this request in the service's logs."`
	Errors        []Field  `json:"errors,omitempty" nullable:"false" doc:"Which members are wrong and why."`
	Purpose       string   `json:"purpose,omitempty" doc:"With consent_withdrawn: the consent that is missing."`
	PolicyVersion string   `json:"policy_version,omitempty" doc:"With consent_required: the version to accept."`
	Blockers      []string `json:"blockers,omitempty" nullable:"false" doc:"With cancellation_blocked: what stands in the way."`

	retryAfter time.Duration
}

// Field is one wrong member of a request.
type Field struct {
	Location string `json:"location" doc:"The member's path." example:"body.phone"`
	Message  string `json:"message" doc:"What is wrong with it."`
}

// Internal is the code of an error that the client can do nothing about.
const Internal fault.Code = "internal"

var statuses = map[fault.Code]int{
	fault.MalformedRequest:     http.StatusBadRequest,
	fault.Unauthenticated:      http.StatusUnauthorized,
	fault.ConsentWithdrawn:     http.StatusForbidden,
	fault.Forbidden:            http.StatusForbidden,
	fault.NotFound:             http.StatusNotFound,
	fault.Gone:                 http.StatusGone,
	fault.ConsentRequired:      http.StatusConflict,
	fault.GuardianRequired:     http.StatusConflict,
	fault.CancellationBlocked:  http.StatusConflict,
	fault.DormantAccount:       http.StatusConflict,
	fault.Conflict:             http.StatusConflict,
	fault.PayloadTooLarge:      http.StatusRequestEntityTooLarge,
	fault.UnsupportedMediaType: http.StatusUnsupportedMediaType,
	fault.MethodNotAllowed:     http.StatusMethodNotAllowed,
	fault.InvalidRequest:       http.StatusUnprocessableEntity,
	fault.CodeRejected:         http.StatusUnprocessableEntity,
	fault.TooManyRequests:      http.StatusTooManyRequests,
	fault.Unavailable:          http.StatusServiceUnavailable,
	Internal:                   http.StatusInternalServerError,
}

// Status returns the HTTP status of an error's code.
func Status(code fault.Code) int { return statuses[code] }

// From turns an error into a problem. One that ran out of time is Unavailable.
// What else is no *fault.Error is an internal
// error: logged whole, shown as nothing but its request id.
func From(ctx context.Context, log *slog.Logger, requestID string, err error) *Problem {
	var f *fault.Error
	if !errors.As(err, &f) && errors.Is(err, context.DeadlineExceeded) {
		f = fault.Busy(err) // whoever was asked is slow: the same call may be made again
	}
	if f == nil && !errors.As(err, &f) {
		log.ErrorContext(ctx, "internal error", "request_id", requestID, "error", err.Error())
		f = fault.New(Internal, "Something went wrong on our side.")
	} else if f.Cause != nil {
		log.WarnContext(ctx, "request failed", "request_id", requestID, "code", f.Code, "cause", f.Cause.Error())
	}
	status := statuses[f.Code]
	p := &Problem{
		Type:  "urn:jewelry-display:problem:" + string(f.Code),
		Title: http.StatusText(status), Status: status, Detail: f.Detail,
		Code: string(f.Code), RequestID: requestID, retryAfter: f.RetryAfter,
	}
	for _, e := range f.Fields {
		p.Errors = append(p.Errors, Field(e))
	}
	p.Purpose, _ = f.Members["purpose"].(string)
	p.PolicyVersion, _ = f.Members["policy_version"].(string)
	p.Blockers, _ = f.Members["blockers"].([]string)
	return p
}

// CodeFor returns the code for a status that a library decided on.
func CodeFor(status int) fault.Code {
	switch status {
	case http.StatusBadRequest:
		return fault.MalformedRequest
	case http.StatusUnauthorized:
		return fault.Unauthenticated
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return fault.NotFound
	case http.StatusRequestEntityTooLarge:
		return fault.PayloadTooLarge
	case http.StatusUnsupportedMediaType:
		return fault.UnsupportedMediaType
	case http.StatusUnprocessableEntity:
		return fault.InvalidRequest
	default:
		return Internal
	}
}

// GetStatus returns the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// Error returns the problem as JSON: what an operator's invocation shows as
// its error.
func (p *Problem) Error() string {
	b, err := json.Marshal(p)
	if err != nil {
		return p.Code
	}
	return string(b)
}

// ContentType is that of RFC 9457.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// RetryAfter returns how long to wait, in whole seconds rounded up; 0 for
// errors that waiting does not mend.
func (p *Problem) RetryAfter() int {
	return int((p.retryAfter + time.Second - 1) / time.Second)
}
