package wake

import (
	"testing"
	"time"
)

func TestFilterPatterns(t *testing.T) {
	const event = `{"eventName":"REMOVE","n":1,"flag":true,"none":null,"list":["a","b"],"dynamodb":{"Keys":{"pk":{"S":"B#1"}}}}`
	for pattern, want := range map[string]bool{
		`{}`:                                    true,
		`{"eventName":["REMOVE"]}`:              true,
		`{"eventName":["INSERT","REMOVE"]}`:     true,
		`{"eventName":["INSERT"]}`:              false,
		`{"eventName":["REMOVE"],"n":[2]}`:      false,
		`{"n":[1]}`:                             true,
		`{"n":["1"]}`:                           false,
		`{"flag":[true],"none":[null]}`:         true,
		`{"absent":[null]}`:                     false,
		`{"list":["b"]}`:                        true,
		`{"list":["c"]}`:                        false,
		`{"absent":[{"exists":false}]}`:         true,
		`{"n":[{"exists":false}]}`:              false,
		`{"n":[{"exists":true}]}`:               true,
		`{"userIdentity":{"type":["Service"]}}`: false,
		`{"dynamodb":{"Keys":{"pk":{"S":[{"prefix":"B#"}]}}}}`: true,
		`{"dynamodb":{"Keys":{"pk":{"S":[{"prefix":"U#"}]}}}}`: false,
		`{"n":[{"prefix":"1"}]}`:                               false,
	} {
		f, err := parseFilter(pattern)
		if err != nil {
			t.Errorf("%s: %v", pattern, err)
			continue
		}
		value, err := decodeJSON([]byte(event))
		if err != nil {
			t.Fatal(err)
		}
		if got := f.matches(value, true); got != want {
			t.Errorf("%s: %v, want %v", pattern, got, want)
		}
	}
}

func TestScheduleExpressions(t *testing.T) {
	last := time.Date(2026, 3, 9, 12, 30, 0, 0, time.UTC) // a Monday
	for _, c := range []struct{ expression, zone, want string }{
		{"rate(5 minutes)", "", "2026-03-09T12:35:00Z"},
		{"rate(12 hours)", "", "2026-03-10T00:30:00Z"},
		{"rate(1 day)", "", "2026-03-10T12:30:00Z"},
		{"cron(0 * * * ? *)", "", "2026-03-09T13:00:00Z"},
		{"cron(0 9 ? * 2 *)", "", "2026-03-16T09:00:00Z"}, // 2 is Monday
		{"cron(0 9 ? * MON-FRI *)", "", "2026-03-10T09:00:00Z"},
		{"cron(15 9 1 * ? *)", "Asia/Shanghai", "2026-04-01T01:15:00Z"},
	} {
		next, err := parseExpression(c.expression, c.zone)
		if err != nil {
			t.Errorf("%s: %v", c.expression, err)
			continue
		}
		at, err := next(last)
		if got := at.UTC().Format(time.RFC3339); err != nil || got != c.want {
			t.Errorf("%s: %s (%v), want %s", c.expression, got, err, c.want)
		}
	}
}
