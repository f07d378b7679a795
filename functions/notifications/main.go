// Command notifications serves devices, notification preferences and the
// inbox.
package main

import (
	"jewelrydisplay.app/shared/account/accountdynamo"
	"jewelrydisplay.app/shared/config"
	"jewelrydisplay.app/shared/lambdahttp"
	"jewelrydisplay.app/shared/login/loginwire"
	"jewelrydisplay.app/shared/notification"
	"jewelrydisplay.app/shared/notification/notificationdynamo"
	"jewelrydisplay.app/shared/notification/notificationhttp"
	"jewelrydisplay.app/shared/notification/notificationsns"
)

func main() { lambdahttp.Serve(build) }

func build(cfg *config.Config) (*lambdahttp.API, error) {
	db := cfg.DB()
	auth := loginwire.Authenticator(cfg, db, accountdynamo.NewPolicies(db, cfg.Clock).PolicyDue)
	cursors := cfg.Keys("SECRET_CURSOR")
	store := notificationdynamo.New(db)
	provider := notificationsns.New(cfg.AWS, cfg.Optional("PLATFORM_APNS", ""), cfg.Optional("PLATFORM_FCM", ""))
	api := lambdahttp.New(auth, cfg.Log)
	notificationhttp.Register(api, notification.NewDevices(store, provider, cfg.Clock),
		notification.NewInbox(store, store, cfg.Clock), lambdahttp.NewCursors(cursors))
	return api, nil
}
