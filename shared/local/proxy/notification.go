package proxy

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// notification passes a call to SNS: names of endpoints that were made before
// the engine's last start are translated both ways, and what was sent is recorded.
func (p *Proxy) notification(w http.ResponseWriter, r *http.Request, body []byte) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		refuse(w, http.StatusBadRequest, "MalformedQueryString", "the body is not a form")
		return
	}
	p.endpoints.mu.Lock()
	for _, values := range form {
		for i, v := range values {
			if e, known := p.endpoints.byARN[v]; known {
				values[i] = e.live
			}
		}
	}
	p.endpoints.mu.Unlock()
	body = []byte(form.Encode())
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	answer := &recorder{header: http.Header{}}
	p.moto.ServeHTTP(answer, r)
	if answer.ok() {
		if err := p.observe(r.Context(), form, answer.body.Bytes()); err != nil {
			refuse(w, http.StatusInternalServerError, "InternalError", "the call was carried out but cannot be kept")
			return
		}
	}
	if answer.status == http.StatusNotFound && form.Get("Action") == "Publish" && strings.Contains(form.Get("TargetArn"), ":endpoint/") {
		answer = noSuchEndpoint()
	}
	text := p.endpoints.publicNames(answer.body.String())
	answer.body.Reset()
	answer.body.WriteString(text)
	answer.copyTo(w)
}

// noSuchEndpoint is how AWS refuses a push to an endpoint that was deleted; the
// engine has another code for it.
func noSuchEndpoint() *recorder {
	answer := &recorder{header: http.Header{"Content-Type": {"text/xml"}}, status: http.StatusBadRequest}
	answer.body.WriteString(`<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type>` +
		`<Code>InvalidParameter</Code><Message>Invalid parameter: TargetArn Reason: No endpoint found for the target arn specified</Message>` +
		`</Error><RequestId>local</RequestId></ErrorResponse>`)
	return answer
}

// observe takes note of a call that SNS carried out. The form's endpoints have
// the engine's names.
func (p *Proxy) observe(ctx context.Context, form url.Values, answer []byte) error {
	switch form.Get("Action") {
	case "Publish":
		return p.published(form)
	case "CreatePlatformEndpoint":
		var created struct {
			ARN string `xml:"CreatePlatformEndpointResult>EndpointArn"`
		}
		if err := xml.Unmarshal(answer, &created); err != nil || created.ARN == "" {
			return fmt.Errorf("no EndpointArn in the answer: %w", err)
		}
		attributes := attributesOf(form)
		return p.endpoints.put(endpoint{
			ARN: created.ARN, App: form.Get("PlatformApplicationArn"), Token: form.Get("Token"),
			UserData: form.Get("CustomUserData"), Disabled: strings.EqualFold(attributes["Enabled"], "false"), live: created.ARN,
		})
	case "SetEndpointAttributes":
		e, known := p.endpoints.byLive(form.Get("EndpointArn"))
		if !known {
			return nil
		}
		attributes := attributesOf(form)
		if v, given := attributes["Enabled"]; given {
			e.Disabled = strings.EqualFold(v, "false")
		}
		if v, given := attributes["CustomUserData"]; given {
			e.UserData = v
		}
		if v, given := attributes["Token"]; given && v != e.Token {
			// The engine would go on finding this endpoint by its old token.
			e.Token = v
			live, err := p.remake(ctx, e)
			if err != nil {
				return err
			}
			e.live = live
		}
		return p.endpoints.put(e)
	case "DeleteEndpoint":
		return p.endpoints.remove(form.Get("EndpointArn"))
	}
	return nil
}

func (p *Proxy) published(form url.Values) error {
	m := Message{Kind: "sms", To: form.Get("PhoneNumber"), Text: form.Get("Message"), At: p.options.Now().UTC()}
	if m.To != "" {
		return p.messages.add(m)
	}
	target := form.Get("TargetArn")
	e, known := p.endpoints.byLive(target)
	if !known {
		return nil // to a topic
	}
	m.Kind, m.To = "push", e.Token
	if form.Get("MessageStructure") == "json" {
		m.Text = forPlatform(m.Text, target)
	}
	return p.messages.add(m)
}

// forPlatform takes from a JSON-structured message what the endpoint's platform gets.
func forPlatform(message, arn string) string {
	var by map[string]string
	if json.Unmarshal([]byte(message), &by) != nil {
		return message
	}
	_, path, _ := strings.Cut(arn, ":endpoint/")
	platform, _, _ := strings.Cut(path, "/")
	if text, ok := by[platform]; ok {
		return text
	}
	return by["default"]
}

// attributesOf reads the map Attributes of a query-protocol form.
func attributesOf(form url.Values) map[string]string {
	out := map[string]string{}
	for i := 1; ; i++ {
		key := fmt.Sprintf("Attributes.entry.%d.", i)
		if !form.Has(key + "key") {
			return out
		}
		out[form.Get(key+"key")] = form.Get(key + "value")
	}
}

// remake makes the endpoint in the engine again and returns its name there. The
// old one, if there is one, goes first.
func (p *Proxy) remake(ctx context.Context, e endpoint) (string, error) {
	if e.live != "" {
		if _, err := p.sns(ctx, url.Values{"Action": {"DeleteEndpoint"}, "EndpointArn": {e.live}}); err != nil {
			return "", err
		}
	}
	form := url.Values{
		"Action": {"CreatePlatformEndpoint"}, "PlatformApplicationArn": {e.App}, "Token": {e.Token},
		"Attributes.entry.1.key": {"Enabled"}, "Attributes.entry.1.value": {fmt.Sprint(!e.Disabled)},
	}
	if e.UserData != "" {
		form.Set("CustomUserData", e.UserData)
	}
	raw, err := p.sns(ctx, form)
	if err != nil {
		return "", err
	}
	var created struct {
		ARN string `xml:"CreatePlatformEndpointResult>EndpointArn"`
	}
	err = xml.Unmarshal(raw, &created)
	return created.ARN, err
}

// sns makes a call of the proxy's own.
func (p *Proxy) sns(ctx context.Context, form url.Values) ([]byte, error) {
	form.Set("Version", "2010-03-31")
	req, err := p.own(ctx, http.MethodPost, "sns", "/", strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := p.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answered %s", form.Get("Action"), res.Status)
	}
	return raw, err
}

func (p *Proxy) restoreEndpoints(ctx context.Context) error {
	for _, e := range p.endpoints.list() {
		live, err := p.remake(ctx, e)
		if err != nil {
			return err
		}
		e.live = live
		p.endpoints.index(e)
	}
	return nil
}
