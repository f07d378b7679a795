package metric_test

import (
	"bytes"
	"testing"
	"time"

	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/metric"
)

// The line is the one that the format's specification asks for.
func TestLineIsEmbeddedMetricFormat(t *testing.T) {
	var out bytes.Buffer
	metric.New(&out, clock.At(time.UnixMilli(1700000000123))).Note("ErasureLatenessSeconds", 12.5)
	want := `{"ErasureLatenessSeconds":12.5,"_aws":{"CloudWatchMetrics":[{"Namespace":"JewelryDisplay","Dimensions":[[]],"Metrics":[{"Name":"ErasureLatenessSeconds"}]}],"Timestamp":1700000000123}}` + "\n"
	if out.String() != want {
		t.Errorf("got %s\nwant %s", out.String(), want)
	}
}
