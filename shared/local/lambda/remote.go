package lambda

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// remote runs functions on another host, by Lambda's own Invoke. Reserved
// concurrency, asynchronous events, their retries and the clock stay here.
type remote struct{ address string }

// serve sends the request over and takes the answer.
func (r remote) serve(ctx context.Context, function string, c *call) error {
	answer, err := r.send(ctx, http.MethodPost, "/2015-03-31/functions/"+function+"/invocations", c.event)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if c.result.Payload, err = io.ReadAll(answer.Body); err != nil {
		return fmt.Errorf("%s on the other host: %w", function, err)
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s on the other host: %s: %s", function, answer.Status, c.result.Payload)
	}
	c.result.Failure = answer.Header.Get("X-Amz-Function-Error")
	return nil
}

// turn gives the other host's processes the clock. It returns when none of
// before is left.
func (r remote) turn(offset time.Duration) error {
	answer, err := r.send(context.Background(), http.MethodPut, "/clock", fmt.Appendf(nil, `{"offset_seconds": %d}`, int64(offset/time.Second)))
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("the other host's clock: %s", answer.Status)
	}
	return nil
}

func (r remote) send(ctx context.Context, method, path string, body []byte) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(r.address, "/")+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	return http.DefaultClient.Do(request)
}
