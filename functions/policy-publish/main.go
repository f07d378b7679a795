// Command policy-publish publishes a version of the privacy policy, invoked by
// an operator.
package main

import (
	"jewelrydisplay.app/shared/account"
	"jewelrydisplay.app/shared/account/accountdynamo"
	"jewelrydisplay.app/shared/account/accountevent"
	"jewelrydisplay.app/shared/account/accounts3"
	"jewelrydisplay.app/shared/config"
	"jewelrydisplay.app/shared/lambdaevent"
)

func main() { lambdaevent.Serve(build) }

func build(cfg *config.Config) (lambdaevent.Handler, error) {
	policies := accountdynamo.NewPolicies(cfg.DB(), cfg.Clock)
	return accountevent.Publish(account.NewPublisher(policies, cfg.Clock), accounts3.New(cfg.AWS)), nil
}
