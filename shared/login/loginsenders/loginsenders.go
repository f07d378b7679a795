// Package loginsenders puts the senders together that the template chooses.
package loginsenders

import (
	"net/url"

	"jewelrydisplay.app/shared/config"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/login/loginfailover"
	"jewelrydisplay.app/shared/login/loginsns"
	"jewelrydisplay.app/shared/login/loginwebhook"
)

// New returns the senders that SMS_SENDERS names, sns and webhook, the preferred
// first; a webhook has SMS_WEBHOOK_URL, and SECRET_WEBHOOK to sign with. What cannot be
// worked with is told by config.Ready.
func New(cfg *config.Config) login.Sender {
	var senders []loginfailover.Named
	for _, name := range cfg.List("SMS_SENDERS", "sns") {
		switch name {
		case "sns":
			senders = append(senders, loginfailover.Named{Name: name, Sender: loginsns.New(cfg.AWS)})
		case "webhook":
			address := cfg.Setting("SMS_WEBHOOK_URL")
			// Codes and numbers do not travel in the clear.
			if u, err := url.Parse(address); address != "" && (err != nil || u.Scheme != "https" || u.Host == "") {
				cfg.Refuse("SMS_WEBHOOK_URL", "is no https address")
			}
			senders = append(senders, loginfailover.Named{
				Name: name, Sender: loginwebhook.New(address, cfg.Keys("SECRET_WEBHOOK"), cfg.Clock),
			})
		default:
			cfg.Refuse("SMS_SENDERS", "names a sender that is neither sns nor webhook")
		}
	}
	return loginfailover.New(loginfailover.Standard(), senders...)
}
