package lambdahttp

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/problem"
)

// refuse answers with an error before the handler ran.
func (a *API) refuse(ctx huma.Context, err error) {
	p := problem.From(ctx.Context(), a.log, RequestID(ctx.Context()), err)
	for name, value := range headers(p) {
		ctx.SetHeader(name, value)
	}
	ctx.SetHeader("Content-Type", p.ContentType(""))
	ctx.SetStatus(p.Status)
	_ = json.NewEncoder(ctx.BodyWriter()).Encode(p) // the client went away: nobody to tell
}

// headers are those that an error needs: Retry-After (RFC 9110 10.2.3) and
// WWW-Authenticate (11.6.1).
func headers(p *problem.Problem) map[string]string {
	h := map[string]string{}
	if s := p.RetryAfter(); s > 0 {
		h["Retry-After"] = strconv.Itoa(s)
	}
	if p.Status == http.StatusUnauthorized {
		h["WWW-Authenticate"] = "Bearer"
	}
	return h
}

// problem is Huma's transformer: its own error model echoes rejected values
// and has no code, so it is rewritten.
func (a *API) problem(ctx huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	f := fault.New(problem.CodeFor(m.Status), "%s", details[m.Status])
	for _, e := range m.Errors {
		if e.Location == "query.cursor" && strings.HasPrefix(e.Message, "expected length") {
			f = errCursor // too long to be one of ours
			break
		}
		f.Fields = append(f.Fields, field(e))
	}
	if dead(ctx.Context()) {
		f = errUnauthenticated
	}
	if m.Status >= http.StatusInternalServerError {
		f = nil
	}
	p := problem.From(ctx.Context(), a.log, RequestID(ctx.Context()), asError(f, m))
	for name, value := range headers(p) {
		ctx.SetHeader(name, value)
	}
	ctx.SetStatus(p.Status)
	return p, nil
}

// lateStatus sends the first status that it is told, with the body: Huma tells
// its own after the transformer's.
type lateStatus struct {
	http.ResponseWriter
	status int
	sent   bool
}

// WriteHeader keeps the first status.
func (w *lateStatus) WriteHeader(status int) { w.status = cmp.Or(w.status, status) }

// Write sends the status, then the bytes.
func (w *lateStatus) Write(b []byte) (int, error) {
	w.send()
	return w.ResponseWriter.Write(b)
}

func (w *lateStatus) send() {
	if w.status != 0 && !w.sent {
		w.sent = true
		w.ResponseWriter.WriteHeader(w.status)
	}
}

func asError(f *fault.Error, m *huma.ErrorModel) error {
	if f == nil {
		return m
	}
	return f
}

var details = map[int]string{
	http.StatusBadRequest:            "The request is malformed.",
	http.StatusUnprocessableEntity:   "The request is not valid.",
	http.StatusUnsupportedMediaType:  "Send application/json.",
	http.StatusRequestEntityTooLarge: "The body is too large.",
}

// field rewrites an error of validation: it points at the missing member
// itself, and repeats an unknown member's name only when it looks like a name.
func field(e *huma.ErrorDetail) fault.Field {
	location, message := e.Location, e.Message
	if rest, ok := strings.CutPrefix(message, "expected required property "); ok {
		if name, ok := strings.CutSuffix(rest, " to be present"); ok {
			location, message = location+"."+name, "is required"
		}
	}
	if !inventory.Named(location, 100, "._-[]") {
		location, _, _ = strings.Cut(location, ".")
	}
	return fault.Field{Location: location, Message: message}
}

type requestKey struct{}

// RequestID names the request in answers and logs.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}
