// Package metric notes numbers for alarms as CloudWatch's embedded metric
// format: one line of JSON in the log, no call. No number says anything about
// a person.
package metric

import (
	"encoding/json"
	"io"

	"jewelrydisplay.app/shared/clock"
)

// Namespace is where the numbers are found.
const Namespace = "JewelryDisplay"

// Log writes numbers to a function's log.
type Log struct {
	out   io.Writer
	clock clock.Clock
}

// New returns a log that writes lines to out: a function's standard output.
func New(out io.Writer, clk clock.Clock) Log { return Log{out: out, clock: clk} }

type named struct{ Name string }

type directive struct {
	Namespace  string
	Dimensions [][]string
	Metrics    []named
}

// Note writes one number without dimensions. A line that cannot be written is
// lost, as any line of the log would be.
func (l Log) Note(name string, value float64) {
	_ = json.NewEncoder(l.out).Encode(map[string]any{
		"_aws": map[string]any{
			"Timestamp":         l.clock.Now().UnixMilli(),
			"CloudWatchMetrics": []directive{{Namespace, [][]string{{}}, []named{{name}}}},
		},
		name: value,
	})
}
