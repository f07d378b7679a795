package proxy

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"

	"jewelrydisplay.app/shared/local/iam"
)

// call is one AWS call on its way through.
type call struct {
	accessKey string // for a function its logical id
	service   string // of the signature's credential scope
	http      *http.Request
	body      []byte // empty where bodies are streamed
}

// send gives the call another body.
func (c call) send(body []byte) {
	c.http.Body, c.http.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	c.http.Header.Set("Content-Length", strconv.Itoa(len(body)))
}

// decide asks whether the caller may do what needs these permissions.
func (p *Proxy) decide(c call, needs []iam.Need) *iam.Refusal {
	if p.options.Decide == nil {
		return nil
	}
	return p.options.Decide(c.accessKey, needs)
}

const batchOfSecrets = "secretsmanager.BatchGetSecretValue"

// allowed refuses a call that its caller's role does not allow. Of a batch of
// secrets only the batch is decided here.
func (p *Proxy) allowed(w http.ResponseWriter, c call) bool {
	needs := iam.Needs(iam.Request{Service: c.service, HTTP: c.http, Body: c.body})
	if c.http.Header.Get("X-Amz-Target") == batchOfSecrets {
		needs = needs[:1]
	}
	if refusal := p.decide(c, needs); refusal != nil {
		refusal.Answer(w, c.service)
		return false
	}
	return true
}

// secrets answers a batch as AWS does: a secret that the caller may not read is
// an error of its own among the others' values.
func (p *Proxy) secrets(w http.ResponseWriter, c call) {
	type failure struct{ SecretId, ErrorCode, Message string }
	var request map[string]json.RawMessage
	var ids, readable []string
	if json.Unmarshal(c.body, &request) != nil || request["Filters"] != nil || json.Unmarshal(request["SecretIdList"], &ids) != nil {
		refuse(w, http.StatusBadRequest, "InvalidRequestException", "the local cloud reads a batch of secrets by SecretIdList only")
		return
	}
	failures := []failure{}
	for i, need := range iam.Needs(iam.Request{Service: c.service, HTTP: c.http, Body: c.body})[1:] {
		if refusal := p.decide(c, []iam.Need{need}); refusal != nil {
			failures = append(failures, failure{ids[i], "AccessDeniedException", refusal.Message()})
			continue
		}
		readable = append(readable, ids[i])
	}
	answer := &recorder{header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}}, status: http.StatusOK}
	answer.body.WriteString(`{"SecretValues":[],"Errors":[]}`)
	if len(readable) > 0 {
		list, err := json.Marshal(readable)
		if err == nil {
			request["SecretIdList"] = list
			c.body, err = json.Marshal(request)
		}
		if err != nil {
			refuse(w, http.StatusInternalServerError, "InternalServiceError", err.Error())
			return
		}
		c.send(c.body)
		answer = &recorder{header: http.Header{}}
		p.moto.ServeHTTP(answer, c.http)
	}
	if answer.ok() && len(failures) > 0 {
		if err := answer.join("Errors", failures); err != nil {
			refuse(w, http.StatusInternalServerError, "InternalServiceError", err.Error())
			return
		}
	}
	answer.copyTo(w)
}

// join appends items to a list in the answer, a JSON object.
func (a *recorder) join(member string, items any) error {
	var body map[string]json.RawMessage
	if err := json.Unmarshal(a.body.Bytes(), &body); err != nil {
		return err
	}
	var list []json.RawMessage
	if raw := body[member]; raw != nil {
		if err := json.Unmarshal(raw, &list); err != nil {
			return err
		}
	}
	text, err := json.Marshal(items)
	if err != nil {
		return err
	}
	var more []json.RawMessage
	if err := json.Unmarshal(text, &more); err != nil {
		return err
	}
	if body[member], err = json.Marshal(append(list, more...)); err != nil {
		return err
	}
	text, err = json.Marshal(body)
	if err != nil {
		return err
	}
	a.body.Reset()
	a.body.Write(text)
	return nil
}

// hiding makes S3 keep from a caller who may not list the bucket that an object
// is not there: it is refused instead, as AWS does.
func (p *Proxy) hiding(w http.ResponseWriter, c call) http.ResponseWriter {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(c.http.URL.Path, "/"), "/")
	if key == "" || c.http.Method != http.MethodGet && c.http.Method != http.MethodHead {
		return w
	}
	return &hider{ResponseWriter: w, refusal: func() *iam.Refusal {
		return p.decide(c, []iam.Need{{Action: "s3:ListBucket", Resource: "arn:aws:s3:::" + bucket}})
	}}
}

// hider replaces a 404.
type hider struct {
	http.ResponseWriter
	refusal func() *iam.Refusal
	hidden  bool
}

// WriteHeader implements http.ResponseWriter.
func (h *hider) WriteHeader(status int) {
	if status == http.StatusNotFound {
		if refusal := h.refusal(); refusal != nil {
			h.hidden = true
			h.Header().Del("Content-Length")
			refusal.Answer(h.ResponseWriter, "s3")
			return
		}
	}
	h.ResponseWriter.WriteHeader(status)
}

// Write implements io.Writer; the text of a hidden answer is dropped.
func (h *hider) Write(b []byte) (int, error) {
	if h.hidden {
		return len(b), nil
	}
	return h.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (h *hider) Unwrap() http.ResponseWriter { return h.ResponseWriter }
