package loginhttp_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"jewelrydisplay.app/shared/awstest"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/person"
)

// tape records what the database answers, and plays it again without a network.
type tape struct {
	aws.HTTPClient
	mu      sync.Mutex
	playing bool
	answers []*http.Response
	bodies  [][]byte
	at      int
}

func (p *tape) Do(r *http.Request) (*http.Response, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.playing {
		i := p.at % len(p.answers)
		p.at++
		answer := *p.answers[i]
		answer.Body = io.NopCloser(bytes.NewReader(p.bodies[i]))
		_, err := io.Copy(io.Discard, r.Body)
		return &answer, err
	}
	answer, err := p.HTTPClient.Do(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	p.answers, p.bodies = append(p.answers, answer), append(p.bodies, body)
	answer.Body = io.NopCloser(bytes.NewReader(body))
	return answer, nil
}

// play plays from now on what was recorded since the last rewind.
func (p *tape) rewind(play bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !play {
		p.answers, p.bodies = nil, nil
	}
	p.playing, p.at = play, 0
}

// cpu is what the process used of the processors.
func cpu(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// standing is a database that knows one open code and nothing else, in memory.
type standing struct {
	login.CodeStore
	login.Accounts
	login.Budgets
	open login.Challenge
}

func (m standing) Count(context.Context, person.Hash, string, string, time.Time) (login.Challenge, bool, bool, error) {
	return m.open, true, false, nil
}

func (standing) Holder(context.Context, person.Proof, person.ID, []person.Hash) (login.Holder, error) {
	return login.Holder{}, nil
}

func (standing) Register(context.Context, login.Entry) error { return nil }

func (standing) AddTally(context.Context, person.Hash, int64, login.Hour, time.Time) error {
	return nil
}

// BenchmarkVerify tells how much of the processors a login takes without the
// network: the handler alone, of which at most 0.3 ms are the aim, and with the
// database's client, which writes, signs and reads its calls.
func BenchmarkVerify(b *testing.B) {
	p := &tape{}
	s := start(b, func(c *awstest.Cloud, _ *login.Settings) {
		p.HTTPClient = c.Config.HTTPClient
		c.Config.HTTPClient = p
	})
	challenge, code := s.ask(login.PurposeLogin, phoneA)
	body := sessionBody(challenge, code)
	verify := func(b *testing.B) {
		if status, out, _ := s.call("POST", "/v1/login/sessions", body, "Device-Id: "+deviceA); status != http.StatusCreated {
			b.Fatalf("%d %v", status, out)
		}
	}
	p.rewind(false)
	verify(b)
	p.rewind(true)
	run := func(b *testing.B) {
		verify(b)
		began, n := cpu(b), 0
		for b.Loop() {
			verify(b)
			n++
		}
		each := float64((cpu(b) - began).Microseconds()) / float64(n) / 1000
		b.ReportMetric(each, "cpu-ms/op")
		b.ReportMetric(each/0.3, "of-0.3-ms")
	}
	b.Run("client", func(b *testing.B) {
		run(b)
		b.ReportMetric(float64(len(p.answers)), "calls/op")
	})
	ticket, err := s.own.keys.Unseal(context.Background(), challenge)
	if err != nil {
		b.Fatal(err)
	}
	device := person.Of[person.DeviceID](deviceA)
	m := standing{open: login.Challenge{
		Nonce: ticket.Nonce, MAC: s.own.keys.MAC(code, ticket, device), SentAt: s.clk.Now(), EndsAt: s.clk.Now().Add(time.Minute),
		Address: person.Of[person.Hash]("a"), Country: person.Of[person.Hash]("CN-0"), Attempts: 1,
	}}
	s.own.codes.Store, s.own.codes.Budgets, s.own.sessions.Accounts = m, m, m
	b.Run("handler", run)
}

// BenchmarkLogin tells how long a login takes on the engine of the local cloud, a
// request for a code and its verification, beside a bare conditional UpdateItem in
// the same run.
func BenchmarkLogin(b *testing.B) {
	var client *dynamodb.Client
	var table string
	s := start(b, func(c *awstest.Cloud, set *login.Settings) {
		client, table = c.Dynamo(), c.Tables["Privacy"]
		set.AddressUnverified.Least, set.CountryUnverified.Least = 1_000_000, 1_000_000
	})
	var bare, asks, verifies, logins []time.Duration
	timed := func(list *[]time.Duration, do func()) {
		began := time.Now()
		do()
		*list = append(*list, time.Since(began))
	}
	for n := 0; b.Loop(); n++ {
		timed(&bare, func() {
			_, err := client.UpdateItem(context.Background(), &dynamodb.UpdateItemInput{
				TableName: aws.String(table), UpdateExpression: aws.String("ADD n :one"), ConditionExpression: aws.String("attribute_not_exists(n) OR n < :most"),
				Key: map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "B"}, "sk": &types.AttributeValueMemberS{Value: fmt.Sprint(n % 100)}},
				ExpressionAttributeValues: map[string]types.AttributeValue{
					":one": &types.AttributeValueMemberN{Value: "1"}, ":most": &types.AttributeValueMemberN{Value: "1000000"},
				},
			})
			if err != nil {
				b.Fatal(err)
			}
		})
		var challenge, code string
		timed(&asks, func() { challenge, code = s.ask(login.PurposeLogin, fmt.Sprintf("138%08d", n)) })
		timed(&verifies, func() {
			if status, out, _ := s.call("POST", "/v1/login/sessions", sessionBody(challenge, code), "Device-Id: "+deviceA); status != http.StatusCreated {
				b.Fatalf("%d %v", status, out)
			}
		})
		logins = append(logins, asks[n]+verifies[n])
	}
	at := func(list []time.Duration, share float64) float64 {
		sorted := slices.Sorted(slices.Values(list))
		return float64(sorted[min(len(sorted)-1, int(share*float64(len(sorted))))].Microseconds()) / 1000
	}
	for _, l := range []struct {
		name string
		list []time.Duration
	}{{"ask", asks}, {"verify", verifies}, {"login", logins}} {
		b.ReportMetric(at(l.list, 0.5)/at(bare, 0.5), l.name+"-p50/update")
		b.ReportMetric(at(l.list, 0.99)/at(bare, 0.99), l.name+"-p99/update")
	}
	b.ReportMetric(at(logins, 0.5), "login-p50-ms")
	b.ReportMetric(at(logins, 0.99), "login-p99-ms")
	b.ReportMetric(at(bare, 0.5), "update-p50-ms")
	b.ReportMetric(at(bare, 0.99), "update-p99-ms")
}
