// Command retention-sweep starts the erasures whose day has come, hourly, and deletes
// rows that outlived their retention and endpoints without a row, every 12 hours.
package main

import (
	"os"

	"jewelrydisplay.app/shared/cancellation"
	"jewelrydisplay.app/shared/cancellation/cancellationdynamo"
	"jewelrydisplay.app/shared/cancellation/cancellationsqs"
	"jewelrydisplay.app/shared/config"
	"jewelrydisplay.app/shared/erasure/erasuredynamo"
	"jewelrydisplay.app/shared/lambdaevent"
	"jewelrydisplay.app/shared/login/loginwire"
	"jewelrydisplay.app/shared/metric"
	"jewelrydisplay.app/shared/notification"
	"jewelrydisplay.app/shared/notification/notificationdynamo"
	"jewelrydisplay.app/shared/notification/notificationsns"
	"jewelrydisplay.app/shared/register"
	"jewelrydisplay.app/shared/retention"
	"jewelrydisplay.app/shared/retention/retentiondynamo"
	"jewelrydisplay.app/shared/retention/retentionevent"
)

func main() { lambdaevent.Serve(build) }

func build(cfg *config.Config) (lambdaevent.Handler, error) {
	db := cfg.DB()
	provider := notificationsns.New(cfg.AWS, cfg.Optional("PLATFORM_APNS", ""), cfg.Optional("PLATFORM_FCM", ""))
	rows, timers := notificationdynamo.New(db), cancellationdynamo.New(db, nil, nil)
	devices, secrets := notification.NewDevices(rows, provider, cfg.Clock), loginwire.Rekeyer(cfg, db, timers.UnderOlder)
	eraser := erasuredynamo.Eraser(cfg, db, register.Records(), "account", "gate")
	return retentionevent.Handler(&retention.Sweeper{
		Timers: timers, Queue: cancellationsqs.New(cfg.AWS, cfg.Setting("QUEUE_ERASURES")),
		Direct: cancellation.NewFinisher(timers, eraser, devices, secrets.Store, cfg.Clock), Secrets: secrets,
		Rows: retentiondynamo.New(db), Endpoints: notification.NewOrphans(provider, rows, devices), Meter: metric.New(os.Stdout, cfg.Clock), Clock: cfg.Clock, Log: cfg.Log,
	}), nil
}
