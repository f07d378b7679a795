package wake

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// state is what has to outlive a restart of the local cloud, kept in one small file.
type state struct {
	path string
	mu   sync.Mutex
	kept kept
}

type kept struct {
	OffsetSeconds int64                `json:"offset_seconds"`
	Delivered     map[string]string    `json:"delivered"` // mapping → the last sequence number it is done with
	Fired         map[string]time.Time `json:"fired"`     // schedule → when it was last due
}

func openState(dir string) (*state, error) {
	s := &state{path: filepath.Join(dir, "wake.json")}
	text, err := os.ReadFile(s.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read what was under way: %w", err)
	}
	if err == nil {
		if err := json.Unmarshal(text, &s.kept); err != nil {
			return nil, fmt.Errorf("%s is damaged (%w): `make clean` forgets it", s.path, err)
		}
	}
	if s.kept.Delivered == nil {
		s.kept.Delivered = map[string]string{}
	}
	if s.kept.Fired == nil {
		s.kept.Fired = map[string]time.Time{}
	}
	return s, nil
}

func (s *state) read(look func(kept)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	look(s.kept)
}

// change alters the state and writes it: a new file in the place of the old, so
// that a kill leaves one of the two.
func (s *state) change(alter func(*kept)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	alter(&s.kept)
	text, err := json.Marshal(s.kept)
	if err != nil {
		return err
	}
	return replace(s.path, text)
}

func replace(path string, text []byte) error {
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
