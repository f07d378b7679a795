// Package metrictest checks lines of CloudWatch's embedded metric format against
// the rules of its specification.
package metrictest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// The specification's limits.
const (
	maxDimensions = 30
	maxMetrics    = 100
	maxName       = 1024
)

// Line is what a line reports.
type Line struct {
	Namespace string
	Values    map[string]float64 // by metric
	By        map[string]string  // dimensions with their values
}

// Read returns what a line reports, and an error when CloudWatch would not take
// it, or when it holds anything but numbers, dimensions and the format's own
// object: nothing of a person can stand in it then.
func Read(line []byte) (Line, error) {
	read := Line{Values: map[string]float64{}, By: map[string]string{}}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(line, &members); err != nil {
		return read, err
	}
	var head struct {
		Timestamp         int64
		CloudWatchMetrics []struct {
			Namespace  string
			Dimensions [][]string
			Metrics    []struct{ Name, Unit string }
		}
	}
	strict := json.NewDecoder(bytes.NewReader(members["_aws"]))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&head); err != nil {
		return read, fmt.Errorf("_aws: %w", err)
	}
	if head.Timestamp <= 0 || len(head.CloudWatchMetrics) != 1 {
		return read, errors.New("_aws wants a time in milliseconds and one directive")
	}
	d := head.CloudWatchMetrics[0]
	read.Namespace = d.Namespace
	if d.Namespace == "" || len(d.Namespace) > maxName || len(d.Dimensions) == 0 || len(d.Metrics) == 0 || len(d.Metrics) > maxMetrics {
		return read, errors.New("the directive wants a namespace, dimension sets, and 1 to 100 metrics")
	}
	used := map[string]bool{"_aws": true}
	for _, set := range d.Dimensions {
		if len(set) > maxDimensions {
			return read, errors.New("a dimension set has more than 30")
		}
		for _, name := range set {
			var value string
			if err := json.Unmarshal(members[name], &value); err != nil || value == "" || len(value) > maxName {
				return read, fmt.Errorf("dimension %q has no text of 1 to 1024 characters", name)
			}
			used[name], read.By[name] = true, value
		}
	}
	for _, m := range d.Metrics {
		var value float64
		if err := json.Unmarshal(members[m.Name], &value); m.Name == "" || err != nil {
			return read, fmt.Errorf("metric %q has no number", m.Name)
		}
		used[m.Name], read.Values[m.Name] = true, value
	}
	for name := range members {
		if !used[name] {
			return read, fmt.Errorf("%q is neither metric nor dimension", name)
		}
	}
	return read, nil
}
