package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"jewelrydisplay.app/shared/local/fresh"
)

// desk is where the fuzzer has people logged in, and gets codes that are right:
// no generator guesses one.
type desk struct {
	address string
	people  *fresh.People
	*http.Server

	spent atomic.Int64 // codes that the fuzzer got

	mu    sync.Mutex
	ready map[string][]fresh.Proof // by purpose
}

// proofs is how many codes of each purpose a run has at hand.
const proofs = 5

// open prepares the codes and serves POST /login and POST /prove?purpose=.
func open(ctx context.Context, cloud *fresh.Cloud) (*desk, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	d := &desk{address: "http://" + listener.Addr().String(), people: fresh.NewPeople(cloud), ready: map[string][]fresh.Proof{}}
	if err := d.prepare(ctx); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /login", d.login)
	mux.HandleFunc("POST /prove", d.prove)
	d.Server = &http.Server{
		Handler: mux, ReadHeaderTimeout: time.Minute, BaseContext: func(net.Listener) context.Context { return ctx },
	}
	go func() { _ = d.Serve(listener) }() // until Close
	return d, nil
}

// prepare has codes sent to people who are logged in, once the minute after
// their login's code is over.
func (d *desk) prepare(ctx context.Context) error {
	var everybody []fresh.Person
	for range 2 * proofs {
		who, err := d.people.Login(ctx)
		if err != nil {
			return err
		}
		everybody = append(everybody, who)
	}
	if err := d.people.Turn(ctx, 2*time.Minute); err != nil {
		return err
	}
	for i, who := range everybody {
		purpose := []string{"cancel_account", "export_data"}[i%2]
		proof, err := d.people.Prove(ctx, who, purpose)
		if err != nil {
			return err
		}
		d.ready[purpose] = append(d.ready[purpose], proof)
	}
	return nil
}

func (d *desk) login(w http.ResponseWriter, r *http.Request) {
	who, err := d.people.Login(r.Context())
	reply(w, map[string]string{"access_token": who.Access}, err)
}

func (d *desk) prove(w http.ResponseWriter, r *http.Request) {
	purpose := r.FormValue("purpose")
	proof, ok := d.take(purpose)
	var err error
	if purpose == "login" {
		proof, err = d.people.Prove(r.Context(), fresh.Person{}, purpose)
		ok = true
	}
	if !ok {
		w.WriteHeader(http.StatusNoContent) // all are used
		return
	}
	d.spent.Add(1)
	reply(w, map[string]string{
		"challenge_id": proof.Challenge, "code": proof.Code, "device": proof.Device, "access_token": proof.Access,
	}, err)
}

func (d *desk) take(purpose string) (fresh.Proof, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := d.ready[purpose]
	if len(list) == 0 {
		return fresh.Proof{}, false
	}
	d.ready[purpose] = list[1:]
	return list[0], true
}

func reply(w http.ResponseWriter, body any, err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "fuzz:", err)
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body) // the fuzzer is gone
}
