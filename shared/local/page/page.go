// Package page serves the API's document at the local cloud's control address,
// and a page to read it and try the API with. The page reaches the API through
// the same address: the API itself answers no other origin (it has no CORS), on
// AWS as here.
package page

import (
	_ "embed"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"sync"

	"jewelrydisplay.app/shared/contract"
)

//go:embed page.html
var html []byte

// policy lets the page load nothing but what this address serves: the script's
// fonts and services elsewhere stay unasked.
const policy = "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; " +
	"img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; frame-ancestors 'none'"

// Handler serves, before others:
//
//	GET /              the page
//	GET /openapi.json  the document, made from the code that runs
//	GET /scalar.js     the page's script, from the file
//	/v1/               the API, whose address is api
func Handler(api, script string, others http.Handler) (http.Handler, error) {
	target, err := url.Parse(api)
	if err != nil {
		return nil, err
	}
	document := sync.OnceValues(contract.Document)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		send(w, "text/html; charset=utf-8", html, nil)
	})
	mux.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		b, err := document()
		send(w, "application/json", b, err)
	})
	mux.HandleFunc("GET /scalar.js", func(w http.ResponseWriter, _ *http.Request) {
		b, err := os.ReadFile(script)
		send(w, "text/javascript; charset=utf-8", b, err)
	})
	mux.Handle("/v1/", &httputil.ReverseProxy{
		Rewrite:  func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ErrorLog: log.New(io.Discard, "", 0), // a client that is gone
	})
	mux.Handle("/", others)
	return mux, nil
}

func send(w http.ResponseWriter, kind string, body []byte, err error) {
	if err != nil {
		http.Error(w, "not here: make tools installs it ("+err.Error()+")", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(body) // the client may be gone
}
