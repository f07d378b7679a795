// Command sms-login serves codes by SMS, sessions and what the app asks before
// a login.
package main

import (
	"context"

	"jewelrydisplay.app/shared/account/accountdynamo"
	"jewelrydisplay.app/shared/config"
	"jewelrydisplay.app/shared/lambdahttp"
	"jewelrydisplay.app/shared/login/loginhttp"
	"jewelrydisplay.app/shared/login/loginphone"
	"jewelrydisplay.app/shared/login/loginsns"
	"jewelrydisplay.app/shared/login/loginwire"
	"jewelrydisplay.app/shared/notification"
	"jewelrydisplay.app/shared/notification/notificationdynamo"
	"jewelrydisplay.app/shared/notification/notificationsns"
)

func main() { lambdahttp.Serve(build) }

func build(ctx context.Context, cfg *config.Config) (*lambdahttp.API, error) {
	db := cfg.DB()
	login := loginwire.New(ctx, cfg, db)
	policies, audience := accountdynamo.NewPolicies(db, cfg.Clock), notificationdynamo.New(db)
	endpoints := notificationsns.New(cfg.AWS, "", "") // only ends them
	sessions := login.Sessions(loginwire.Asking{
		Numbers: loginphone.New(cfg.List("SMS_COUNTRIES", "CN")), Sender: loginsns.New(cfg.AWS), Policies: policies,
		Pushes:     notification.NewDevices(audience, endpoints, cfg.Clock),
		Acceptance: policies.AcceptanceWrites, Audience: audience.PersonWrites, Minors: audience.MinorWrites,
	})
	api := lambdahttp.New(login.Authenticator(policies.PolicyDue), cfg.Log)
	loginhttp.Register(api, login.Codes, sessions, loginwire.App(cfg))
	return api, nil
}
