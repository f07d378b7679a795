package lambdahttp

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/akrylysov/algnhsa"
	"github.com/aws/aws-lambda-go/lambda"
	"golang.org/x/text/language"

	"jewelrydisplay.app/shared/config"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/keys"
	"jewelrydisplay.app/shared/metric"
)

// Serve builds the function and serves API Gateway's requests until Lambda
// stops it.
func Serve(build func(cfg *config.Config) (*API, error)) {
	cfg, err := config.Load()
	var api *API
	if err == nil {
		api, err = build(cfg)
	}
	if err == nil {
		err = cfg.Ready()
	}
	if err != nil {
		slog.Error("the function cannot start", "error", err.Error())
		os.Exit(1)
	}
	meter := metric.New(os.Stdout, cfg.Clock).By("Function", os.Getenv("AWS_LAMBDA_FUNCTION_NAME"))
	api.failed = func() { meter.Note(InternalErrors, 1) }
	lambda.Start(newHandler(api))
}

// handler answers the gateway's events.
type handler struct{ lambda.Handler }

func newHandler(api *API) handler {
	return handler{algnhsa.New(api, &algnhsa.Options{RequestType: algnhsa.RequestTypeAPIGatewayV2})}
}

// lastWord is what a request that takes too long keeps of its time to say so:
// a function that is killed at its time-out answers 500, and starts anew.
const lastWord = time.Second

// Invoke encodes the event's path again: an HTTP API decodes it, and algnhsa
// would decode it once more, and fail on a per cent sign that a client sent
// encoded. What is not done shortly before the function's time-out is given up.
func (h handler) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	if end, limited := ctx.Deadline(); limited {
		earlier, cancel := context.WithDeadline(ctx, end.Add(-lastWord))
		defer cancel()
		ctx = earlier
	}
	var given struct {
		RawPath string `json:"rawPath"`
	}
	var all map[string]json.RawMessage
	if json.Unmarshal(event, &given) == nil && strings.Contains(given.RawPath, "%") && json.Unmarshal(event, &all) == nil {
		path, err := json.Marshal((&url.URL{Path: given.RawPath}).EscapedPath())
		if err != nil {
			return nil, err
		}
		all["rawPath"] = path
		if event, err = json.Marshal(all); err != nil {
			return nil, err
		}
	}
	return h.Handler.Invoke(ctx, event)
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
		return errCursor
	}
	return nil
}

var errCursor = fault.New(fault.MalformedRequest, "The cursor is not one of ours.")

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
