package notificationsns_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"jewelrydisplay.app/shared/notification/notificationsns"
	"jewelrydisplay.app/shared/person"
)

// The engine gives all endpoints on one page, SNS 100: here each page has one.
func TestEveryPageOfEveryPlatformIsListed(t *testing.T) {
	next := map[string]string{"": "1", "1": "2", "2": ""}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		app, token := r.FormValue("PlatformApplicationArn"), r.FormValue("NextToken")
		if r.FormValue("Action") != "ListEndpointsByPlatformApplication" || app == "" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		_, _ = fmt.Fprintf(w, `<R><ListEndpointsByPlatformApplicationResult><Endpoints><member><EndpointArn>%s/%s</EndpointArn></member></Endpoints><NextToken>%s</NextToken></ListEndpointsByPlatformApplicationResult></R>`, app, token, next[token])
	}))
	t.Cleanup(server.Close)
	cfg := aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(server.URL),
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	}
	for _, test := range []struct {
		apns, fcm string
		want      []string
	}{
		{"apns", "fcm", []string{"apns/", "apns/1", "apns/2", "fcm/", "fcm/1", "fcm/2"}},
		{"", "fcm", []string{"fcm/", "fcm/1", "fcm/2"}},
		{"", "", nil},
	} {
		var got []string
		err := notificationsns.New(cfg, test.apns, test.fcm).Each(t.Context(), func(page []person.Endpoint) error {
			for _, e := range page {
				got = append(got, e.Reveal())
			}
			return nil
		})
		slices.Sort(got)
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%q, want %q, %v", got, test.want, err)
		}
	}
}
