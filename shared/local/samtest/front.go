package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"time"
)

// front stands between the local cloud and SAM's functions: it gives containers
// the clock, and passes on what the local cloud wakes functions with.
type front struct {
	docker *docker
	offset atomic.Int64 // seconds
	lambda string       // host:port of sam local start-lambda
}

// clock serves containers how far the clock is turned, in seconds.
func (f *front) clock(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, f.offset.Load()) }

// functions is the local cloud's other host: shared/local/lambda says what it asks of one.
func (f *front) functions() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /clock", func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			OffsetSeconds int64 `json:"offset_seconds"`
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		f.offset.Store(body.OffsetSeconds)
		// What is warm has read the clock already.
		if err := f.docker.forget(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	mux.Handle("POST /2015-03-31/functions/", httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: f.lambda}))
	return mux
}

// serve serves until ctx ends.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	context.AfterFunc(ctx, func() { server.Close() })
	go func() {
		// Serve ends with Close.
		_ = server.Serve(listener)
	}()
}
