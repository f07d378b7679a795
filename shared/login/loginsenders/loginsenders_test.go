package loginsenders_test

import (
	"strings"
	"testing"

	"jewelrydisplay.app/shared/config"
	"jewelrydisplay.app/shared/login/loginsenders"
)

// The template chooses; what cannot be meant stops the function by its name.
func TestSendersAreChosenBySettings(t *testing.T) {
	for _, c := range []struct{ senders, url, wrong string }{
		{"", "", ""},
		{"sns", "", ""},
		{"fax", "", "SMS_SENDERS"},
		{"webhook", "", "SMS_WEBHOOK_URL"},
		{"sns,webhook", "http://sms.example.com/", "SMS_WEBHOOK_URL"},
		{"webhook", "https://", "SMS_WEBHOOK_URL"},
	} {
		t.Setenv("AWS_REGION", "eu-west-1")
		t.Setenv("AWS_ACCESS_KEY_ID", "k")
		t.Setenv("AWS_SECRET_ACCESS_KEY", "s")
		t.Setenv("SMS_SENDERS", c.senders)
		t.Setenv("SMS_WEBHOOK_URL", c.url)
		cfg, err := config.Load()
		if err != nil {
			t.Fatal(err)
		}
		sender := loginsenders.New(cfg)
		err = cfg.Ready()
		if sender == nil || (err == nil) != (c.wrong == "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("%q to %q: %v", c.senders, c.url, err)
		}
		if err != nil && c.url != "" && strings.Contains(err.Error(), c.url) {
			t.Errorf("%v repeats the value", err)
		}
	}
}
