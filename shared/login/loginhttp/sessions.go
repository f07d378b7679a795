package loginhttp

import (
	"context"
	"net/http"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/lambdahttp"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/person"
)

type sessionInput struct {
	DeviceID string `header:"Device-Id" required:"true" format:"uuid" doc:"The UUID that the code was asked for with."`
	Body     struct {
		Challenge string     `json:"challenge_id" maxLength:"2048"`
		Code      string     `json:"code" maxLength:"64" doc:"As it was typed; full-width digits and spaces are fine."`
		Device    DeviceBody `json:"device"`
		Anew      bool       `json:"start_anew,omitempty" doc:"After dormant_account: make a new account."`
	}
}

type loginOutput struct{ Body Body }

type refreshInput struct {
	DeviceID string `header:"Device-Id" required:"true" format:"uuid" doc:"The UUID of the device that logged in."`
	Body     struct {
		RefreshToken string `json:"refresh_token" maxLength:"512"`
	}
}

func registerSessions(api *lambdahttp.API, sessions Sessions) {
	lambdahttp.Handle(api, lambdahttp.Operation{
		ID: "open-session", Method: http.MethodPost, Path: "/v1/login/sessions", Tag: "login",
		Summary: "Log in with a code, or register", Status: http.StatusCreated,
		Refuses: []fault.Code{fault.Forbidden, fault.ConsentRequired, fault.DormantAccount, fault.CodeRejected},
	}, func(ctx context.Context, in *sessionInput) (*loginOutput, error) {
		device, err := in.Body.Device.Device(in.DeviceID)
		if err != nil {
			return nil, err
		}
		return answer(sessions.Open(ctx, login.Opening{
			Challenge: in.Body.Challenge, Code: in.Body.Code, Device: device, StartAnew: in.Body.Anew,
		}))
	})
	lambdahttp.Handle(api, lambdahttp.Operation{
		ID: "refresh-session", Method: http.MethodPost, Path: "/v1/login/refresh", Tag: "login",
		Summary: "Change a refresh token into the next tokens", Status: http.StatusOK,
	}, func(ctx context.Context, in *refreshInput) (*loginOutput, error) {
		device, err := person.ParseDeviceID(in.DeviceID)
		if err != nil {
			return nil, err
		}
		return answer(sessions.Refresh(ctx, in.Body.RefreshToken, device))
	})
}

func answer(l login.Login, err error) (*loginOutput, error) {
	if err != nil {
		return nil, err
	}
	return &loginOutput{Body: LoginBody(l)}, nil
}
