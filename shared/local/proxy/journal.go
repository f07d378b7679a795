package proxy

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// readLines decodes a file of JSON lines. A last line cut short by a crash is
// left out; a broken line elsewhere is an error.
func readLines[T any](path string) ([]T, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out []T
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	var broken error
	for n := 1; lines.Scan(); n++ {
		if broken != nil {
			return nil, broken
		}
		var one T
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			broken = fmt.Errorf("%s:%d: %w", path, n, err)
			continue
		}
		out = append(out, one)
	}
	return out, lines.Err()
}

// appendLine adds one JSON line.
func appendLine(path string, v any) error {
	if path == "" {
		return nil
	}
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Close())
}

// rewrite replaces the file with the given lines, whole or not at all.
func rewrite[T any](path string, all []T) error {
	if path == "" {
		return nil
	}
	return writeWhole(path, func(f *os.File) error {
		w := bufio.NewWriter(f)
		e := json.NewEncoder(w)
		for _, one := range all {
			if err := e.Encode(one); err != nil {
				return err
			}
		}
		return w.Flush()
	})
}

// writeWhole puts a file in its place only when it is complete.
func writeWhole(path string, fill func(*os.File) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	err = errors.Join(fill(f), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
