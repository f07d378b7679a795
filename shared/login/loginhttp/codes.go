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

type policyBody struct {
	Version string `json:"version" minLength:"1" maxLength:"64"`
	SHA256  string `json:"sha256" minLength:"64" maxLength:"64" doc:"Of the accepted text, hexadecimal."`
}

type codeInput struct {
	DeviceID string `header:"Device-Id" required:"true" format:"uuid" doc:"A UUID that the app makes at install."`
	Language string `header:"Accept-Language" doc:"Chooses the SMS's language."`
	Body     struct {
		Purpose  string      `json:"purpose" enum:"login,withdraw_cancellation,cancel_account,export_data,change_phone,claim_phone"`
		Phone    string      `json:"phone,omitempty" maxLength:"160" doc:"For login, withdraw_cancellation and claim_phone."`
		Policy   *policyBody `json:"policy,omitempty" doc:"For login: the privacy policy that is accepted with it."`
		Age      string      `json:"age_group,omitempty" enum:"adult,minor,child" doc:"For login."`
		Guardian bool        `json:"guardian_agreed,omitempty" doc:"For minors."`
	}
}

type codeOutput struct {
	Body struct {
		Challenge string    `json:"challenge_id"`
		ExpiresAt time.Time `json:"expires_at" doc:"When the code ends."`
		ExpiresIn int       `json:"expires_in" doc:"The same in seconds from now."`
		ResendAt  time.Time `json:"resend_at" doc:"From when on another SMS may be asked for."`
		ResendIn  int       `json:"resend_in" doc:"The same in seconds from now, rounded up."`
	}
}

func registerCodes(api *lambdahttp.API, codes Codes) {
	lambdahttp.Handle(api, lambdahttp.Operation{
		ID: "request-code", Method: http.MethodPost, Path: "/v1/login/codes", Tag: "login",
		Summary: "Ask for a one-time code by SMS", Status: http.StatusAccepted,
		Refuses: []fault.Code{fault.ConsentRequired, fault.GuardianRequired, fault.TooManyRequests},
	}, func(ctx context.Context, in *codeInput) (*codeOutput, error) {
		asked, err := in.asked(ctx)
		if err != nil {
			return nil, err
		}
		sent, err := codes.Request(ctx, asked)
		if err != nil {
			return nil, err
		}
		out := &codeOutput{}
		out.Body.Challenge = sent.Challenge
		out.Body.ExpiresAt, out.Body.ExpiresIn = sent.ExpiresAt, seconds(sent.ExpiresIn)
		out.Body.ResendAt, out.Body.ResendIn = sent.ResendAt, seconds(sent.ResendIn+time.Second-1)
		return out, nil
	})
}

func (in *codeInput) asked(ctx context.Context) (login.Asked, error) {
	device, err := person.ParseDeviceID(in.DeviceID)
	if err != nil {
		return login.Asked{}, err
	}
	caller, _ := lambdahttp.CallerOf(ctx)
	a := login.Asked{
		Purpose: in.Body.Purpose, Phone: in.Body.Phone, Age: login.AgeGroup(in.Body.Age), Guardian: in.Body.Guardian,
		User: caller.User, Device: device, Address: lambdahttp.ClientAddress(ctx), Language: lambdahttp.Language(in.Language),
	}
	if in.Body.Policy != nil {
		a.Version, a.Hash = in.Body.Policy.Version, in.Body.Policy.SHA256
	}
	return a, nil
}
