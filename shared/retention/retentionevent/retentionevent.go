// Package retentionevent is how the schedules wake the sweep.
package retentionevent

import (
	"context"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/lambdaevent"
)

// Sweeper sweeps.
type Sweeper interface {
	// Due starts what is due and returns how many.
	Due(ctx context.Context) (int, error)
	// Expired deletes expired rows and push endpoints without a row, and returns
	// how many of each.
	Expired(ctx context.Context) (rows, endpoints int, err error)
	// Rekey moves rows to the present versions of the secrets and returns how many
	// are left under older ones, by secret.
	Rekey(ctx context.Context) (left map[string]int, err error)
}

// Result is what a sweep did.
type Result struct {
	Job       string `json:"job"`
	Started   *int   `json:"started,omitempty"`
	Removed   *int   `json:"removed,omitempty"`
	Endpoints *int   `json:"endpoints,omitempty"`
	// Older is how many rows are left under older versions, by secret.
	Older map[string]int `json:"under_older_secrets,omitempty"`
}

// Handler runs the job that the event names: {"job":"due"},
// {"job":"expired"} or {"job":"rekey"}. Any other is an InvalidRequest.
func Handler(s Sweeper) lambdaevent.Handler {
	return func(ctx context.Context, payload []byte) (any, error) {
		var event struct {
			Job string `json:"job"`
		}
		if err := lambdaevent.Decode(payload, &event); err != nil {
			return nil, err
		}
		switch event.Job {
		case "due":
			n, err := s.Due(ctx)
			return Result{Job: event.Job, Started: &n}, err
		case "expired":
			rows, endpoints, err := s.Expired(ctx)
			return Result{Job: event.Job, Removed: &rows, Endpoints: &endpoints}, err
		case "rekey":
			left, err := s.Rekey(ctx)
			return Result{Job: event.Job, Older: left}, err
		default:
			return nil, fault.Invalid("job", `is "due", "expired" or "rekey"`)
		}
	}
}
