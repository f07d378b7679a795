// Package config is what a function knows at its start: region and
// credentials, tables, secrets, settings, the clock and the source of
// randomness. It is read once, from the environment that the template
// declares.
package config

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/keys"
)

// Config is a function's environment.
type Config struct {
	AWS    aws.Config
	Clock  clock.Clock
	Random io.Reader
	Log    *slog.Logger

	lookup  func(string) string
	missing []string
	refused []string
	rings   map[string]*keys.Ring // by the setting that names the secret
}

// Load reads the environment. Region and credentials are those that Lambda
// sets; an endpoint of its own is set only off AWS.
func Load() (*Config, error) { return load(os.Getenv) }

func load(lookup func(string) string) (*Config, error) {
	c := &Config{Random: rand.Reader, lookup: lookup, Log: slog.New(lambdacontext.NewLogHandler())}
	c.AWS = aws.Config{
		Region: lookup("AWS_REGION"),
		Credentials: aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider(
			lookup("AWS_ACCESS_KEY_ID"), lookup("AWS_SECRET_ACCESS_KEY"), lookup("AWS_SESSION_TOKEN"))),
	}
	if endpoint := lookup("AWS_ENDPOINT_URL"); endpoint != "" {
		c.AWS.BaseEndpoint = aws.String(endpoint)
	}
	offset, err := clockOffset(lookup("CLOCK_OFFSET"), lookup("AWS_ENDPOINT_URL"))
	if err != nil {
		return nil, err
	}
	c.Clock = clock.System{Offset: offset}
	c.readSecrets()
	return c, nil
}

// clockOffset reads by how much the clock is turned: only against an AWS
// endpoint on this machine or a private network, never against AWS itself.
func clockOffset(offset, endpoint string) (time.Duration, error) {
	if offset == "" {
		return 0, nil
	}
	u, err := url.Parse(endpoint)
	if err != nil || endpoint == "" {
		return 0, errors.New("config: CLOCK_OFFSET is for the local cloud only")
	}
	ip := net.ParseIP(u.Hostname())
	if u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback() && !ip.IsPrivate()) {
		return 0, errors.New("config: CLOCK_OFFSET is for the local cloud only")
	}
	seconds, err := strconv.ParseInt(offset, 10, 33) // more than a century
	if err != nil {
		return 0, errors.New("config: CLOCK_OFFSET is no number of seconds")
	}
	return time.Duration(seconds) * time.Second, nil
}

// Setting returns a setting that the template always gives. Which are missing
// is told by Ready, all at once.
func (c *Config) Setting(name string) string {
	v := c.lookup(name)
	if v == "" {
		c.missing = append(c.missing, name)
	}
	return v
}

// Refuse notes that a setting's value cannot be worked with, and why; the value
// is not repeated. Ready tells it: a function serves nothing then.
func (c *Config) Refuse(setting, why string) { c.refused = append(c.refused, setting+": "+why) }

// Optional returns a setting, or the default when it is empty.
func (c *Config) Optional(name, otherwise string) string {
	if v := c.lookup(name); v != "" {
		return v
	}
	return otherwise
}

// List returns a setting of comma-separated words, or the default when there is
// no word in it.
func (c *Config) List(name, otherwise string) []string {
	if list := words(c.lookup(name)); len(list) > 0 {
		return list
	}
	return words(otherwise)
}

func words(text string) []string {
	var list []string
	for _, w := range strings.Split(text, ",") {
		if w = strings.TrimSpace(w); w != "" {
			list = append(list, w)
		}
	}
	return list
}

// DB returns the database with the tables of which the template names the
// function: TABLE_ACCOUNTS and so on.
func (c *Config) DB() *dynamo.DB {
	tables := map[string]string{}
	for _, name := range []string{"Accounts", "Catalog", "Engagement", "Notifications", "Privacy"} {
		if physical := c.lookup("TABLE_" + strings.ToUpper(name)); physical != "" {
			tables[name] = physical
		}
	}
	return dynamo.New(c.AWS, tables, c.Clock)
}

// readSecrets begins to read all secrets that the template names, in one call,
// while the function puts itself together.
func (c *Config) readSecrets() {
	var settings, ids []string
	for _, name := range []string{"PEPPER", "INDEX", "TOKEN", "CURSOR", "SERVICE"} {
		if id := c.lookup("SECRET_" + name); id != "" {
			settings, ids = append(settings, "SECRET_"+name), append(ids, id)
		}
	}
	if len(ids) == 0 {
		return
	}
	c.rings = map[string]*keys.Ring{}
	for i, ring := range keys.Load(context.Background(), secretsmanager.NewFromConfig(c.AWS), ids, c.Clock) {
		c.rings[settings[i]] = ring
	}
}

// Keys returns the ring of the secret whose id stands in the setting, as in
// SECRET_TOKEN. Ready tells which could not be read.
func (c *Config) Keys(setting string) *keys.Ring {
	c.Setting(setting)
	return c.rings[setting]
}

// Ready waits until the secrets are read. Its error names all settings that
// are missing, and all whose secret could not be read: a function serves
// nothing without them.
func (c *Config) Ready() error {
	var wrong []string
	if len(c.missing) > 0 {
		wrong = append(wrong, "missing settings: "+strings.Join(c.missing, ", "))
	}
	wrong = append(wrong, c.refused...)
	for _, setting := range slices.Sorted(maps.Keys(c.rings)) {
		if err := c.rings[setting].Wait(); err != nil {
			wrong = append(wrong, setting+": "+err.Error())
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return errors.New("config: " + strings.Join(wrong, "; "))
}
