package lambdahttp

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"

	"github.com/akrylysov/algnhsa"
	"golang.org/x/text/language"

	"jewelrydisplay.app/shared/config"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/keys"
)

// Serve builds the function and serves API Gateway's requests until Lambda
// stops it.
func Serve(build func(ctx context.Context, cfg *config.Config) (*API, error)) {
	cfg, err := config.Load()
	var api *API
	if err == nil {
		api, err = build(context.Background(), cfg)
	}
	if err == nil {
		err = cfg.Err()
	}
	if err != nil {
		slog.Error("the function cannot start", "error", err.Error())
		os.Exit(1)
	}
	algnhsa.ListenAndServe(api, &algnhsa.Options{RequestType: algnhsa.RequestTypeAPIGatewayV2})
}

// Cursors seals and opens the cursors of lists: a client can neither read nor
// change one.
type Cursors struct{ ring *keys.Ring }

// NewCursors returns cursors under the keys of the ring.
func NewCursors(ring *keys.Ring) Cursors { return Cursors{ring: ring} }

// Seal writes a position. use names the list, and whose it is, so that a
// cursor fits no other.
func (c Cursors) Seal(use string, position any) (string, error) {
	b, err := json.Marshal(position)
	if err != nil {
		return "", err
	}
	return c.ring.Seal("cursor "+use, string(b))
}

// Open reads a position. An empty cursor leaves it as it is; anything that
// Seal did not write for this use is a MalformedRequest.
func (c Cursors) Open(ctx context.Context, use, cursor string, position any) error {
	if cursor == "" {
		return nil
	}
	text, err := c.ring.Unseal(ctx, "cursor "+use, cursor)
	if fault.Is(err, fault.Unavailable) {
		return err
	}
	if err != nil || json.Unmarshal([]byte(text), position) != nil {
		return fault.New(fault.MalformedRequest, "The cursor is not one of ours.")
	}
	return nil
}

// Language returns the text language, zh or en, that an Accept-Language header
// (RFC 9110 12.5.4) prefers; zh when none fits.
func Language(header string) string {
	wanted, _, err := language.ParseAcceptLanguage(header)
	if err != nil {
		return "zh"
	}
	for _, tag := range wanted {
		switch base, _ := tag.Base(); base.String() {
		case "zh", "en":
			return base.String()
		}
	}
	return "zh"
}
