package lambdahttp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/akrylysov/algnhsa"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/problem"
)

// maxBody is the largest body in bytes that an endpoint takes.
const maxBody = 64 << 10

// maxDepth is how deep a JSON body may nest.
const maxDepth = 32

// ServeHTTP serves the endpoints: the request is named, its body bounded and
// proved to be UTF-8 JSON, and what no endpoint knows is a problem too.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx := context.WithValue(r.Context(), requestKey{}, requestID(r))
	r = r.WithContext(context.WithValue(ctx, addressKey{}, address(r)))
	if private(r.URL.Path) {
		w.Header().Set("Cache-Control", "no-store")
	}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w = &counting{ResponseWriter: w, failed: a.failed}
	defer func() {
		if v := recover(); v != nil {
			a.write(w, r, fmt.Errorf("lambdahttp: panic: %v", v))
		}
	}()
	r, err := guard(r)
	if err != nil {
		a.write(w, r, err)
		return
	}
	// The mux would send a client elsewhere for a path with dots or two slashes.
	if _, pattern := a.mux.Handler(r); pattern == "" || path.Clean(r.URL.Path) != r.URL.Path {
		a.write(w, r, fault.New(fault.NotFound, "There is nothing here."))
		return
	}
	late := &lateStatus{ResponseWriter: w}
	a.mux.ServeHTTP(late, r)
	late.send()
}

// InternalErrors counts answers of 500, by Function.
const InternalErrors = "InternalErrors"

// counting tells of an answer that says that something went wrong here.
type counting struct {
	http.ResponseWriter
	failed func() // nil: nobody counts
}

// WriteHeader passes the status on.
func (w *counting) WriteHeader(status int) {
	if status == http.StatusInternalServerError && w.failed != nil {
		w.failed()
	}
	w.ResponseWriter.WriteHeader(status)
}

// private reports whether answers under the path must not be stored anywhere.
func private(path string) bool {
	for _, p := range []string{"/v1/login/", "/v1/me/", "/v1/cancellations/"} {
		if strings.HasPrefix(path+"/", p) {
			return true
		}
	}
	return false
}

func (a *API) write(w http.ResponseWriter, r *http.Request, err error) {
	p := problem.From(r.Context(), a.log, RequestID(r.Context()), err)
	for name, value := range headers(p) {
		w.Header().Set(name, value)
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client went away: nobody to tell
}

// requestID is API Gateway's id of the request.
func requestID(r *http.Request) string {
	if e, ok := algnhsa.APIGatewayV2RequestFromContext(r.Context()); ok {
		return e.RequestContext.RequestID
	}
	return r.Header.Get("X-Request-Id")
}

type addressKey struct{}

// ClientAddress returns the address that the gateway saw the request come from;
// invalid where there is no request. Headers that a client can write are not
// asked.
func ClientAddress(ctx context.Context) netip.Addr {
	a, _ := ctx.Value(addressKey{}).(netip.Addr)
	return a
}

// address is the gateway's sourceIp, or the peer's where there is no gateway.
func address(r *http.Request) netip.Addr {
	text := r.RemoteAddr
	if e, ok := algnhsa.APIGatewayV2RequestFromContext(r.Context()); ok {
		text = e.RequestContext.HTTP.SourceIP
	} else if host, _, err := net.SplitHostPort(text); err == nil {
		text = host
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap().WithZone("")
}

// guard refuses what must not reach an endpoint, and notes a body that holds
// nulls.
func guard(r *http.Request) (*http.Request, error) {
	query, err := url.QueryUnescape(r.URL.RawQuery)
	if err != nil || !utf8.ValidString(query) || !utf8.ValidString(r.URL.Path) || strings.ContainsRune(r.URL.Path, 0) {
		return r, fault.New(fault.MalformedRequest, "The address is not valid UTF-8.")
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	switch {
	case err != nil:
		return r, &fault.Error{Code: fault.MalformedRequest, Detail: "The body cannot be read.", Cause: err}
	case len(body) > maxBody:
		return r, fault.New(fault.PayloadTooLarge, "The body is larger than 64 KiB.")
	case len(body) == 0:
		r.Body = http.NoBody
		return r, nil
	}
	nulls, err := jsonBody(r.Header.Get("Content-Type"), body)
	if err != nil {
		return r, err
	}
	if nulls {
		r = r.WithContext(context.WithValue(r.Context(), nullsKey{}, body))
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return r, nil
}

// jsonBody proves that the body is JSON (RFC 8259) in UTF-8, not nested beyond
// reason, and declared as such. nulls: it holds a null.
func jsonBody(contentType string, body []byte) (nulls bool, _ error) {
	if media, _, err := mime.ParseMediaType(contentType); err != nil || media != "application/json" {
		return false, fault.New(fault.UnsupportedMediaType, "Send application/json.")
	}
	if !utf8.Valid(body) {
		return false, fault.New(fault.MalformedRequest, "The body is not valid UTF-8.")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	for depth := 0; ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return false, fault.New(fault.MalformedRequest, "The body is not JSON.")
		}
		nulls = nulls || token == nil
		if delim, ok := token.(json.Delim); ok && (delim == '{' || delim == '[') {
			depth++
		} else if ok {
			depth--
		}
		if depth > maxDepth {
			return false, fault.New(fault.MalformedRequest, "The body is nested too deeply.")
		}
	}
	if !json.Valid(body) {
		return false, fault.New(fault.MalformedRequest, "The body is not JSON.")
	}
	return nulls, nil
}
