package wake

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/reugn/go-quartz/quartz"

	"jewelrydisplay.app/shared/local/stack"
)

// schedule is an EventBridge schedule.
type schedule struct {
	spec stack.Schedule
	next func(last time.Time) (time.Time, error)
}

func (s *Service) addSchedule(spec stack.Schedule) error {
	if _, err := s.function(spec.Function); err != nil {
		return err
	}
	next, err := parseExpression(spec.Expression, spec.TimeZone)
	if err != nil {
		return err
	}
	s.schedules = append(s.schedules, &schedule{spec: spec, next: next})
	var known bool
	s.state.read(func(k kept) { _, known = k.Fired[spec.LogicalID] })
	if known {
		return nil
	}
	now := s.options.Clock.Now()
	return s.state.change(func(k *kept) { k.Fired[spec.LogicalID] = now })
}

// parseExpression understands rate(…) and cron(…) of EventBridge Scheduler. Its
// cron has six fields, minutes first; Quartz has the same after the seconds.
func parseExpression(expression, zone string) (func(time.Time) (time.Time, error), error) {
	kind, inner, _ := strings.Cut(strings.TrimSuffix(expression, ")"), "(")
	switch kind {
	case "rate":
		every, err := parseRate(inner)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", expression, err)
		}
		return func(last time.Time) (time.Time, error) { return last.Add(every), nil }, nil
	case "cron":
		where, err := time.LoadLocation(zone)
		if err != nil {
			return nil, err
		}
		if len(strings.Fields(inner)) != 6 {
			return nil, fmt.Errorf("%s: cron has six fields", expression)
		}
		trigger, err := quartz.NewCronTriggerWithLoc("0 "+inner, where)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", expression, err)
		}
		return func(last time.Time) (time.Time, error) {
			at, err := trigger.NextFireTime(last.UnixNano())
			return time.Unix(0, at).UTC(), err
		}, nil
	}
	return nil, fmt.Errorf("the local cloud does not know the schedule %s: it knows rate and cron", expression)
}

func parseRate(text string) (time.Duration, error) {
	fields := strings.Fields(text)
	if len(fields) != 2 {
		return 0, fmt.Errorf("a rate is a number and a unit")
	}
	n, err := strconv.Atoi(fields[0])
	if err != nil || n < 1 {
		return 0, fmt.Errorf("a rate is a positive number and a unit")
	}
	unit, ok := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}[strings.TrimSuffix(fields[1], "s")]
	if !ok {
		return 0, fmt.Errorf("a rate's unit is minutes, hours or days")
	}
	return time.Duration(n) * unit, nil
}

// keepTime runs the schedules when they are due.
func (s *Service) keepTime(ctx context.Context) {
	for {
		if err := s.fireDue(); err != nil {
			s.options.Say("run the schedules: " + err.Error())
		}
		select {
		case <-time.After(s.untilNext()):
		case <-s.rewind:
		case <-ctx.Done():
			return
		}
	}
}

// untilNext is how long it takes to the next schedule, at most a minute.
func (s *Service) untilNext() time.Duration {
	wait := time.Minute
	now := s.options.Clock.Now()
	s.state.read(func(k kept) {
		for _, sc := range s.schedules {
			if at, err := sc.next(k.Fired[sc.spec.LogicalID]); err == nil && sc.spec.Enabled {
				wait = min(wait, at.Sub(now))
			}
		}
	})
	return max(wait, 10*time.Millisecond)
}

// fireDue starts each schedule that is due, once however often it was missed.
func (s *Service) fireDue() error {
	s.firing.Lock()
	defer s.firing.Unlock()
	now := s.options.Clock.Now()
	for _, sc := range s.schedules {
		if !sc.spec.Enabled {
			continue
		}
		var last time.Time
		s.state.read(func(k kept) { last = k.Fired[sc.spec.LogicalID] })
		at, err := sc.next(last)
		if err != nil || at.After(now) {
			continue // a cron of years that are over has no next time
		}
		// One that was missed more than once goes on from now.
		due := at
		if after, err := sc.next(at); err == nil && !after.After(now) {
			due = now
		}
		if err := s.state.change(func(k *kept) { k.Fired[sc.spec.LogicalID] = due }); err != nil {
			return err
		}
		s.activity.Add(1)
		if err := s.options.Runner.Send(sc.spec.Function, s.input(sc.spec, at)); err != nil {
			return fmt.Errorf("schedule %s: %w", sc.spec.LogicalID, err)
		}
	}
	return nil
}

// RunSchedule runs the schedule's function now, whether due or not, and returns
// its answer. The schedule's own times stay as they are.
func (s *Service) RunSchedule(ctx context.Context, id string) (payload []byte, failed bool, err error) {
	for _, sc := range s.schedules {
		if sc.spec.LogicalID == id {
			return s.options.Runner.Invoke(ctx, sc.spec.Function, s.input(sc.spec, s.options.Clock.Now()))
		}
	}
	return nil, false, fmt.Errorf("%w: %q", ErrNoSchedule, id)
}

// Schedules returns the logical ids.
func (s *Service) Schedules() []string {
	var ids []string
	for _, sc := range s.schedules {
		ids = append(ids, sc.spec.LogicalID)
	}
	return ids
}

// input fills EventBridge Scheduler's placeholders; a schedule without an input
// sends an empty object.
func (s *Service) input(spec stack.Schedule, at time.Time) []byte {
	if spec.Input == "" {
		return []byte("{}")
	}
	return []byte(strings.NewReplacer(
		"<aws.scheduler.schedule-arn>", "arn:aws:scheduler:"+s.options.Region+":"+s.options.Account+":schedule/default/"+spec.LogicalID,
		"<aws.scheduler.scheduled-time>", at.UTC().Format("2006-01-02T15:04:05Z"),
		"<aws.scheduler.execution-id>", spec.LogicalID+"-"+strconv.FormatInt(at.UnixNano(), 36),
		"<aws.scheduler.attempt-number>", "1",
	).Replace(spec.Input))
}
