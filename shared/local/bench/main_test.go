package main

import (
	"strings"
	"testing"
)

func TestLimits(t *testing.T) {
	cases := []struct {
		folder string
		ratio  float64
		size   int64
		broken string
	}{
		{"profile", 1.5, zipBytes, ""},
		{"profile", 1.51, zipBytes, "starts in 1.51"},
		{"profile", 1, zipBytes + 1, "zip of 7000001"},
		{loginFolder, 1, loginBytes, ""},
		{loginFolder, 1, loginBytes + 1, "zip of 8000001"},
	}
	for _, c := range cases {
		err := over(c.folder, c.ratio, c.size)
		if (err == nil) != (c.broken == "") || err != nil && !strings.Contains(err.Error(), c.broken) {
			t.Errorf("%s %v %d: %v, want %q", c.folder, c.ratio, c.size, err, c.broken)
		}
	}
}
