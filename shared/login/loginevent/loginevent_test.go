package loginevent_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/login/loginevent"
	"jewelrydisplay.app/shared/person"
)

type operations struct{ got login.Order }

func (o *operations) Do(_ context.Context, order login.Order) (login.Report, error) {
	o.got = order
	return login.Report{User: person.Of[person.ID]("u1"), State: login.Banned, BannedUntil: order.Until, Sessions: 2}, nil
}

func TestAnOrderIsReadAndAnswered(t *testing.T) {
	ops := &operations{}
	out, err := loginevent.Handler(ops)(context.Background(),
		[]byte(`{"action":"ban","user_id":"`+strings.Repeat("a", 26)+`","reason":"fraud","until":"2026-02-01T08:00:00+08:00"}`))
	if err != nil {
		t.Fatal(err)
	}
	want := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	if ops.got.Action != "ban" || ops.got.User.Reveal() != strings.Repeat("a", 26) || !ops.got.Until.Equal(want) || ops.got.Reason != "fraud" {
		t.Errorf("order %+v", ops.got)
	}
	b, err := json.Marshal(out)
	if err != nil || !strings.Contains(string(b), `"user_id":"u1","state":"banned","banned_until":"2026-02-01T00:00:00Z"`) {
		t.Errorf("%s, %v", b, err)
	}
}

func TestOrdersThatAreNone(t *testing.T) {
	for event, want := range map[string]fault.Code{
		`nonsense`:                             fault.MalformedRequest,
		`{"action":"ban","user":"x"}`:          fault.MalformedRequest,
		`{"action":7}`:                         fault.InvalidRequest,
		`{"action":"find","user_id":"x"}`:      fault.InvalidRequest,
		`{"action":"ban","until":"tomorrow"}`:  fault.InvalidRequest,
		`{"action":"find"} {"action":"unban"}`: fault.MalformedRequest,
	} {
		ops := &operations{}
		if _, err := loginevent.Handler(ops)(context.Background(), []byte(event)); !fault.Is(err, want) || ops.got.Action != "" {
			t.Errorf("%s: %v, want %s", event, err, want)
		}
	}
}
