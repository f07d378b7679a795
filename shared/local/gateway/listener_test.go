package gateway

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestWhatIsNotHTTPIsAProblemToo(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, "the handler's own")
	}))
	s.Listener = Listener(s.Listener)
	s.Start()
	defer s.Close()
	for _, line := range []string{"GET /v1/things/% HTTP/1.1", "GET /v1/%zz HTTP/1.1", "GET /\x01 HTTP/1.1", "GET HTTP/1.1"} {
		answer, body := send(t, s.Listener.Addr(), line+"\r\nHost: x\r\n\r\n")
		var p struct {
			Type, Title, Detail, Code string
			Status                    int
			RequestID                 string `json:"request_id"`
		}
		if err := json.Unmarshal(body, &p); err != nil {
			t.Fatalf("%q: %v: %s", line, err, body)
		}
		if answer.StatusCode != 400 || answer.Header.Get("Content-Type") != "application/problem+json" ||
			p.Status != 400 || p.Code != "malformed_request" || p.Type == "" || p.Title == "" || p.Detail == "" || p.RequestID == "" {
			t.Errorf("%q: %d %v: %s", line, answer.StatusCode, answer.Header, body)
		}
	}
	if _, body := send(t, s.Listener.Addr(), "GET /v1/things/1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); string(body) != "the handler's own" {
		t.Errorf("a handler's answer became %s", body)
	}
}

func send(t *testing.T, to net.Addr, request string) (*http.Response, []byte) {
	t.Helper()
	c, err := net.Dial("tcp", to.String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := fmt.Fprint(c, request); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatalf("%q: %v", request, err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, body
}
