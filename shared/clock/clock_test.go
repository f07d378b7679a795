package clock_test

import (
	"testing"
	"time"

	"jewelrydisplay.app/shared/clock"
)

func TestSystemIsTurnedAndTellsWhatCanBeStored(t *testing.T) {
	turned := clock.System{Offset: 48 * time.Hour}
	for range 1000 {
		before := time.Now().Add(48 * time.Hour)
		now := turned.Now()
		if now.Before(before.Add(-time.Millisecond)) || now.After(time.Now().Add(48*time.Hour)) {
			t.Fatalf("%v is not two days after now", now)
		}
		if stored := time.UnixMilli(now.UnixMilli()); !stored.Equal(now) || now.Location() != time.UTC {
			t.Fatalf("%v is not what is read back: %v", now, stored)
		}
	}
}
