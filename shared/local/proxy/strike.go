package proxy

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"jewelrydisplay.app/shared/local/faults"
	"jewelrydisplay.app/shared/local/iam"
)

// action is the call's operation as its service names it.
func (c call) action() string {
	switch c.service {
	case "sns":
		form, err := url.ParseQuery(string(c.body))
		if err != nil {
			return ""
		}
		return form.Get("Action")
	case "s3", "lambda":
		needs := iam.Needs(iam.Request{Service: c.service, HTTP: c.http, Body: c.body})
		if len(needs) == 0 {
			return ""
		}
		_, action, _ := strings.Cut(needs[0].Action, ":")
		return strings.TrimSuffix(action, "Function") // lambda:InvokeFunction is Invoke
	}
	_, action, _ := strings.Cut(c.http.Header.Get("X-Amz-Target"), ".")
	return action
}

// strike passes the call on, or makes it fail as the plan of faults says.
func (p *Proxy) strike(w http.ResponseWriter, c call) {
	if p.options.Strike == nil {
		p.pass(w, c)
		return
	}
	kind, delay := p.options.Strike(faults.Call{Function: c.accessKey, Service: c.service, Action: c.action()})
	switch kind {
	case faults.Throttling, faults.Internal:
		c.fail(w, kind)
	case faults.Lost:
		p.pass(&recorder{header: http.Header{}}, c)
		// The server closes the connection without a word.
		panic(http.ErrAbortHandler)
	case faults.Delay:
		timer := time.NewTimer(delay)
		defer timer.Stop()
		<-timer.C
		// Whoever gave up waiting does not undo the call. With a Done of its own, or the
		// reverse proxy would watch the connection instead.
		ctx, cancel := context.WithCancel(context.WithoutCancel(c.http.Context()))
		defer cancel()
		c.http = c.http.WithContext(ctx)
		p.pass(w, c)
	case faults.Truncated:
		if c.limit() {
			p.pass(w, c)
			return
		}
		c.fail(w, faults.Internal)
	case faults.Unprocessed:
		p.unprocessed(w, c)
	default:
		p.pass(w, c)
	}
}

// said is what a service says of itself when it fails.
type said struct {
	status int
	code   string
}

// failures are AWS's own codes: what is throttled, and what is an error of the service.
var failures = map[string]map[faults.Kind]said{
	"dynamodb":       {faults.Throttling: {400, "ProvisionedThroughputExceededException"}, faults.Internal: {500, "InternalServerError"}},
	"sqs":            {faults.Throttling: {403, "RequestThrottled"}, faults.Internal: {500, "InternalFailure"}},
	"sns":            {faults.Throttling: {429, "Throttled"}, faults.Internal: {500, "InternalError"}},
	"s3":             {faults.Throttling: {503, "SlowDown"}, faults.Internal: {500, "InternalError"}},
	"secretsmanager": {faults.Throttling: {400, "ThrottlingException"}, faults.Internal: {500, "InternalServiceError"}},
	"lambda":         {faults.Throttling: {429, "TooManyRequestsException"}, faults.Internal: {500, "ServiceException"}},
}

// fail answers with the service's own error, and has no effect.
func (c call) fail(w http.ResponseWriter, kind faults.Kind) {
	f, known := failures[c.service][kind]
	if !known {
		f = said{500, "InternalFailure"}
	}
	const why = "A fault that the local cloud was told to make."
	if kind == faults.Throttling && c.action() == "TransactWriteItems" {
		c.cancel(w)
		return
	}
	switch c.service {
	case "s3":
		iam.WriteXML(w, f.status, iam.S3Error(f.code, why))
	case "sns":
		iam.WriteXML(w, f.status, iam.QueryError("Sender", f.code, why))
	case "sqs":
		w.Header().Set("X-Amzn-Query-Error", f.code+";Sender")
		refuse(w, f.status, f.code, why)
	default:
		refuse(w, f.status, f.code, why)
	}
}

// cancel answers a transaction of which one part was throttled: nothing is done.
func (c call) cancel(w http.ResponseWriter) {
	var body struct{ TransactItems []json.RawMessage }
	// A body that cannot be read has no parts.
	_ = json.Unmarshal(c.body, &body)
	type reason struct{ Code, Message string }
	reasons := make([]reason, max(1, len(body.TransactItems)))
	for i := range reasons {
		reasons[i].Code = "None"
	}
	reasons[len(reasons)-1] = reason{"ThrottlingError", "Throughput exceeds the current capacity of your table or index."}
	const kind = "TransactionCanceledException"
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.Header().Set("X-Amzn-Errortype", kind)
	w.WriteHeader(http.StatusBadRequest)
	// The client is gone when this fails.
	_ = json.NewEncoder(w).Encode(map[string]any{
		"__type": "com.amazonaws.dynamodb.v20120810#" + kind, "CancellationReasons": reasons,
		"Message": "Transaction cancelled, please refer cancellation reasons for specific reasons",
	})
}

