package usage_test

import (
	"os"
	"testing"
	"time"

	"jewelrydisplay.app/shared/local/usage"
)

func TestUsageAddsUp(t *testing.T) {
	var m usage.Meter
	m.Function("A", time.Second)
	m.Function("A", 2*time.Second)
	m.Engine("dynamodb", time.Second)
	r := m.Report()
	if r.Functions["A"] != (usage.Spent{Calls: 2, Seconds: 3}) || r.Engines["dynamodb"] != (usage.Spent{Calls: 1, Seconds: 1}) {
		t.Errorf("%+v", r)
	}
	if r.Goroutines < 1 {
		t.Error("no goroutine runs")
	}
	if _, err := os.Stat("/proc/self/statm"); err == nil && (r.Files == 0 || r.MemoryMB == 0) {
		t.Errorf("%+v holds nothing", r)
	}
}
