// Package proxy is the one AWS endpoint of the local cloud: it sends each call to
// the engine of its service, by the credential scope of its signature, and takes
// note on the way of what people and tests want to see: text messages, pushes and
// the permissions that each call needs.
//
// It also keeps what the engine for everything but DynamoDB forgets when it
// stops: objects, push endpoints and rotated secrets. See Restore.
package proxy

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"time"

	"jewelrydisplay.app/shared/local/faults"
	"jewelrydisplay.app/shared/local/iam"
)

// Options say what the proxy stands in front of.
type Options struct {
	Dynamo string       // URL of the DynamoDB engine
	Moto   string       // URL of the engine for the other services
	Lambda http.Handler // answers calls of the service lambda; nil answers 503
	Dir    string       // where messages, endpoints and objects are kept; empty keeps nothing

	// Now stamps messages; nil means the machine's clock.
	Now func() time.Time
	// Decide receives the permissions that each call needs, with the access key that
	// signed it, which for a function is its logical id, and refuses the call or
	// returns nil. Nil allows everything.
	Decide func(accessKey string, needs []iam.Need) *iam.Refusal
	// Strike decides which calls fail on purpose, and how late one is; nil strikes none.
	Strike func(faults.Call) (faults.Kind, time.Duration)
	// Took receives how long a call took that was passed on; nil drops it.
	Took func(accessKey, service string, d time.Duration)
	// SecretChanged receives a secret's new value after a PutSecretValue. Nil drops it.
	SecretChanged func(id, value string) error
}

// Proxy is the AWS endpoint. It is an http.Handler.
type Proxy struct {
	options   Options
	dynamo    *httputil.ReverseProxy
	moto      *httputil.ReverseProxy
	client    *http.Client // for the proxy's own calls to moto
	motoURL   *url.URL
	endpoints *endpoints
	messages  *messages
	objects   *objects
}

// maxBody is the most that a call with a body in memory may send. DynamoDB takes
// 16 MB, every other service less; objects are streamed.
const maxBody = 20 << 20

// New makes the proxy and reads what an earlier one kept in Options.Dir.
func New(o Options) (*Proxy, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Dir != "" {
		if err := os.MkdirAll(o.Dir, 0o700); err != nil {
			return nil, err
		}
	}
	dynamo, err := url.Parse(o.Dynamo)
	if err != nil {
		return nil, err
	}
	moto, err := url.Parse(o.Moto)
	if err != nil {
		return nil, err
	}
	p := &Proxy{options: o, motoURL: moto}
	transport := &http.Transport{
		MaxIdleConnsPerHost: 256, IdleConnTimeout: time.Minute,
		DisableCompression: true, // bodies pass as they are
		WriteBufferSize:    32 << 10, ReadBufferSize: 32 << 10,
	}
	p.client = &http.Client{Transport: transport}
	p.dynamo = reverse(dynamo, transport)
	p.moto = reverse(moto, transport)
	if p.messages, err = openMessages(o.file("messages.jsonl")); err != nil {
		return nil, err
	}
	if p.endpoints, err = openEndpoints(o.file("endpoints.jsonl")); err != nil {
		return nil, err
	}
	p.objects = &objects{dir: o.file("objects")}
	return p, nil
}

// file is a path below Options.Dir, or empty when nothing is kept.
func (o Options) file(name string) string {
	if o.Dir == "" {
		return ""
	}
	return filepath.Join(o.Dir, name)
}

// reverse passes calls to an engine unchanged; a signature covers the Host
// header, but neither engine verifies it.
func reverse(to *url.URL, transport http.RoundTripper) *httputil.ReverseProxy {
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = to.Scheme, to.Host
			r.Out.Host = r.In.Host
		},
		Transport:     transport,
		FlushInterval: -1,
		BufferPool:    buffers{pool: &sync.Pool{New: func() any { b := make([]byte, 32<<10); return &b }}},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			refuse(w, http.StatusServiceUnavailable, "ServiceUnavailable", "the engine does not answer: "+err.Error())
		},
	}
}

type buffers struct{ pool *sync.Pool }

func (b buffers) Get() []byte  { return *b.pool.Get().(*[]byte) }
func (b buffers) Put(p []byte) { b.pool.Put(&p) }

