// Package loginevent handles the operator's events about accounts.
package loginevent

import (
	"context"
	"time"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/lambdaevent"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/person"
)

// request is the event.
type request struct {
	Action string `json:"action"`
	Phone  string `json:"phone"`
	User   string `json:"user_id"`
	Reason string `json:"reason"`
	Until  string `json:"until"`
}

// Report is the answer: what an operator may know of an account, never its
// number.
type Report struct {
	User        string     `json:"user_id"`
	State       string     `json:"state"`
	BannedUntil *time.Time `json:"banned_until,omitempty"`
	CreatedAt   time.Time  `json:"created_at"`
	ActiveAt    time.Time  `json:"active_at"`
	Minor       bool       `json:"minor"`
	Sessions    int        `json:"sessions"`
	HasNumber   bool       `json:"has_number"`
	Left        bool       `json:"can_return,omitempty"` // by give_number
}

// Operations is what the handler needs of login.Operations.
type Operations interface {
	Do(ctx context.Context, o login.Order) (login.Report, error)
}

// Handler returns the handler. The same event again has the same effect once,
// and leaves its own audit row.
func Handler(operations Operations) lambdaevent.Handler {
	return func(ctx context.Context, payload []byte) (any, error) {
		var in request
		if err := lambdaevent.Decode(payload, &in); err != nil {
			return nil, err
		}
		order, err := in.order()
		if err != nil {
			return nil, err
		}
		r, err := operations.Do(ctx, order)
		if err != nil {
			return nil, err
		}
		out := Report{
			User: r.User.Reveal(), State: string(r.State), CreatedAt: r.CreatedAt, ActiveAt: r.ActiveAt,
			Minor: r.Minor, Sessions: r.Sessions, HasNumber: r.HasNumber, Left: r.Left,
		}
		if !r.BannedUntil.IsZero() {
			out.BannedUntil = &r.BannedUntil
		}
		return out, nil
	}
}

func (in request) order() (login.Order, error) {
	o := login.Order{Action: in.Action, Phone: in.Phone, Reason: in.Reason}
	if in.User != "" {
		var err error
		if o.User, err = person.ParseID(in.User); err != nil {
			return o, err
		}
	}
	if in.Until != "" {
		at, err := time.Parse(time.RFC3339, in.Until)
		if err != nil {
			return o, fault.Invalid("until", "is not a time (RFC 3339)")
		}
		o.Until = at.UTC()
	}
	return o, nil
}
