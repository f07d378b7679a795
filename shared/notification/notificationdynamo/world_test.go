package notificationdynamo_test

import (
	"context"
	"crypto/rand"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"jewelrydisplay.app/shared/awstest"
	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/notification"
	"jewelrydisplay.app/shared/notification/notificationdynamo"
	"jewelrydisplay.app/shared/person"
)

// noon is when the tests begin: awake in Shanghai.
var noon = time.Date(2026, 11, 24, 4, 0, 0, 0, time.UTC)

// world is notification over the real table, with a push provider and a queue
// that the test looks into.
type world struct {
	t         *testing.T
	clock     *clock.Manual
	db        *dynamo.DB
	store     *notificationdynamo.Store
	provider  *provider
	queue     *queue
	devices   *notification.Devices
	operator  *notification.Operator
	fanout    *notification.Fanout
	inbox     *notification.Inbox
	followers followers
}

func newWorld(t *testing.T) *world {
	t.Helper()
	cloud := awstest.Start(t)
	w := &world{t: t, clock: clock.At(noon), provider: newProvider(), queue: &queue{}, followers: followers{}}
	w.db = dynamo.New(cloud.Config, cloud.Tables, w.clock)
	w.store = notificationdynamo.New(w.db)
	w.devices = notification.NewDevices(w.store, w.provider, w.clock)
	w.operator = notification.NewOperator(w.store, w.store, w.store, w.followers, w.queue, w.clock)
	w.fanout = w.worker(w.provider)
	w.inbox = notification.NewInbox(w.store, w.store, w.clock)
	return w
}

func (w *world) worker(sender notification.Sender) *notification.Fanout {
	return notification.NewFanout(w.store, w.store, w.store, w.store, w.devices, sender, w.clock, rand.Reader)
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// person registers somebody, with a device unless token is empty.
func (w *world) person(minor, consent bool, token string) person.ID {
	w.t.Helper()
	user, err := person.NewID(rand.Reader)
	w.must(err)
	w.must(w.db.Transact(w.t.Context(), "", w.store.PersonWrites(user, minor, w.clock.Now())...))
	w.must(w.db.Transact(w.t.Context(), "", w.store.ConsentWrite(user, inventory.ConsentMarketingPush, consent)))
	if token != "" {
		w.must(w.devices.Register(w.t.Context(), w.device(user, token)))
	}
	return user
}

// device is the device that a token stands for: its id follows from the token.
func (w *world) device(user person.ID, token string) notification.Device {
	return notification.Device{
		User: user, ID: person.Of[person.DeviceID]("device-of-" + token), Token: person.Of[person.PushToken](token),
		Language: "zh", Zone: "Asia/Shanghai", Session: "session-1",
	}
}

func (w *world) launch(l notification.Launch) notification.Report {
	w.t.Helper()
	r, err := w.operator.Launch(w.t.Context(), l)
	w.must(err)
	return r
}

// campaign is a launch that nothing is wrong with.
func campaign(id string, category notification.Category, a notification.Audience) notification.Launch {
	return notification.Launch{
		ID: id, Category: category, Audience: a,
		Templates: map[string]notification.Text{"zh": {Title: "标题", Body: "正文"}, "en": {Title: "Title", Body: "Body"}},
	}
}

// drain sends what is queued and returns the first error.
func (w *world) drain() error {
	var failed error
	for _, ref := range w.queue.take() {
		if err := w.fanout.Send(w.t.Context(), ref); err != nil && failed == nil {
			failed = err
		}
	}
	return failed
}

// tick is a minute later: the schedule runs, then the workers.
func (w *world) tick(d time.Duration) {
	w.t.Helper()
	w.clock.Advance(d)
	w.must(w.operator.Tick(w.t.Context()))
	w.must(w.drain())
}

// outcomes checks a campaign's counts, which must add up to its audience.
func (w *world) outcomes(id string, want notification.Counts) {
	w.t.Helper()
	r, err := w.operator.Inspect(w.t.Context(), id)
	w.must(err)
	sum, size := 0, 0
	for outcome, n := range r.Outcomes {
		sum += n
		if want[outcome] != n {
			w.t.Errorf("%s: %d %s, want %d", id, n, outcome, want[outcome])
		}
	}
	for _, n := range want {
		size += n
	}
	if sum != r.Audience || size != r.Audience {
		w.t.Errorf("%s: outcomes add up to %d of an audience of %d, want %d", id, sum, r.Audience, size)
	}
}

// provider is a push provider in memory.
type provider struct {
	mu       sync.Mutex
	byToken  map[string]string // token to endpoint
	sent     map[string]int    // by token
	messages []notification.Notice
	fail     map[string]error // by token: what Send answers
	removed  int
	busy     bool // Remove answers errBroken
}

func newProvider() *provider {
	return &provider{byToken: map[string]string{}, sent: map[string]int{}, fail: map[string]error{}}
}

func (p *provider) Ensure(_ context.Context, _ notification.Platform, token person.PushToken, _ person.Endpoint) (person.Endpoint, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.byToken[token.Reveal()] == "" {
		p.byToken[token.Reveal()] = "arn:endpoint/" + token.Reveal() + "/" + strconv.Itoa(len(p.byToken)+p.removed)
	}
	return person.Of[person.Endpoint](p.byToken[token.Reveal()]), nil
}

func (p *provider) Remove(_ context.Context, endpoint person.Endpoint) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.busy {
		return errBroken
	}
	for token, arn := range p.byToken {
		if arn == endpoint.Reveal() {
			delete(p.byToken, token)
			p.removed++
		}
	}
	return nil
}

func (p *provider) Send(_ context.Context, n notification.Notice) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for token, arn := range p.byToken {
		if arn != n.Device.Endpoint.Reveal() {
			continue
		}
		if err := p.fail[token]; err != nil {
			return err
		}
		p.sent[token]++
		p.messages = append(p.messages, n)
		return nil
	}
	return notification.ErrEndpointDead
}

// queue keeps the pages until the test drains it.
type queue struct {
	mu   sync.Mutex
	refs []notification.Ref
}

func (q *queue) Send(_ context.Context, _ notification.Category, pages []notification.Ref) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.refs = append(q.refs, pages...)
	return nil
}

func (q *queue) take() []notification.Ref {
	q.mu.Lock()
	defer q.mu.Unlock()
	refs := q.refs
	q.refs = nil
	return refs
}

type followers map[string][]person.ID

func (f followers) Followers(_ context.Context, merchant string) ([]person.ID, error) {
	return f[merchant], nil
}

var errBroken = errors.New("the line broke")
