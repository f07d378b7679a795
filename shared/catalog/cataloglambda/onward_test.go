package cataloglambda_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/catalog/cataloglambda"
	"jewelrydisplay.app/shared/fault"
)

func TestAnImportCallsItselfAsynchronously(t *testing.T) {
	status := http.StatusAccepted
	var path, kind string
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, kind = r.URL.Path, r.Header.Get("X-Amz-Invocation-Type")
		body, _ = io.ReadAll(r.Body)
		w.WriteHeader(status)
	}))
	defer server.Close()
	onward := cataloglambda.New(aws.Config{
		Region: "us-east-1", BaseEndpoint: &server.URL, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("TEST", "TEST", ""),
	}, "CatalogImport")
	want := catalog.ImportRequest{
		Action: "start", ImportID: "i", Merchant: catalog.MerchantInput{ID: "lu", Location: &catalog.LocationInput{Lat: 1, Lon: 2}},
		Format: "jsonl", Source: catalog.ObjectPlace{Bucket: "b", Key: "k"}, Mapping: catalog.Mapping{"title": "name"}, FullFeed: true, Resume: 3,
	}
	if err := onward.GoOn(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	got, err := catalog.ReadImportRequest(body)
	if err != nil || !reflect.DeepEqual(got, want) || got.Fingerprint() != want.Fingerprint() {
		t.Errorf("called with %s, %v", body, err)
	}
	if path != "/2015-03-31/functions/CatalogImport/invocations" || kind != "Event" {
		t.Errorf("called %s as %s", path, kind)
	}
	status = http.StatusTooManyRequests
	if err := onward.GoOn(t.Context(), want); !fault.Is(err, fault.Unavailable) {
		t.Errorf("refused: %v", err)
	}
}
