// Command push-campaign launches, pauses, resumes, cancels and inspects
// campaigns for an operator, and every minute queues the pages that are due.
package main

import (
	"jewelrydisplay.app/shared/config"
	"jewelrydisplay.app/shared/engagement/engagementdynamo"
	"jewelrydisplay.app/shared/lambdaevent"
	"jewelrydisplay.app/shared/notification"
	"jewelrydisplay.app/shared/notification/notificationdynamo"
	"jewelrydisplay.app/shared/notification/notificationevent"
	"jewelrydisplay.app/shared/notification/notificationsqs"
)

func main() { lambdaevent.Serve(build) }

func build(cfg *config.Config) (lambdaevent.Handler, error) {
	db := cfg.DB()
	store := notificationdynamo.New(db)
	followers := engagementdynamo.New(db, nil)
	lanes := notificationsqs.New(cfg.AWS, cfg.Setting("QUEUE_TRANSACTIONAL"), cfg.Setting("QUEUE_MARKETING"))
	return notificationevent.Operator(notification.NewOperator(store, store, store, followers, lanes, cfg.Clock)), nil
}
