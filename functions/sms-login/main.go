// Command sms-login serves codes by SMS, sessions and what the app asks before
// a login.
package main

import (
	"jewelrydisplay.app/shared/account/accountdynamo"
	"jewelrydisplay.app/shared/cancellation/cancellationdynamo"
	"jewelrydisplay.app/shared/config"
	"jewelrydisplay.app/shared/lambdahttp"
	"jewelrydisplay.app/shared/login/loginhttp"
	"jewelrydisplay.app/shared/login/loginphone"
	"jewelrydisplay.app/shared/login/loginsenders"
	"jewelrydisplay.app/shared/login/loginwire"
	"jewelrydisplay.app/shared/notification"
	"jewelrydisplay.app/shared/notification/notificationdynamo"
	"jewelrydisplay.app/shared/notification/notificationsns"
)

func main() { lambdahttp.Serve(build) }

func build(cfg *config.Config) (*lambdahttp.API, error) {
	db := cfg.DB()
	login := loginwire.New(cfg, db)
	audience := notificationdynamo.New(db)
	accounts := accountdynamo.NewStore(db, cfg.Clock, login.Store, audience, nil)
	endpoints := notificationsns.New(cfg.AWS, "", "") // only ends them
	sessions := login.Sessions(loginwire.Asking{
		Numbers: loginphone.New(loginwire.Countries(cfg)), Sender: loginsenders.New(cfg), Policies: accounts,
		Pushes:     notification.NewDevices(audience, endpoints, cfg.Clock),
		Acceptance: accounts.AcceptanceWrites, Audience: audience.PersonWrites, Minors: accounts.MinorWrites, Ban: audience.BanWrite,
		NewDevice: audience.NewDeviceWrite, Leave: cancellationdynamo.New(db, nil, audience).Leaves(cfg.Random),
	})
	api := lambdahttp.New(login.Authenticator(accounts.PolicyDue), cfg.Log)
	loginhttp.Register(api, login.Codes, sessions, loginwire.App(cfg))
	return api, nil
}
