package journey

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/rogpeppe/go-internal/testscript"
)

// person NAME PHONE DEVICE PUSH-TOKEN introduces a person.
func (s *state) person(_ *testscript.TestScript, args []string) error {
	if len(args) != 4 {
		return fmt.Errorf("usage: person name phone device push-token")
	}
	s.people[args[0]] = &someone{name: args[0], phone: args[1], device: args[2], pushToken: args[3], known: args[1:]}
	return nil
}

// as NAME: the next calls are this person's. as nobody: nobody's.
func (s *state) as(_ *testscript.TestScript, args []string) error {
	if args[0] == "nobody" {
		s.who = nil
		return nil
	}
	s.who = s.people[args[0]]
	if s.who == nil {
		return fmt.Errorf("there is no %s", args[0])
	}
	return nil
}

// call STATUS METHOD PATH [member=text | member:=json | @Header=value]...
func (s *state) call(ts *testscript.TestScript, args []string) error {
	want, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	status, err := s.do(ts, args[1], args[2], args[3:])
	if err != nil {
		return err
	}
	if status != want {
		return fmt.Errorf("status %d, want %d", status, want)
	}
	return nil
}

func (s *state) do(ts *testscript.TestScript, method, path string, members []string) (int, error) {
	address, err := url.Parse(s.api)
	if err != nil {
		return 0, err
	}
	path, query, _ := strings.Cut(path, "?")
	address.Path, address.RawQuery = path, encoded(query)
	header := http.Header{}
	body := map[string]any{}
	for _, m := range members {
		s.who.told(m)
		if name, value, ok := strings.Cut(strings.TrimPrefix(m, "@"), "="); ok && m[0] == '@' {
			header.Set(name, value)
		} else if err := member(body, m); err != nil {
			return 0, err
		}
	}
	var payload io.Reader
	if len(body) > 0 {
		b, err := json.Marshal(body)
		if err != nil {
			return 0, err
		}
		payload = bytes.NewReader(b)
		header.Set("Content-Type", "application/json")
	}
	r, err := http.NewRequest(method, address.String(), payload)
	if err != nil {
		return 0, err
	}
	if s.who != nil {
		r.Header.Set("Device-Id", s.who.device)
		if s.who.access != "" {
			r.Header.Set("Authorization", "Bearer "+s.who.access)
		}
	}
	for name, values := range header {
		if r.Header[name] = values; values[0] == "" {
			r.Header.Del(name)
		}
	}
	return s.send(ts, r)
}

func (s *state) send(ts *testscript.TestScript, r *http.Request) (int, error) {
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, err
	}
	ts.Logf("%d %s", answer.StatusCode, shortened(text))
	s.answer = nil
	if len(text) > 0 {
		if err := json.Unmarshal(text, &s.answer); err != nil {
			return 0, fmt.Errorf("the answer is not JSON: %w: %s", err, shortened(text))
		}
	}
	return answer.StatusCode, nil
}

func shortened(text []byte) string {
	if len(text) > 2000 {
		return string(text[:2000]) + "…"
	}
	return string(text)
}

// member puts "a.b=text" or "a.b:=json" into a body.
func member(body map[string]any, m string) error {
	path, text, ok := strings.Cut(m, "=")
	if !ok {
		return fmt.Errorf("%q is no member", m)
	}
	var value any = text
	if p, isJSON := strings.CutSuffix(path, ":"); isJSON {
		path = p
		if err := json.Unmarshal([]byte(text), &value); err != nil {
			return fmt.Errorf("%q: %w", m, err)
		}
	}
	names := strings.Split(path, ".")
	for _, name := range names[:len(names)-1] {
		inner, ok := body[name].(map[string]any)
		if !ok {
			inner = map[string]any{}
			body[name] = inner
		}
		body = inner
	}
	body[names[len(names)-1]] = value
	return nil
}

// told notes a name that the person tells the product, so that it is looked
// for when they are forgotten. Texts of less than four bytes prove nothing.
func (p *someone) told(m string) {
	name, value, _ := strings.Cut(m, "=")
	if p != nil && len(value) >= 4 && (name == "nickname" || name == "device.name" || name == "occupation") {
		p.known = append(p.known, value)
	}
}

// login logs the person in: the newest policy, a code by SMS, a session.
func (s *state) login(ts *testscript.TestScript, args []string) error {
	p := s.who
	p.access = ""
	if err := s.call(ts, []string{"200", "GET", "/v1/policies/privacy/current"}); err != nil {
		return err
	}
	version, sha := fmt.Sprint(s.at("version")), fmt.Sprint(s.at("sha256"))
	err := s.call(ts, []string{
		"202", "POST", "/v1/login/codes", "purpose=login", "phone=" + p.phone,
		"policy.version=" + version, "policy.sha256=" + sha, "age_group=adult",
	})
	if err != nil {
		return err
	}
	challenge := fmt.Sprint(s.at("challenge_id"))
	code, err := s.newestCode(p.phone)
	if err != nil {
		return err
	}
	err = s.call(ts, append([]string{
		"201", "POST", "/v1/login/sessions", "challenge_id=" + challenge, "code=" + code,
		"device.name=" + p.name + "的手机", "device.platform=android",
	}, args...))
	if err != nil {
		return err
	}
	s.session()
	return nil
}

// session takes the tokens of the last answer as the person's.
func (s *state) session() {
	s.who.access, s.who.refresh = fmt.Sprint(s.at("access_token")), fmt.Sprint(s.at("refresh_token"))
	s.who.id = fmt.Sprint(s.at("user.id"))
	s.who.known = append(s.who.known, s.who.id)
}

