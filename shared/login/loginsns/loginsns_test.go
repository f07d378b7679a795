package loginsns_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/login/loginsns"
	"jewelrydisplay.app/shared/person"
)

func sender(t *testing.T, answer http.HandlerFunc) loginsns.Sender {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return loginsns.New(aws.Config{
		Region: "eu-west-1", BaseEndpoint: aws.String(server.URL),
		Credentials: credentials.NewStaticCredentialsProvider("TEST", "TEST", ""),
	})
}

var phone = person.Of[person.PhoneNumber]("+8613800138000")

func TestOneTransactionalSMSIsPublished(t *testing.T) {
	var form map[string][]string
	s := sender(t, func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		form = r.Form
		_, _ = w.Write([]byte(`<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>`))
	})
	if err := s.Send(context.Background(), login.SMS{To: phone, Text: "验证码123456"}); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Action": "Publish", "PhoneNumber": "+8613800138000", "Message": "验证码123456",
		"MessageAttributes.entry.1.Value.StringValue": "Transactional",
	} {
		if got := strings.Join(form[name], ","); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// Clauses: C62.
func TestARefusalIsNotRepeatedAndItsErrorHoldsNoNumber(t *testing.T) {
	var calls atomic.Int64
	s := sender(t, func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = w.Write([]byte(`<ErrorResponse><Error><Code>InternalError</Code><Message>+8613800138000</Message></Error></ErrorResponse>`))
	})
	err := s.Send(context.Background(), login.SMS{To: phone, Text: "x"})
	if err == nil || strings.Contains(err.Error(), "138001") || !strings.Contains(err.Error(), "InternalError") {
		t.Errorf("got %v", err)
	}
	if calls.Load() != 1 {
		t.Errorf("%d calls, want 1: a second SMS for one request must not be", calls.Load())
	}
}

// What an error says about the SMS: surely not sent, or unknown.
func TestWhatAnErrorSays(t *testing.T) {
	for code, c := range map[string]struct {
		status           int
		notSent, refused bool
	}{
		"InvalidParameter": {400, true, true}, "OptedOut": {403, true, true}, "Throttled": {400, true, false},
		"AuthorizationError": {403, true, false}, "InternalError": {500, false, false}, "ServiceUnavailable": {503, false, false},
	} {
		s := sender(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(c.status)
			kind := "Sender"
			if c.status >= 500 {
				kind = "Receiver"
			}
			_, _ = w.Write([]byte(`<ErrorResponse><Error><Type>` + kind + `</Type><Code>` + code + `</Code><Message>+8613800138000</Message></Error></ErrorResponse>`))
		})
		err := s.Send(context.Background(), login.SMS{To: phone, Text: "x"})
		if errors.Is(err, login.ErrNotSent) != c.notSent || errors.Is(err, login.ErrRefused) != c.refused || strings.Contains(err.Error(), "138001") {
			t.Errorf("%s: %v", code, err)
		}
	}
	nowhere := loginsns.New(aws.Config{
		Region: "eu-west-1", BaseEndpoint: aws.String("http://127.0.0.1:1"),
		Credentials: credentials.NewStaticCredentialsProvider("TEST", "TEST", ""),
	})
	if err := nowhere.Send(context.Background(), login.SMS{To: phone, Text: "x"}); !errors.Is(err, login.ErrNotSent) || errors.Is(err, login.ErrRefused) {
		t.Errorf("not reached: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	taken := sender(t, func(_ http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		cancel()
		<-r.Context().Done()
	})
	if err := taken.Send(ctx, login.SMS{To: phone, Text: "x"}); err == nil || errors.Is(err, login.ErrNotSent) {
		t.Errorf("taken and not answered: %v, want it left open", err)
	}
}
