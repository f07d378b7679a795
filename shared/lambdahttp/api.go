// Package lambdahttp serves a context's endpoints: typed operations by Huma,
// behind API Gateway's HTTP API (payload 2.0), with authentication, consent and
// the error form of the contract in one place.
package lambdahttp

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/person"
	"jewelrydisplay.app/shared/problem"
)

// Access says who may call an operation.
type Access int

const (
	// Open: anybody; a token that is given must be valid all the same.
	Open Access = iota
	// SignedIn: only with a valid access token.
	SignedIn
	// Replay: as SignedIn, but the handler also sees callers whose token is
	// dead, to repeat an answer that was lost; it answers Unauthenticated for
	// every other.
	Replay
)

// Operation is one endpoint.
type Operation struct {
	ID       string // unique, as in "request-code"
	Method   string
	Path     string
	Summary  string
	Tag      string // the context, as in "login"
	Access   Access
	Collects bool // stores something about the caller: needs the current policy accepted (C01, C97)
	Status   int  // of success; 0: 200, or 204 without a body
	// Refuses are the handler's own refusals, for the document; Codes adds those
	// that every operation gives.
	Refuses []fault.Code
}

// Codes are all refusals that the operation answers, in the order of their
// statuses.
func (op Operation) Codes() []fault.Code {
	codes := append([]fault.Code{
		fault.MalformedRequest, fault.Unauthenticated, fault.PayloadTooLarge, fault.UnsupportedMediaType,
		fault.InvalidRequest, problem.Internal, fault.Unavailable,
	}, op.Refuses...)
	if strings.Contains(op.Path, "{") {
		codes = append(codes, fault.NotFound) // no route fits an empty or a strange segment
	}
	if op.Collects {
		codes = append(codes, fault.ConsentRequired)
	}
	slices.SortFunc(codes, func(a, b fault.Code) int {
		return cmp.Or(problem.Status(a)-problem.Status(b), strings.Compare(string(a), string(b)))
	})
	return slices.Compact(codes)
}

// Caller is the person whose access token came with the request.
type Caller struct {
	User      person.ID
	Session   string            // the session's id
	Device    person.Hash       // keyed hash of the device the session belongs to
	Subject   inventory.Subject // the person's key and consents
	Minor     bool              // 14 to 17 years old: C94
	Accepted  string            // the policy version the person accepted last
	PolicyDue string            // a version with a major change that is in force and not accepted
}

// MayCollect refuses to store more about a person whose acceptance of a policy
// version is due: ConsentRequired with policy_version (C97).
func (c Caller) MayCollect() error {
	if c.PolicyDue == "" {
		return nil
	}
	return errConsent.With("policy_version", c.PolicyDue)
}

// Authenticator knows access tokens. An unknown, expired, revoked or blocked
// one is fault.Unauthenticated.
type Authenticator interface {
	Authenticate(ctx context.Context, token string) (Caller, error)
}

// API is the endpoints of one function, or of all of them for the document.
type API struct {
	mux        *http.ServeMux
	auth       Authenticator
	log        *slog.Logger
	failed     func() // called with each answer of 500; nil: nobody counts
	operations []Operation
	register   []func(huma.API) // adds the operation of the same place
}

// New returns an API without endpoints. auth may be nil when the API is built
// only for its document.
func New(auth Authenticator, log *slog.Logger) *API {
	return &API{mux: http.NewServeMux(), auth: auth, log: log}
}

// build returns Huma's API with the operations, served by mux.
func (a *API) build(mux *http.ServeMux, register ...func(huma.API)) huma.API {
	config := huma.DefaultConfig("Jewelry Display", "1")
	config.OpenAPIPath, config.DocsPath, config.SchemasPath, config.CreateHooks = "", "", "", nil
	config.RejectUnknownQueryParameters = true
	config.Components = &huma.Components{Schemas: huma.NewMapRegistry("#/components/schemas/", schemaName)}
	config.Transformers = []huma.Transformer{a.problem}
	api := humago.New(mux, config)
	for _, add := range register {
		add(api)
	}
	return api
}

// schemaName names a schema by its package and type, so that the documents of
// all functions can be one.
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	name := huma.DefaultSchemaNamer(t, hint)
	pkg := t.PkgPath()
	pkg = strings.TrimSuffix(pkg[strings.LastIndex(pkg, "/")+1:], "http")
	if pkg == "" || t.Name() == "" || pkg == "problem" {
		return name
	}
	return strings.ToUpper(pkg[:1]) + pkg[1:] + name
}

