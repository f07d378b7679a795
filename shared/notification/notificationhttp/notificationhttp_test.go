package notificationhttp_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"jewelrydisplay.app/shared/awstest"
	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/keys"
	"jewelrydisplay.app/shared/lambdahttp"
	"jewelrydisplay.app/shared/notification"
	"jewelrydisplay.app/shared/notification/notificationdynamo"
	"jewelrydisplay.app/shared/notification/notificationhttp"
	"jewelrydisplay.app/shared/person"
)

const deviceID = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"

var now = time.Date(2026, 11, 24, 4, 0, 0, 0, time.UTC)

// callers knows one token a person.
type callers map[string]lambdahttp.Caller

func (c callers) Authenticate(_ context.Context, token string) (lambdahttp.Caller, error) {
	caller, ok := c[token]
	if !ok {
		return caller, fault.New(fault.Unauthenticated, "Unknown token.")
	}
	return caller, nil
}

// endpoints takes every token but one.
type endpoints struct{}

func (endpoints) Ensure(_ context.Context, _ notification.Platform, token person.PushToken, _ person.Endpoint) (person.Endpoint, error) {
	if token.Reveal() == "refused-token" {
		return person.Endpoint{}, fault.Invalid("body.push_token", "is not taken by the push provider")
	}
	return person.Of[person.Endpoint]("arn:" + token.Reveal()), nil
}

func (endpoints) Remove(context.Context, person.Endpoint) error { return nil }

type app struct {
	t        *testing.T
	api      *lambdahttp.API
	clock    *clock.Manual
	store    *notificationdynamo.Store
	operator *notification.Operator
	logs     *bytes.Buffer
}

type nowhere struct{}

func (nowhere) Send(context.Context, notification.Category, []notification.Ref) error { return nil }

func start(t *testing.T) *app {
	t.Helper()
	cloud := awstest.Start(t)
	a := &app{t: t, clock: clock.At(now), logs: &bytes.Buffer{}}
	db := dynamo.New(cloud.Config, cloud.Tables, a.clock)
	a.store = notificationdynamo.New(db)
	a.operator = notification.NewOperator(a.store, a.store, a.store, nil, nowhere{}, a.clock)
	auth := callers{}
	for _, name := range []string{"li", "wang", "behind"} {
		user, err := person.NewID(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Transact(t.Context(), "", a.store.PersonWrites(user, false, now)...); err != nil {
			t.Fatal(err)
		}
		auth[name] = lambdahttp.Caller{User: user, Session: "s-" + name}
	}
	behind := auth["behind"]
	behind.PolicyDue = "2026-12-01"
	auth["behind"] = behind
	a.api = lambdahttp.New(auth, slog.New(slog.NewTextHandler(io.MultiWriter(a.logs), nil)))
	notificationhttp.Register(a.api, notification.NewDevices(a.store, endpoints{}, a.clock),
		notification.NewInbox(a.store, a.store, a.clock), lambdahttp.NewCursors(keys.Fixed(strings.Repeat("k", 64))))
	return a
}

// call makes a request as somebody and checks the answer's form.
func (a *app) call(who, method, path, body string, header ...string) (int, map[string]any, string) {
	a.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if who != "" {
		r.Header.Set("Authorization", "Bearer "+who)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Device-Id", deviceID)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	a.api.ServeHTTP(w, r)
	var answer map[string]any
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			a.t.Errorf("%s %s: %v in %q", method, path, err, w.Body)
		}
	}
	if w.Code >= 400 && (w.Header().Get("Content-Type") != "application/problem+json" || answer["code"] == nil) {
		a.t.Errorf("%s %s: %d is no problem: %s", method, path, w.Code, w.Body)
	}
	if got := w.Header().Get("Cache-Control"); got != "no-store" {
		a.t.Errorf("%s %s: Cache-Control %q", method, path, got)
	}
	return w.Code, answer, w.Body.String()
}

func (a *app) broadcast(id, category string) {
	a.t.Helper()
	_, err := a.operator.Launch(a.t.Context(), notification.Launch{
		ID: id, Category: notification.Category(category), Audience: notification.Audience{All: true},
		Target:    notification.Target{Product: "p01"},
		Templates: map[string]notification.Text{"zh": {Title: "系统消息", Body: "您好"}, "en": {Title: "Notice", Body: "Hello"}},
	})
	if err != nil {
		a.t.Fatal(err)
	}
}

