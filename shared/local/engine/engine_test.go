package engine_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"jewelrydisplay.app/shared/local/engine"
	"jewelrydisplay.app/shared/local/provision"
	"jewelrydisplay.app/shared/local/stack"
)

const tools = "../../../.tools"

// parentVariable makes the test program a parent that only starts engines.
const parentVariable = "ENGINE_TEST_PARENT"

func TestMain(m *testing.M) {
	if os.Getenv(parentVariable) != "" {
		parent()
	}
	os.Exit(m.Run())
}

// parent starts both engines, says where, and waits to be killed.
func parent() {
	ctx := context.Background()
	found := engine.Find(tools)
	dynamo, err := found.StartDynamo(ctx, engine.Dynamo{})
	if err != nil {
		panic(err)
	}
	moto, err := found.StartMoto(ctx, nil)
	if err != nil {
		panic(err)
	}
	fmt.Println(dynamo.URL)
	fmt.Println(moto.URL)
	_, _ = io.Copy(io.Discard, os.Stdin)
	select {}
}

func TestNoEngineOutlivesAKilledParent(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), parentVariable+"=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var urls []string
	lines := bufio.NewScanner(out)
	for len(urls) < 2 && lines.Scan() {
		urls = append(urls, lines.Text())
	}
	if len(urls) < 2 {
		t.Fatal("the parent did not start its engines")
	}
	for _, url := range urls {
		if !answers(url) {
			t.Errorf("%s does not answer before the kill", url)
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	for _, url := range urls {
		// The kernel kills the children while it reaps the parent, which takes it a moment.
		alive := true
		for range 2000 {
			if alive = answers(url); !alive {
				break
			}
		}
		if alive {
			t.Errorf("%s still answers after its parent was killed", url)
		}
	}
}

func answers(url string) bool {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Get(url)
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return true
}

func TestAMissingToolIsNamed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, err := engine.Find(dir).StartDynamo(context.Background(), engine.Dynamo{})
	if !errors.Is(err, engine.ErrMissing) {
		t.Fatalf("error %v, want ErrMissing", err)
	}
	for _, want := range []string{"dynoxide", dir, "make tools"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not name %s", err, want)
		}
	}
}

func TestAnEngineThatCannotStartSaysWhy(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "no such folder", "dynamo.db")
	_, err := engine.Find(tools).StartDynamo(context.Background(), engine.Dynamo{File: file})
	if err == nil || !strings.Contains(err.Error(), "dynoxide ended at its start: ") || strings.HasSuffix(err.Error(), ": ") {
		t.Errorf("error %v, want the engine's own words", err)
	}
}

// What was written stays, whether the engine was stopped or killed.
func TestTheDatabaseFileIsKept(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	file := filepath.Join(t.TempDir(), "dynamo.db")
	table := stack.Table{LogicalID: "Privacy", Stream: "KEYS_ONLY", Keys: []stack.KeyPart{{Name: "pk", Type: "S", Role: "HASH"}}}
	item := func(n int) map[string]types.AttributeValue {
		return map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: fmt.Sprint(n)}}
	}
	for n := range 3 {
		e, err := engine.Find(tools).StartDynamo(ctx, engine.Dynamo{File: file})
		if err != nil {
			t.Fatal(err)
		}
		client := dynamodb.NewFromConfig(provision.Config(e.URL))
		if err := provision.Tables(ctx, client, []stack.Table{table}, func(id string) string { return id }); err != nil {
			t.Fatal(err)
		}
		if _, err := client.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String("Privacy"), Item: item(n)}); err != nil {
			t.Fatal(err)
		}
		for before := range n {
			got, err := client.GetItem(ctx, &dynamodb.GetItemInput{TableName: aws.String("Privacy"), Key: item(before)})
			if err != nil || got.Item == nil {
				t.Errorf("run %d: item %d is gone: %v", n, before, err)
			}
		}
		if n == 0 {
			e.Kill()
		} else {
			e.Stop()
		}
		e.Stop()
		<-e.Done()
		if answers(e.URL) {
			t.Error("it answers after Stop")
		}
	}
}
