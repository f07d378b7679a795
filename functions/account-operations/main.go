// Command account-operations does what an operator may do to an account: find,
// ban, unban, end sessions, take a lost number, give one back.
package main

import (
	"jewelrydisplay.app/shared/cancellation/cancellationdynamo"
	"jewelrydisplay.app/shared/config"
	"jewelrydisplay.app/shared/lambdaevent"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/login/loginevent"
	"jewelrydisplay.app/shared/login/loginwire"
	"jewelrydisplay.app/shared/notification"
	"jewelrydisplay.app/shared/notification/notificationdynamo"
	"jewelrydisplay.app/shared/notification/notificationsns"
)

func main() { lambdaevent.Serve(build) }

func build(cfg *config.Config) (lambdaevent.Handler, error) {
	db := cfg.DB()
	accounts := loginwire.Operated(cfg, db)
	audience := notificationdynamo.New(db)
	leaving := cancellationdynamo.New(db, nil, audience)
	accounts.Ban, accounts.Leave, accounts.Return = audience.BanWrite, leaving.Leaves(cfg.Random), leaving.Returns
	endpoints := notificationsns.New(cfg.AWS, "", "") // only ends them
	return loginevent.Handler(login.Operations{
		Store: accounts, Numbers: login.International{}, Clock: cfg.Clock,
		Pushes: notification.NewDevices(audience, endpoints, cfg.Clock),
	}), nil
}
