// Package control serves the local cloud's own address: what was sent, the
// clock, the schedules, what the functions did against what they may do, and
// faults. None of this exists on AWS.
package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"jewelrydisplay.app/shared/local/faults"
	"jewelrydisplay.app/shared/local/iam"
	"jewelrydisplay.app/shared/local/proxy"
	"jewelrydisplay.app/shared/local/usage"
	"jewelrydisplay.app/shared/local/wake"
)

// Cloud is what the address controls.
type Cloud interface {
	// Offset is how far the clock is turned.
	Offset() time.Duration
	// Turn turns it; wake.ErrBackwards when that is below Offset.
	Turn(ctx context.Context, offset time.Duration) error
	// RunSchedule runs the schedule's function; wake.ErrNoSchedule when there is none.
	RunSchedule(ctx context.Context, id string) (payload []byte, failed bool, err error)
	// Settle returns when all that was woken is done.
	Settle(ctx context.Context) error
	// Records returns the stream records of the last 24 hours.
	Records(ctx context.Context) ([]json.RawMessage, error)
}

// Options say what is served.
type Options struct {
	Cloud    Cloud
	Messages func() []proxy.Message // newest first
	Roles    Roles
	Faults   Faults
	Health   func() error
	Usage    func() usage.Report
}

// Roles decide what the functions may do.
type Roles interface {
	Report() iam.Report
	// Withhold takes grants away; an error names one that there is not.
	Withhold(grants []iam.Grant) error
}

// Faults makes calls of the functions fail.
type Faults interface {
	// Set takes the place of the last plan; a *faults.FieldError says what is wrong.
	Set(plan faults.Plan) error
	// Clear ends every fault.
	Clear()
	State() faults.State
}

// Handler serves:
//
//	GET  /health                 200, or 503 when an engine is gone
//	GET  /messages?phone=&kind=  {items: [{kind, to, text, at}]}, newest first
//	GET  /clock, PUT /clock      {offset_seconds}
//	POST /schedules/{id}/run     the function's answer, when all it woke has settled
//	POST /settle                 204 when nothing is under way
//	GET  /iam                    {ungranted, unused, used, withheld}
//	PUT  /iam                    {withheld: [{function, action, resource}]}: these grants are taken away
//	GET  /faults, PUT, DELETE    {rate, kind, service?, action?, function?, seed?, delay_seconds?}
//	GET  /usage                  {functions, engines: {name: {calls, seconds}}, goroutines, files, memory_mb, …}
//	GET  /streams                {items: [stream record]}
func Handler(o Options) http.Handler {
	mux := http.NewServeMux()
	h := handler{o}
	mux.HandleFunc("GET /health", h.health)
	mux.HandleFunc("GET /messages", h.messages)
	mux.HandleFunc("GET /clock", h.clock)
	mux.HandleFunc("PUT /clock", h.turn)
	mux.HandleFunc("POST /schedules/{id}/run", h.run)
	mux.HandleFunc("POST /settle", h.settle)
	mux.HandleFunc("GET /iam", h.iam)
	mux.HandleFunc("PUT /iam", h.withhold)
	mux.HandleFunc("GET /usage", func(w http.ResponseWriter, _ *http.Request) { answer(w, h.Usage()) })
	mux.HandleFunc("GET /faults", h.faults)
	mux.HandleFunc("PUT /faults", h.fail)
	mux.HandleFunc("DELETE /faults", h.mend)
	mux.HandleFunc("GET /streams", h.streams)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := mux.Handler(r); pattern == "" {
			refuse(w, http.StatusNotFound, "not_found", "the local cloud has no such address or method: see shared/local/control")
			return
		}
		mux.ServeHTTP(w, r)
	})
}

type handler struct{ Options }

func (h handler) health(w http.ResponseWriter, _ *http.Request) {
	if err := h.Health(); err != nil {
		refuse(w, http.StatusServiceUnavailable, "unavailable", err.Error())
		return
	}
	answer(w, map[string]string{"status": "ok"})
}

