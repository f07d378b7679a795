// Package accounthttp serves a person's own account: profile, consents, policy
// versions and acceptances, and the export.
package accounthttp

import (
	"context"
	"net/http"
	"time"

	"jewelrydisplay.app/shared/account"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/lambdahttp"
)

// Services is what stands behind the endpoints. The zero value is enough for
// the document.
type Services struct {
	Policies *account.Policies
	Consents *account.Consents
	Profiles *account.Profiles
	Exports  *account.Exports
	Cursors  lambdahttp.Cursors
}

// Register adds the endpoints.
func Register(api *lambdahttp.API, s Services) {
	registerPolicies(api, s)
	registerMe(api, s)
	registerExports(api, s)
}

func registerPolicies(api *lambdahttp.API, s Services) {
	lambdahttp.Handle(api, lambdahttp.Operation{
		ID: "list-policies", Method: http.MethodGet, Path: "/v1/policies/privacy", Tag: "account",
		Summary: "All versions of the privacy policy, the newest first",
	}, s.listPolicies)
	lambdahttp.Handle(api, lambdahttp.Operation{
		ID: "get-policy", Method: http.MethodGet, Path: "/v1/policies/privacy/{version}", Tag: "account",
		Summary: "The text of a version, or of the current or next one",
	}, s.getPolicy)
	lambdahttp.Handle(api, lambdahttp.Operation{
		ID: "accept-policy", Method: http.MethodPost, Path: "/v1/me/policy-acceptances", Tag: "account",
		Summary: "Accept a version of the privacy policy", Access: lambdahttp.SignedIn, Status: http.StatusCreated,
		Refuses: []fault.Code{fault.ConsentRequired},
	}, s.acceptPolicy)
}

func registerMe(api *lambdahttp.API, s Services) {
	lambdahttp.Handle(api, lambdahttp.Operation{
		ID: "list-consents", Method: http.MethodGet, Path: "/v1/me/consents", Tag: "account",
		Summary: "Every authorisation as it stands", Access: lambdahttp.SignedIn,
	}, s.listConsents)
	lambdahttp.Handle(api, lambdahttp.Operation{
		ID: "set-consent", Method: http.MethodPut, Path: "/v1/me/consents/{purpose}", Tag: "account",
		Summary: "Grant or withdraw an authorisation", Access: lambdahttp.SignedIn,
		Refuses: []fault.Code{fault.Forbidden, fault.ConsentRequired},
	}, s.setConsent)
	lambdahttp.Handle(api, lambdahttp.Operation{
		ID: "get-me", Method: http.MethodGet, Path: "/v1/me", Tag: "account",
		Summary: "One's own profile", Access: lambdahttp.SignedIn,
	}, s.getMe)
	lambdahttp.Handle(api, lambdahttp.Operation{
		ID: "patch-me", Method: http.MethodPatch, Path: "/v1/me", Tag: "account",
		Summary: "Change one's own profile; null deletes", Access: lambdahttp.SignedIn,
		Refuses: []fault.Code{fault.ConsentRequired, fault.GuardianRequired},
	}, s.patchMe)
}

func registerExports(api *lambdahttp.API, s Services) {
	lambdahttp.Handle(api, lambdahttp.Operation{
		ID: "begin-export", Method: http.MethodPost, Path: "/v1/me/exports", Tag: "account",
		Summary: "Open a copy of everything held about oneself", Access: lambdahttp.SignedIn, Status: http.StatusCreated,
		Refuses: []fault.Code{fault.CodeRejected},
	}, s.beginExport)
	lambdahttp.Handle(api, lambdahttp.Operation{
		ID: "get-export", Method: http.MethodGet, Path: "/v1/me/exports/{id}", Tag: "account",
		Summary: "A page of the copy", Access: lambdahttp.SignedIn,
	}, s.getExport)
}

// caller returns who is calling.
func caller(ctx context.Context) (account.Person, error) {
	c, ok := lambdahttp.CallerOf(ctx)
	if !ok {
		return account.Person{}, fault.New(fault.Unauthenticated, "Log in, or refresh the access token.")
	}
	return account.Person{ID: c.User, Subject: c.Subject, Minor: c.Minor, Accepted: c.Accepted, Due: c.PolicyDue}, nil
}

// some returns a time as an optional member.
func some(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
