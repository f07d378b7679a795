package notification_test

import (
	"fmt"
	"testing"
	"time"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/notification"
)

// Clauses: C29.
func TestQuietHoursHoldByTheDevicesWallClock(t *testing.T) {
	kathmandu, kiritimati, berlin, shanghai := "Asia/Kathmandu", "Pacific/Kiritimati", "Europe/Berlin", "Asia/Shanghai"
	chosen := func(start, end string) notification.QuietHours {
		q, err := notification.ParseQuietHours(start, end)
		if err != nil {
			t.Fatal(err)
		}
		return q
	}
	cases := []struct {
		name, zone string
		hours      notification.QuietHours
		category   notification.Category
		now, until string // RFC 3339; until empty: not quiet
	}{
		{"default, discount, 22:00", shanghai, notification.QuietHours{}, notification.Discount, "2026-11-24T22:00:00+08:00", "2026-11-25T08:00:00+08:00"},
		{"default, discount, 21:59:59", shanghai, notification.QuietHours{}, notification.Discount, "2026-11-24T21:59:59+08:00", ""},
		{"default, discount, 07:59:59.999", shanghai, notification.QuietHours{}, notification.Discount, "2026-11-24T07:59:59.999+08:00", "2026-11-24T08:00:00+08:00"},
		{"default, discount, 08:00", shanghai, notification.QuietHours{}, notification.Discount, "2026-11-24T08:00:00+08:00", ""},
		{"default leaves system alone", shanghai, notification.QuietHours{}, notification.System, "2026-11-24T23:00:00+08:00", ""},
		{"chosen hours hold for system too", shanghai, chosen("22:00", "08:00"), notification.System, "2026-11-24T23:00:00+08:00", "2026-11-25T08:00:00+08:00"},
		{"off", shanghai, notification.QuietHours{Chosen: true, Off: true}, notification.Discount, "2026-11-24T23:00:00+08:00", ""},
		{"within one day", shanghai, chosen("12:30", "14:00"), notification.Event, "2026-11-24T13:59:00+08:00", "2026-11-24T14:00:00+08:00"},
		{"within one day, after", shanghai, chosen("12:30", "14:00"), notification.Event, "2026-11-24T14:00:00+08:00", ""},
		{"+5:45", kathmandu, notification.QuietHours{}, notification.Discount, "2026-11-24T16:15:00Z", "2026-11-25T02:15:00Z"},
		{"+5:45, a minute before", kathmandu, notification.QuietHours{}, notification.Discount, "2026-11-24T16:14:00Z", ""},
		{"+14", kiritimati, notification.QuietHours{}, notification.Discount, "2026-11-24T17:59:00Z", "2026-11-24T18:00:00Z"},
		{"gap: the end falls into it", berlin, chosen("23:00", "02:30"), notification.Event, "2026-03-29T00:59:00Z", "2026-03-29T01:00:00Z"},
		{"gap: the night is an hour shorter", berlin, notification.QuietHours{}, notification.Event, "2026-03-28T22:00:00Z", "2026-03-29T06:00:00Z"},
		{"fold: the night is an hour longer", berlin, notification.QuietHours{}, notification.Event, "2026-10-24T21:00:00Z", "2026-10-25T07:00:00Z"},
		{"fold: 02:30 the second time is quiet too", berlin, chosen("02:00", "03:00"), notification.Event, "2026-10-25T01:30:00Z", "2026-10-25T02:00:00Z"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			zone, err := notification.Zone(c.zone)
			if err != nil {
				t.Fatal(err)
			}
			until := c.hours.Until(at(t, c.now), c.category, zone)
			if c.until == "" {
				if !until.IsZero() {
					t.Errorf("quiet until %v, want not quiet", until)
				}
				return
			}
			if !until.Equal(at(t, c.until)) {
				t.Errorf("quiet until %v, want %s", until, c.until)
			}
		})
	}
}

