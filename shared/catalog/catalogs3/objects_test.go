package catalogs3_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"jewelrydisplay.app/shared/awstest"
	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/catalog/catalogs3"
)

func TestAFeedIsReadAndAMissingOneIsSaid(t *testing.T) {
	cloud := awstest.Start(t)
	bucket := cloud.Bucket("imports")
	cloud.Put(bucket, "feed.jsonl", []byte("one\ntwo\n"))
	objects := catalogs3.New(cloud.Config, bucket)
	body, version, err := objects.Open(t.Context(), catalog.ObjectPlace{Bucket: bucket, Key: "feed.jsonl"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(body)
	if err != nil || string(got) != "one\ntwo\n" || version == "" {
		t.Errorf("read %q of version %q, %v", got, version, err)
	}
	for _, place := range []catalog.ObjectPlace{{Bucket: bucket, Key: "none"}, {Bucket: "no-such-bucket", Key: "feed.jsonl"}} {
		if _, _, err := objects.Open(t.Context(), place); !errors.Is(err, catalog.ErrNoObject) {
			t.Errorf("%v: %v", place, err)
		}
	}
}

func TestReportsSmallAndLargeAreWhole(t *testing.T) {
	cloud := awstest.Start(t)
	bucket := cloud.Bucket("imports")
	objects := catalogs3.New(cloud.Config, bucket)
	for _, lines := range []int{3, 140_000} {
		key := fmt.Sprintf("reports/%d.jsonl", lines)
		w, err := objects.Create(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		var want bytes.Buffer
		for i := range lines {
			line := fmt.Sprintf(`{"line":%d,"field":"title","reason":"is missing"}`+"\n", i)
			want.WriteString(line)
			if _, err := io.WriteString(w, line); err != nil {
				t.Fatal(err)
			}
		}
		place, err := w.Commit()
		if err != nil || place != (catalog.ObjectPlace{Bucket: bucket, Key: key}) {
			t.Fatalf("%v, %v", place, err)
		}
		if !bytes.Equal(cloud.Get(bucket, key), want.Bytes()) {
			t.Errorf("the report of %d lines is not what was written", lines)
		}
	}
	w, err := objects.Create(t.Context(), "reports/aborted.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(make([]byte, 7<<20)); err != nil {
		t.Fatal(err)
	}
	w.Abort()
	if _, _, err := objects.Open(t.Context(), catalog.ObjectPlace{Bucket: bucket, Key: "reports/aborted.jsonl"}); !errors.Is(err, catalog.ErrNoObject) {
		t.Errorf("an aborted report is there: %v", err)
	}
}

// breaking cuts every answer short after some bytes.
type breaking struct{ http.RoundTripper }

func (b breaking) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.RoundTripper.RoundTrip(r)
	if err == nil && r.Method == http.MethodGet {
		resp.Body = &cut{ReadCloser: resp.Body, left: 1000}
	}
	return resp, err
}

type cut struct {
	io.ReadCloser
	left int
}

func (c *cut) Read(p []byte) (int, error) {
	if c.left == 0 {
		return 0, io.ErrUnexpectedEOF
	}
	n, err := c.ReadCloser.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}

type client struct{ http.RoundTripper }

func (c client) Do(r *http.Request) (*http.Response, error) { return c.RoundTrip(r) }

func TestABrokenConnectionIsTakenUpAgain(t *testing.T) {
	cloud := awstest.Start(t)
	bucket := cloud.Bucket("imports")
	feed := strings.Repeat("0123456789\n", 500)
	cloud.Put(bucket, "feed.jsonl", []byte(feed))
	cfg := cloud.Config
	doer, ok := cfg.HTTPClient.(interface {
		Do(*http.Request) (*http.Response, error)
	})
	if !ok {
		t.Fatal("the cloud has no client to break")
	}
	cfg.HTTPClient = client{breaking{tripper{doer}}}
	body, _, err := catalogs3.New(cfg, bucket).Open(context.Background(), catalog.ObjectPlace{Bucket: bucket, Key: "feed.jsonl"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(body)
	if err != nil || string(got) != feed {
		t.Errorf("read %d of %d bytes, %v", len(got), len(feed), err)
	}
}

type tripper struct {
	doer interface {
		Do(*http.Request) (*http.Response, error)
	}
}

func (t tripper) RoundTrip(r *http.Request) (*http.Response, error) { return t.doer.Do(r) }
