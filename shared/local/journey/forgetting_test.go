package journey

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/rogpeppe/go-internal/testscript"

	"jewelrydisplay.app/shared/erasure/scan"
)

// scanner looks for everything that ever named the person.
func (p *someone) scanner() (*scan.Scanner, error) {
	identifiers := []scan.Identifier{
		{Name: "phone", Value: p.phone},
		{Name: "phone without its country", Value: strings.TrimPrefix(p.phone, "+86")},
		{Name: "device id", Value: p.device},
		{Name: "push token", Value: p.pushToken},
	}
	for i, value := range p.known {
		identifiers = append(identifiers, scan.Identifier{Name: fmt.Sprint("identifier ", i), Value: value})
	}
	return scan.New(identifiers...)
}

// leaks scans every store.
func (s *state) leaks(p *someone) ([]string, error) {
	scanner, err := p.scanner()
	if err != nil {
		return nil, err
	}
	var found []string
	err = s.stores().each(context.Background(), func(store, name string, content []byte) error {
		for _, leak := range scanner.Bytes(store+" "+name, content) {
			found = append(found, leak.String())
		}
		return nil
	})
	return found, err
}

// forgot NAME: no store holds anything of the person.
func (s *state) forgot(_ *testscript.TestScript, args []string) error {
	found, err := s.leaks(s.people[args[0]])
	if err != nil {
		return err
	}
	if len(found) > 0 {
		return fmt.Errorf("%d traces of %s are left:\n%s", len(found), args[0], strings.Join(found, "\n"))
	}
	return nil
}

// leak NAME plants the person's phone number in each store, one after the
// other, and is content when the scan finds it there and, once it is taken
// out again, nowhere.
func (s *state) leak(ts *testscript.TestScript, args []string) error {
	p := s.people[args[0]]
	for store, plant := range s.stores().plants() {
		remove, err := plant(context.Background(), p.phone)
		if err != nil {
			return fmt.Errorf("plant in a %s: %w", store, err)
		}
		found, err := s.leaks(p)
		if err != nil {
			return err
		}
		if !contains(found, store) {
			return fmt.Errorf("the leak planted in a %s was not found, only: %v", store, found)
		}
		if err := remove(); err != nil {
			return err
		}
	}
	return nil
}

func contains(found []string, store string) bool {
	for _, leak := range found {
		if strings.Contains(leak, store) {
			return true
		}
	}
	return false
}

// plant puts a value into a store and returns how to take it out.
type plant func(ctx context.Context, value string) (remove func() error, err error)

func (st stores) plants() map[string]plant {
	return map[string]plant{
		"table":    st.plantRow("Engagement", "leak", "phone"),
		"stream":   st.plantKey,
		"queue":    st.plantMessage,
		"object":   st.plantObject,
		"endpoint": st.plantEndpoint,
		"log":      st.plantLine,
	}
}

func (st stores) plantRow(table, pk, attribute string) plant {
	return func(ctx context.Context, value string) (func() error, error) {
		client := dynamodb.NewFromConfig(st.config)
		key := map[string]types.AttributeValue{
			"pk": &types.AttributeValueMemberS{Value: pk}, "sk": &types.AttributeValueMemberS{Value: "leak"},
		}
		item := map[string]types.AttributeValue{attribute: &types.AttributeValueMemberS{Value: value}}
		for name, v := range key {
			item[name] = v
		}
		_, err := client.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String(table), Item: item})
		return func() error {
			_, err := client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: aws.String(table), Key: key})
			return err
		}, err
	}
}

// plantKey makes a stream record whose key is the value; the row itself is
// gone when the scan runs. Streams hold keys only.
func (st stores) plantKey(ctx context.Context, value string) (func() error, error) {
	remove, err := st.plantRow("Privacy", value, "leak")(ctx, "leak")
	if err != nil {
		return nil, err
	}
	return func() error { return nil }, remove()
}

