package iam

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"strings"

	"jewelrydisplay.app/shared/local/engine"
)

// Refusal is a call that AWS refuses.
type Refusal struct {
	Call
	Explicit bool // a policy denies it; otherwise none allows it
}

// Message is what AWS says of it.
func (r *Refusal) Message() string {
	why := "because no identity-based policy allows the " + r.Action + " action"
	if r.Explicit {
		why = "with an explicit deny in an identity-based policy"
	}
	return "User: arn:aws:sts::" + engine.Account + ":assumed-role/" + r.Function + "Role/" + r.Function +
		" is not authorized to perform: " + r.Action + " on resource: " + r.Resource + " " + why
}

// Answer writes it as the service does: each has a form, a status and a code of
// its own, which the SDK reads.
func (r *Refusal) Answer(w http.ResponseWriter, service string) {
	switch service {
	case "s3":
		WriteXML(w, http.StatusForbidden, S3Error("AccessDenied", r.Message()))
	case "sns":
		WriteXML(w, http.StatusForbidden, QueryError("Sender", "AuthorizationError", r.Message()))
	case "sqs":
		w.Header().Set("X-Amzn-Query-Error", "AccessDenied;Sender")
		r.writeJSON(w, http.StatusForbidden, "application/x-amz-json-1.0", "com.amazon.coral.service#AccessDeniedException")
	case "dynamodb":
		r.writeJSON(w, http.StatusBadRequest, "application/x-amz-json-1.0", "com.amazon.coral.service#AccessDeniedException")
	case "lambda":
		r.writeJSON(w, http.StatusForbidden, "application/json", "AccessDeniedException")
	default:
		r.writeJSON(w, http.StatusBadRequest, "application/x-amz-json-1.1", "AccessDeniedException")
	}
}

func (r *Refusal) writeJSON(w http.ResponseWriter, status int, contentType, kind string) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("X-Amzn-Errortype", kind[strings.LastIndexByte(kind, '#')+1:])
	w.WriteHeader(status)
	// The client is gone when this fails.
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": kind, "Message": r.Message()})
}

// S3Error is an error of S3, for WriteXML.
func S3Error(code, message string) any {
	return struct {
		XMLName                          xml.Name `xml:"Error"`
		Code, Message, RequestId, HostId string
	}{Code: code, Message: message, RequestId: "local", HostId: "local"}
}

// QueryError is an error of SNS, which speaks the query protocol, for WriteXML.
// kind is Sender or Receiver.
func QueryError(kind, code, message string) any {
	type inner struct{ Type, Code, Message string }
	return struct {
		XMLName   xml.Name `xml:"http://sns.amazonaws.com/doc/2010-03-31/ ErrorResponse"`
		Error     inner
		RequestId string
	}{Error: inner{kind, code, message}, RequestId: "local"}
}

// WriteXML answers with an XML document.
func WriteXML(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	// The client is gone when this fails.
	_, _ = w.Write([]byte(xml.Header))
	_ = xml.NewEncoder(w).Encode(body)
}
