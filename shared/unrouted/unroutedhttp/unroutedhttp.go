// Package unroutedhttp answers requests that no route took.
package unroutedhttp

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"

	"github.com/akrylysov/algnhsa"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/problem"
	"jewelrydisplay.app/shared/unrouted"
)

// Handler answers every request with a problem (RFC 9457): 405 with Allow when
// the path is known with other methods, else 404. It reads no body, looks at no
// token, and repeats nothing of the request.
func Handler(log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := fault.New(fault.NotFound, "There is nothing here.")
		if methods := unrouted.Methods(r.URL.EscapedPath()); len(methods) > 0 {
			w.Header().Set("Allow", strings.Join(methods, ", "))
			err = fault.New(fault.MethodNotAllowed, "Another method is needed here; Allow names those that there are.")
		}
		p := problem.From(r.Context(), log, requestID(r), err)
		w.Header().Set("Content-Type", "application/problem+json")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(p.Status)
		_ = json.NewEncoder(w).Encode(p) // the client went away: nobody to tell
	})
}

// requestID is API Gateway's id of the request.
func requestID(r *http.Request) string {
	e, _ := algnhsa.APIGatewayV2RequestFromContext(r.Context())
	return e.RequestContext.RequestID
}
