// Command account-operations does what an operator may do to an account: find,
// ban, unban, end sessions, take a lost number.
package main

import (
	"context"

	"jewelrydisplay.app/shared/config"
	"jewelrydisplay.app/shared/lambdaevent"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/login/loginevent"
	"jewelrydisplay.app/shared/login/loginphone"
	"jewelrydisplay.app/shared/login/loginwire"
)

func main() { lambdaevent.Serve(build) }

func build(ctx context.Context, cfg *config.Config) (lambdaevent.Handler, error) {
	l, err := loginwire.New(ctx, cfg, cfg.DB())
	return loginevent.Handler(login.Operations{
		Store: l.Store, Numbers: loginphone.New(cfg.List("SMS_COUNTRIES", "CN")), Clock: cfg.Clock,
	}), err
}
