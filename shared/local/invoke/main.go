// Command invoke sends one event to a function of the running local cloud and
// prints its answer, as `aws lambda invoke` would on AWS.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"

	"jewelrydisplay.app/shared/local/client"
)

func main() {
	function := flag.String("function", "", "a folder of functions/ or a function's name in template.yaml")
	event := flag.String("event", "", "file that holds the event as JSON")
	flag.Parse()
	if err := run(context.Background(), *function, *event); err != nil {
		fmt.Fprintln(os.Stderr, "invoke:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, function, file string) error {
	if function == "" || file == "" {
		return errors.New("name the function and the event's file: make invoke FUNCTION=sms-login EVENT=events/sms-login/app.json")
	}
	event, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if !json.Valid(event) {
		return fmt.Errorf("%s is not JSON", file)
	}
	cloud, err := client.Connect(ctx)
	if err != nil {
		return err
	}
	answer, err := cloud.Invoke(ctx, function, event)
	var indented bytes.Buffer
	if json.Indent(&indented, answer, "", "  ") == nil {
		answer = indented.Bytes()
	}
	fmt.Println(string(answer))
	return err
}
