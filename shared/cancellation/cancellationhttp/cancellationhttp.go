// Package cancellationhttp serves the cancellation of an account, its
// withdrawal and its receipt.
package cancellationhttp

import (
	"context"
	"net/http"
	"time"

	"jewelrydisplay.app/shared/cancellation"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/lambdahttp"
	"jewelrydisplay.app/shared/person"
)

// Blocker is something that delays a cancellation.
type Blocker struct {
	Kind  string    `json:"kind" doc:"What must be settled first" enum:"open_order,unsettled_balance,open_dispute"`
	Until time.Time `json:"until" doc:"When it ends by itself at the latest"`
}

// Kept is a kind of record and what it is kept for.
type Kept struct {
	RecordType string   `json:"record_type"`
	Purposes   []string `json:"purposes" nullable:"false"`
}

// Preview is what a cancellation would do.
type Preview struct {
	Blockers              []Blocker `json:"blockers" nullable:"false"`
	ErasedAtOnce          []Kept    `json:"erased_at_once" nullable:"false"`
	ErasedAfterWithdrawal []Kept    `json:"erased_after_withdrawal" nullable:"false"`
	HeldUntilPurge        []Kept    `json:"held_until_purge" nullable:"false"`
	WithdrawUntil         time.Time `json:"withdraw_until"`
	PurgeAt               time.Time `json:"purge_at"`
}

// Begun is the answer to a cancellation.
type Begun struct {
	ReceiptID     string    `json:"receipt_id" doc:"Keep it: it is the only way to this cancellation"`
	EffectiveAt   time.Time `json:"effective_at"`
	WithdrawUntil time.Time `json:"withdraw_until"`
	PurgeAt       time.Time `json:"purge_at"`
}

// Receipt is the state of a receipt.
type Receipt struct {
	State    string     `json:"state" enum:"held,withdrawn,erased"`
	PurgeAt  time.Time  `json:"purge_at"`
	ErasedAt *time.Time `json:"erased_at,omitempty" doc:"A date without a time"`
	Proof    string     `json:"proof,omitempty" doc:"SHA-256 over the case and the dates of the erasure, in base64url"`
}

// Code is a one-time code and its challenge.
type Code struct {
	ChallengeID string `json:"challenge_id" minLength:"1" maxLength:"1024"`
	Code        string `json:"code" minLength:"1" maxLength:"32"`
}

// Device is the device that logs in, as it describes itself.
type Device struct {
	Name     string `json:"name" minLength:"1" maxLength:"100"`
	Platform string `json:"platform" enum:"ios,android"`
}

type previewIn struct{}

type previewOut struct{ Body Preview }

type cancelIn struct {
	DeviceID string `header:"Device-Id" required:"true" format:"uuid"`
	Body     Code
}

type cancelOut struct{ Body Begun }

type withdrawIn struct {
	DeviceID string `header:"Device-Id" required:"true" format:"uuid"`
	Body     struct {
		Code
		Device    Device `json:"device"`
		ReceiptID string `json:"receipt_id,omitempty" maxLength:"100"`
	}
}

type withdrawOut[L any] struct{ Body L }

type receiptIn struct {
	ReceiptID string `path:"receipt_id" maxLength:"100"`
}

type receiptOut struct{ Body Receipt }

// Register adds the endpoints. L is the answer of a login, as JSON. The service
// may be nil when only the document is wanted.
func Register[L any](api *lambdahttp.API, w *cancellation.Withdrawals[L]) {
	var s *cancellation.Cancellations
	if w != nil {
		s = w.Cancellations
	}
	lambdahttp.Handle(api, lambdahttp.Operation{
		ID: "preview-cancellation", Method: http.MethodGet, Path: "/v1/me/cancellation", Tag: "cancellation",
		Summary: "What cancelling the account would do", Access: lambdahttp.SignedIn,
	}, preview(s))
	lambdahttp.Handle(api, lambdahttp.Operation{
		ID: "cancel-account", Method: http.MethodPost, Path: "/v1/me/cancellation", Tag: "cancellation",
		Summary: "Cancel the account; every token is dead from here on", Access: lambdahttp.Replay, Status: http.StatusAccepted,
		Refuses: []fault.Code{fault.CancellationBlocked, fault.Conflict, fault.CodeRejected},
	}, cancel(s))
	lambdahttp.Handle(api, lambdahttp.Operation{
		ID: "withdraw-cancellation", Method: http.MethodPost, Path: "/v1/cancellations/withdrawals", Tag: "cancellation",
		Summary: "Take a cancellation back within its 7 days, and log in", Status: http.StatusCreated,
		Refuses: []fault.Code{fault.Conflict, fault.CodeRejected, fault.NotFound, fault.Gone},
	}, withdraw(w))
	lambdahttp.Handle(api, lambdahttp.Operation{
		ID: "cancellation-receipt", Method: http.MethodGet, Path: "/v1/cancellations/{receipt_id}", Tag: "cancellation",
		Summary: "What became of a cancelled account: nothing personal",
	}, receipt(s))
}

