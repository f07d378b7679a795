package archtest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"jewelrydisplay.app/shared/local/stack"
)

// An event is one file of events/, and by what a function would be woken with it.
type event struct {
	folder, file string
	way          string // "http", "stream", "queue", "schedule" or "operator"
	source       string // route key, table, queue or input
	body         []byte
}

// Every file is, read strictly, what AWS sends for the way it claims, and goes
// to a function that the template wakes that way.
func TestEventsAreReal(t *testing.T) {
	root, _ := repository(t)
	template := templateOf(t, root)
	for _, e := range eventsOf(t, root) {
		t.Run(e.folder+"/"+e.file, func(t *testing.T) {
			if err := e.read(); err != nil {
				t.Fatal(err)
			}
			if ways := wakes(template, e.folder); !slices.Contains(ways, e.way+" "+e.source) && e.way != "operator" {
				t.Errorf("the template does not wake %s by %s %s; it does by %s", e.folder, e.way, e.source, strings.Join(ways, ", "))
			}
		})
	}
}

// Every function has an event, and one for each way the template wakes it.
func TestEveryWayHasAnEvent(t *testing.T) {
	root, _ := repository(t)
	template := templateOf(t, root)
	have := map[string]bool{}
	for _, e := range eventsOf(t, root) {
		if err := e.read(); err != nil {
			t.Fatalf("%s/%s: %v", e.folder, e.file, err)
		}
		have[e.folder] = true
		have[e.folder+" "+e.way] = true
		have[e.folder+" "+e.way+" "+e.source] = true
	}
	for _, function := range template.Functions {
		if !have[function.Folder] {
			t.Errorf("%s has no event", function.Folder)
		}
		for _, way := range wakes(template, function.Folder) {
			kind, _, _ := strings.Cut(way, " ")
			switch {
			case kind == "http" && !have[function.Folder+" http"]:
				t.Errorf("%s has no HTTP event", function.Folder)
			case kind != "http" && !have[function.Folder+" "+way]:
				t.Errorf("%s has no event for %s", function.Folder, way)
			}
		}
	}
}

func templateOf(t *testing.T, root string) *stack.Stack {
	t.Helper()
	template, err := stack.Load(t.Context(), stack.Options{
		Template: filepath.Join(root, "template.yaml"), Tools: toolsOf(root), Cache: filepath.Join(root, ".data", "cache"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return template
}

// wakes lists how the template wakes the functions of a folder.
func wakes(template *stack.Stack, folder string) []string {
	folders := map[string]string{}
	for _, function := range template.Functions {
		folders[function.LogicalID] = function.Folder
	}
	var ways []string
	for _, route := range template.Routes {
		if folders[route.Function] == folder {
			ways = append(ways, "http "+route.Key)
		}
	}
	for _, mapping := range template.Mappings {
		switch {
		case folders[mapping.Function] != folder:
		case mapping.Table != "":
			ways = append(ways, "stream "+mapping.Table)
		default:
			ways = append(ways, "queue "+mapping.Queue)
		}
	}
	for _, schedule := range template.Schedules {
		if folders[schedule.Function] == folder {
			ways = append(ways, "schedule "+compact([]byte(schedule.Input)))
		}
	}
	slices.Sort(ways)
	return slices.Compact(ways)
}

func eventsOf(t *testing.T, root string) []*event {
	t.Helper()
	var all []*event
	err := filepath.WalkDir(filepath.Join(root, "events"), func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := os.ReadFile(name)
		all = append(all, &event{folder: filepath.Base(filepath.Dir(name)), file: entry.Name(), body: body})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// read finds out what the file claims to be and reads it strictly as that.
func (e *event) read() error {
	var claim struct {
		Version  string
		RouteKey string
		Records  []struct{ EventSource, EventSourceARN string }
		Job      string
		Action   string
	}
	if err := json.Unmarshal(e.body, &claim); err != nil {
		return err
	}
	switch {
	case claim.RouteKey != "":
		e.way, e.source = "http", claim.RouteKey
		return e.http()
	case len(claim.Records) > 0 && claim.Records[0].EventSource == "aws:dynamodb":
		e.way, e.source = "stream", resource(claim.Records[0].EventSourceARN, "table/")
		return e.stream()
	case len(claim.Records) > 0 && claim.Records[0].EventSource == "aws:sqs":
		e.way, e.source = "queue", resource(claim.Records[0].EventSourceARN, "")
		return e.queue()
	case claim.Job != "" || claim.Action == "tick" || claim.Action == "refresh":
		e.way, e.source = "schedule", compact(e.body)
		return nil
	case claim.Action != "" || claim.Version != "":
		e.way = "operator"
		return nil
	default:
		return errors.New("is no event that wakes a function")
	}
}

func (e *event) http() error {
	var request events.APIGatewayV2HTTPRequest
	if err := strictly(e.body, &request); err != nil {
		return err
	}
	key := request.RequestContext.HTTP.Method + " "
	switch {
	case request.Version != "2.0":
		return fmt.Errorf("version is %q, not 2.0", request.Version)
	case request.RouteKey != request.RequestContext.RouteKey:
		return errors.New("the two routeKeys differ")
	case request.RouteKey != "$default" && !strings.HasPrefix(request.RouteKey, key):
		return errors.New("the method is not the routeKey's")
	case request.RawPath != request.RequestContext.HTTP.Path:
		return errors.New("the two paths differ")
	case request.RequestContext.HTTP.SourceIP == "" || request.RequestContext.RequestID == "":
		return errors.New("sourceIp or requestId is missing")
	}
	for name := range request.Headers {
		if name != strings.ToLower(name) {
			return fmt.Errorf("header %s is not in lower case", name)
		}
	}
	return nil
}

func (e *event) stream() error {
	var batch events.DynamoDBEvent
	if err := strictly(e.body, &batch); err != nil {
		return err
	}
	for _, record := range batch.Records {
		switch {
		case record.EventID == "" || record.Change.SequenceNumber == "" || record.EventSourceArn == "":
			return errors.New("eventID, SequenceNumber or eventSourceARN is missing")
		case record.Change.StreamViewType != "KEYS_ONLY" || record.Change.NewImage != nil || record.Change.OldImage != nil:
			return errors.New("the streams are KEYS_ONLY")
		case len(record.Change.Keys) != 2:
			return errors.New("a key is pk and sk")
		}
	}
	return nil
}

func (e *event) queue() error {
	var batch events.SQSEvent
	if err := strictly(e.body, &batch); err != nil {
		return err
	}
	for _, message := range batch.Records {
		if message.MessageId == "" || message.ReceiptHandle == "" || !json.Valid([]byte(message.Body)) {
			return errors.New("messageId or receiptHandle is missing, or the body is no JSON")
		}
	}
	return nil
}

// resource finds the logical id in the ARN of a deployed stack's resource:
// "…:table/jewelry-display-Privacy-1A2B/stream/…" gives "Privacy".
func resource(arn, kind string) string {
	name := arn[strings.LastIndex(arn, ":")+1:]
	if kind != "" {
		_, name, _ = strings.Cut(arn, kind)
		name, _, _ = strings.Cut(name, "/")
	}
	parts := strings.Split(name, "-")
	return parts[max(0, len(parts)-2)]
}

func strictly(body []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("the event goes on behind its end")
	}
	return nil
}

func compact(body []byte) string {
	var b bytes.Buffer
	if err := json.Compact(&b, body); err != nil {
		return string(body)
	}
	return b.String()
}