func (st stores) plantMessage(ctx context.Context, value string) (func() error, error) {
	client := sqs.NewFromConfig(st.config)
	queue, err := client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String("ErasuresDead")})
	if err != nil {
		return nil, err
	}
	_, err = client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: queue.QueueUrl, MessageBody: aws.String(value)})
	return func() error {
		_, err := client.PurgeQueue(ctx, &sqs.PurgeQueueInput{QueueUrl: queue.QueueUrl})
		return err
	}, err
}

func (st stores) plantObject(ctx context.Context, value string) (func() error, error) {
	bucket, key := aws.String("Imports"), aws.String("leak")
	_, err := st.s3().PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: key, Body: strings.NewReader(value)})
	return func() error {
		_, err := st.s3().DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: bucket, Key: key})
		return err
	}, err
}

func (st stores) plantEndpoint(ctx context.Context, value string) (func() error, error) {
	client := sns.NewFromConfig(st.config)
	applications, err := client.ListPlatformApplications(ctx, &sns.ListPlatformApplicationsInput{})
	if err != nil {
		return nil, err
	}
	if len(applications.PlatformApplications) == 0 {
		return nil, errors.New("there is no platform application")
	}
	made, err := client.CreatePlatformEndpoint(ctx, &sns.CreatePlatformEndpointInput{
		PlatformApplicationArn: applications.PlatformApplications[0].PlatformApplicationArn, Token: aws.String("leak-" + value),
	})
	if err != nil {
		return nil, err
	}
	return func() error {
		_, err := client.DeleteEndpoint(ctx, &sns.DeleteEndpointInput{EndpointArn: made.EndpointArn})
		return err
	}, nil
}

func (st stores) plantLine(_ context.Context, value string) (func() error, error) {
	file := filepath.Join(st.dataDir, "logs", "Leak.log")
	return func() error { return os.Remove(file) }, os.WriteFile(file, []byte(value+"\n"), 0o600)
}

// rows NAME keeps what the tables hold of whom the calls are.
func (s *state) rows(_ *testscript.TestScript, args []string) error {
	rows, err := s.rowsOf(s.who)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return fmt.Errorf("the tables hold nothing of %s", s.who.name)
	}
	if s.snapshots == nil {
		s.snapshots = map[string]map[string]string{}
	}
	s.snapshots[args[0]] = rows
	return nil
}

// rowsOf returns the rows in which the person's id stands, by key.
func (s *state) rowsOf(p *someone) (map[string]string, error) {
	rows := map[string]string{}
	err := s.stores().tables(context.Background(), func(_, name string, content []byte) error {
		if strings.Contains(string(content), p.id) {
			rows[name] = string(content)
		}
		return nil
	})
	return rows, err
}

// same NAME: what the tables held of the person then they hold now, byte for
// byte, save rows whose own retention ran out.
func (s *state) same(_ *testscript.TestScript, args []string) error {
	now, err := s.rowsOf(s.who)
	if err != nil {
		return err
	}
	var kept int
	for name, before := range s.snapshots[args[0]] {
		after, ok := now[name]
		if ok {
			kept++
		}
		switch {
		case ok && after != before:
			return fmt.Errorf("row %s changed:\n%s\n%s", name, before, after)
		case !ok && !strings.Contains(before, `"expires_at"`):
			return fmt.Errorf("row %s has no retention of its own and is gone", name)
		}
	}
	if kept == 0 {
		return fmt.Errorf("no row of %s is left to compare", s.who.name)
	}
	return nil
}

// stored NAME EXPRESSION: the tables hold a row of the person whose table and
// key match.
func (s *state) stored(_ *testscript.TestScript, args []string) error {
	rows, err := s.rowsOf(s.people[args[0]])
	if err != nil {
		return err
	}
	key, err := regexp.Compile(args[1])
	if err != nil {
		return err
	}
	for name := range rows {
		if key.MatchString(name) {
			return nil
		}
	}
	return fmt.Errorf("none of %d rows of %s matches %s", len(rows), args[0], args[1])
}
