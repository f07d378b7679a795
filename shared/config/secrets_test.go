package config

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// secretsOf answers with secrets, and counts the calls.
func secretsOf(t *testing.T) (endpoint string, calls *atomic.Int32) {
	t.Helper()
	calls = &atomic.Int32{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		var in struct{ SecretIdList []string }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		var out struct{ SecretValues, Errors []map[string]string }
		for _, id := range in.SecretIdList {
			if strings.HasPrefix(id, "missing") {
				out.Errors = append(out.Errors, map[string]string{"SecretId": id, "ErrorCode": "ResourceNotFoundException"})
				continue
			}
			out.SecretValues = append(out.SecretValues, map[string]string{"Name": id, "SecretString": strings.Repeat(id[:1], 64)})
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_ = json.NewEncoder(w).Encode(out)
	}))
	t.Cleanup(server.Close)
	return server.URL, calls
}

func loadWith(t *testing.T, settings map[string]string) *Config {
	t.Helper()
	settings["AWS_REGION"], settings["AWS_ACCESS_KEY_ID"], settings["AWS_SECRET_ACCESS_KEY"] = "us-east-1", "k", "s"
	c, err := load(env(settings))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAllSecretsAreReadInOneCall(t *testing.T) {
	endpoint, calls := secretsOf(t)
	c := loadWith(t, map[string]string{"SECRET_PEPPER": "aa", "SECRET_INDEX": "bb", "SECRET_SERVICE": "cc", "AWS_ENDPOINT_URL": endpoint})
	pepper, index, service := c.Keys("SECRET_PEPPER"), c.Keys("SECRET_INDEX"), c.Keys("SECRET_SERVICE")
	if err := c.Ready(); err != nil {
		t.Fatal(err)
	}
	if pepper.Index("u", "x") == index.Index("u", "x") || index.Index("u", "x") == service.Index("u", "x") {
		t.Error("two settings gave one secret")
	}
	if n := calls.Load(); n != 1 {
		t.Errorf("%d calls, want 1", n)
	}
}

func TestAFunctionWithoutSecretsReadsNone(t *testing.T) {
	endpoint, calls := secretsOf(t)
	c := loadWith(t, map[string]string{"AWS_ENDPOINT_URL": endpoint})
	c.Keys("SECRET_TOKEN")
	if err := c.Ready(); err == nil || !strings.Contains(err.Error(), "missing settings: SECRET_TOKEN") {
		t.Errorf("got %v", err)
	}
	if n := calls.Load(); n != 0 {
		t.Errorf("%d calls, want none", n)
	}
}

func TestOneLineNamesEverySecretThatCannotBeRead(t *testing.T) {
	endpoint, _ := secretsOf(t)
	c := loadWith(t, map[string]string{"SECRET_PEPPER": "missing 1", "SECRET_INDEX": "bb", "SECRET_CURSOR": "missing 2", "AWS_ENDPOINT_URL": endpoint})
	for _, setting := range []string{"SECRET_PEPPER", "SECRET_INDEX", "SECRET_CURSOR", "SECRET_TOKEN"} {
		c.Keys(setting)
	}
	err := c.Ready()
	if err == nil || strings.Contains(err.Error(), "\n") {
		t.Fatalf("got %v, want one line", err)
	}
	for _, want := range []string{"missing settings: SECRET_TOKEN", "; SECRET_PEPPER: ", "; SECRET_CURSOR: ", "ResourceNotFoundException"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %q is missing", err, want)
		}
	}
	if strings.Contains(err.Error(), "; SECRET_INDEX: ") {
		t.Errorf("%v: INDEX was read", err)
	}
}
