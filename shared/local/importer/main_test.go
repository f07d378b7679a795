package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestSettings(t *testing.T) {
	cases := []struct {
		name    string
		env     map[string]string
		event   string // the start event, or empty
		refused string // part of the error
	}{
		{
			"a merchant by id",
			map[string]string{"FEED_FILE": "a.jsonl", "FEED_MERCHANT": "m1"},
			`{"action":"start","dry_run":false,"format":"jsonl","full_feed":false,"import_id":"i","merchant":{"id":"m1"},"source":{"bucket":"Imports","key":"k"}}`, "",
		},
		{
			"everything",
			map[string]string{"FEED_FILE": "a", "FEED_FORMAT": "shopify_csv", "FEED_MERCHANT": `{"id":"m1","name":{"en":"One"}}`, "FEED_MAPPING": `{"title":"name"}`, "FEED_DRY_RUN": "1", "FEED_FULL": "1"},
			`{"action":"start","dry_run":true,"format":"shopify_csv","full_feed":true,"import_id":"i","mapping":{"title":"name"},"merchant":{"id":"m1","name":{"en":"One"}},"source":{"bucket":"Imports","key":"k"}}`, "",
		},
		{
			"the rest",
			map[string]string{"FEED_FILE": "a.XML", "FEED_MERCHANT": "m1", "FEED_ENCODING": "gb18030", "FEED_RETIRE_UP_TO": "90"},
			`{"action":"start","dry_run":false,"encoding":"gb18030","format":"google_xml","full_feed":false,"import_id":"i","merchant":{"id":"m1"},"retire_up_to":90,"source":{"bucket":"Imports","key":"k"}}`, "",
		},
		{"no percentage", map[string]string{"FEED_FILE": "a.csv", "FEED_MERCHANT": "m1", "FEED_RETIRE_UP_TO": "all"}, "", "RETIRE_UP_TO is a percentage"},
		{
			"a zero is no dry run",
			map[string]string{"FEED_FILE": "a", "FEED_MERCHANT": "m1", "FEED_DRY_RUN": "0"},
			`{"action":"start","dry_run":false,"format":"jsonl","full_feed":false,"import_id":"i","merchant":{"id":"m1"},"source":{"bucket":"Imports","key":"k"}}`, "",
		},
		{"no file", map[string]string{"FEED_MERCHANT": "m1"}, "", "name the file"},
		{"no merchant", map[string]string{"FEED_FILE": "a"}, "", "name the file and the merchant"},
		{"a broken mapping", map[string]string{"FEED_FILE": "a", "FEED_MERCHANT": "m1", "FEED_MAPPING": "{title"}, "", "MAPPING is not JSON"},
		{"a broken merchant", map[string]string{"FEED_FILE": "a", "FEED_MERCHANT": "{id"}, "", "MERCHANT is neither"},
		{"an id with quotes stays an id", map[string]string{"FEED_FILE": "a", "FEED_MERCHANT": `m"1`}, `{"action":"start","dry_run":false,"format":"jsonl","full_feed":false,"import_id":"i","merchant":{"id":"m\"1"},"source":{"bucket":"Imports","key":"k"}}`, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			want, err := fromEnvironment(func(name string) string { return c.env[name] })
			if c.refused != "" {
				if err == nil || !strings.Contains(err.Error(), c.refused) {
					t.Fatalf("error %v, want %q", err, c.refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			event, err := json.Marshal(want.start("i", "k"))
			if err != nil {
				t.Fatal(err)
			}
			if string(event) != c.event {
				t.Errorf("event %s\nwant %s", event, c.event)
			}
		})
	}
}
