// Package receiver is the other side of loginwebhook, to copy: it needs nothing
// but the standard library. It proves that a request is the app's own, that it is
// fresh and that it was not seen before, and hands the message to a provider.
package receiver

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Window is how far a request's timestamp may be from now, either way.
const Window = 5 * time.Minute

// Message is one SMS.
type Message struct {
	ID       string `json:"id"`
	To       string `json:"to"`
	Text     string `json:"text"`
	Code     string `json:"code"`
	Purpose  string `json:"purpose"`
	Language string `json:"language"`
}

// ErrRefused is a provider's word that it did not send a message, and will not.
var ErrRefused = errors.New("receiver: the provider refused the message")

// Handler takes the app's requests.
type Handler struct {
	// Secrets are the one or two that a request may be signed with.
	Secrets []string
	// Send hands a message to the provider. Any error but ErrRefused leaves
	// open whether it was sent.
	Send func(Message) error
	// Now is time.Now.
	Now func() time.Time

	mu   sync.Mutex
	seen map[string]time.Time // ids; where several processes receive, keep them in a database that all ask
}

// maxBody is more than any message has, in bytes.
const maxBody = 16 << 10

// ServeHTTP answers as loginwebhook's contract says.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil || r.Method != http.MethodPost || !h.genuine(r.Header, body) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var m Message
	if err := json.Unmarshal(body, &m); err != nil || m.ID == "" || m.ID != r.Header.Get("Webhook-Id") || m.To == "" || m.Code == "" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if !h.first(m.ID) {
		w.WriteHeader(http.StatusConflict)
		return
	}
	switch err := h.Send(m); {
	case errors.Is(err, ErrRefused):
		w.WriteHeader(http.StatusUnprocessableEntity)
	case err != nil:
		w.WriteHeader(http.StatusBadGateway)
	default:
		w.WriteHeader(http.StatusAccepted)
	}
}

// genuine reports whether one of the secrets signed the request, lately. The
// signature covers id, timestamp and body, as they came.
func (h *Handler) genuine(header http.Header, body []byte) bool {
	id, at := header.Get("Webhook-Id"), header.Get("Webhook-Timestamp")
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil || h.Now().Sub(time.Unix(seconds, 0)).Abs() > Window {
		return false
	}
	for _, given := range strings.Fields(header.Get("Webhook-Signature")) {
		text, ok := strings.CutPrefix(given, "v1,")
		signature, err := base64.StdEncoding.DecodeString(text)
		if !ok || err != nil {
			continue
		}
		for _, secret := range h.Secrets {
			mac := hmac.New(sha256.New, []byte(secret))
			mac.Write([]byte(id + "." + at + "."))
			mac.Write(body)
			if hmac.Equal(signature, mac.Sum(nil)) {
				return true
			}
		}
	}
	return false
}

// first notes an id, and reports whether it is new. An id is remembered for as
// long as a request with it can be genuine.
func (h *Handler) first(id string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.seen == nil {
		h.seen = map[string]time.Time{}
	}
	now := h.Now()
	for other, at := range h.seen {
		if now.Sub(at) > 2*Window {
			delete(h.seen, other)
		}
	}
	if _, ok := h.seen[id]; ok {
		return false
	}
	h.seen[id] = now
	return true
}
