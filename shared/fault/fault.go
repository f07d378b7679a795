// Package fault holds the kinds of error that a caller can act on. Anything
// else is an internal error: a line in the log, and nothing of it to the client.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Code names one kind of error, as the contract with the app spells it.
type Code string

// The codes of the HTTP contract. The status of each is decided in one place,
// package problem.
const (
	MalformedRequest     Code = "malformed_request"
	Unauthenticated      Code = "unauthenticated"
	ConsentWithdrawn     Code = "consent_withdrawn"
	Forbidden            Code = "forbidden"
	NotFound             Code = "not_found"
	Gone                 Code = "gone"
	ConsentRequired      Code = "consent_required"
	GuardianRequired     Code = "guardian_required"
	CancellationBlocked  Code = "cancellation_blocked"
	DormantAccount       Code = "dormant_account"
	Conflict             Code = "conflict"
	PayloadTooLarge      Code = "payload_too_large"
	UnsupportedMediaType Code = "unsupported_media_type"
	MethodNotAllowed     Code = "method_not_allowed"
	InvalidRequest       Code = "invalid_request"
	CodeRejected         Code = "code_rejected"
	TooManyRequests      Code = "too_many_requests"
	Unavailable          Code = "unavailable"
)

// Error is an error that a caller can act on. Detail and the fields' messages
// are shown to clients: they never hold a value that the client sent, nor
// anything personal.
type Error struct {
	Code       Code
	Detail     string
	Fields     []Field
	RetryAfter time.Duration  // for TooManyRequests and Unavailable
	Members    map[string]any // further problem members: purpose, policy_version, blockers
	Cause      error          // for the log only; never shown to a client
}

// Field says which part of a request is wrong and why. Location is a path as
// in "body.phone" or "query.limit".
type Field struct {
	Location string
	Message  string
}

// New returns an error of the code with a text for the client.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Detail: fmt.Sprintf(format, args...)}
}

// Invalid returns an InvalidRequest for one field.
func Invalid(location, message string) *Error {
	return &Error{
		Code:   InvalidRequest,
		Detail: "The request is not valid.",
		Fields: []Field{{Location: location, Message: message}},
	}
}

// Busy returns an Unavailable that may be tried again after a second.
func Busy(cause error) *Error {
	return &Error{
		Code:       Unavailable,
		Detail:     "The service is busy. Try again.",
		RetryAfter: time.Second,
		Cause:      cause,
	}
}

// With returns a copy with one more problem member.
func (e *Error) With(name string, value any) *Error {
	c := *e
	c.Members = make(map[string]any, len(e.Members)+1)
	for k, v := range e.Members {
		c.Members[k] = v
	}
	c.Members[name] = value
	return &c
}

// Error returns the code and the detail, never the cause.
func (e *Error) Error() string { return string(e.Code) + ": " + e.Detail }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Is reports whether err, or one that it wraps, has the code.
func Is(err error, code Code) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code
}