// Operations returns the endpoints that were added.
func (a *API) Operations() []Operation { return a.operations }

// Document returns the OpenAPI 3.1 document of the endpoints as their types
// say it: what they take and how they succeed. What else there is to say is
// package contract's, which no function holds.
func (a *API) Document() *huma.OpenAPI {
	return a.build(http.NewServeMux(), a.register...).OpenAPI()
}

// Handle adds an endpoint. The handler gets the validated input; the caller is
// told by CallerOf. It returns a *fault.Error for what the client can act on.
// The endpoint is built by its first request: a function does not pay at its
// start for the schemas of all.
func Handle[I, O any](a *API, op Operation, handle func(ctx context.Context, in *I) (*O, error)) {
	a.operations = append(a.operations, op)
	h := huma.Operation{
		OperationID: op.ID, Method: op.Method, Path: op.Path, Summary: op.Summary,
		Tags: []string{op.Tag}, DefaultStatus: op.Status, MaxBodyBytes: maxBody,
		Middlewares: huma.Middlewares{a.authenticate(op)},
	}
	register := func(api huma.API) {
		h := h
		h.Middlewares = append(slices.Clip(h.Middlewares), a.refuseRepeats, a.refuseNulls(api.OpenAPI().Components.Schemas))
		huma.Register(api, h, func(ctx context.Context, in *I) (*O, error) {
			out, err := handle(ctx, in)
			if err != nil {
				return nil, a.fail(ctx, err)
			}
			return out, nil
		})
	}
	a.register = append(a.register, register)
	endpoint := sync.OnceValue(func() http.Handler {
		mux := http.NewServeMux()
		a.build(mux, register)
		return mux
	})
	a.mux.HandleFunc(op.Method+" "+op.Path, func(w http.ResponseWriter, r *http.Request) { endpoint().ServeHTTP(w, r) })
}

// fail turns a handler's error into the answer.
func (a *API) fail(ctx context.Context, err error) error {
	if dead(ctx) && fault.Is(err, fault.InvalidRequest) {
		err = errUnauthenticated
	}
	p := problem.From(ctx, a.log, RequestID(ctx), err)
	header := http.Header{}
	for name, value := range headers(p) {
		header.Set(name, value)
	}
	return huma.ErrorWithHeaders(p, header)
}

var _ huma.StatusError = (*problem.Problem)(nil)

type callerKey struct{}

type deadKey struct{}

// dead reports whether nobody is known to call, on an operation that also
// repeats answers to a dead token: what is wrong with the rest of such a
// request is not told.
func dead(ctx context.Context) bool { return ctx.Value(deadKey{}) != nil }

// CallerOf returns who is calling. Without a token there is nobody.
func CallerOf(ctx context.Context) (Caller, bool) {
	c, ok := ctx.Value(callerKey{}).(Caller)
	return c, ok
}

// withCaller returns a context in which the caller is c.
func withCaller(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// authenticate is the middleware before an operation: the token is read, the
// person known, the policy accepted where something is collected.
func (a *API) authenticate(op Operation) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		header := ctx.Header("Authorization")
		if header == "" && op.Access == Open {
			next(ctx)
			return
		}
		caller, err := a.caller(ctx.Context(), header)
		switch {
		case err == nil:
		case op.Access == Replay && fault.Is(err, fault.Unauthenticated):
			next(huma.WithValue(ctx, deadKey{}, true))
			return
		default:
			a.refuse(ctx, err)
			return
		}
		if op.Collects {
			if err := caller.MayCollect(); err != nil {
				a.refuse(ctx, err)
				return
			}
		}
		next(huma.WithContext(ctx, withCaller(ctx.Context(), caller)))
	}
}

// caller reads an Authorization header; the scheme's case does not matter (RFC
// 9110 11.1).
func (a *API) caller(ctx context.Context, header string) (Caller, error) {
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return Caller{}, errUnauthenticated
	}
	return a.auth.Authenticate(ctx, token)
}

var (
	errUnauthenticated = fault.New(fault.Unauthenticated, "Log in, or refresh the access token.")
	errConsent         = fault.New(fault.ConsentRequired, "A new version of the privacy policy must be accepted first.")
)
