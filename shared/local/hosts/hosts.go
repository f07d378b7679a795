// Package hosts lets the journeys happen on another host than the local cloud:
// it runs their one suite and gives each script a fresh cloud of that host.
package hosts

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"time"
)

// Variable is the environment variable by which the journeys learn of a host.
const Variable = "JOURNEY_HOST"

// Cloud is a fresh cloud that a host gives to one script.
type Cloud struct {
	API     string `json:"api"`     // address of the HTTP API
	AWS     string `json:"aws"`     // address of the AWS endpoint
	Control string `json:"control"` // what shared/local/control serves
	Data    string `json:"data"`    // folder whose logs/ holds the functions' logs
	// Names are the physical names of tables, queues, buckets and functions by
	// logical id; empty where they are the same.
	Names map[string]string `json:"names"`
}

// Host runs functions in its own way.
type Host interface {
	// Fresh ends the cloud before and returns a new one: the sample catalogue and
	// policy are there, nobody is.
	Fresh(ctx context.Context) (Cloud, error)
	// Cannot says of each command or script of the journeys that this host has no
	// way to do, why.
	Cannot() map[string]string
}

// Journeys runs the scripts on the host. Their output is this program's.
func Journeys(ctx context.Context, h Host) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler(ctx, h), ReadHeaderTimeout: time.Minute}
	go func() {
		// Serve ends with Close.
		_ = server.Serve(listener)
	}()
	defer server.Close()
	suite := exec.CommandContext(ctx, "go", "test", "-count=1", "-parallel=1", "-run=TestJourneys", "./shared/local/journey")
	suite.Env = append(os.Environ(), Variable+"=http://"+listener.Addr().String())
	suite.Stdout, suite.Stderr = os.Stdout, os.Stderr
	suite.Cancel = func() error { return suite.Process.Signal(os.Interrupt) }
	suite.WaitDelay = 20 * time.Second
	if err := suite.Run(); err != nil {
		return fmt.Errorf("the journeys on this host: %w", err)
	}
	return nil
}

// handler serves POST /cloud and GET /cannot.
func handler(ctx context.Context, h Host) http.Handler {
	var one sync.Mutex
	mux := http.NewServeMux()
	mux.HandleFunc("POST /cloud", func(w http.ResponseWriter, _ *http.Request) {
		one.Lock()
		defer one.Unlock()
		cloud, err := h.Fresh(ctx)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		answer(w, cloud)
	})
	mux.HandleFunc("GET /cannot", func(w http.ResponseWriter, _ *http.Request) { answer(w, h.Cannot()) })
	return mux
}

func answer(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	// The values are plain strings; only a client that is gone fails.
	_ = json.NewEncoder(w).Encode(body)
}