const registration = `{"push_token":"fcm-token-0001","locale":"zh-CN","time_zone":"Asia/Shanghai"}`

func TestAnswers(t *testing.T) {
	a := start(t)
	a.broadcast("c1", "system")
	id := notification.MessageID(now, "c1")
	deep := strings.Repeat("[", 100) + strings.Repeat("]", 100)
	device, inbox, prefs := "/v1/me/devices/"+deviceID, "/v1/me/inbox", "/v1/me/notification-preferences"
	cases := []struct {
		name, who, method, path, body string
		status                        int
		code                          string
		contains, lacks               string
	}{
		{"register", "li", "PUT", device, registration, 204, "", "", ""},
		{"register again", "li", "PUT", device, registration, 204, "", "", ""},
		{"another device", "li", "PUT", "/v1/me/devices/7ba7b810-9dad-11d1-80b4-00c04fd430c8", registration, 404, "not_found", "", ""},
		{"no device id", "li", "PUT", "/v1/me/devices/not-an-id", registration, 404, "not_found", "", "not-an-id"},
		{"no token", "", "PUT", device, registration, 401, "unauthenticated", "", ""},
		{"foreign token", "mallory", "PUT", device, registration, 401, "unauthenticated", "", "mallory"},
		{"policy due", "behind", "PUT", device, registration, 409, "consent_required", "2026-12-01", ""},
		{"policy due, delete", "behind", "DELETE", device, "", 204, "", "", ""},
		{"not JSON", "li", "PUT", device, "{", 400, "malformed_request", "", ""},
		{"no body", "li", "PUT", device, "", 400, "malformed_request", "", ""},
		{"wrong type", "li", "PUT", device, `{"push_token":1234567890,"locale":"zh","time_zone":"UTC"}`, 422, "invalid_request", "body.push_token", "1234567890"},
		{"unknown member", "li", "PUT", device, `{"push_token":"fcm-token-0001","locale":"zh","time_zone":"UTC","idfa":"secret-value"}`, 422, "invalid_request", "", "secret-value"},
		{"missing member", "li", "PUT", device, `{"push_token":"fcm-token-0001","locale":"zh"}`, 422, "invalid_request", "body.time_zone", ""},
		{"null", "li", "PUT", device, `{"push_token":null,"locale":"zh","time_zone":"UTC"}`, 422, "invalid_request", "", ""},
		{"emoji token", "li", "PUT", device, `{"push_token":"💎💎💎💎💎💎💎💎","locale":"zh","time_zone":"UTC"}`, 422, "invalid_request", "body.push_token", "💎"},
		{"right-to-left mark", "li", "PUT", device, `{"push_token":"fcm-token-\u202e0001","locale":"zh","time_zone":"UTC"}`, 422, "invalid_request", "body.push_token", ""},
		{"bad zone", "li", "PUT", device, `{"push_token":"fcm-token-0001","locale":"zh","time_zone":"Mars/Olympus"}`, 422, "invalid_request", "body.time_zone", "Mars"},
		{"refused by the provider", "li", "PUT", device, `{"push_token":"refused-token","locale":"zh","time_zone":"UTC"}`, 422, "invalid_request", "body.push_token", "refused-token"},
		{"invalid UTF-8", "li", "PUT", device, "{\"push_token\":\"\xff\xfe\"}", 400, "malformed_request", "", ""},
		{"deep nesting", "li", "PUT", device, deep, 400, "malformed_request", "", ""},
		{"a megabyte", "li", "PUT", device, `{"push_token":"` + strings.Repeat("x", 1<<20) + `"}`, 413, "payload_too_large", "", ""},
		{"forget", "li", "DELETE", device, "", 204, "", "", ""},
		{"forget again", "li", "DELETE", device, "", 204, "", "", ""},
		{"forget another's", "li", "DELETE", "/v1/me/devices/7ba7b810-9dad-11d1-80b4-00c04fd430c8", "", 404, "not_found", "", ""},

		{"preferences", "li", "GET", prefs, "", 200, "", `"quiet_hours":{"start":"22:00","end":"08:00"}`, ""},
		{"switch off", "li", "PUT", prefs, `{"categories":{"discount":{"push":false}}}`, 200, "", `"discount":{"push":false,"sms":true}`, ""},
		{"an absent category is unchanged", "li", "PUT", prefs, `{"categories":{"event":{"sms":false}}}`, 200, "", `"discount":{"push":false,"sms":true}`, ""},
		{"hours", "li", "PUT", prefs, `{"quiet_hours":{"start":"23:00","end":"07:30"}}`, 200, "", `"quiet_hours":{"start":"23:00","end":"07:30"}`, ""},
		{"off", "li", "PUT", prefs, `{"quiet_hours":"off"}`, 200, "", `"quiet_hours":"off"`, ""},
		{"nothing", "li", "PUT", prefs, `{}`, 200, "", `"quiet_hours":"off"`, ""},
		{"hours without a length", "li", "PUT", prefs, `{"quiet_hours":{"start":"07:00","end":"07:00"}}`, 422, "invalid_request", "body.quiet_hours", ""},
		{"no hour", "li", "PUT", prefs, `{"quiet_hours":{"start":"25:00","end":"07:00"}}`, 422, "invalid_request", "body.quiet_hours", "25:00"},
		{"another word", "li", "PUT", prefs, `{"quiet_hours":"whenever"}`, 422, "invalid_request", "body.quiet_hours", "whenever"},
		{"a number", "li", "PUT", prefs, `{"quiet_hours":7}`, 422, "invalid_request", "body.quiet_hours", ""},
		{"unknown category", "li", "PUT", prefs, `{"categories":{"gossip":{"push":true}}}`, 422, "invalid_request", "", ""},
		{"unknown channel", "li", "PUT", prefs, `{"categories":{"event":{"pigeon":true}}}`, 422, "invalid_request", "", ""},
		{"text for a switch", "li", "PUT", prefs, `{"categories":{"event":{"push":"yes"}}}`, 422, "invalid_request", "body.categories.event.push", "yes"},
		{"an array", "li", "PUT", prefs, `[]`, 422, "invalid_request", "", ""},
		{"policy due, off", "behind", "PUT", prefs, `{"categories":{"discount":{"push":false}}}`, 200, "", `"push":false`, ""},
		{"policy due, on", "behind", "PUT", prefs, `{"categories":{"discount":{"push":true}}}`, 409, "consent_required", "2026-12-01", ""},

		{"inbox", "li", "GET", inbox, "", 200, "", `"target":{"product_id":"p01"}`, "next_cursor"},
		{"inbox in English", "li", "GET", inbox, "", 200, "", `"unread":1`, ""},
		{"limit 0", "li", "GET", inbox + "?limit=0", "", 422, "invalid_request", "query.limit", ""},
		{"limit 101", "li", "GET", inbox + "?limit=101", "", 422, "invalid_request", "query.limit", ""},
		{"limit a word", "li", "GET", inbox + "?limit=many", "", 422, "invalid_request", "query.limit", "many"},
		{"unknown parameter", "li", "GET", inbox + "?page=2", "", 422, "invalid_request", "", ""},
		{"cursor", "li", "GET", inbox + "?cursor=abc", "", 400, "malformed_request", "", "abc"},
		{"read another's or none", "li", "PATCH", inbox + "/" + notification.MessageID(now, "c9"), `{"read":true}`, 404, "not_found", "", ""},
		{"read no id", "li", "PATCH", inbox + "/%F0%9F%92%8E", `{"read":true}`, 404, "not_found", "", ""},
		{"read", "li", "PATCH", inbox + "/" + id, `{"read":true}`, 200, "", `"read":true`, ""},
		{"read nothing", "li", "PATCH", inbox + "/" + id, `{}`, 422, "invalid_request", "body.read", ""},
		{"read a word", "li", "PATCH", inbox + "/" + id, `{"read":"yes"}`, 422, "invalid_request", "body.read", "yes"},
		{"seen", "li", "POST", inbox + "/seen", `{"up_to":"2026-11-24T04:00:00Z"}`, 200, "", `"unread":0`, ""},
		{"seen by id", "li", "POST", inbox + "/seen", `{"up_to":"` + id + `"}`, 200, "", `"unread":0`, ""},
		{"seen in year 1", "li", "POST", inbox + "/seen", `{"up_to":"0001-01-02T00:00:00Z"}`, 200, "", `"unread":0`, ""},
		{"seen in year 9999", "wang", "POST", inbox + "/seen", `{"up_to":"9999-12-31T23:59:59Z"}`, 200, "", `"unread":0`, ""},
		{"seen never", "li", "POST", inbox + "/seen", `{"up_to":"yesterday"}`, 422, "invalid_request", "body.up_to", "yesterday"},
		{"delete", "li", "DELETE", inbox + "/" + id, "", 204, "", "", ""},
		{"delete again", "li", "DELETE", inbox + "/" + id, "", 204, "", "", ""},
		{"read what was deleted", "li", "PATCH", inbox + "/" + id, `{"read":true}`, 404, "not_found", "", ""},
		{"the other still has it", "wang", "GET", inbox, "", 200, "", id, ""},
	}
	if status, _, _ := a.call("li", "PUT", "/v1/me/devices/"+strings.ToUpper(deviceID), registration); status != 204 {
		t.Errorf("a device id in capitals: %d", status)
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			status, answer, text := a.call(c.who, c.method, c.path, c.body)
			if status != c.status || (c.code != "" && answer["code"] != c.code) {
				t.Errorf("%d %v, want %d %s: %s", status, answer["code"], c.status, c.code, text)
			}
			if !strings.Contains(text, c.contains) {
				t.Errorf("%q is not in %s", c.contains, text)
			}
			if c.lacks != "" && strings.Contains(text, c.lacks) {
				t.Errorf("%q is in %s", c.lacks, text)
			}
		})
	}
	if strings.Contains(a.logs.String(), "fcm-token") || strings.Contains(a.logs.String(), deviceID) {
		t.Errorf("the log holds a personal value: %s", a.logs)
	}
}