func (h handler) messages(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	kind, phone := query.Get("kind"), digits(query.Get("phone"))
	if kind != "" && kind != "sms" && kind != "push" {
		refuse(w, http.StatusUnprocessableEntity, "invalid_request", "kind is sms or push")
		return
	}
	items := []proxy.Message{}
	for _, m := range h.Messages() {
		if (kind == "" || m.Kind == kind) && (query.Get("phone") == "" || isPhone(digits(m.To), phone)) {
			items = append(items, m)
		}
	}
	answer(w, map[string]any{"items": items})
}

// digits makes a phone number comparable: a plus sign that nobody encoded
// arrives as a space.
func digits(phone string) string {
	return strings.NewReplacer("+", "", " ", "", "-", "").Replace(phone)
}

// isPhone reports whether a number is the one that was asked for, which may be
// written without its country.
func isPhone(number, asked string) bool {
	return number == asked || len(asked) >= 7 && strings.HasSuffix(number, strings.TrimPrefix(asked, "0"))
}

func (h handler) clock(w http.ResponseWriter, _ *http.Request) {
	answer(w, map[string]int64{"offset_seconds": int64(h.Cloud.Offset() / time.Second)})
}

func (h handler) turn(w http.ResponseWriter, r *http.Request) {
	var body struct {
		OffsetSeconds *int64 `json:"offset_seconds"`
	}
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<10))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&body); err != nil || body.OffsetSeconds == nil {
		refuse(w, http.StatusBadRequest, "malformed_request", `the body is {"offset_seconds": <whole number>}`)
		return
	}
	const century = 100 * 365 * 24 * 60 * 60
	if *body.OffsetSeconds < 0 || *body.OffsetSeconds > century {
		refuse(w, http.StatusUnprocessableEntity, "invalid_request", "the offset is between 0 and a century, in seconds")
		return
	}
	// A client that gives up does not leave the clock half turned.
	err := h.Cloud.Turn(context.WithoutCancel(r.Context()), time.Duration(*body.OffsetSeconds)*time.Second)
	switch {
	case errors.Is(err, wake.ErrBackwards):
		refuse(w, http.StatusUnprocessableEntity, "invalid_request", fmt.Sprintf("%v: it is at %d seconds", err, int64(h.Cloud.Offset()/time.Second)))
	case err != nil:
		refuse(w, http.StatusInternalServerError, "internal", err.Error())
	default:
		h.clock(w, r)
	}
}

func (h handler) run(w http.ResponseWriter, r *http.Request) {
	payload, failed, err := h.Cloud.RunSchedule(r.Context(), r.PathValue("id"))
	if err == nil && !failed {
		err = h.Cloud.Settle(r.Context())
	}
	switch {
	case errors.Is(err, wake.ErrNoSchedule):
		refuse(w, http.StatusNotFound, "not_found", err.Error())
	case err != nil:
		refuse(w, http.StatusInternalServerError, "internal", err.Error())
	case failed:
		refuse(w, http.StatusBadGateway, "function_failed", string(payload))
	default:
		w.Header().Set("Content-Type", "application/json")
		// The client may be gone.
		_, _ = w.Write(append(bytes.TrimSpace(payload), '\n'))
	}
}

func (h handler) settle(w http.ResponseWriter, r *http.Request) {
	if err := h.Cloud.Settle(r.Context()); err != nil {
		refuse(w, http.StatusInternalServerError, "internal", err.Error())
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (h handler) streams(w http.ResponseWriter, r *http.Request) {
	items, err := h.Cloud.Records(r.Context())
	if err != nil {
		refuse(w, http.StatusInternalServerError, "internal", err.Error())
		return
	}
	answer(w, map[string]any{"items": items})
}

func answer(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	// The values are plain; only a client that is gone fails.
	_ = encoder.Encode(body)
}

// field is one wrong member of a body.
type field struct {
	Location string `json:"location"`
	Message  string `json:"message"`
}

// refuse writes problem details (RFC 9457).
func refuse(w http.ResponseWriter, status int, code, detail string, fields ...field) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	body := map[string]any{
		"type": "about:blank", "title": http.StatusText(status), "status": status, "detail": detail, "code": code,
	}
	if len(fields) > 0 {
		body["errors"] = fields
	}
	// The client may be gone.
	_ = json.NewEncoder(w).Encode(body)
}
