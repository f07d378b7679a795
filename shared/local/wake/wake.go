// Package wake does what wakes the functions on AWS when no HTTP request does:
// DynamoDB stream and SQS mappings, schedules and TTL; and it turns the clock
// by which all of these go.
package wake

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"jewelrydisplay.app/shared/local/stack"
)

// ErrBackwards is returned by Turn for an offset below the present one.
var ErrBackwards = errors.New("the clock turns forward only")

// ErrNoSchedule is returned by RunSchedule for an unknown logical id.
var ErrNoSchedule = errors.New("no such schedule")

// Runner runs functions.
type Runner interface {
	// Invoke runs the function; failed says that the payload is its error.
	Invoke(ctx context.Context, function string, event []byte) (payload []byte, failed bool, err error)
	// Send hands an asynchronous event over; it is retried as Lambda does.
	Send(function string, event []byte) error
	// Settled returns when no asynchronous event is under way.
	Settled(ctx context.Context) error
	// Turn restarts the functions with the offset.
	Turn(offset time.Duration)
}

// Options say what wakes whom and where the engines are.
type Options struct {
	Stack  *stack.Stack
	Runner Runner
	Clock  *Clock
	Dir    string // keeps what has to outlive a restart
	// Endpoint is the AWS endpoint. The pollers call it as the function that they
	// poll for, because its role is what has to allow the calls.
	Endpoint string
	// Engine reaches the DynamoDB engine itself, for the broom: TTL is no caller.
	Engine  aws.Config
	Region  string
	Account string
	Say     func(line string)
}

// The pace of the pollers, in real time.
const (
	streamPause = 150 * time.Millisecond
	queuePause  = 250 * time.Millisecond
	broomPause  = time.Minute
)

// Service wakes the functions. It is safe for concurrent use.
type Service struct {
	options   Options
	state     *state
	tails     []*tail
	streams   []*streamMapping
	queues    []*queueMapping
	schedules []*schedule
	broom     broom
	turning   sync.Mutex
	firing    sync.Mutex
	hurry     atomic.Int32 // above 0, batch windows are cut short
	activity  atomic.Int64 // counts what was found to do
	rewind    chan struct{}
	running   sync.WaitGroup
	cancel    context.CancelFunc
}

// New reads the mappings and schedules, and the state that the last run left:
// its clock is turned as it was. A mapping, filter or schedule that the local
// cloud does not understand is an error that names it.
func New(o Options) (*Service, error) {
	if o.Say == nil {
		o.Say = func(string) {}
	}
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the folder of what is under way: %w", err)
	}
	st, err := openState(o.Dir)
	if err != nil {
		return nil, err
	}
	s := &Service{options: o, state: st, rewind: make(chan struct{}, 1)}
	st.read(func(k kept) { o.Clock.set(time.Duration(k.OffsetSeconds) * time.Second) })
	s.broom = broom{client: dynamodb.NewFromConfig(o.Engine), clock: o.Clock, marks: map[string]int{}}
	for _, t := range o.Stack.Tables {
		if t.TTL != "" {
			s.broom.tables = append(s.broom.tables, t)
		}
	}
	if err := s.addMappings(); err != nil {
		return nil, err
	}
	for _, spec := range o.Stack.Schedules {
		if err := s.addSchedule(spec); err != nil {
			return nil, fmt.Errorf("schedule %s: %w", spec.LogicalID, err)
		}
	}
	return s, nil
}

func (s *Service) addMappings() error {
	tails := map[string]*tail{}
	for _, t := range s.options.Stack.Tables {
		if t.Stream == "" {
			continue
		}
		tail, err := s.openTail(t)
		if err != nil {
			return err
		}
		tails[t.LogicalID] = tail
		s.tails = append(s.tails, tail)
	}
	for _, m := range s.options.Stack.Mappings {
		if _, err := s.function(m.Function); err != nil {
			return fmt.Errorf("mapping %s: %w", m.LogicalID, err)
		}
		var filters []filter
		for _, pattern := range m.Filters {
			f, err := parseFilter(pattern)
			if err != nil {
				return fmt.Errorf("mapping %s: %w", m.LogicalID, err)
			}
			filters = append(filters, f)
		}
		switch {
		case m.Table != "":
			if tails[m.Table] == nil {
				return fmt.Errorf("mapping %s: table %s has no stream", m.LogicalID, m.Table)
			}
			if m.StartingPosition != "TRIM_HORIZON" {
				return fmt.Errorf("mapping %s: the local cloud does not know StartingPosition %s: it reads from TRIM_HORIZON", m.LogicalID, m.StartingPosition)
			}
			s.streams = append(s.streams, s.newStreamMapping(m, tails[m.Table], filters))
		case m.Queue != "":
			s.queues = append(s.queues, s.newQueueMapping(m, filters))
		default:
			return fmt.Errorf("mapping %s has neither a table nor a queue", m.LogicalID)
		}
	}
	return nil
}

func (s *Service) function(id string) (stack.Function, error) {
	for _, f := range s.options.Stack.Functions {
		if f.LogicalID == id {
			return f, nil
		}
	}
	return stack.Function{}, fmt.Errorf("the template has no function %s", id)
}

