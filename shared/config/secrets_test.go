package config

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// secretsOf answers with secrets, but only when n reads are under way at once.
func secretsOf(t *testing.T, n int) (endpoint string) {
	t.Helper()
	var mu sync.Mutex
	waiting, all := 0, make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct{ SecretId string }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		mu.Lock()
		if waiting++; waiting == n {
			close(all)
		}
		mu.Unlock()
		select {
		case <-all:
		case <-time.After(10 * time.Second):
			t.Error("the secrets are not read at once")
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		if strings.HasPrefix(in.SecretId, "missing") {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"__type":"ResourceNotFoundException","message":"no such secret"}`))
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"SecretString": strings.Repeat(in.SecretId[:1], 64)})
	}))
	t.Cleanup(server.Close)
	return server.URL
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

func TestAllSecretsAreReadAtOnce(t *testing.T) {
	ctx := context.Background()
	c := loadWith(t, map[string]string{"A": "aa", "B": "bb", "C": "cc", "AWS_ENDPOINT_URL": secretsOf(t, 3)})
	a, b, again := c.Keys(ctx, "A"), c.Keys(ctx, "B"), c.Keys(ctx, "C")
	if err := c.Ready(); err != nil {
		t.Fatal(err)
	}
	if a.Index("u", "x") == b.Index("u", "x") || b.Index("u", "x") == again.Index("u", "x") {
		t.Error("two settings gave one secret")
	}
}

func TestOneLineNamesEverySecretThatCannotBeRead(t *testing.T) {
	ctx := context.Background()
	c := loadWith(t, map[string]string{"A": "missing 1", "B": "bb", "C": "missing 2", "AWS_ENDPOINT_URL": secretsOf(t, 3)})
	for _, setting := range []string{"A", "B", "C", "D"} {
		c.Keys(ctx, setting)
	}
	err := c.Ready()
	if err == nil || strings.Contains(err.Error(), "\n") {
		t.Fatalf("got %v, want one line", err)
	}
	for _, want := range []string{"missing settings: D", "; A: ", "; C: ", "ResourceNotFoundException"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %q is missing", err, want)
		}
	}
	if strings.Contains(err.Error(), "; B: ") {
		t.Errorf("%v: B was read", err)
	}
}
