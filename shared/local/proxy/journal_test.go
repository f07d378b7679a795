package proxy

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A crash may cut the last line short. What came before it stays, and what comes
// after it is not spoiled by it.
func TestAMessageCutShortByACrash(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "messages.jsonl")
	send := func(to string) {
		t.Helper()
		m, err := openMessages(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.add(Message{Kind: "sms", To: to, At: time.Unix(0, 0).UTC()}); err != nil {
			t.Fatal(err)
		}
	}
	send("+1")
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"kind":"sms","to":"+2`); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	send("+3")
	m, err := openMessages(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.all) != 2 || m.all[0].To != "+1" || m.all[1].To != "+3" {
		t.Errorf("messages %+v, want those to +1 and +3", m.all)
	}
	if err := os.WriteFile(path, []byte("{}\nbroken\n{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openMessages(path); err == nil || !strings.Contains(err.Error(), "messages.jsonl:2") {
		t.Errorf("a line broken in the middle: %v, want its number", err)
	}
}

func TestSigned(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ header, query, key, service string }{
		"header":    {header: "AWS4-HMAC-SHA256 Credential=SmsLogin/20261124/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=x", key: "SmsLogin", service: "dynamodb"},
		"no spaces": {header: "AWS4-HMAC-SHA256 Credential=a/20261124/cn-north-1/sns/aws4_request,SignedHeaders=host,Signature=x", key: "a", service: "sns"},
		"presigned": {query: "X-Amz-Credential=local%2F20261124%2Fus-east-1%2Fs3%2Faws4_request", key: "local", service: "s3"},
		"basic":     {header: "Basic abc"},
		"none":      {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRequest(t, tc.query)
			if tc.header != "" {
				r.Header.Set("Authorization", tc.header)
			}
			key, service, ok := signed(r)
			if key != tc.key || service != tc.service || ok != (tc.key != "") {
				t.Errorf("%q %q %v", key, service, ok)
			}
		})
	}
}

func newRequest(t *testing.T, query string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, "http://aws/?"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
