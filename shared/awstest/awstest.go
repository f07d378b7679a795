// Package awstest gives tests the real engines over the wire: one in-memory
// DynamoDB engine a package run, a fresh set of template.yaml's tables a test, and,
// started when a test first wants it, an engine for SQS, SNS, S3 and Secrets Manager.
//
// The engines are children of the test program and die with it, however it ends.
package awstest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"jewelrydisplay.app/shared/local/engine"
	"jewelrydisplay.app/shared/local/provision"
	"jewelrydisplay.app/shared/local/stack"
)

// Cloud is what one test sees of AWS.
type Cloud struct {
	// Config reaches the engines; every service client of the SDK can be made from it.
	Config aws.Config
	// Tables holds the physical name of each table of template.yaml by its logical id.
	Tables map[string]string

	t      testing.TB
	shared *machine
	suffix string
	rest   func() (*rest, error)
}

// machine is what all tests of a package run share.
type machine struct {
	dynamo    *engine.Engine
	moto      func() (*engine.Engine, error)
	tables    []stack.Table
	transport http.RoundTripper
	tests     atomic.Int64
}

// start runs once a test program: starting an engine for each test would cost
// more than most tests.
var start = sync.OnceValues(func() (*machine, error) {
	root, err := moduleRoot()
	if err != nil {
		return nil, err
	}
	template, err := os.ReadFile(filepath.Join(root, "template.yaml"))
	if err != nil {
		return nil, err
	}
	tools := engine.Find(filepath.Join(root, ".tools"))
	m := &machine{moto: startMoto(tools), transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	if m.tables, err = stack.Tables(template); err != nil {
		return nil, err
	}
	m.dynamo, err = tools.StartDynamo(context.Background(), engine.Dynamo{})
	return m, err
})

// Start gives the test empty tables of its own. They are dropped when it ends.
// A missing engine fails the test with the command that installs it.
func Start(t testing.TB) *Cloud {
	t.Helper()
	m, err := start()
	if err != nil {
		t.Fatalf("awstest: %v", err)
	}
	c := &Cloud{t: t, shared: m, suffix: fmt.Sprintf("-%d", m.tests.Add(1)), Tables: map[string]string{}}
	c.connect(m.transport)
	for _, table := range m.tables {
		c.Tables[table.LogicalID] = table.LogicalID + c.suffix
	}
	client := dynamodb.NewFromConfig(c.Config)
	if err := provision.Tables(context.Background(), client, m.tables, func(id string) string { return c.Tables[id] }); err != nil {
		t.Fatalf("awstest: %v", err)
	}
	t.Cleanup(func() {
		for _, name := range c.Tables {
			if _, err := client.DeleteTable(context.Background(), &dynamodb.DeleteTableInput{TableName: aws.String(name)}); err != nil {
				t.Errorf("awstest: drop table %s: %v", name, err)
			}
		}
	})
	return c
}

// Dynamo returns a DynamoDB client for looking behind the code under test.
func (c *Cloud) Dynamo() *dynamodb.Client { return dynamodb.NewFromConfig(c.Config) }

// moduleRoot is the folder that holds go.mod, above the package under test.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("no go.mod above the working directory")
		}
		dir = parent
	}
}
