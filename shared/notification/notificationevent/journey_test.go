package notificationevent_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"jewelrydisplay.app/shared/archtest"
	"jewelrydisplay.app/shared/awstest"
	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/lambdaevent"
	"jewelrydisplay.app/shared/notification"
	"jewelrydisplay.app/shared/notification/notificationdynamo"
	"jewelrydisplay.app/shared/notification/notificationevent"
	"jewelrydisplay.app/shared/notification/notificationsns"
	"jewelrydisplay.app/shared/notification/notificationsqs"
	"jewelrydisplay.app/shared/person"
)

// cloud is both functions as they run, over DynamoDB, SNS and SQS.
type cloud struct {
	t        *testing.T
	clock    *clock.Manual
	db       *dynamo.DB
	store    *notificationdynamo.Store
	provider *notificationsns.Provider
	devices  *notification.Devices
	orphans  *notification.Orphans
	apps     []string // ARNs of the platform applications
	campaign lambdaevent.Handler
	fanout   lambdaevent.Handler
	sqs      *sqs.Client
	sns      *sns.Client
	lanes    map[string]string // queue URLs by name
	logs     bytes.Buffer
	queued   strings.Builder // all that was in the queues
	aws      *awstest.Cloud
}

func start(t *testing.T) *cloud {
	t.Helper()
	tables := awstest.Start(t)
	c := &cloud{t: t, aws: tables, clock: clock.At(time.Date(2026, 11, 24, 4, 0, 0, 0, time.UTC)), lanes: map[string]string{}}
	cfg := tables.Config
	c.db = dynamo.New(cfg, tables.Tables, c.clock)
	c.store = notificationdynamo.New(c.db)
	c.sqs, c.sns = sqs.NewFromConfig(cfg), sns.NewFromConfig(cfg)
	for _, name := range []string{"Transactional", "Marketing"} {
		c.lanes[name] = tables.Queue(name, time.Minute)
	}
	c.apps = []string{tables.Platform("APNS_SANDBOX"), tables.Platform("GCM")}
	provider := notificationsns.New(cfg, c.apps[0], c.apps[1])
	c.provider, c.devices = provider, notification.NewDevices(c.store, provider, c.clock)
	c.orphans = notification.NewOrphans(provider, c.store, c.devices)
	lanes := notificationsqs.New(cfg, c.lanes["Transactional"], c.lanes["Marketing"])
	c.campaign = notificationevent.Operator(notification.NewOperator(c.store, c.store, c.store, nil, lanes, c.clock))
	c.fanout = notificationevent.Pages(notification.NewFanout(c.store, c.store, c.store, c.store, c.devices, provider, c.clock, rand.Reader),
		notificationsqs.Parse, slog.New(slog.NewTextHandler(&c.logs, nil)))
	return c
}

func (c *cloud) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *cloud) person(consent bool, token, language string) person.ID {
	c.t.Helper()
	user, err := person.NewID(rand.Reader)
	c.must(err)
	c.must(c.db.Transact(c.t.Context(), "", c.store.PersonWrites(user, false, c.clock.Now())...))
	c.must(c.db.Transact(c.t.Context(), "", c.store.ConsentWrite(user, inventory.ConsentMarketingPush, consent)))
	c.must(c.devices.Register(c.t.Context(), notification.Device{
		User: user, ID: person.Of[person.DeviceID]("device-" + token), Token: person.Of[person.PushToken](token),
		Language: language, Zone: "Asia/Shanghai", Session: "s",
	}))
	return user
}

// invoke wakes push-campaign as Lambda would.
func (c *cloud) invoke(event string) (map[string]any, error) {
	c.t.Helper()
	out, err := c.campaign(c.t.Context(), []byte(event))
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(out)
	c.must(err)
	var answer map[string]any
	c.must(json.Unmarshal(b, &answer))
	return answer, nil
}

