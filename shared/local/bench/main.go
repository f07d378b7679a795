// Command bench measures what a cold start of each function costs: from the
// start of its process to its first poll of the Runtime API, and the size of its
// zip. Each is printed beside a baseline measured in the same run, and the
// command fails when a function is over its limit.
package main

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"jewelrydisplay.app/shared/local/engine"
	"jewelrydisplay.app/shared/local/stack"
)

// The limits. A start is compared with the baseline's of the same run, because
// milliseconds depend on the machine.
const (
	startRatio = 1.5
	zipBytes   = 7_000_000
	loginBytes = 8_000_000 // sms-login carries the numbering plans of the world
	rounds     = 15
)

const loginFolder = "sms-login"

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	template, err := stack.Load(ctx, stack.Options{Template: "template.yaml", Tools: engine.Find(".tools")})
	if err != nil {
		return err
	}
	host, err := newHost()
	if err != nil {
		return err
	}
	defer host.close()
	baseline, err := host.median(ctx, filepath.Join(".build", "baseline", "bootstrap"), nil)
	if err != nil {
		return err
	}
	fmt.Printf("%-22s %10s %8s %10s\n%-22s %10s\n", "function", "start", "ratio", "zip bytes", "baseline", baseline.Round(10*time.Microsecond))
	var broken error
	seen := map[string]bool{}
	for _, function := range template.Functions {
		if seen[function.Folder] {
			continue
		}
		seen[function.Folder] = true
		binary := filepath.Join(".build", function.Folder, "bootstrap")
		start, err := host.median(ctx, binary, function.Environment)
		if err != nil {
			return fmt.Errorf("%s: %w", function.Folder, err)
		}
		size, err := zipped(binary)
		if err != nil {
			return err
		}
		ratio := float64(start) / float64(baseline)
		fmt.Printf("%-22s %10s %8.2f %10d\n", function.Folder, start.Round(10*time.Microsecond), ratio, size)
		broken = errors.Join(broken, over(function.Folder, ratio, size))
	}
	return broken
}

func over(folder string, ratio float64, size int64) error {
	var broken error
	if ratio > startRatio {
		broken = fmt.Errorf("%s starts in %.2f times the baseline, %.1f are allowed", folder, ratio, startRatio)
	}
	limit := int64(zipBytes)
	if folder == loginFolder {
		limit = loginBytes
	}
	if size > limit {
		broken = errors.Join(broken, fmt.Errorf("%s has a zip of %d bytes, %d are allowed", folder, size, limit))
	}
	return broken
}

// zipped is the size of the function's deployment package.
func zipped(binary string) (int64, error) {
	in, err := os.Open(binary)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	var size counter
	w := zip.NewWriter(&size)
	entry, err := w.Create("bootstrap")
	if err != nil {
		return 0, err
	}
	if _, err := io.Copy(entry, in); err != nil {
		return 0, err
	}
	if err := w.Close(); err != nil {
		return 0, err
	}
	return int64(size), nil
}

type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// median starts the binary several times and returns the middle one.
func (h *host) median(ctx context.Context, binary string, environment map[string]string) (time.Duration, error) {
	var all []time.Duration
	for range rounds {
		took, err := h.start(ctx, binary, environment)
		if err != nil {
			return 0, err
		}
		all = append(all, took)
	}
	slices.Sort(all)
	return all[rounds/2], nil
}
