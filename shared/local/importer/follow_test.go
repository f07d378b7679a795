package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// script answers invocations: the start when it is let, looks one by one.
type script struct {
	start chan answered
	looks []answered // the last again and again
}

func (s *script) Invoke(_ context.Context, _ string, event []byte) ([]byte, error) {
	if strings.Contains(string(event), `"start"`) {
		a := <-s.start
		return a.answer, a.err
	}
	a := s.looks[0]
	if len(s.looks) > 1 {
		s.looks = s.looks[1:]
	}
	return a.answer, a.err
}

func said(answer string) answered { return answered{answer: []byte(answer)} }

func TestProgressIsShownWhileTheFirstInvocationRuns(t *testing.T) {
	began := time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)
	missing := answered{err: errors.New("no such import")}
	cases := []struct {
		name        string
		looks       []answered
		start       answered // let go when every look before it was taken
		after       []answered
		progress    string
		last, wrong string
	}{
		{
			"in one invocation",
			[]answered{missing, said(`{"state":"running","rows":1000,"created":990,"rejected":10}`), said(`{"state":"running","rows":3000,"unchanged":3000}`)},
			said(`{"state":"completed","rows":3500}`), nil,
			"1000 rows, 500 a second: 990 created, 0 updated, 0 unchanged, 10 rejected\n3000 rows, 1000 a second: 0 created, 0 updated, 3000 unchanged, 0 rejected\n",
			`{"state":"completed","rows":3500}`, "",
		},
		{
			"handed over",
			[]answered{missing},
			said(`{"state":"running","rows":5}`),
			[]answered{said(`{"state":"running","rows":6,"created":6}`), said(`{"state":"completed","rows":0}`)},
			"6 rows, 3 a second: 6 created, 0 updated, 0 unchanged, 0 rejected\n", `{"state":"completed","rows":0}`, "",
		},
		{"refused", []answered{missing}, answered{err: errors.New("refused")}, nil, "", "", "refused"},
		{"failed", []answered{missing}, said(`{"state":"failed"}`), nil, "", `{"state":"failed"}`, "the import failed"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := &script{start: make(chan answered, 1), looks: append(c.looks, c.after...)}
			tick := make(chan time.Time)
			go func() {
				for i := range c.looks {
					tick <- began.Add(time.Duration(i+1) * time.Second)
				}
				s.start <- c.start
				for len(c.after) > 0 {
					select {
					case tick <- began.Add(2 * time.Second):
					case <-t.Context().Done():
						return
					}
				}
			}()
			var progress strings.Builder
			answer, err := follower{cloud: s, id: "i", tick: tick, progress: &progress, began: began}.follow(t.Context(), map[string]any{"action": "start"})
			if string(answer) != c.last || (err == nil) != (c.wrong == "") || err != nil && err.Error() != c.wrong {
				t.Errorf("answered %s, %v", answer, err)
			}
			if progress.String() != c.progress {
				t.Errorf("shown\n%swant\n%s", progress.String(), c.progress)
			}
		})
	}
}
