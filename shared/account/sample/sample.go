// Package sample holds a short privacy policy of the project's own words, for
// the local cloud. Operators publish theirs.
package sample

import (
	_ "embed"
	"encoding/json"
)

// Version is the sample's version.
const Version = "2023-01-01"

var (
	//go:embed zh.txt
	zh []byte
	//go:embed en.txt
	en []byte
)

// Text is one language's text.
type Text struct {
	Language string // zh or en
	Key      string // the object's key in the Imports bucket
	Body     []byte
}

// Texts returns the sample in each of its languages.
func Texts() []Text {
	return []Text{
		{Language: "zh", Key: "policies/sample/zh.txt", Body: zh},
		{Language: "en", Key: "policies/sample/en.txt", Body: en},
	}
}

// Event returns the event that publishes the sample from the bucket. Publishing
// it again is the same publication.
func Event(bucket string) ([]byte, error) {
	type place struct {
		Bucket string `json:"bucket"`
		Key    string `json:"key"`
	}
	texts := map[string]place{}
	for _, t := range Texts() {
		texts[t.Language] = place{Bucket: bucket, Key: t.Key}
	}
	return json.Marshal(map[string]any{
		"version":      Version,
		"effective_at": "2023-01-01T00:00:00+08:00",
		"texts":        texts,
	})
}