// scope finds the access key and the service in a signature's credential scope,
// in the header or, for presigned addresses, in the query.
var scope = regexp.MustCompile(`(?:Credential=|^)([^/\s,]+)/\d{8}/[^/]+/([a-z0-9-]+)/aws4_request`)

func signed(r *http.Request) (accessKey, service string, ok bool) {
	credential := r.Header.Get("Authorization")
	if credential == "" {
		credential = r.URL.Query().Get("X-Amz-Credential")
	}
	m := scope.FindStringSubmatch(credential)
	if m == nil {
		return "", "", false
	}
	return m[1], m[2], true
}

// ServeHTTP sends the call where it belongs. An unsigned call is refused as AWS does.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	accessKey, service, ok := signed(r)
	if !ok {
		refuse(w, http.StatusForbidden, "MissingAuthenticationTokenException", "Missing Authentication Token")
		return
	}
	var body []byte
	inMemory := service != "lambda" && (service != "s3" || r.Method == http.MethodPost && r.URL.Query().Has("delete"))
	if inMemory {
		var err error
		if body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody)); err != nil {
			refuse(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLargeException", "the body cannot be read")
			return
		}
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}
	c := call{accessKey, service, r, body}
	if !p.allowed(w, c) {
		return
	}
	if p.options.Took != nil {
		defer func(began time.Time) { p.options.Took(accessKey, service, time.Since(began)) }(time.Now())
	}
	p.strike(w, c)
}

// pass sends the call to who carries it out.
func (p *Proxy) pass(w http.ResponseWriter, c call) {
	switch c.service {
	case "dynamodb":
		p.dynamo.ServeHTTP(w, c.http)
	case "lambda":
		if p.options.Lambda == nil {
			refuse(w, http.StatusServiceUnavailable, "ServiceUnavailable", "no functions run here")
			return
		}
		p.options.Lambda.ServeHTTP(w, c.http)
	case "sns":
		p.notification(w, c.http, c.body)
	case "s3":
		p.object(p.hiding(w, c), c.http, c.body)
	case "secretsmanager":
		if c.http.Header.Get("X-Amz-Target") == batchOfSecrets {
			p.secrets(w, c)
			return
		}
		p.secret(w, c.http, c.body)
	default:
		p.moto.ServeHTTP(w, c.http)
	}
}

// Restore gives the engine back what it forgot: objects and push endpoints. Call
// it once, after buckets and platform applications exist and before the first call.
func (p *Proxy) Restore(ctx context.Context) error {
	if err := p.restoreObjects(ctx); err != nil {
		return fmt.Errorf("restore objects: %w", err)
	}
	if err := p.restoreEndpoints(ctx); err != nil {
		return fmt.Errorf("restore push endpoints: %w", err)
	}
	return nil
}

// secret passes a call to Secrets Manager and reports a changed value.
func (p *Proxy) secret(w http.ResponseWriter, r *http.Request, body []byte) {
	var change struct{ SecretId, SecretString string }
	changes := r.Header.Get("X-Amz-Target") == "secretsmanager.PutSecretValue" && p.options.SecretChanged != nil &&
		json.Unmarshal(body, &change) == nil
	if !changes {
		p.moto.ServeHTTP(w, r)
		return
	}
	answer := &recorder{header: http.Header{}}
	p.moto.ServeHTTP(answer, r)
	if answer.ok() {
		if err := p.options.SecretChanged(change.SecretId, change.SecretString); err != nil {
			refuse(w, http.StatusInternalServerError, "InternalServiceError", "the secret cannot be kept")
			return
		}
	}
	answer.copyTo(w)
}

// refuse answers in the form that the SDKs of JSON services read.
func refuse(w http.ResponseWriter, status int, kind, message string) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.Header().Set("X-Amzn-ErrorType", kind)
	w.WriteHeader(status)
	// The client is gone when this fails.
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": kind, "message": message})
}

// recorder holds a small answer back until it has been looked at.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *recorder) Header() http.Header         { return a.header }
func (a *recorder) WriteHeader(status int)      { a.status = status }
func (a *recorder) Write(b []byte) (int, error) { return a.body.Write(b) }

func (a *recorder) ok() bool { return a.status >= 200 && a.status < 300 }

func (a *recorder) copyTo(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", fmt.Sprint(a.body.Len()))
	w.WriteHeader(a.status)
	// The client is gone when this fails.
	_, _ = w.Write(a.body.Bytes())
}
