// Package built gives tests the product's own programs, built from what stands
// in the checkout.
package built

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Functions builds every function into .build under root.
func Functions(tb testing.TB, root string) {
	tb.Helper()
	look(tb, root)
	if out, err := exec.Command("make", "-C", root, "--no-print-directory", "build").CombinedOutput(); err != nil {
		tb.Fatalf("make build: %v\n%s", err, out)
	}
}

// Program builds one program of the module at root and returns its path.
func Program(tb testing.TB, root, source string) string {
	tb.Helper()
	look(tb, root)
	program := filepath.Join(tb.TempDir(), filepath.Base(source))
	build := exec.Command("go", "build", "-o", program, "./"+source)
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		tb.Fatalf("build %s: %v\n%s", source, err, out)
	}
	return program
}

// look looks at each file that the programs are made of. go test notes what a
// test looked at, and takes no earlier result for a new one when any of it has
// changed: it knows nothing of what a child process reads.
func look(tb testing.TB, root string) {
	tb.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path != root && strings.HasPrefix(d.Name(), ".") && d.IsDir() {
			return skip(err)
		}
		if _, err = os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return nil // an editor's file, gone by now
		}
		return err
	})
	if err != nil {
		tb.Fatalf("look at the sources: %v", err)
	}
}

// skip leaves a folder out, unless it could not be read.
func skip(err error) error {
	if err != nil {
		return err
	}
	return fs.SkipDir
}
