package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"golang.org/x/sync/errgroup"

	policy "jewelrydisplay.app/shared/account/sample"
	catalogue "jewelrydisplay.app/shared/catalog/sample"
	"jewelrydisplay.app/shared/local/provision"
	"jewelrydisplay.app/shared/local/stack"
)

// imports is the bucket that operators put feeds and policy texts into.
const imports = "Imports"

// seed is something that a new local cloud gets once. Each may be repeated: a
// start that was cut short does it again.
type seed struct {
	name      string
	functions []string // logical ids that it needs
	run       func(ctx context.Context, h *host) error
}

func seeds() []seed {
	return []seed{
		{"publishing the sample policy", []string{"PolicyPublish"}, publishPolicy},
		{"importing the sample catalogue", []string{"CatalogImport", "CatalogIndex"}, importSample},
	}
}

// seed runs what has not been run on this data.
func (h *host) seed(ctx context.Context, st *stack.Stack) error {
	path := filepath.Join(h.settings.data, "seeded.json")
	var done []string
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &done)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read %s: %w", path, err)
	}
	for _, s := range seeds() {
		if slices.Contains(done, s.name) {
			continue
		}
		if missing := h.unbuilt(st, s.functions); missing != "" {
			h.terminal.say(s.name + " is left out: " + missing + " is not built")
			continue
		}
		if err := h.terminal.step(s.name, func() error { return s.run(ctx, h) }); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		done = append(done, s.name)
		text, err := json.Marshal(done)
		if err == nil {
			err = os.WriteFile(path, text, 0o600)
		}
		if err != nil {
			return fmt.Errorf("note that it is done: %w", err)
		}
	}
	return nil
}

// unbuilt returns the first of the functions that has no binary.
func (h *host) unbuilt(st *stack.Stack, functions []string) string {
	for _, id := range functions {
		i := slices.IndexFunc(st.Functions, func(f stack.Function) bool { return f.LogicalID == id })
		if i < 0 {
			return id
		}
		if _, err := os.Stat(h.settings.root(filepath.Join(".build", st.Functions[i].Folder, "bootstrap"))); err != nil {
			return st.Functions[i].Folder
		}
	}
	return ""
}

// put writes an object, as an operator does.
func (h *host) put(ctx context.Context, bucket, key string, body []byte) error {
	client := s3.NewFromConfig(provision.Config(h.aws.url()), func(o *s3.Options) { o.UsePathStyle = true })
	_, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String(bucket), Key: aws.String(key), Body: bytes.NewReader(body)})
	return err
}

// call invokes a function, as an operator does, and turns its error into one.
func (h *host) call(ctx context.Context, function string, event []byte) ([]byte, error) {
	result, err := h.functions.Invoke(ctx, function, event)
	if err != nil {
		return nil, err
	}
	if result.Failure != "" {
		return nil, fmt.Errorf("%s: %s", function, result.Payload)
	}
	return result.Payload, nil
}

// publishPolicy publishes the sample policy; once published it never changes.
func publishPolicy(ctx context.Context, h *host) error {
	for _, text := range policy.Texts() {
		if err := h.put(ctx, imports, text.Key, text.Body); err != nil {
			return err
		}
	}
	event, err := policy.Event(imports)
	if err != nil {
		return err
	}
	_, err = h.call(ctx, "PolicyPublish", event)
	return err
}

// importSample imports the sample catalogue, a feed a merchant, and makes the
// first snapshot of the search index.
func importSample(ctx context.Context, h *host) error {
	group, each := errgroup.WithContext(ctx)
	group.SetLimit(4)
	for _, feed := range catalogue.Feeds() {
		group.Go(func() error {
			if err := h.put(each, imports, feed.Key, feed.Body); err != nil {
				return err
			}
			event, err := feed.Event(imports)
			if err != nil {
				return err
			}
			_, err = h.call(each, "CatalogImport", event)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	_, err := h.call(ctx, "CatalogIndex", []byte("{}"))
	return err
}