// deliver wakes push-fanout with what a queue holds, as its mapping does, and
// returns the failures.
func (c *cloud) deliver(lane string) int {
	c.t.Helper()
	failures := 0
	for {
		out, err := c.sqs.ReceiveMessage(c.t.Context(), &sqs.ReceiveMessageInput{QueueUrl: aws.String(c.lanes[lane]), MaxNumberOfMessages: 10})
		c.must(err)
		if len(out.Messages) == 0 {
			return failures
		}
		var event events.SQSEvent
		for _, m := range out.Messages {
			c.queued.WriteString(*m.Body)
			event.Records = append(event.Records, events.SQSMessage{MessageId: *m.MessageId, Body: *m.Body, EventSource: "aws:sqs"})
		}
		payload, err := json.Marshal(event)
		c.must(err)
		result, err := c.fanout(c.t.Context(), payload)
		c.must(err)
		failures += len(result.(events.SQSEventResponse).BatchItemFailures)
		for _, m := range out.Messages {
			_, err := c.sqs.DeleteMessage(c.t.Context(), &sqs.DeleteMessageInput{QueueUrl: aws.String(c.lanes[lane]), ReceiptHandle: m.ReceiptHandle})
			c.must(err)
		}
	}
}

const texts = `"templates":{"zh":{"title":"系统消息","body":"您好"},"en":{"title":"Notice","body":"Hello {name}"}},"target":{"product_id":"p01"}`

// Clauses: C24, C29.
func TestCampaignFromTheOperatorToTheDevices(t *testing.T) {
	c := start(t)
	apple := strings.Repeat("0a", 32)
	li, wang := c.person(false, "fcm-token-of-li", "zh"), c.person(true, apple, "en")
	answer, err := c.invoke(`{"action":"launch","campaign":{"id":"c1","category":"system","variables":{"name":"Jade"},` + texts + `,"audience":{"all":true}}}`)
	c.must(err)
	if answer["state"] != "running" || answer["audience"] != 2.0 || answer["outcomes"].(map[string]any)["pending"] != 2.0 {
		t.Errorf("launched %v", answer)
	}
	if n := c.deliver("Transactional"); n != 0 {
		t.Errorf("%d pages failed", n)
	}
	answer, err = c.invoke(`{"action":"inspect","campaign":{"id":"c1"}}`)
	c.must(err)
	if answer["outcomes"].(map[string]any)["sent"] != 2.0 || answer["audience"] != 2.0 {
		t.Errorf("inspected %v", answer)
	}
	if len(c.aws.Messages()) != 2 {
		t.Fatalf("%d pushes, want 2", len(c.aws.Messages()))
	}
	for _, p := range c.aws.Messages() {
		c.checkPush(p)
	}
	// Discounts go the other way, and only to who consented.
	_, err = c.invoke(`{"action":"launch","campaign":{"id":"c2","category":"discount","variables":{"name":"Jade"},` + texts + `,"audience":{"user_ids":["` + li.Reveal() + `","` + wang.Reveal() + `"]}}}`)
	c.must(err)
	c.deliver("Transactional")
	if len(c.aws.Messages()) != 2 {
		t.Error("a discount went by the transactional lane")
	}
	c.deliver("Marketing")
	if len(c.aws.Messages()) != 3 || c.aws.Messages()[0].To != apple {
		t.Errorf("%d pushes", len(c.aws.Messages()))
	}
	c.must(c.devices.EndAll(t.Context(), li))
	c.must(c.devices.EndAll(t.Context(), li))
	_, err = c.invoke(`{"action":"tick"}`)
	c.must(err)
	list, err := c.invoke(`{"action":"list"}`)
	c.must(err)
	if items := list["items"].([]any); len(items) != 2 || items[0].(map[string]any)["state"] != "done" {
		t.Errorf("listed %v", list)
	}
	for _, secret := range []string{li.Reveal(), wang.Reveal(), "fcm-token-of-li", apple, "device-"} {
		if strings.Contains(c.queued.String(), secret) || strings.Contains(c.logs.String(), secret) {
			t.Errorf("a queue or the log holds %q", secret)
		}
	}
}

// checkPush reads a push as its platform gets it.
func (c *cloud) checkPush(m awstest.Message) {
	c.t.Helper()
	if strings.HasPrefix(m.To, "fcm") {
		var google struct {
			Notification map[string]string
			Data         map[string]string
		}
		c.must(json.Unmarshal([]byte(m.Text), &google))
		if google.Notification["title"] != "系统消息" || google.Data["message_id"] == "" || google.Data["category"] != "system" || google.Data["target"] != `{"product_id":"p01"}` {
			c.t.Errorf("pushed %s", m.Text)
		}
		return
	}
	var apple struct {
		Aps      struct{ Alert map[string]string }
		Message  string `json:"message_id"`
		Category string
		Target   map[string]string
	}
	c.must(json.Unmarshal([]byte(m.Text), &apple))
	if apple.Aps.Alert["body"] != "Hello Jade" || apple.Message == "" || apple.Category != "system" || apple.Target["product_id"] != "p01" {
		c.t.Errorf("pushed %s", m.Text)
	}
}

