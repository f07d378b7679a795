// Command importer brings a merchant's feed into the running local cloud: it
// puts the file into the Imports bucket, starts catalog-import as an operator
// does, shows how far it is and prints its result. Settings come from the environment,
// where `make import` puts them.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"jewelrydisplay.app/shared/local/client"
)

// bucket is the bucket's name in template.yaml, which is its name locally.
const bucket = "Imports"

// function is the folder of the import.
const function = "catalog-import"

// between is the time from one look at a running import to the next.
const between = 2 * time.Second

// settings are what `make import` was told.
type settings struct {
	file, format string
	merchant     json.RawMessage // an id, or an object with id, name, city and location
	mapping      json.RawMessage
	encoding     string // empty: detected
	retireUpTo   int    // percent; 0: the import's own bound
	dryRun, full bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, time.Now())
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "import:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, now time.Time) error {
	want, err := fromEnvironment(os.Getenv)
	if err != nil {
		return err
	}
	feed, err := os.Open(want.file)
	if err != nil {
		return err
	}
	defer feed.Close()
	cloud, err := client.Connect(ctx)
	if err != nil {
		return err
	}
	id := "import-" + now.UTC().Format("20060102T150405.000Z")
	key := "feeds/" + id + filepath.Ext(want.file)
	if err := cloud.Put(ctx, bucket, key, feed); err != nil {
		return err
	}
	ticker := time.NewTicker(between)
	defer ticker.Stop()
	f := follower{cloud: cloud, id: id, tick: ticker.C, progress: os.Stderr, began: now}
	answer, err := f.follow(ctx, want.start(id, key))
	if answer != nil {
		fmt.Println(indented(answer))
	}
	return err
}

// fromEnvironment reads and checks the settings.
func fromEnvironment(get func(string) string) (settings, error) {
	want := settings{
		file: get("FEED_FILE"), format: get("FEED_FORMAT"), encoding: get("FEED_ENCODING"),
		dryRun: get("FEED_DRY_RUN") != "" && get("FEED_DRY_RUN") != "0",
		full:   get("FEED_FULL") != "" && get("FEED_FULL") != "0",
	}
	merchant := strings.TrimSpace(get("FEED_MERCHANT"))
	if want.file == "" || merchant == "" {
		return want, errors.New(`name the file and the merchant: make import FILE=feed.jsonl FORMAT=jsonl MERCHANT=m1 MAPPING='{"key":"sku","title":"name"}'`)
	}
	if want.format == "" {
		want.format = formatOf(want.file)
	}
	if percent := get("FEED_RETIRE_UP_TO"); percent != "" {
		var err error
		if want.retireUpTo, err = strconv.Atoi(percent); err != nil {
			return want, errors.New("RETIRE_UP_TO is a percentage, from 1 to 100")
		}
	}
	want.merchant = json.RawMessage(merchant)
	if !strings.HasPrefix(merchant, "{") {
		id, err := json.Marshal(map[string]string{"id": merchant})
		if err != nil {
			return want, err
		}
		want.merchant = id
	}
	if !json.Valid(want.merchant) {
		return want, errors.New("MERCHANT is neither an id nor a JSON object")
	}
	if mapping := strings.TrimSpace(get("FEED_MAPPING")); mapping != "" {
		if !json.Valid([]byte(mapping)) {
			return want, errors.New(`MAPPING is not JSON: MAPPING='{"title":"name"}'`)
		}
		want.mapping = json.RawMessage(mapping)
	}
	return want, nil
}

// formatOf guesses a feed's format by its name.
func formatOf(file string) string {
	switch strings.ToLower(filepath.Ext(file)) {
	case ".csv":
		return "shopify_csv"
	case ".tsv", ".txt":
		return "google_tsv"
	case ".xml":
		return "google_xml"
	default:
		return "jsonl"
	}
}

// start is the operator's event that starts the import.
func (s settings) start(id, key string) map[string]any {
	event := map[string]any{
		"action": "start", "import_id": id, "merchant": s.merchant, "format": s.format,
		"source":    map[string]string{"bucket": bucket, "key": key},
		"full_feed": s.full, "dry_run": s.dryRun,
	}
	if s.mapping != nil {
		event["mapping"] = s.mapping
	}
	if s.encoding != "" {
		event["encoding"] = s.encoding
	}
	if s.retireUpTo != 0 {
		event["retire_up_to"] = s.retireUpTo
	}
	return event
}

func indented(answer []byte) string {
	var value json.RawMessage = answer
	out, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return string(answer)
	}
	return string(out)
}
