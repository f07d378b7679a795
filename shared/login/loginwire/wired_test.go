package loginwire_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"jewelrydisplay.app/shared/awstest"
	"jewelrydisplay.app/shared/config"
	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/login/loginphone"
	"jewelrydisplay.app/shared/login/loginwire"
	"jewelrydisplay.app/shared/person"
)

// surroundings are the other contexts, of which the wiring must forget none.
type surroundings struct {
	sms    string
	called []string
}

func (s *surroundings) Send(_ context.Context, m login.SMS) error {
	s.sms = m.Text
	return nil
}

func (s *surroundings) CheckVersion(context.Context, string, string) error {
	s.called = append(s.called, "policies")
	return nil
}

func (s *surroundings) EndSession(context.Context, person.ID, string) error {
	s.called = append(s.called, "pushes")
	return nil
}

func (s *surroundings) EndOthers(context.Context, person.ID, string) error { return nil }

// What the wiring puts together logs in over real secrets, at a function of its own
// for each step, and goes on when every secret was rotated.
//
// Clauses: C11.
func TestWhatIsWiredLogsIn(t *testing.T) {
	cloud := awstest.Start(t)
	creds, err := cloud.Config.Credentials.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// The engines stand behind the client of the test, and config makes its own.
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.RequestURI, r.URL.Scheme, r.URL.Host = "", "http", strings.TrimPrefix(aws.ToString(cloud.Config.BaseEndpoint), "http://")
		answer, err := cloud.Config.HTTPClient.Do(r)
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = answer.Body.Close() }()
		for name, values := range answer.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.StatusCode)
		_, _ = io.Copy(w, answer.Body)
	}))
	t.Cleanup(front.Close)
	t.Setenv("AWS_ENDPOINT_URL", front.URL)
	t.Setenv("AWS_REGION", cloud.Config.Region)
	t.Setenv("AWS_ACCESS_KEY_ID", creds.AccessKeyID)
	t.Setenv("AWS_SECRET_ACCESS_KEY", creds.SecretAccessKey)
	t.Setenv("TABLE_ACCOUNTS", cloud.Tables["Accounts"])
	t.Setenv("SMS_DOMAIN", "app.example.com")
	arns := map[string]string{}
	for _, name := range []string{"PEPPER", "INDEX", "TOKEN", "SERVICE"} {
		arns[name] = cloud.Secret(name, strings.Repeat(name[:1], 64))
		t.Setenv("SECRET_"+name, arns[name])
	}
	s := &surroundings{}
	function := func() (*loginwire.Login, *login.Sessions) {
		t.Helper()
		cfg, err := config.Load()
		if err != nil {
			t.Fatal(err)
		}
		cfg.AWS = cloud.Config
		l := loginwire.New(cfg, cfg.DB())
		note := func(what string) { s.called = append(s.called, what) }
		sessions := l.Sessions(loginwire.Asking{
			Numbers: loginphone.New([]string{"CN"}), Sender: s, Policies: s, Pushes: s,
			Acceptance: func(person.ID, string, string, time.Time) []dynamo.Write { note("acceptance"); return nil },
			Audience:   func(person.ID, bool, time.Time) []dynamo.Write { note("audience"); return nil },
		})
		if err := cfg.Ready(); err != nil {
			t.Fatal(err)
		}
		return l, sessions
	}
	d := person.Of[person.DeviceID]("00000000-0000-4000-8000-000000000001")
	l, _ := function()
	sent, err := l.Codes.Request(t.Context(), login.Asked{Purpose: login.PurposeLogin, Phone: "13800138000", Version: "1", Hash: "h", Age: login.Adult, Device: d})
	if err != nil || !strings.Contains(s.sms, "@app.example.com #") {
		t.Fatalf("%v, SMS %q", err, s.sms)
	}
	_, sessions := function()
	in, err := sessions.Open(t.Context(), login.Opening{
		Challenge: sent.Challenge, Code: regexp.MustCompile(`\d{6}`).FindString(s.sms), Device: login.Device{ID: d, Name: person.Of[person.DeviceName]("n"), Platform: "ios"},
	})
	if err != nil {
		t.Fatal(err)
	}
	client := secretsmanager.NewFromConfig(cloud.Config)
	for name, arn := range arns {
		if _, err := client.PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{SecretId: aws.String(arn), SecretString: aws.String(strings.Repeat("n"+name[:1], 32))}); err != nil {
			t.Fatal(err)
		}
	}
	l, sessions = function()
	auth := l.Authenticator(func(*dynamo.Batch) (func(string) string, error) {
		return func(accepted string) string { return "due after " + accepted }, nil
	})
	if c, err := auth.Authenticate(t.Context(), in.Access.Reveal()); err != nil || c.User != in.User || c.PolicyDue != "due after 1" || c.Subject.Key == nil {
		t.Errorf("authenticate: %v", err)
	}
	next, err := sessions.Refresh(t.Context(), in.Refresh.Reveal(), d)
	if err != nil {
		t.Fatalf("refresh: %v", err)
	}
	if list, err := sessions.List(t.Context(), in.User); err != nil || len(list) != 1 || list[0].Name.Reveal() != "n" {
		t.Errorf("list: %v", err)
	} else if err := sessions.End(t.Context(), in.User, list[0].ID); err != nil {
		t.Errorf("end: %v", err)
	}
	if _, err := sessions.Refresh(t.Context(), next.Refresh.Reveal(), d); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("after the end: %v", err)
	}
	for _, want := range []string{"policies", "acceptance", "audience", "pushes"} {
		if !strings.Contains(strings.Join(s.called, " "), want) {
			t.Errorf("%s is not wired: %q", want, s.called)
		}
	}
}
