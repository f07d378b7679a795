package journey

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
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
func (s *state) leaks(p *someone) ([]scan.Leak, error) {
	scanner, err := p.scanner()
	if err != nil {
		return nil, err
	}
	var found []scan.Leak
	err = s.stores().each(context.Background(), func(store, name string, content []byte) error {
		found = append(found, scanner.Bytes(store+" "+name, content)...)
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
		return fmt.Errorf("%d traces of %s are left: %v", len(found), args[0], found)
	}
	return nil
}

// leak NAME plants the person's phone number in every store, and is content
// when the scan finds it in each of them.
func (s *state) leak(_ *testscript.TestScript, args []string) error {
	p := s.people[args[0]]
	plants := s.stores().plants()
	for store, plant := range plants {
		if err := plant(context.Background(), p.phone); err != nil {
			return fmt.Errorf("plant in a %s: %w", store, err)
		}
	}
	found, err := s.leaks(p)
	if err != nil {
		return err
	}
	for store := range plants {
		if !slices.ContainsFunc(found, func(l scan.Leak) bool { return strings.HasPrefix(l.Where, store+" ") }) {
			return fmt.Errorf("the leak planted in a %s was not found, only: %v", store, found)
		}
	}
	return nil
}

// plant puts a value into a store.
type plant func(ctx context.Context, value string) error

func (st stores) plants() map[string]plant {
	return map[string]plant{
		"table": st.plantRow, "stream": st.plantKey, "queue": st.plantMessage,
		"object": st.plantObject, "endpoint": st.plantEndpoint, "log": st.plantLine,
	}
}

func (st stores) plantRow(ctx context.Context, value string) error {
	_, err := dynamodb.NewFromConfig(st.config).PutItem(ctx, &dynamodb.PutItemInput{
		TableName: aws.String(st.names.of("Engagement")), Item: map[string]types.AttributeValue{
			"pk": &types.AttributeValueMemberS{Value: "leak"}, "sk": &types.AttributeValueMemberS{Value: "leak"},
			"phone": &types.AttributeValueMemberS{Value: value},
		},
	})
	return err
}

// plantKey makes stream records whose key is the value; the row itself is gone
// when the scan runs. Streams hold keys only.
func (st stores) plantKey(ctx context.Context, value string) error {
	client := dynamodb.NewFromConfig(st.config)
	key := map[string]types.AttributeValue{
		"pk": &types.AttributeValueMemberS{Value: value}, "sk": &types.AttributeValueMemberS{Value: "leak"},
	}
	_, err := client.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String(st.names.of("Privacy")), Item: key})
	if err == nil {
		_, err = client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: aws.String(st.names.of("Privacy")), Key: key})
	}
	return err
}

func (st stores) plantMessage(ctx context.Context, value string) error {
	client := sqs.NewFromConfig(st.config)
	queue, err := client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String(st.names.of("ErasuresDead"))})
	if err == nil {
		_, err = client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: queue.QueueUrl, MessageBody: aws.String(value)})
	}
	return err
}

func (st stores) plantObject(ctx context.Context, value string) error {
	_, err := st.s3().PutObject(ctx, &s3.PutObjectInput{
		Bucket: aws.String(st.names.of("Imports")), Key: aws.String("leak"), Body: strings.NewReader(value),
	})
	return err
}

func (st stores) plantEndpoint(ctx context.Context, value string) error {
	client := sns.NewFromConfig(st.config)
	applications, err := client.ListPlatformApplications(ctx, &sns.ListPlatformApplicationsInput{})
	if err != nil {
		return err
	}
	if len(applications.PlatformApplications) == 0 {
		return errors.New("there is no platform application")
	}
	_, err = client.CreatePlatformEndpoint(ctx, &sns.CreatePlatformEndpointInput{
		PlatformApplicationArn: applications.PlatformApplications[0].PlatformApplicationArn, Token: aws.String("leak-" + value),
	})
	return err
}

func (st stores) plantLine(_ context.Context, value string) error {
	return os.WriteFile(filepath.Join(st.dataDir, "logs", "Leak.log"), []byte(value+"\n"), 0o600)
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
