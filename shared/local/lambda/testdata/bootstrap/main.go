// Command bootstrap is the Lambda function that the local cloud's tests run. The
// event says what it does.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type event struct {
	Do   string
	Name string
	Size int
}

func main() {
	if os.Getenv("FAIL_INIT") != "" {
		fmt.Fprintln(os.Stderr, "the configuration is wrong")
		os.Exit(3)
	}
	served := 0
	lambda.Start(func(ctx context.Context, e event) (any, error) {
		served++
		switch e.Do {
		case "env":
			return os.Getenv(e.Name), nil
		case "environ":
			return os.Environ(), nil
		case "count":
			return map[string]int{"pid": os.Getpid(), "served": served}, nil
		case "context":
			lc, _ := lambdacontext.FromContext(ctx)
			deadline, _ := ctx.Deadline()
			return map[string]any{
				"request": lc.AwsRequestID, "arn": lc.InvokedFunctionArn,
				"left_ms": time.Until(deadline).Milliseconds(), "trace": os.Getenv("_X_AMZN_TRACE_ID"),
				"function": lambdacontext.FunctionName, "memory": lambdacontext.MemoryLimitInMB,
			}, nil
		case "fail":
			return nil, errors.New("as asked")
		case "panic":
			panic("as asked")
		case "exit":
			os.Exit(1)
		case "hang":
			fmt.Println("hanging")
			select {}
		case "wait": // until the file is there, between two files of its own
			if err := os.WriteFile(e.Name+".began", nil, 0o644); err != nil {
				return nil, err
			}
			for {
				if _, err := os.Stat(e.Name); err == nil {
					return "waited", os.WriteFile(e.Name+".ended", nil, 0o644)
				}
				time.Sleep(time.Millisecond)
			}
		case "large":
			return string(make([]byte, e.Size)), nil
		case "touch":
			f, err := os.OpenFile(e.Name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
			if err != nil {
				return nil, err
			}
			_, err = f.WriteString("x")
			return nil, errors.Join(err, f.Close(), errors.New("touched"))
		case "print":
			fmt.Println(e.Name)
		}
		return e, nil
	})
}
