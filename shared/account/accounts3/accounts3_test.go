package accounts3_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"jewelrydisplay.app/shared/account/accounts3"
	"jewelrydisplay.app/shared/fault"
)

// S3 answers a missing object with AccessDenied to who may read objects and not
// list them.
func TestWhatCannotBeReadIsNotThere(t *testing.T) {
	code, status := "", 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, "<Error><Code>%s</Code><Message>x</Message></Error>", code)
	}))
	defer server.Close()
	texts := accounts3.New(aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(server.URL), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("TEST", "TEST", ""),
	})
	for code, status = range map[string]int{"NoSuchKey": 404, "NoSuchBucket": 404, "AccessDenied": 403, "PermanentRedirect": 301} {
		if _, err := texts.Text(t.Context(), "texts", "zh.txt"); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: %v, want not found", code, err)
		}
	}
	code, status = "InternalError", 500
	if _, err := texts.Text(t.Context(), "texts", "zh.txt"); err == nil || fault.Is(err, fault.NotFound) {
		t.Errorf("%s: %v, want an error that is not not found", code, err)
	}
}
