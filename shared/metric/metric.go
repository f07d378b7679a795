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
	out       io.Writer
	clock     clock.Clock
	dimension string // empty: none
	value     string
}

// New returns a log that writes lines to out: a function's standard output.
func New(out io.Writer, clk clock.Clock) Log { return Log{out: out, clock: clk} }

// By returns a log whose numbers are told apart by a dimension, such as the
// function's name. Each value is a metric of its own, which is paid for: never
// anything that people bring along.
func (l Log) By(dimension, value string) Log {
	l.dimension, l.value = dimension, value
	return l
}

type named struct{ Name string }

type directive struct {
	Namespace  string
	Dimensions [][]string
	Metrics    []named
}

// Note writes one number. A line that cannot be written is lost, as any line of
// the log would be.
func (l Log) Note(name string, value float64) {
	line := map[string]any{name: value}
	dimensions := []string{}
	if l.dimension != "" {
		dimensions, line[l.dimension] = []string{l.dimension}, l.value
	}
	line["_aws"] = map[string]any{
		"Timestamp":         l.clock.Now().UnixMilli(),
		"CloudWatchMetrics": []directive{{Namespace, [][]string{dimensions}, []named{{name}}}},
	}
	_ = json.NewEncoder(l.out).Encode(line)
}
