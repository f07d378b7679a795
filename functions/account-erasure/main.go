// Command account-erasure erases what a cancelled account left, when its day
// has come: woken by the bells of the table Privacy and by the queue Erasures.
package main

import (
	"jewelrydisplay.app/shared/cancellation"
	"jewelrydisplay.app/shared/cancellation/cancellationdynamo"
	"jewelrydisplay.app/shared/cancellation/cancellationevent"
	"jewelrydisplay.app/shared/config"
	"jewelrydisplay.app/shared/erasure/erasuredynamo"
	"jewelrydisplay.app/shared/lambdaevent"
	"jewelrydisplay.app/shared/login/logindynamo"
	"jewelrydisplay.app/shared/notification"
	"jewelrydisplay.app/shared/notification/notificationdynamo"
	"jewelrydisplay.app/shared/notification/notificationsns"
	"jewelrydisplay.app/shared/register"
)

func main() { lambdaevent.Serve(build) }

func build(cfg *config.Config) (lambdaevent.Handler, error) {
	db := cfg.DB()
	provider := notificationsns.New(cfg.AWS, "", "") // only ends endpoints
	devices := notification.NewDevices(notificationdynamo.New(db), provider, cfg.Clock)
	gates := logindynamo.New(db, logindynamo.Options{Clock: cfg.Clock})
	eraser := erasuredynamo.Eraser(cfg, db, register.Records(), "account", "gate")
	finisher := cancellation.NewFinisher(cancellationdynamo.New(db, nil, nil), eraser, devices, gates, cfg.Clock)
	return cancellationevent.Handler(finisher, cfg.Log), nil
}