func TestInboxIsPagedByCursorsThatFitNobodyElse(t *testing.T) {
	a := start(t)
	for _, id := range []string{"c1", "c2", "c3"} {
		a.clock.Advance(time.Second)
		a.broadcast(id, "system")
	}
	var seen []string
	path := "/v1/me/inbox?limit=1"
	var cursor string
	for range 3 {
		_, answer, _ := a.call("li", http.MethodGet, path, "", "Accept-Language", "en-GB, zh;q=0.5")
		items := answer["items"].([]any)
		item := items[0].(map[string]any)
		if item["title"] != "Notice" || answer["unread"] != 3.0 {
			t.Errorf("title %v, unread %v", item["title"], answer["unread"])
		}
		seen = append(seen, item["id"].(string)[14:])
		next, _ := answer["next_cursor"].(string)
		if next != "" {
			cursor = next
		}
		path = "/v1/me/inbox?limit=1&cursor=" + next
	}
	if strings.Join(seen, " ") != "c3 c2 c1" || !strings.HasSuffix(path, "cursor=") {
		t.Errorf("saw %v, ended at %s", seen, path)
	}
	changed := []byte(cursor)
	changed[len(changed)/2] ^= 1
	for who, c := range map[string]string{"li": string(changed), "wang": cursor} {
		if status, answer, _ := a.call(who, http.MethodGet, "/v1/me/inbox?cursor="+c, ""); status != 400 || answer["code"] != "malformed_request" {
			t.Errorf("%s with a cursor that is not theirs: %d", who, status)
		}
	}
}

// The document alone needs no services.
func TestDocumentNeedsNoServices(t *testing.T) {
	api := lambdahttp.New(nil, slog.New(slog.DiscardHandler))
	notificationhttp.Register(api, nil, nil, lambdahttp.Cursors{})
	if len(api.Operations()) != 8 {
		t.Errorf("%d operations, want 8", len(api.Operations()))
	}
	if _, err := json.Marshal(api.Document()); err != nil {
		t.Error(err)
	}
}
