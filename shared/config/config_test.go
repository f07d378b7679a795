package config

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func env(m map[string]string) func(string) string { return func(name string) string { return m[name] } }

func TestTheClockTurnsOnlyAgainstALocalEndpoint(t *testing.T) {
	for endpoint, want := range map[string]bool{
		"http://127.0.0.1:4566": true, "http://localhost:4566": true, "http://[::1]:1": true, "http://172.17.0.1:4566": true,
		"": false, "https://dynamodb.eu-west-1.amazonaws.com": false, "http://8.8.8.8": false, "http://127.0.0.1.example.com": false,
	} {
		c, err := load(env(map[string]string{"CLOCK_OFFSET": "172800", "AWS_ENDPOINT_URL": endpoint}))
		if (err == nil) != want {
			t.Errorf("%q: %v, want allowed %v", endpoint, err, want)
			continue
		}
		if want && time.Until(c.Clock.Now()) < 47*time.Hour {
			t.Errorf("%q: the clock is not turned", endpoint)
		}
	}
	century := fmt.Sprint(100 * 365 * 24 * 3600) // the most that the local cloud turns to
	if _, err := load(env(map[string]string{"CLOCK_OFFSET": century, "AWS_ENDPOINT_URL": "http://127.0.0.1:1"})); err != nil {
		t.Errorf("a century: %v", err)
	}
	if _, err := load(env(map[string]string{"CLOCK_OFFSET": "soon", "AWS_ENDPOINT_URL": "http://127.0.0.1:1"})); err == nil {
		t.Error("an offset that is no number was taken")
	}
}

func TestMissingSettingsAreNamedAllAtOnce(t *testing.T) {
	c, err := load(env(map[string]string{"A": "1", "L": " CN, HK ,", "E": " , ,"}))
	if err != nil {
		t.Fatal(err)
	}
	if c.Setting("A") != "1" || c.Ready() != nil {
		t.Errorf("a given setting counts as missing: %v", c.Ready())
	}
	c.Setting("B")
	c.Setting("C")
	if err := c.Ready(); err == nil || !strings.Contains(err.Error(), "B, C") {
		t.Errorf("got %v, want B and C named", err)
	}
	c.Refuse("D", "is no address")
	if err := c.Ready(); err == nil || !strings.Contains(err.Error(), "B, C; D: is no address") {
		t.Errorf("got %v, want D refused", err)
	}
	if got := c.List("L", ""); len(got) != 2 || got[1] != "HK" {
		t.Errorf("list %q", got)
	}
	for _, name := range []string{"E", "unset"} {
		if got := c.List(name, "CN,HK"); len(got) != 2 || got[0] != "CN" {
			t.Errorf("a list without a word (%s): %q, want the default", name, got)
		}
	}
}
