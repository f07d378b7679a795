package gateway

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"strconv"
)

// Listener makes problem details of what net/http refuses in plain text before
// any handler sees it, such as a path that ends in the middle of an escape.
func Listener(l net.Listener) net.Listener { return listener{l} }

type listener struct{ net.Listener }

// Accept returns the next connection.
func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if tcp, ok := c.(*net.TCPConn); ok {
		return conn{tcp}, err
	}
	return c, err
}

type conn struct{ *net.TCPConn }

// refusal is how net/http begins its own answer, which it writes at once.
const refusal = "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"

// Write sends b, or problem details when it is a refusal.
func (c conn) Write(b []byte) (int, error) {
	status, ok := refused(b)
	if !ok {
		return c.TCPConn.Write(b)
	}
	const code = "malformed_request"
	body := fmt.Sprintf(
		`{"type":"urn:jewelry-display:problem:%s","title":%q,"status":%d,"detail":"The request is not valid HTTP.","code":%q,"request_id":%q}`+"\n",
		code, http.StatusText(status), status, code, newRequestID())
	_, err := fmt.Fprintf(c.TCPConn,
		"HTTP/1.1 %d %s\r\nContent-Type: application/problem+json\r\nCache-Control: no-store\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
		status, http.StatusText(status), len(body), body)
	return len(b), err
}

// refused reports the status of a refusal: the client's fault, and no header
// before those that every refusal has.
func refused(b []byte) (int, bool) {
	line, _, ok := bytes.Cut(b[:min(len(b), 256)], []byte(refusal))
	if !ok || !bytes.HasPrefix(line, []byte("HTTP/1.1 4")) || bytes.Contains(line, []byte("\r\n")) {
		return 0, false
	}
	status, err := strconv.Atoi(string(line[9:12]))
	return status, err == nil
}
