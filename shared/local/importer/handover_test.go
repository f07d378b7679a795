package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"jewelrydisplay.app/shared/local/built"
	"jewelrydisplay.app/shared/local/client"
	"jewelrydisplay.app/shared/local/engine"
	"jewelrydisplay.app/shared/local/lambda"
	"jewelrydisplay.app/shared/local/provision"
	"jewelrydisplay.app/shared/local/proxy"
	"jewelrydisplay.app/shared/local/stack"
)

const root = "../../.."

// host is the built function, run as Lambda runs it, over real engines.
type host struct {
	*client.Cloud
	invocations atomic.Int64 // asynchronous ones: hand-overs
}

// start runs catalog-import with that long for an invocation.
func start(t *testing.T, timeout time.Duration) *host {
	t.Helper()
	built.Functions(t, root)
	template, err := os.ReadFile(filepath.Join(root, "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	st := &stack.Stack{Buckets: []string{"Imports"}}
	if st.Tables, err = stack.Tables(template); err != nil {
		t.Fatal(err)
	}
	tools, ctx := engine.Find(filepath.Join(root, ".tools")), context.Background()
	dynamo, err := tools.StartDynamo(ctx, engine.Dynamo{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(dynamo.Stop)
	moto, err := tools.StartMoto(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(moto.Stop)
	h := &host{}
	var front http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { front.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	functions, err := lambda.New(lambda.Options{
		Functions: []stack.Function{{
			LogicalID: "CatalogImport", Folder: "catalog-import", Timeout: timeout, MemoryMB: 1024,
			ARN: "arn:aws:lambda:" + engine.Region + ":" + engine.Account + ":function:CatalogImport",
			Environment: map[string]string{
				"TABLE_CATALOG": "Catalog", "BUCKET_IMPORTS": "Imports", "IMAGE_HOSTS": "", "AWS_ENDPOINT_URL": server.URL,
			},
		}},
		BuildDir: filepath.Join(root, ".build"), LogDir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(functions.Close)
	front, err = proxy.New(proxy.Options{Dynamo: dynamo.URL, Moto: moto.URL, Lambda: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Amz-Invocation-Type") == "Event" {
			h.invocations.Add(1)
		}
		functions.ServeHTTP(w, r)
	})})
	if err != nil {
		t.Fatal(err)
	}
	vault, err := provision.OpenVault(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := provision.All(ctx, provision.Config(server.URL), st, vault); err != nil {
		t.Fatal(err)
	}
	h.Cloud = client.At(server.URL)
	return h
}

// An invocation that has 20.2 seconds works for a fifth of one, since 20 are
// kept back, and calls the next one through Lambda's own API, until all is done:
// every row once, and the report whole. A second import finds nothing to do.
func TestAnImportGoesOnFromInvocationToInvocation(t *testing.T) {
	h := start(t, 20*time.Second+200*time.Millisecond)
	var feed bytes.Buffer
	const products = 900
	for n := range products {
		fmt.Fprintf(&feed, `{"key":"%d","title":"18K金钻石戒指 %d","description":"%s","price":"1299.00"}`+"\n", n, n, strings.Repeat("好", 300))
		if n%100 == 99 {
			feed.WriteString("broken\n")
		}
	}
	bring := func(id, want string) {
		t.Helper()
		if err := h.Put(t.Context(), bucket, "feed.jsonl", bytes.NewReader(feed.Bytes())); err != nil {
			t.Fatal(err)
		}
		ticker := time.NewTicker(50 * time.Millisecond)
		defer ticker.Stop()
		var progress bytes.Buffer
		f := follower{cloud: h, id: id, tick: ticker.C, progress: &progress, began: time.Now()}
		answer, err := f.follow(t.Context(), settings{merchant: json.RawMessage(`{"id":"lu"}`), format: "jsonl", full: true}.start(id, "feed.jsonl"))
		if err != nil {
			t.Fatalf("%v: %s\n%s", err, answer, progress.String())
		}
		var got result
		if err := json.Unmarshal(answer, &got); err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(got) != want {
			t.Errorf("import %s: %v, want %s", id, got, want)
		}
	}
	bring("first", "{completed 909 900 0 0 9}")
	handed := h.invocations.Load()
	if handed < 1 {
		t.Errorf("the import was handed over %d times", handed)
	}
	t.Logf("%d invocations", handed+1)
	bring("again", "{completed 909 0 0 900 9}")
}