func TestDisabledEndpointAtSNSIsPrunedAndRegistersAnew(t *testing.T) {
	c := start(t)
	ctx := t.Context()
	user := c.person(false, "fcm-token-disabled", "zh")
	endpoint := func() string {
		devices, err := c.store.Devices(ctx, user)
		c.must(err)
		if len(devices) == 0 {
			return ""
		}
		return devices[0].Endpoint.Reveal()
	}
	disable := func() {
		_, err := c.sns.SetEndpointAttributes(ctx, &sns.SetEndpointAttributesInput{EndpointArn: aws.String(endpoint()), Attributes: map[string]string{"Enabled": "false"}})
		c.must(err)
	}
	launch := func(id string) {
		_, err := c.invoke(`{"action":"launch","campaign":{"id":"` + id + `","category":"system","variables":{"name":"Jade"},` + texts + `,"audience":{"all":true}}}`)
		c.must(err)
		c.deliver("Transactional")
	}
	register := func() {
		c.must(c.devices.Register(ctx, notification.Device{
			User: user, ID: person.Of[person.DeviceID]("device"), Token: person.Of[person.PushToken]("fcm-token-disabled"), Language: "zh", Zone: "UTC",
		}))
	}
	outcome := func(id, want string) {
		t.Helper()
		answer, err := c.invoke(`{"action":"inspect","campaign":{"id":"` + id + `"}}`)
		c.must(err)
		if answer["outcomes"].(map[string]any)[want] != 1.0 {
			t.Errorf("%s: %v, want 1 %s", id, answer["outcomes"], want)
		}
	}
	disable()
	register() // the app starts again: the endpoint is enabled
	launch("c1")
	outcome("c1", "sent")
	disable()
	launch("c2")
	outcome("c2", "endpoint_dead")
	if endpoint() != "" {
		t.Error("the dead endpoint was not pruned")
	}
	launch("c3")
	outcome("c3", "no_device")
	register()
	launch("c4")
	outcome("c4", "sent")
	_, err := c.sns.DeleteEndpoint(ctx, &sns.DeleteEndpointInput{EndpointArn: aws.String(endpoint())})
	c.must(err)
	launch("c5")
	outcome("c5", "endpoint_dead")
}

func TestOnePoisonMessageHoldsNoOtherBack(t *testing.T) {
	c := start(t)
	c.person(false, "fcm-token-0001", "zh")
	_, err := c.invoke(`{"action":"launch","campaign":{"id":"c1","category":"system","variables":{"name":"Jade"},` + texts + `,"audience":{"all":true}}}`)
	c.must(err)
	_, err = c.sqs.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: aws.String(c.lanes["Transactional"]), MessageBody: aws.String("poison")})
	c.must(err)
	if n := c.deliver("Transactional"); n != 1 {
		t.Errorf("%d messages failed, want 1", n)
	}
	if len(c.aws.Messages()) != 1 {
		t.Errorf("%d pushes, want 1", len(c.aws.Messages()))
	}
}

