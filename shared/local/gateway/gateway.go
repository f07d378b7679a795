// Package gateway serves HTTP as an API Gateway HTTP API does in front of
// Lambda: the template's routes, payload format 2.0, and the gateway's own
// answers where no function is asked or none can answer.
package gateway

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"jewelrydisplay.app/shared/local/stack"
)

// The limits of an HTTP API.
const (
	maxBody   = 10 << 20
	maxHeader = 10_240
	timeout   = 30 * time.Second
)

// What an Invoker returns when the function was not asked.
var (
	ErrThrottled = errors.New("throttled") // it has no process free
	ErrTooLarge  = errors.New("too large") // the event is larger than Lambda takes
)

// Invoker runs a function on an event. An answer that the function's failure
// made is reported by failed.
type Invoker func(ctx context.Context, function string, event []byte) (payload []byte, failed bool, err error)

// Options say what to serve.
type Options struct {
	Routes  []stack.Route
	Invoke  Invoker
	Account string
	Timeout time.Duration // of the integration; 0 means 30 s
	Now     func() time.Time
	// Log receives one line of JSON a request: the access log of the template,
	// which never holds a path, query, address or agent.
	Log io.Writer
}

// Gateway is the HTTP API.
type Gateway struct {
	options Options
	routes  *table
}

var _ http.Handler = (*Gateway)(nil)

// New returns the HTTP API, or an error that names a route it cannot serve.
func New(o Options) (*Gateway, error) {
	routes, err := newTable(o.Routes)
	if err != nil {
		return nil, err
	}
	if o.Timeout == 0 {
		o.Timeout = timeout
	}
	return &Gateway{options: o, routes: routes}, nil
}

// ServeHTTP routes the request to its function.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	entry := access{RequestID: newRequestID(), RouteKey: "-", Protocol: r.Proto}
	w.Header().Set("Apigw-Requestid", entry.RequestID)
	entry.Status, entry.Length = g.serve(w, r, &entry)
	entry.Time = g.options.Now().UTC().Format(time.RFC3339)
	entry.Latency = time.Since(began).Milliseconds()
	g.write(entry)
}

// access is a line of the access log.
type access struct {
	RequestID          string `json:"requestId"`
	RouteKey           string `json:"routeKey"`
	Status             int    `json:"status"`
	Protocol           string `json:"protocol"`
	Length             int    `json:"responseLength"`
	Time               string `json:"time"`
	Latency            int64  `json:"responseLatency"`
	IntegrationLatency int64  `json:"integrationLatency"`
}

func (g *Gateway) write(entry access) {
	if g.options.Log == nil {
		return
	}
	line, err := json.Marshal(entry)
	if err != nil {
		return
	}
	// A request is not refused because its line could not be written.
	_, _ = g.options.Log.Write(append(line, '\n'))
}

func (g *Gateway) serve(w http.ResponseWriter, r *http.Request, entry *access) (status, length int) {
	found, ok := g.routes.find(r.Method, r.URL.EscapedPath())
	if !ok {
		return message(w, http.StatusNotFound, "Not Found")
	}
	entry.RouteKey = found.key
	if headerSize(r) > maxHeader {
		return message(w, http.StatusRequestHeaderFieldsTooLarge, "Request Header Fields Too Large")
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return message(w, http.StatusBadRequest, "Bad Request")
	}
	if len(body) > maxBody {
		return message(w, http.StatusRequestEntityTooLarge, "Request Entity Too Large")
	}
	event, err := json.Marshal(g.request(r, body, found, entry.RequestID))
	if err != nil {
		return message(w, http.StatusInternalServerError, "Internal Server Error")
	}
	ctx, cancel := context.WithTimeout(r.Context(), g.options.Timeout)
	defer cancel()
	began := time.Now()
	payload, failed, err := g.options.Invoke(ctx, found.function, event)
	entry.IntegrationLatency = time.Since(began).Milliseconds()
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return message(w, http.StatusGatewayTimeout, "Endpoint request timed out")
	case errors.Is(err, ErrTooLarge):
		return message(w, http.StatusRequestEntityTooLarge, "Request Entity Too Large")
	case errors.Is(err, ErrThrottled):
		return message(w, http.StatusServiceUnavailable, "Service Unavailable")
	case err != nil || failed:
		return message(w, http.StatusInternalServerError, "Internal Server Error")
	}
	return respond(w, r, payload)
}

// headerSize counts the request line and the headers as the HTTP API's limit does.
func headerSize(r *http.Request) int {
	size := len(r.Method) + len(r.RequestURI) + len(r.Proto) + len("host") + len(r.Host)
	for name, values := range r.Header {
		for _, value := range values {
			size += len(name) + len(value)
		}
	}
	return size
}

// message is an answer of the gateway itself.
func message(w http.ResponseWriter, status int, text string) (int, int) {
	body := []byte(`{"message":` + strconv.Quote(text) + `}`)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	// The client may be gone.
	_, _ = w.Write(body)
	return status, len(body)
}

// newRequestID returns an id of the form that API Gateway gives.
func newRequestID() string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	var b [15]byte
	// rand.Read never fails: it ends the program instead.
	_, _ = rand.Read(b[:])
	for i := range b {
		b[i] = letters[b[i]&63]
	}
	return string(b[:]) + "="
}

// peer returns the address of the client, without its port.
func peer(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// traceID returns a trace header as AWS sets it when the client sent none.
func traceID(now time.Time) string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails, see newRequestID
	return fmt.Sprintf("Root=1-%08x-%x", now.Unix(), b)
}
