package engine

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

// Somebody else's answer on the port must not pass for the engine's.
func TestAPortThatWasTakenMeanwhile(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(other.Close)
	taken := other.Listener.Addr().(*net.TCPAddr).Port
	tools := Find("../../../.tools")
	calls := 0
	e, err := tools.startDynamo(context.Background(), Dynamo{}, func() (int, error) {
		if calls++; calls < 3 {
			return taken, nil
		}
		return freePort()
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Stop)
	if e.URL == other.URL || calls != 3 {
		t.Errorf("%s after %d tries, want another port after 3", e.URL, calls)
	}
	_, err = tools.startDynamo(context.Background(), Dynamo{}, func() (int, error) { return taken, nil })
	if !errors.Is(err, errPort) {
		t.Errorf("no port is ever free: %v, want errPort", err)
	}
}