// limit makes a Query or Scan answer one item a page. It reports false when the
// body cannot be read.
func (c call) limit() bool {
	var body map[string]json.RawMessage
	if json.Unmarshal(c.body, &body) != nil {
		return false
	}
	body["Limit"] = json.RawMessage("1")
	text, err := json.Marshal(body)
	if err == nil {
		c.send(text)
	}
	return err == nil
}

// unprocessed leaves the last half of a batch undone. Of a single one AWS leaves
// nothing undone: it refuses the call.
func (p *Proxy) unprocessed(w http.ResponseWriter, c call) {
	var body map[string]json.RawMessage
	if json.Unmarshal(c.body, &body) != nil {
		p.pass(w, c)
		return
	}
	var undone any
	member, more := "", "UnprocessedItems"
	switch c.action() {
	case "BatchGetItem":
		member, more = "RequestItems", "UnprocessedKeys"
		body[member], undone = halve(body[member], "Keys")
	case "BatchWriteItem":
		member = "RequestItems"
		body[member], undone = halve(body[member], "")
	case "SendMessageBatch":
		member, more = "Entries", "Failed"
		body[member], undone = halfOfEntries(body[member])
	}
	text, err := json.Marshal(body)
	if undone == nil || err != nil {
		c.fail(w, faults.Throttling)
		return
	}
	c.send(text)
	answer := &recorder{header: http.Header{}}
	p.pass(answer, c)
	if answer.ok() {
		if more == "Failed" {
			err = answer.join(more, undone)
		} else {
			err = answer.put(more, undone)
		}
	}
	if err != nil {
		c.fail(w, faults.Internal)
		return
	}
	answer.copyTo(w)
}

// halve parts a batch by tables: what is done and what is not. keys is the member
// that holds a table's keys; without one the table holds its list itself.
func halve(items json.RawMessage, keys string) (done json.RawMessage, undone any) {
	var tables map[string]json.RawMessage
	if json.Unmarshal(items, &tables) != nil {
		return items, nil
	}
	type one struct {
		table string
		item  json.RawMessage
	}
	var all []one
	for _, table := range slices.Sorted(maps.Keys(tables)) {
		list := tables[table]
		if keys != "" {
			var inner map[string]json.RawMessage
			if json.Unmarshal(list, &inner) != nil {
				return items, nil
			}
			list = inner[keys]
		}
		var each []json.RawMessage
		if json.Unmarshal(list, &each) != nil {
			return items, nil
		}
		for _, item := range each {
			all = append(all, one{table, item})
		}
	}
	if len(all) < 2 {
		return items, nil
	}
	build := func(part []one) map[string]any {
		by := map[string][]json.RawMessage{}
		for _, o := range part {
			by[o.table] = append(by[o.table], o.item)
		}
		out := map[string]any{}
		for table, list := range by {
			out[table] = list
			if keys != "" {
				var inner map[string]any
				_ = json.Unmarshal(tables[table], &inner) // read above
				inner[keys] = list
				out[table] = inner
			}
		}
		return out
	}
	done, err := json.Marshal(build(all[:len(all)/2]))
	if err != nil {
		return items, nil
	}
	return done, build(all[len(all)/2:])
}

// halfOfEntries parts a batch of messages.
func halfOfEntries(entries json.RawMessage) (done json.RawMessage, undone any) {
	var all []json.RawMessage
	if json.Unmarshal(entries, &all) != nil || len(all) < 2 {
		return entries, nil
	}
	type failed struct {
		Id, Code    string
		SenderFault bool
	}
	var list []failed
	for _, raw := range all[len(all)/2:] {
		var entry struct{ Id string }
		if json.Unmarshal(raw, &entry) != nil {
			return entries, nil
		}
		list = append(list, failed{Id: entry.Id, Code: "InternalError"})
	}
	done, err := json.Marshal(all[:len(all)/2])
	if err != nil {
		return entries, nil
	}
	return done, list
}

// put replaces a member of the answer, a JSON object.
func (a *recorder) put(member string, value any) error {
	var body map[string]json.RawMessage
	if err := json.Unmarshal(a.body.Bytes(), &body); err != nil {
		return err
	}
	text, err := json.Marshal(value)
	if err == nil {
		body[member] = text
		text, err = json.Marshal(body)
	}
	if err != nil {
		return err
	}
	a.body.Reset()
	a.body.Write(text)
	return nil
}