// On the days on which zones with odd offsets turn their clocks, no minute of
// the quiet hours is let through and their end is awake.
func TestNoMinuteOfTheQuietHoursIsLetThrough(t *testing.T) {
	q, err := notification.ParseQuietHours("22:00", "08:00")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Asia/Kathmandu", "Pacific/Kiritimati", "Pacific/Apia", "Australia/Lord_Howe", "America/New_York", "Europe/London", "America/St_Johns", "Africa/Casablanca", "Pacific/Marquesas", "Etc/GMT+12"} {
		zone, err := notification.Zone(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, start := range []string{"2026-03-07T00:00:00Z", "2026-03-28T00:00:00Z", "2026-04-04T00:00:00Z", "2026-10-03T00:00:00Z", "2026-10-24T00:00:00Z", "2026-10-31T00:00:00Z"} {
			from := at(t, start)
			for m := 0; m < 3*24*60; m += 5 {
				now := from.Add(time.Duration(m) * time.Minute)
				hour := now.In(zone).Hour()
				until := q.Until(now, notification.Discount, zone)
				if quiet := hour >= 22 || hour < 8; quiet == until.IsZero() {
					t.Fatalf("%s at %v: until %v", name, now.In(zone), until)
				}
				if end := until.In(zone); !until.IsZero() && (end.Hour() >= 22 || end.Hour() < 8 || !until.After(now)) {
					t.Fatalf("%s at %v: ends at %v", name, now.In(zone), end)
				}
			}
		}
	}
}

func TestQuietHoursAreTimesOfDay(t *testing.T) {
	for _, bad := range [][2]string{{"24:00", "08:00"}, {"22:60", "08:00"}, {"22", "08:00"}, {"22:00", ""}, {"2:00", "08:00"}, {"22:00", "22:00"}, {"22:00:00", "08:00"}, {"٢٢:٠٠", "08:00"}} {
		if _, err := notification.ParseQuietHours(bad[0], bad[1]); !fault.Is(err, fault.InvalidRequest) {
			t.Errorf("%q: %v, want InvalidRequest", bad, err)
		}
	}
	for _, q := range []notification.QuietHours{{}, {Chosen: true, Off: true}, {Chosen: true, Start: 5, End: 1439}} {
		if back, err := notification.StoredQuietHours(q.String()); err != nil || back != q {
			t.Errorf("%v came back as %v, %v", q, back, err)
		}
	}
}

func TestZonesAreTheDatabases(t *testing.T) {
	for _, bad := range []string{"", "Local", "Mars/Olympus", "../../etc/passwd", "asia/nowhere"} {
		if _, err := notification.Zone(bad); !fault.Is(err, fault.InvalidRequest) {
			t.Errorf("%q: %v, want InvalidRequest", bad, err)
		}
	}
}

func TestPlatformIsToldByTheTokensShape(t *testing.T) {
	apple := fmt.Sprintf("%064x", 1)
	for token, want := range map[string]notification.Platform{
		apple: notification.APNs, apple + "0": notification.FCM, apple[1:]: notification.FCM,
		"fcm-token-of-li-0001": notification.FCM, "cX9:APA91b" + apple: notification.FCM,
	} {
		if got := notification.PlatformOf(token); got != want {
			t.Errorf("%s is %s, want %s", token, got, want)
		}
	}
}

func TestMessageIDs(t *testing.T) {
	now := at(t, "2026-11-24T08:00:00.123Z")
	id := notification.MessageID(now, "spring")
	if got, err := notification.ParseMessageID(id); err != nil || !got.Equal(now) {
		t.Errorf("%s: %v, %v", id, got, err)
	}
	if later := notification.MessageID(now.Add(time.Millisecond), "a"); later <= id {
		t.Errorf("%s does not sort behind %s", later, id)
	}
	for _, bad := range []string{"", ".", "123.a", id[:13], id + "/x", "x" + id[1:], id + "\u202e"} {
		if _, err := notification.ParseMessageID(bad); !fault.Is(err, fault.NotFound) {
			t.Errorf("%q: %v, want NotFound", bad, err)
		}
	}
}

func at(t *testing.T, text string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