func TestOperatorsMistakesAreNamed(t *testing.T) {
	c := start(t)
	whole := func(change func(m map[string]any)) string {
		m := map[string]any{
			"id": "x", "category": "system", "audience": map[string]any{"all": true},
			"templates": map[string]any{"zh": map[string]any{"title": "一", "body": "二"}, "en": map[string]any{"title": "a", "body": "b"}},
		}
		change(m)
		b, err := json.Marshal(map[string]any{"action": "launch", "campaign": m})
		c.must(err)
		return string(b)
	}
	set := func(name string, value any) string { return whole(func(m map[string]any) { m[name] = value }) }
	zh, en := map[string]any{"title": "一", "body": "二"}, map[string]any{"title": "a", "body": "b"}
	cases := []struct {
		name, event string
		code        fault.Code
		location    string
	}{
		{"not JSON", "{", fault.MalformedRequest, ""},
		{"unknown member", `{"action":"list","colour":"red"}`, fault.MalformedRequest, ""},
		{"no action", `{}`, fault.InvalidRequest, "action"},
		{"unknown action", `{"action":"explode"}`, fault.InvalidRequest, "action"},
		{"no campaign", `{"action":"launch"}`, fault.InvalidRequest, "campaign.id"},
		{"unknown campaign", `{"action":"inspect","campaign":{"id":"nothing"}}`, fault.NotFound, ""},
		{"wrong type", `{"action":"inspect","campaign":{"id":7}}`, fault.InvalidRequest, "campaign.id"},
		{"bad id", set("id", "a/b"), fault.InvalidRequest, "campaign.id"},
		{"bad category", set("category", "gossip"), fault.InvalidRequest, "campaign.category"},
		{"no English", set("templates", map[string]any{"zh": zh}), fault.InvalidRequest, "campaign.templates.en"},
		{"no Chinese", set("templates", map[string]any{"en": en}), fault.InvalidRequest, "campaign.templates.zh"},
		{"a third language", set("templates", map[string]any{"zh": zh, "en": en, "fr": en}), fault.InvalidRequest, "campaign.templates"},
		{"empty body", set("templates", map[string]any{"zh": map[string]any{"title": "一", "body": " "}, "en": en}), fault.InvalidRequest, "campaign.templates.zh.body"},
		{"missing variable", set("templates", map[string]any{"zh": zh, "en": map[string]any{"title": "a", "body": "for {name}"}}), fault.InvalidRequest, "campaign.templates.en.body"},
		{"missing variable, doubled braces", set("templates", map[string]any{"zh": map[string]any{"title": "{{ name }}", "body": "二"}, "en": en}), fault.InvalidRequest, "campaign.templates.zh.title"},
		{"unused variable", set("variables", map[string]any{"name": "x"}), fault.InvalidRequest, "campaign.variables"},
		{"too long", set("templates", map[string]any{"zh": map[string]any{"title": strings.Repeat("长", 101), "body": "二"}, "en": en}), fault.InvalidRequest, "campaign.templates.zh.title"},
		{"two targets", set("target", map[string]any{"product_id": "a", "merchant_id": "b"}), fault.InvalidRequest, "campaign.target"},
		{"no audience", set("audience", nil), fault.InvalidRequest, "campaign.audience"},
		{"empty audience", set("audience", map[string]any{}), fault.InvalidRequest, "campaign.audience"},
		{"two audiences", set("audience", map[string]any{"all": true, "follows": "m"}), fault.InvalidRequest, "campaign.audience"},
		{"bad user", set("audience", map[string]any{"user_ids": []string{"+8613800138000"}}), fault.InvalidRequest, "campaign.audience.user_ids[0]"},
		{"expired", set("expires_at", "2026-11-24T03:59:59Z"), fault.InvalidRequest, "campaign.expires_at"},
		{"far ahead", set("not_before", "2030-01-01T00:00:00Z"), fault.InvalidRequest, "campaign.not_before"},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			_, err := c.invoke(test.event)
			var f *fault.Error
			if !errors.As(err, &f) || f.Code != test.code {
				t.Fatalf("%v, want %s", err, test.code)
			}
			if test.location != "" && (len(f.Fields) != 1 || f.Fields[0].Location != test.location) {
				t.Errorf("names %v, want %s", f.Fields, test.location)
			}
			if strings.Contains(f.Error(), "13800138000") {
				t.Error("the error echoes the rejected value")
			}
		})
	}
	list, err := c.invoke(`{"action":"list"}`)
	c.must(err)
	if n := len(list["items"].([]any)); n != 0 {
		t.Errorf("%d campaigns were made", n)
	}
}

// Every event of the repository is understood.
func TestEventsOfTheRepository(t *testing.T) {
	c := start(t)
	root, err := archtest.Root()
	c.must(err)
	for folder, handler := range map[string]lambdaevent.Handler{"push-campaign": c.campaign, "push-fanout": c.fanout} {
		files, err := filepath.Glob(filepath.Join(root, "events", folder, "*.json"))
		c.must(err)
		if len(files) == 0 {
			t.Errorf("no events of %s", folder)
		}
		for _, file := range files {
			payload, err := os.ReadFile(file)
			c.must(err)
			if _, err := handler(t.Context(), payload); err != nil && !fault.Is(err, fault.NotFound) {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
}
