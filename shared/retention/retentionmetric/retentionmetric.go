// Package retentionmetric writes numbers as CloudWatch's embedded metric
// format: one line of JSON in the log, no call.
package retentionmetric

import (
	"context"
	"encoding/json"
	"io"

	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/retention"
)

// Namespace is where the numbers are found.
const Namespace = "JewelryDisplay"

// Meter writes to a log. It implements retention.Meter.
type Meter struct {
	out   io.Writer
	clock clock.Clock
}

var _ retention.Meter = Meter{}

// New returns a meter that writes lines to out: a function's standard output.
func New(out io.Writer, clk clock.Clock) Meter { return Meter{out: out, clock: clk} }

// Note writes one number. A line that cannot be written is lost, as any line
// of the log would be.
func (m Meter) Note(_ context.Context, name string, value float64) {
	type metric struct {
		Name string
	}
	type directive struct {
		Namespace  string
		Dimensions [][]string
		Metrics    []metric
	}
	_ = json.NewEncoder(m.out).Encode(map[string]any{
		"_aws": map[string]any{
			"Timestamp":         m.clock.Now().UnixMilli(),
			"CloudWatchMetrics": []directive{{Namespace, [][]string{{}}, []metric{{name}}}},
		},
		name: value,
	})
}
