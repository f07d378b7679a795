package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// fakeLambda answers like the AWS endpoint of the local cloud.
func fakeLambda(t *testing.T, invoked *string) *Cloud {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2015-03-31/functions/", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"Functions":[{"FunctionName":"SmsLogin","Handler":"sms-login"},{"FunctionName":"FanoutA","Handler":"push-fanout"},{"FunctionName":"FanoutB","Handler":"push-fanout"}]}`)
	})
	mux.HandleFunc("POST /2015-03-31/functions/{name}/invocations", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		*invoked += r.PathValue("name") + " " + string(body)
		if strings.Contains(string(body), "bad") {
			w.Header().Set("X-Amz-Function-Error", "Unhandled")
		}
		fmt.Fprint(w, `{"status":422}`)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return At(server.URL)
}

func TestInvoke(t *testing.T) {
	cases := []struct {
		name, function, event string
		invoked, refused      string
	}{
		{"by folder", "sms-login", `{}`, "SmsLogin {}", ""},
		{"by name", "FanoutB", `{}`, "FanoutB {}", ""},
		{"a folder of two functions", "push-fanout", `{}`, "", "FanoutA and FanoutB"},
		{"unknown", "smslogin", `{}`, "", "there are push-fanout, sms-login"},
		{"failing, once", "SmsLogin", `{"bad":1}`, `SmsLogin {"bad":1}`, "the function failed"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var invoked string
			answer, err := fakeLambda(t, &invoked).Invoke(context.Background(), c.function, []byte(c.event))
			if invoked != c.invoked {
				t.Errorf("invoked %q, want %q", invoked, c.invoked)
			}
			if c.refused == "" && (err != nil || string(answer) != `{"status":422}`) {
				t.Errorf("answer %s, error %v", answer, err)
			}
			if c.refused != "" && (err == nil || !strings.Contains(err.Error(), c.refused)) {
				t.Errorf("error %v, want %q", err, c.refused)
			}
			if failed := errors.Is(err, ErrFunction); failed != strings.Contains(c.event, "bad") {
				t.Errorf("ErrFunction: %v", failed)
			}
		})
	}
}

func TestNobodyAnswers(t *testing.T) {
	t.Setenv("AWS_PORT", "1")
	if _, err := Connect(context.Background()); err == nil || !strings.Contains(err.Error(), "make run") {
		t.Errorf("error %v, want one that names make run", err)
	}
}
