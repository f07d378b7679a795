// Command push-fanout sends the pages of a lane: one function for what people
// wait for, one for marketing.
package main

import (
	"os"

	"jewelrydisplay.app/shared/config"
	"jewelrydisplay.app/shared/lambdaevent"
	"jewelrydisplay.app/shared/metric"
	"jewelrydisplay.app/shared/notification"
	"jewelrydisplay.app/shared/notification/notificationdynamo"
	"jewelrydisplay.app/shared/notification/notificationevent"
	"jewelrydisplay.app/shared/notification/notificationsns"
	"jewelrydisplay.app/shared/notification/notificationsqs"
)

func main() { lambdaevent.Serve(build) }

func build(cfg *config.Config) (lambdaevent.Handler, error) {
	store := notificationdynamo.New(cfg.DB())
	provider := notificationsns.New(cfg.AWS, "", "") // it registers nothing
	devices := notification.NewDevices(store, provider, cfg.Clock)
	fanout := notification.NewFanout(store, store, store, store, devices, provider, cfg.Clock, cfg.Random).
		Counting(metric.New(os.Stdout, cfg.Clock))
	return notificationevent.Pages(fanout, notificationsqs.Parse, cfg.Log), nil
}
