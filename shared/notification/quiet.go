package notification

import (
	"fmt"
	"time"
	_ "time/tzdata" // the zones of devices, on machines that have no zoneinfo

	"jewelrydisplay.app/shared/fault"
)

// QuietHours are the hours of the day in which a device stays silent, by its
// own wall clock. The zero value is what holds for who chose nothing: 22:00 to
// 08:00 for marketing, none for the rest. Hours that a person chose hold for
// every category.
type QuietHours struct {
	Chosen bool
	Off    bool // chosen: no quiet hours
	Start  int  // minutes after midnight, included
	End    int  // minutes after midnight, excluded; may be on the next day
}

const (
	minutesOfDay = 24 * 60
	defaultStart = 22 * 60
	defaultEnd   = 8 * 60
)

// ParseQuietHours reads two times of day of the form 15:04. Hours without a
// length are InvalidRequest.
func ParseQuietHours(start, end string) (QuietHours, error) {
	q := QuietHours{Chosen: true}
	var err error
	if q.Start, err = minutes("start", start); err != nil {
		return q, err
	}
	if q.End, err = minutes("end", end); err != nil {
		return q, err
	}
	if q.Start == q.End {
		return q, fault.Invalid("body.quiet_hours.end", "is the same as the start; send off for no quiet hours")
	}
	return q, nil
}

func minutes(member, text string) (int, error) {
	at, err := time.Parse("15:04", text)
	if err != nil || len(text) != len("15:04") {
		return 0, fault.Invalid("body.quiet_hours."+member, "is no time of day, as in 22:00")
	}
	return at.Hour()*60 + at.Minute(), nil
}

// Shown returns the hours as they are shown, the default included.
func (q QuietHours) Shown() (start, end string, off bool) {
	if !q.Chosen {
		q.Start, q.End = defaultStart, defaultEnd
	}
	return clockText(q.Start), clockText(q.End), q.Off
}

func clockText(m int) string { return fmt.Sprintf("%02d:%02d", m/60, m%60) }

// String is how the hours are stored: empty, "off" or "22:00-08:00".
func (q QuietHours) String() string {
	switch {
	case !q.Chosen:
		return ""
	case q.Off:
		return "off"
	default:
		return clockText(q.Start) + "-" + clockText(q.End)
	}
}

// StoredQuietHours reads what String wrote.
func StoredQuietHours(text string) (QuietHours, error) {
	switch {
	case text == "":
		return QuietHours{}, nil
	case text == "off":
		return QuietHours{Chosen: true, Off: true}, nil
	case len(text) != len("22:00-08:00"):
		return QuietHours{}, fmt.Errorf("notification: stored quiet hours of %d characters", len(text))
	}
	return ParseQuietHours(text[:5], text[6:])
}

// Until returns when the quiet hours that hold at now end, for a message of
// the category on a device in the zone; zero when it may be shown now. By the
// wall clock: where a zone's clock is turned, an hour is quiet as often as it
// is shown.
func (q QuietHours) Until(now time.Time, category Category, zone *time.Location) time.Time {
	switch {
	case !q.Chosen && !category.Marketing(), q.Off:
		return time.Time{}
	case !q.Chosen:
		q.Start, q.End = defaultStart, defaultEnd
	}
	if !q.hold(now.In(zone)) {
		return time.Time{}
	}
	return q.end(now, zone)
}

func (q QuietHours) hold(local time.Time) bool {
	m := local.Hour()*60 + local.Minute()
	if q.Start < q.End {
		return q.Start <= m && m < q.End
	}
	return m >= q.Start || m < q.End
}

// shift is more than a zone's clock is turned by within a day.
const shift = 3 * 60

// end finds the first minute at which the wall clock shows no quiet hour. The
// last hours it walks: zones whose offset changes need no cases of their own.
func (q QuietHours) end(now time.Time, zone *time.Location) time.Time {
	at := now.Truncate(time.Minute)
	local := at.In(zone)
	left := (q.End - local.Hour()*60 - local.Minute() + minutesOfDay) % minutesOfDay
	at = at.Add(time.Duration(max(left-shift, 0)) * time.Minute)
	for range minutesOfDay {
		at = at.Add(time.Minute)
		if !q.hold(at.In(zone)) {
			return at
		}
	}
	return at
}

// Zone returns the zone of an IANA name. An unknown one, and the names that
// mean this machine's own, are InvalidRequest.
func Zone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, errZone
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, errZone
	}
	return zone, nil
}

var errZone = fault.Invalid("body.time_zone", "is no time zone of the IANA database, as in Asia/Shanghai")