func preview(s *cancellation.Cancellations) func(context.Context, *previewIn) (*previewOut, error) {
	return func(ctx context.Context, _ *previewIn) (*previewOut, error) {
		caller, _ := lambdahttp.CallerOf(ctx)
		p, err := s.Preview(ctx, caller.User)
		if err != nil {
			return nil, err
		}
		out := Preview{
			Blockers: []Blocker{}, WithdrawUntil: p.WithdrawUntil, PurgeAt: p.PurgeAt,
			ErasedAtOnce: kept(p.ErasedAtOnce), ErasedAfterWithdrawal: kept(p.ErasedAfterWithdrawal), HeldUntilPurge: kept(p.HeldUntilPurge),
		}
		for _, b := range p.Blockers {
			out.Blockers = append(out.Blockers, Blocker{Kind: b.Kind, Until: b.Until})
		}
		return &previewOut{Body: out}, nil
	}
}

func kept(list []cancellation.Kept) []Kept {
	out := make([]Kept, len(list))
	for i, k := range list {
		out[i] = Kept{RecordType: k.Record, Purposes: append([]string{}, k.Purposes...)}
	}
	return out
}

func cancel(s *cancellation.Cancellations) func(context.Context, *cancelIn) (*cancelOut, error) {
	return func(ctx context.Context, in *cancelIn) (*cancelOut, error) {
		device, err := person.ParseDeviceID(in.DeviceID)
		if err != nil {
			return nil, err
		}
		caller, _ := lambdahttp.CallerOf(ctx)
		r, err := s.Cancel(ctx, cancellation.Request{
			User: caller.User, Challenge: in.Body.ChallengeID, Code: in.Body.Code, Device: device,
		})
		if err != nil {
			return nil, err
		}
		return &cancelOut{Body: Begun{
			ReceiptID: r.ID, EffectiveAt: r.EffectiveAt, WithdrawUntil: r.WithdrawUntil, PurgeAt: r.PurgeAt,
		}}, nil
	}
}

func withdraw[L any](s *cancellation.Withdrawals[L]) func(context.Context, *withdrawIn) (*withdrawOut[L], error) {
	return func(ctx context.Context, in *withdrawIn) (*withdrawOut[L], error) {
		device, err := person.ParseDeviceID(in.DeviceID)
		if err != nil {
			return nil, err
		}
		answer, err := s.Withdraw(ctx, cancellation.Withdrawal{
			Challenge: in.Body.ChallengeID, Code: in.Body.Code.Code, Receipt: in.Body.ReceiptID,
			Device: cancellation.Device{
				ID: device, Name: person.Of[person.DeviceName](in.Body.Device.Name), Platform: in.Body.Device.Platform,
			},
		})
		if err != nil {
			return nil, err
		}
		return &withdrawOut[L]{Body: answer}, nil
	}
}

func receipt(s *cancellation.Cancellations) func(context.Context, *receiptIn) (*receiptOut, error) {
	return func(ctx context.Context, in *receiptIn) (*receiptOut, error) {
		r, err := s.Receipt(ctx, in.ReceiptID)
		if err != nil {
			return nil, err
		}
		out := Receipt{State: string(r.State), PurgeAt: r.PurgeAt, Proof: r.Proof}
		if !r.ErasedAt.IsZero() {
			out.ErasedAt = &r.ErasedAt
		}
		return &receiptOut{Body: out}, nil
	}
}
