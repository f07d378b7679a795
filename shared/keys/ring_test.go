package keys

import (
	"context"
	"errors"
	"strings"
	"testing"

	"jewelrydisplay.app/shared/clock"
)

func TestEverythingWaitsForTheFirstRead(t *testing.T) {
	open := make(chan struct{})
	r := begin(context.Background(), clock.System{}, func(context.Context, string) (string, error) {
		<-open
		return old, nil
	})
	want := Fixed(old)
	found := make(chan error, 1)
	go func() {
		_, err := r.Find(context.Background(), want.Current().ID)
		found <- err
	}()
	index := make(chan string, 1)
	go func() { index <- r.Index("u", "x") }()
	select {
	case <-index:
		t.Error("an index was made without a secret")
	case <-found:
		t.Error("a key was found without a secret")
	default:
	}
	close(open)
	if got := <-index; got != want.Index("u", "x") {
		t.Errorf("index %q", got)
	}
	if err := <-found; err != nil {
		t.Errorf("find: %v", err)
	}
}

func TestNothingIsMadeWithASecretThatCouldNotBeRead(t *testing.T) {
	for why, fetch := range map[string]fetcher{
		"refused": func(context.Context, string) (string, error) { return "", errors.New("refused") },
		"short":   func(context.Context, string) (string, error) { return strings.Repeat("s", 31), nil },
	} {
		r := begin(context.Background(), clock.System{}, fetch)
		if err := r.Wait(); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: wait: %v", why, err)
		}
		for _, use := range []func(){func() { r.Index("u", "x") }, func() { _, _ = r.Find(context.Background(), [IDSize]byte{}) }} {
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%s: it was used", why)
					}
				}()
				use()
			}()
		}
	}
}
