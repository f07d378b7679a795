package loginhttp

import (
	"context"
	"net/http"
	"time"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/lambdahttp"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/person"
)

// Session is one of the person's own sessions.
type Session struct {
	ID         string      `json:"id"`
	Device     KnownDevice `json:"device"`
	CreatedAt  time.Time   `json:"created_at"`
	LastUsedAt time.Time   `json:"last_used_at" doc:"When its tokens were last made or first used."`
	Current    bool        `json:"current" doc:"Whether this call came with it."`
}

// KnownDevice is a device as it described itself at its login.
type KnownDevice struct {
	Name     string `json:"name"`
	Platform string `json:"platform"`
}

type listOutput struct {
	Body struct {
		Items []Session `json:"items" nullable:"false"`
	}
}

type moveInput struct {
	DeviceID string `header:"Device-Id" required:"true" format:"uuid" doc:"The UUID that both codes were asked for with."`
	Body     struct {
		Challenge    string `json:"challenge_id" maxLength:"2048" doc:"Of change_phone, to the present number."`
		Code         string `json:"code" maxLength:"64"`
		NewChallenge string `json:"new_challenge_id" maxLength:"2048" doc:"Of claim_phone, to the new number."`
		NewCode      string `json:"new_code" maxLength:"64"`
	}
}

func registerOwned(api *lambdahttp.API, owned Owned) {
	lambdahttp.Handle(api, lambdahttp.Operation{
		ID: "list-sessions", Method: http.MethodGet, Path: "/v1/me/sessions", Tag: "login", Access: lambdahttp.SignedIn,
		Summary: "List one's sessions, the latest used first",
	}, func(ctx context.Context, _ *struct{}) (*listOutput, error) {
		caller, _ := lambdahttp.CallerOf(ctx)
		list, err := owned.List(ctx, caller.User)
		return listed(list, caller.Session), err
	})
	lambdahttp.Handle(api, lambdahttp.Operation{
		ID: "end-other-sessions", Method: http.MethodDelete, Path: "/v1/me/sessions", Tag: "login", Access: lambdahttp.SignedIn,
		Summary: "End all other sessions",
	}, func(ctx context.Context, _ *struct{}) (*struct{}, error) {
		caller, _ := lambdahttp.CallerOf(ctx)
		return nil, owned.EndOthers(ctx, caller.User, caller.Session)
	})
	lambdahttp.Handle(api, lambdahttp.Operation{
		ID: "end-current-session", Method: http.MethodDelete, Path: "/v1/me/sessions/current", Tag: "login", Access: lambdahttp.SignedIn,
		Summary: "Log out",
	}, func(ctx context.Context, _ *struct{}) (*struct{}, error) {
		caller, _ := lambdahttp.CallerOf(ctx)
		return nil, owned.End(ctx, caller.User, caller.Session)
	})
	lambdahttp.Handle(api, lambdahttp.Operation{
		ID: "end-session", Method: http.MethodDelete, Path: "/v1/me/sessions/{id}", Tag: "login", Access: lambdahttp.SignedIn,
		Summary: "End a session",
	}, func(ctx context.Context, in *struct {
		ID string `path:"id" maxLength:"64"`
	},
	) (*struct{}, error) {
		caller, _ := lambdahttp.CallerOf(ctx)
		return nil, owned.End(ctx, caller.User, in.ID)
	})
	registerMove(api, owned)
}

func registerMove(api *lambdahttp.API, owned Owned) {
	lambdahttp.Handle(api, lambdahttp.Operation{
		ID: "change-phone", Method: http.MethodPut, Path: "/v1/me/phone", Tag: "login", Access: lambdahttp.SignedIn,
		Summary: "Change the number that opens the account; every other session ends",
		Refuses: []fault.Code{fault.Conflict, fault.CodeRejected},
	}, func(ctx context.Context, in *moveInput) (*struct{}, error) {
		device, err := person.ParseDeviceID(in.DeviceID)
		if err != nil {
			return nil, err
		}
		caller, _ := lambdahttp.CallerOf(ctx)
		return nil, owned.Move(ctx, login.Moving{
			User: caller.User, Session: caller.Session, Device: device,
			Challenge: in.Body.Challenge, Code: in.Body.Code, NewChallenge: in.Body.NewChallenge, NewCode: in.Body.NewCode,
		})
	})
}

func listed(list []login.Session, current string) *listOutput {
	out := &listOutput{}
	out.Body.Items = make([]Session, 0, len(list))
	for _, s := range list {
		out.Body.Items = append(out.Body.Items, Session{
			ID: s.ID, Device: KnownDevice{Name: s.Name.Reveal(), Platform: s.Platform},
			CreatedAt: s.CreatedAt, LastUsedAt: s.LastUsedAt, Current: s.ID == current,
		})
	}
	return out
}
