// Command account-cancellation serves an account's cancellation and its withdrawal.
package main

import (
	"jewelrydisplay.app/shared/account/accountdynamo"
	"jewelrydisplay.app/shared/cancellation"
	"jewelrydisplay.app/shared/cancellation/cancellationdynamo"
	"jewelrydisplay.app/shared/cancellation/cancellationhttp"
	"jewelrydisplay.app/shared/cancellation/cancellationsqs"
	"jewelrydisplay.app/shared/config"
	"jewelrydisplay.app/shared/erasure/erasuredynamo"
	"jewelrydisplay.app/shared/lambdahttp"
	"jewelrydisplay.app/shared/login/loginhttp"
	"jewelrydisplay.app/shared/login/loginwire"
	"jewelrydisplay.app/shared/notification"
	"jewelrydisplay.app/shared/notification/notificationdynamo"
	"jewelrydisplay.app/shared/notification/notificationsns"
	"jewelrydisplay.app/shared/register"
)

func main() { lambdahttp.Serve(build) }

func build(cfg *config.Config) (*lambdahttp.API, error) {
	db := cfg.DB()
	login := loginwire.New(cfg, db)
	audience, policies, provider := notificationdynamo.New(db), accountdynamo.NewPolicies(db, cfg.Clock), notificationsns.New(cfg.AWS, "", "")
	store := cancellationdynamo.New(db, login.Greeting(audience.NewDeviceWrite), audience)
	api := lambdahttp.New(login.Authenticator(policies.PolicyDue), cfg.Log)
	cancellationhttp.Register(api, &cancellation.Withdrawals[loginhttp.Body]{
		Cancellations: &cancellation.Cancellations{
			Codes: login.Codes, Records: store, Queue: cancellationsqs.New(cfg.AWS, cfg.Setting("QUEUE_ERASURES")),
			Eraser: erasuredynamo.Eraser(cfg, db, register.Records()), Endpoints: notification.NewDevices(audience, provider, cfg.Clock),
			Schemas: register.Records(), Clock: cfg.Clock, Random: cfg.Random, Log: cfg.Log,
		},
		Records: store, Devices: login.Store, Restorer: cancellationdynamo.NewRestorer(store, login.Store.OpenWrites, loginhttp.LoginBody),
	})
	return api, nil
}
