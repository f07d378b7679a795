package keys

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"jewelrydisplay.app/shared/clock"
)

// manager is a Secrets Manager whose answer to every call is given.
func manager(t *testing.T, answer func() any) *secretsmanager.Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("X-Amz-Target"); got != "secretsmanager.BatchGetSecretValue" {
			t.Errorf("a call of %s", got)
		}
		body := answer()
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		if body == nil {
			w.WriteHeader(http.StatusForbidden)
			body = map[string]string{"__type": "AccessDeniedException", "message": "refused"}
		}
		if err := json.NewEncoder(w).Encode(body); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	return secretsmanager.New(secretsmanager.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(server.URL), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("k", "s", ""),
	})
}

type value = map[string]string

func TestEverythingWaitsForTheFirstRead(t *testing.T) {
	open := make(chan struct{})
	r := Load(context.Background(), manager(t, func() any {
		<-open
		return map[string]any{"SecretValues": []value{{"Name": "One", "SecretString": old}}}
	}), []string{"One"}, clock.System{})[0]
	want := Fixed(old)
	found := make(chan error, 1)
	go func() {
		_, err := r.Find(context.Background(), want.Current().ID)
		found <- err
	}()
	index := make(chan string, 1)
	go func() { index <- r.Index("u", "x") }()
	select {
	case <-index:
		t.Error("an index was made without a secret")
	case <-found:
		t.Error("a key was found without a secret")
	default:
	}
	close(open)
	if got := <-index; got != want.Index("u", "x") {
		t.Errorf("index %q", got)
	}
	if err := <-found; err != nil {
		t.Errorf("find: %v", err)
	}
}

func TestSecretsAreToldApartInOneAnswer(t *testing.T) {
	rings := Load(context.Background(), manager(t, func() any {
		return map[string]any{
			"SecretValues": []value{{"Name": "B-a1b2c3", "ARN": "arn:b", "SecretString": next}, {"Name": "A", "ARN": "arn:a", "SecretString": old}},
			"Errors":       []value{{"SecretId": "C", "ErrorCode": "ResourceNotFoundException"}},
		}
	}), []string{"A", "arn:b", "C", "D"}, clock.System{})
	for i, want := range []*Ring{Fixed(old), Fixed(next)} {
		if err := rings[i].Wait(); err != nil || rings[i].Index("u", "x") != want.Index("u", "x") {
			t.Errorf("secret %d is another's, or unread: %v", i, err)
		}
	}
	for i, want := range map[int]string{2: "ResourceNotFoundException", 3: "does not hold it"} {
		if err := rings[i].Wait(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("secret %d: %v, want %s", i, err, want)
		}
	}
}

func TestNothingIsMadeWithASecretThatCouldNotBeRead(t *testing.T) {
	for why, answer := range map[string]func() any{
		"refused": func() any { return nil },
		"short": func() any {
			return map[string]any{"SecretValues": []value{{"Name": "One", "SecretString": strings.Repeat("s", 31)}}}
		},
	} {
		r := Load(context.Background(), manager(t, answer), []string{"One"}, clock.System{})[0]
		if err := r.Wait(); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: wait: %v", why, err)
		}
		for _, use := range []func(){func() { r.Index("u", "x") }, func() { _, _ = r.Find(context.Background(), [IDSize]byte{}) }} {
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%s: it was used", why)
					}
				}()
				use()
			}()
		}
	}
}
