package lambdahttp

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
)

// Fresh is how an answer may be stored: kept, but asked for again each time
// (RFC 9111 5.2.2.4), and told apart by its ETag. Embed it in an output, beside
// a Status.
type Fresh struct {
	ETag         string `header:"ETag"`
	CacheControl string `header:"Cache-Control"`
	Vary         string `header:"Vary"`
}

// FreshOf returns the answer's validator, and the status: 304 when the client's
// If-None-Match holds it already (RFC 9110 13.1.2).
func FreshOf(body any, held string) (Fresh, int, error) {
	said, err := json.Marshal(body)
	if err != nil {
		return Fresh{}, 0, err
	}
	sum := sha256.Sum256(said)
	status, f := http.StatusOK, Fresh{
		ETag: `"` + hex.EncodeToString(sum[:12]) + `"`, CacheControl: "no-cache", Vary: "Accept-Language",
	}
	for _, tag := range strings.Split(held, ",") {
		if tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/"); tag == f.ETag || tag == "*" {
			status = http.StatusNotModified
		}
	}
	return f, status, nil
}
