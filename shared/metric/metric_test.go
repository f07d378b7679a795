package metric_test

import (
	"bytes"
	"testing"
	"time"

	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/metric"
	"jewelrydisplay.app/shared/metric/metrictest"
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

// With a dimension or without, a line is what CloudWatch takes, and nothing more.
func TestLinesAreValid(t *testing.T) {
	var out bytes.Buffer
	log := metric.New(&out, clock.At(time.UnixMilli(1700000000123)))
	log.Note("CodesSent", 1)
	log.By("Function", "SmsLogin").Note("InternalErrors", 2)
	lines := bytes.Split(bytes.TrimSpace(out.Bytes()), []byte("\n"))
	first, err := metrictest.Read(lines[0])
	if err != nil || first.Namespace != metric.Namespace || first.Values["CodesSent"] != 1 || len(first.By) != 0 {
		t.Errorf("read %+v, %v", first, err)
	}
	second, err := metrictest.Read(lines[1])
	if err != nil || second.Values["InternalErrors"] != 2 || second.By["Function"] != "SmsLogin" {
		t.Errorf("read %+v, %v", second, err)
	}
}

// What CloudWatch drops, or what could hold something of a person, is found.
func TestInvalidLinesAreFound(t *testing.T) {
	const head = `"_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Namespace":"N","Dimensions":[["F"]],"Metrics":[{"Name":"M"}]}]}`
	for name, line := range map[string]string{
		"no JSON":               `{`,
		"no head":               `{"M":1}`,
		"no time":               `{"_aws":{"CloudWatchMetrics":[{"Namespace":"N","Dimensions":[[]],"Metrics":[{"Name":"M"}]}]},"M":1}`,
		"no namespace":          `{"_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Namespace":"","Dimensions":[[]],"Metrics":[{"Name":"M"}]}]},"M":1}`,
		"no dimension sets":     `{"_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Namespace":"N","Metrics":[{"Name":"M"}]}]},"M":1}`,
		"metric that is text":   `{` + head + `,"F":"f","M":"1"}`,
		"metric that is absent": `{` + head + `,"F":"f"}`,
		"dimension without":     `{` + head + `,"M":1}`,
		"member beside":         `{` + head + `,"F":"f","M":1,"phone":"+8613800138000"}`,
	} {
		if _, err := metrictest.Read([]byte(line)); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}