// Start begins to wake. Stop ends it.
func (s *Service) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	for _, t := range s.tails {
		s.running.Go(func() { s.repeat(ctx, streamPause, "read the stream of "+t.table.LogicalID, t.poll) })
	}
	for _, m := range s.streams {
		s.running.Go(func() { m.run(ctx) })
	}
	for _, q := range s.queues {
		s.running.Go(func() { s.repeat(ctx, queuePause, "poll "+q.spec.Queue, q.poll) })
	}
	s.running.Go(func() { s.repeat(ctx, broomPause, "delete expired rows", s.broom.sweep) })
	s.running.Go(func() { s.keepTime(ctx) })
}

// Stop ends the pollers and waits for them.
func (s *Service) Stop() {
	if s.cancel != nil {
		s.cancel()
	}
	s.running.Wait()
}

// repeat does the work with a pause between, and at once again while it finds some.
func (s *Service) repeat(ctx context.Context, pause time.Duration, what string, work func(context.Context) (int, error)) {
	failed := ""
	for {
		n, err := work(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil && err.Error() != failed {
			s.options.Say(what + ": " + err.Error())
			failed = err.Error()
		}
		if err == nil {
			failed = ""
		}
		if n > 0 && err == nil {
			continue
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
	}
}

// Turn moves the clock forward to the offset: it restarts the functions, deletes
// what has expired as TTL does, runs each schedule that came due once, and
// returns when all that was woken by this has settled. The same offset again
// changes nothing. Stream records that were written before keep their old time.
func (s *Service) Turn(ctx context.Context, offset time.Duration) error {
	s.turning.Lock()
	defer s.turning.Unlock()
	offset = offset.Truncate(time.Second)
	before := s.options.Clock.Offset()
	if offset < before {
		return ErrBackwards
	}
	if offset == before {
		return s.Settle(ctx)
	}
	for _, t := range s.tails {
		if err := t.drain(ctx); err != nil {
			return err
		}
	}
	s.firing.Lock()
	s.options.Clock.set(offset)
	err := s.state.change(func(k *kept) { k.OffsetSeconds = int64(offset / time.Second) })
	s.firing.Unlock()
	if err != nil {
		return err
	}
	s.options.Runner.Turn(offset)
	for _, q := range s.queues {
		q.release(ctx, offset-before)
	}
	if _, err := s.broom.sweep(ctx); err != nil {
		return err
	}
	if err := s.fireDue(); err != nil {
		return err
	}
	select {
	case s.rewind <- struct{}{}:
	default:
	}
	for _, t := range s.tails {
		if err := t.prune(); err != nil {
			return err
		}
	}
	return s.Settle(ctx)
}

// Settle returns when nothing is left to do that any event up to now has woken:
// no asynchronous event, no stream record, no message that is visible. It cuts
// batch windows short.
func (s *Service) Settle(ctx context.Context) error {
	s.hurry.Add(1)
	defer s.hurry.Add(-1)
	for {
		before := s.activity.Load()
		if err := s.options.Runner.Settled(ctx); err != nil {
			return err
		}
		for _, t := range s.tails {
			if err := t.drain(ctx); err != nil {
				return err
			}
		}
		for _, m := range s.streams {
			if err := m.settled(ctx); err != nil {
				return err
			}
		}
		for _, q := range s.queues {
			if err := q.drain(ctx); err != nil {
				return err
			}
		}
		if s.activity.Load() == before {
			return s.options.Runner.Settled(ctx)
		}
	}
}

// SendMessage puts a message into the queue of that logical id, as the function.
func (s *Service) SendMessage(ctx context.Context, function, queue string, body []byte, attributes map[string]string) error {
	values := map[string]types.MessageAttributeValue{}
	for name, value := range attributes {
		if value != "" {
			values[name] = types.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(value)}
		}
	}
	_, err := s.sqs(function).SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl: aws.String(s.queueURL(queue)), MessageBody: aws.String(string(body)), MessageAttributes: values,
	})
	return err
}

func (s *Service) queueURL(queue string) string {
	return strings.TrimSuffix(s.options.Endpoint, "/") + "/" + s.options.Account + "/" + queue
}

func (s *Service) queueARN(queue string) string {
	return "arn:aws:sqs:" + s.options.Region + ":" + s.options.Account + ":" + queue
}

// as is the configuration of a client that calls as the function.
func (s *Service) as(function string) aws.Config {
	return aws.Config{
		Region: s.options.Region, BaseEndpoint: aws.String(s.options.Endpoint),
		Credentials: credentials.NewStaticCredentialsProvider(function, "local", "local"),
	}
}

func (s *Service) sqs(function string) *sqs.Client { return sqs.NewFromConfig(s.as(function)) }

func (s *Service) streamsClient(table string) *dynamodbstreams.Client {
	for _, m := range s.options.Stack.Mappings {
		if m.Table == table {
			return dynamodbstreams.NewFromConfig(s.as(m.Function))
		}
	}
	return dynamodbstreams.NewFromConfig(s.options.Engine)
}
