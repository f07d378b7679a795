package gateway

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
)

// request makes the event of payload format 2.0.
func (g *Gateway) request(r *http.Request, body []byte, m match, id string) events.APIGatewayV2HTTPRequest {
	now := g.options.Now().UTC()
	path := eventPath(r.URL)
	e := events.APIGatewayV2HTTPRequest{
		Version: "2.0", RouteKey: m.key, RawPath: path, RawQueryString: r.URL.RawQuery,
		Cookies: cookies(r), Headers: headers(r), QueryStringParameters: query(r.URL.RawQuery),
		PathParameters: m.parameters,
		RequestContext: events.APIGatewayV2HTTPRequestContext{
			RouteKey: m.key, AccountID: g.options.Account, Stage: "$default", RequestID: id, APIID: "local",
			DomainName: domain(r.Host), DomainPrefix: "local",
			Time: now.Format("02/Jan/2006:15:04:05 -0700"), TimeEpoch: now.UnixMilli(),
			HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{
				Method: r.Method, Path: path, Protocol: r.Proto, SourceIP: peer(r), UserAgent: r.UserAgent(),
			},
		},
	}
	if e.Headers["x-amzn-trace-id"] == "" {
		e.Headers["x-amzn-trace-id"] = traceID(now)
	}
	if len(body) > 0 {
		e.Body = string(body)
		if !isText(r.Header.Get("Content-Type")) || !utf8.Valid(body) {
			e.Body, e.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
		}
	}
	return e
}

// eventPath is the path as an HTTP API hands it on: decoded, and cut at a
// question mark that the decoding brought forth.
func eventPath(u *url.URL) string {
	path, _, _ := strings.Cut(u.Path, "?")
	return path
}

// headers are lower-cased, and the values of a repeated one joined by commas.
// Cookies travel apart.
func headers(r *http.Request) map[string]string {
	all := make(map[string]string, len(r.Header)+6)
	for name, values := range r.Header {
		all[strings.ToLower(name)] = strings.Join(values, ",")
	}
	delete(all, "cookie")
	all["host"] = r.Host
	if r.ContentLength >= 0 && (r.ContentLength > 0 || r.Method != http.MethodGet) {
		all["content-length"] = strconv.FormatInt(r.ContentLength, 10)
	}
	if before := all["x-forwarded-for"]; before != "" {
		all["x-forwarded-for"] = before + ", " + peer(r)
	} else {
		all["x-forwarded-for"] = peer(r)
	}
	all["x-forwarded-proto"] = "https"
	all["x-forwarded-port"] = "443"
	return all
}

func cookies(r *http.Request) []string {
	var all []string
	for _, line := range r.Header.Values("Cookie") {
		for cookie := range strings.SplitSeq(line, ";") {
			if cookie = strings.TrimSpace(cookie); cookie != "" {
				all = append(all, cookie)
			}
		}
	}
	return all
}

// query decodes the parameters and joins the values of a repeated one by commas.
func query(raw string) map[string]string {
	var all map[string]string
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name, value = unescape(name), unescape(value)
		if all == nil {
			all = map[string]string{}
		}
		if before, ok := all[name]; ok {
			value = before + "," + value
		}
		all[name] = value
	}
	return all
}

func unescape(s string) string {
	decoded, err := url.QueryUnescape(s)
	if err != nil {
		return s
	}
	return decoded
}

func domain(host string) string {
	name, _, _ := strings.Cut(host, ":")
	return name
}

// isText reports whether the gateway hands a body of that type on as it is.
func isText(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false
	}
	switch kind {
	case "application/json", "application/xml", "application/javascript":
		return true
	}
	return strings.HasPrefix(kind, "text/") || strings.HasSuffix(kind, "+json") || strings.HasSuffix(kind, "+xml")
}

// respond writes the function's answer: format 2.0, or inferred when the answer
// is JSON without a statusCode.
func respond(w http.ResponseWriter, r *http.Request, payload []byte) (status, length int) {
	answer, ok := decodeAnswer(payload)
	if !ok {
		return message(w, http.StatusInternalServerError, "Internal Server Error")
	}
	body := []byte(answer.Body)
	if answer.IsBase64Encoded {
		decoded, err := base64.StdEncoding.DecodeString(answer.Body)
		if err != nil {
			return message(w, http.StatusInternalServerError, "Internal Server Error")
		}
		body = decoded
	}
	h := w.Header()
	for name, value := range answer.Headers {
		switch strings.ToLower(name) {
		case "connection", "content-length", "date", "keep-alive", "server", "te", "trailer", "transfer-encoding", "upgrade":
			// The gateway's own, whatever the function says.
		default:
			h.Set(name, value)
		}
	}
	for _, cookie := range answer.Cookies {
		h.Add("Set-Cookie", cookie)
	}
	if bodiless(answer.StatusCode) {
		w.WriteHeader(answer.StatusCode)
		return answer.StatusCode, 0
	}
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", "text/plain;charset=utf-8")
	}
	if r.Method != http.MethodHead {
		h.Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(answer.StatusCode)
	if r.Method == http.MethodHead {
		return answer.StatusCode, 0
	}
	// The client may be gone.
	_, _ = w.Write(body)
	return answer.StatusCode, len(body)
}

func bodiless(status int) bool {
	return status == http.StatusNoContent || status == http.StatusNotModified
}

func decodeAnswer(payload []byte) (events.APIGatewayV2HTTPResponse, bool) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(payload, &fields) == nil && fields["statusCode"] != nil {
		var answer events.APIGatewayV2HTTPResponse
		if json.Unmarshal(payload, &answer) != nil || answer.StatusCode < 200 || answer.StatusCode > 599 {
			return answer, false
		}
		return answer, true
	}
	payload = bytes.TrimSpace(payload)
	if !json.Valid(payload) {
		return events.APIGatewayV2HTTPResponse{}, false
	}
	inferred := events.APIGatewayV2HTTPResponse{
		StatusCode: http.StatusOK, Headers: map[string]string{"Content-Type": "application/json"}, Body: string(payload),
	}
	var text string
	if json.Unmarshal(payload, &text) == nil && payload[0] == '"' {
		inferred.Body = text
	}
	return inferred, true
}
