package provision

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"jewelrydisplay.app/shared/local/stack"
)

// Vault keeps the secrets' values between runs: data sealed with yesterday's keys
// must open today.
type Vault struct {
	path string
	mu   sync.Mutex
	all  map[string][]string // by logical id: the current value last, the previous before it
}

// OpenVault reads the values kept in dir; an empty dir keeps nothing.
func OpenVault(dir string) (*Vault, error) {
	v := &Vault{all: map[string][]string{}}
	if dir == "" {
		return v, nil
	}
	v.path = filepath.Join(dir, "secrets.json")
	raw, err := os.ReadFile(v.path)
	if errors.Is(err, os.ErrNotExist) {
		return v, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, &v.all); err != nil {
		return nil, fmt.Errorf("%s: %w", v.path, err)
	}
	return v, nil
}

// Change keeps a new value, and the one before it. The id may be a name or an
// ARN. It does nothing for secrets that are not the template's.
func (v *Vault) Change(id, value string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	name := strings.TrimSuffix(id[strings.LastIndexByte(id, ':')+1:], "-"+stack.SecretSuffix)
	values := v.all[name]
	if len(values) == 0 || values[len(values)-1] == value {
		return nil
	}
	v.all[name] = []string{values[len(values)-1], value}
	return v.save()
}

// values returns the kept values of a secret, and makes the first as
// GenerateSecretString would.
func (v *Vault) values(s stack.Secret) ([]string, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.all[s.LogicalID]) == 0 {
		value := s.Value
		if s.Length > 0 {
			var err error
			if value, err = generate(s.Length, s.Exclude); err != nil {
				return nil, err
			}
		}
		v.all[s.LogicalID] = []string{value}
		if err := v.save(); err != nil {
			return nil, err
		}
	}
	return v.all[s.LogicalID], nil
}

// save writes the file whole or not at all.
func (v *Vault) save() error {
	if v.path == "" {
		return nil
	}
	raw, err := json.Marshal(v.all)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(v.path), 0o700); err != nil {
		return err
	}
	next := v.path + ".new"
	if err := os.WriteFile(next, raw, 0o600); err != nil {
		return err
	}
	return os.Rename(next, v.path)
}

// kinds are the characters that Secrets Manager generates from.
var kinds = [...]string{
	"abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789",
	"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", " ",
}

// generate makes a random value with at least one character of each kind that is
// not excluded wholly.
func generate(length int, exclude string) (string, error) {
	var alphabet string
	var wanted []string
	for _, kind := range kinds {
		allowed := strings.Map(func(r rune) rune {
			if strings.ContainsRune(exclude, r) {
				return -1
			}
			return r
		}, kind)
		alphabet += allowed
		if allowed != "" {
			wanted = append(wanted, allowed)
		}
	}
	if len(wanted) == 0 || length < len(wanted) {
		return "", errors.New("the excluded characters leave nothing to generate from")
	}
	for {
		value := make([]byte, length)
		for i := range value {
			n, err := rand.Int(rand.Reader, big.NewInt(int64(len(alphabet))))
			if err != nil {
				return "", err
			}
			value[i] = alphabet[n.Int64()]
		}
		complete := true
		for _, kind := range wanted {
			complete = complete && strings.ContainsAny(string(value), kind)
		}
		if complete {
			return string(value), nil
		}
	}
}