// code VARIABLE reads the newest code that came to the person's phone.
func (s *state) code(ts *testscript.TestScript, args []string) error {
	code, err := s.newestCode(s.who.phone)
	if err == nil {
		ts.Setenv(args[0], code)
	}
	return err
}

var sixDigits = regexp.MustCompile(`\b\d{6}\b`)

func (s *state) newestCode(phone string) (string, error) {
	items, err := s.messages("sms", phone)
	if err != nil {
		return "", err
	}
	if len(items) == 0 {
		return "", fmt.Errorf("no SMS came")
	}
	return sixDigits.FindString(items[0].Text), nil
}

type message struct {
	Kind, To, Text string
	At             time.Time
}

func (s *state) messages(kind, to string) ([]message, error) {
	answer, err := http.Get(s.control + "/messages?kind=" + kind + "&phone=" + url.QueryEscape(to))
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var body struct{ Items []message }
	return body.Items, json.NewDecoder(answer.Body).Decode(&body)
}

// pushed N: so many pushes have come to the person's device so far.
func (s *state) pushed(_ *testscript.TestScript, args []string) error {
	items, err := s.messages("push", "")
	if err != nil {
		return err
	}
	var got int
	for _, m := range items {
		if m.To == s.who.pushToken {
			got++
		}
	}
	if strconv.Itoa(got) != args[0] {
		return fmt.Errorf("%d pushes came, want %s", got, args[0])
	}
	return nil
}

// at returns the value at a path of the last answer: "items.0.id".
func (s *state) at(path string) any {
	v := s.answer
	for _, name := range strings.Split(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}

// keep VARIABLE PATH keeps a value of the last answer. keep session: its
// tokens become the person's.
func (s *state) keep(ts *testscript.TestScript, args []string) error {
	if args[0] == "session" {
		s.session()
		return nil
	}
	v := s.at(args[1])
	if v == nil {
		return fmt.Errorf("the answer has no %s", args[1])
	}
	ts.Setenv(args[0], fmt.Sprint(v))
	return nil
}

// want PATH VALUE: the last answer has this value there; ~EXPRESSION: it
// matches.
func (s *state) want(_ *testscript.TestScript, args []string) error {
	got := fmt.Sprint(s.at(args[0]))
	if f, ok := s.at(args[0]).(float64); ok {
		got = strconv.FormatFloat(f, 'f', -1, 64)
	}
	if pattern, ok := strings.CutPrefix(args[1], "~"); ok {
		if matched, err := regexp.MatchString(pattern, got); err != nil || !matched {
			return fmt.Errorf("%s is %s, want a match of %s", args[0], got, pattern)
		}
		return nil
	}
	if got != args[1] {
		return fmt.Errorf("%s is %s, want %s", args[0], got, args[1])
	}
	return nil
}

// absent PATH: the last answer has nothing there.
func (s *state) absent(_ *testscript.TestScript, args []string) error {
	if v := s.at(args[0]); v != nil {
		return fmt.Errorf("%s is %v, want nothing", args[0], v)
	}
	return nil
}

// count PATH N: the list there has so many items.
func (s *state) count(_ *testscript.TestScript, args []string) error {
	list, _ := s.at(args[0]).([]any)
	if strconv.Itoa(len(list)) != args[1] {
		return fmt.Errorf("%s has %d items, want %s", args[0], len(list), args[1])
	}
	return nil
}

// turn OFFSET turns the cloud's clock to so much after the true time. turn TIME
// OFFSET turns it to so much after a time, or before one.
func (s *state) turn(ts *testscript.TestScript, args []string) error {
	d, err := time.ParseDuration(args[len(args)-1])
	if err != nil {
		return err
	}
	if len(args) == 2 {
		at, err := time.Parse(time.RFC3339, args[0])
		if err != nil {
			return err
		}
		d += time.Until(at)
	}
	r, err := http.NewRequest(http.MethodPut, s.control+"/clock", strings.NewReader(
		fmt.Sprintf(`{"offset_seconds": %d}`, int64(d/time.Second))))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	if status, err := s.send(ts, r); err != nil || status != http.StatusOK {
		return fmt.Errorf("the clock did not turn: %d, %w", status, err)
	}
	return nil
}

// invoke FUNCTION FILE invokes a function as the operator does; the file's
// $variables are filled in.
func (s *state) invoke(ts *testscript.TestScript, args []string) error {
	event := os.Expand(ts.ReadFile(args[1]), ts.Getenv)
	r, err := http.NewRequest(http.MethodPost, s.aws+"/2015-03-31/functions/"+s.called.of(args[0])+"/invocations", strings.NewReader(event))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=operator/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	ts.Logf("%s", shortened(text))
	if failed := answer.Header.Get("X-Amz-Function-Error"); failed != "" || answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s failed: %d %s", args[0], answer.StatusCode, failed)
	}
	s.answer = nil
	return json.Unmarshal(text, &s.answer)
}

// put BUCKET KEY FILE puts an object, as the operator does.
func (s *state) put(ts *testscript.TestScript, args []string) error {
	_, err := s.stores().s3().PutObject(context.Background(), &s3.PutObjectInput{
		Bucket: aws.String(s.called.of(args[0])), Key: aws.String(args[1]), Body: strings.NewReader(ts.ReadFile(args[2])),
	})
	return err
}
