package journey

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/rogpeppe/go-internal/testscript"

	"jewelrydisplay.app/shared/metric/metrictest"
)

// metrics NAME...: the functions have noted these numbers, and every line of
// them is one that CloudWatch takes and that holds nothing else.
func (s *state) metrics(_ *testscript.TestScript, args []string) error {
	seen := map[string]bool{}
	err := s.stores().logs(context.Background(), func(_, name string, content []byte) error {
		for line := range bytes.SplitSeq(content, []byte("\n")) {
			if !bytes.Contains(line, []byte(`"_aws"`)) {
				continue
			}
			read, err := metrictest.Read(line)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			for metric := range read.Values {
				seen[metric] = true
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, name := range args {
		if !seen[name] {
			return fmt.Errorf("nobody noted %s", name)
		}
	}
	return nil
}

// deliver QUEUE FILE puts a message into a queue.
func (s *state) deliver(ts *testscript.TestScript, args []string) error {
	return s.stores().send(args[0], os.Expand(ts.ReadFile(args[1]), ts.Getenv))
}

// replay DEAD QUEUE moves the messages of a dead-letter queue back, as the
// runbook does where SQS offers no redrive, and fails when there is none.
func (s *state) replay(_ *testscript.TestScript, args []string) error {
	st, ctx := s.stores(), context.Background()
	client := sqs.NewFromConfig(st.config)
	dead, err := client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String(st.names.of(args[0]))})
	if err != nil {
		return err
	}
	for n := 0; ; n++ {
		got, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: dead.QueueUrl})
		if err != nil {
			return err
		}
		if len(got.Messages) == 0 {
			if n == 0 {
				return errors.New("the queue is empty")
			}
			return nil
		}
		// Sent before it is deleted: what is done twice is done once.
		if err := st.send(args[1], aws.ToString(got.Messages[0].Body)); err != nil {
			return err
		}
		_, err = client.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: dead.QueueUrl, ReceiptHandle: got.Messages[0].ReceiptHandle})
		if err != nil {
			return err
		}
	}
}

func (st stores) send(queue, body string) error {
	client := sqs.NewFromConfig(st.config)
	to, err := client.GetQueueUrl(context.Background(), &sqs.GetQueueUrlInput{QueueName: aws.String(st.names.of(queue))})
	if err == nil {
		_, err = client.SendMessage(context.Background(), &sqs.SendMessageInput{QueueUrl: to.QueueUrl, MessageBody: aws.String(body)})
	}
	return err
}
