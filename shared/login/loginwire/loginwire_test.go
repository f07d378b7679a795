package loginwire_test

import (
	"testing"

	"jewelrydisplay.app/shared/config"
	"jewelrydisplay.app/shared/login/loginwire"
)

// A function whose secret the template forgot does not start, and says which.
func TestAMissingSecretIsNamed(t *testing.T) {
	for _, setting := range []string{"SECRET_PEPPER", "SECRET_INDEX", "SECRET_TOKEN", "SECRET_SERVICE"} {
		t.Setenv(setting, "")
	}
	for want, build := range map[string]func(*config.Config){
		"SECRET_PEPPER, SECRET_INDEX, SECRET_TOKEN, SECRET_SERVICE": func(cfg *config.Config) {
			loginwire.New(cfg, cfg.DB())
		},
		"SECRET_INDEX, SECRET_SERVICE": func(cfg *config.Config) { loginwire.Operated(cfg, cfg.DB()) },
		"SECRET_TOKEN":                 func(cfg *config.Config) { loginwire.Authenticator(cfg, cfg.DB(), nil) },
	} {
		cfg, err := config.Load()
		if err != nil {
			t.Fatal(err)
		}
		build(cfg)
		if err := cfg.Ready(); err == nil || err.Error() != "config: missing settings: "+want {
			t.Errorf("got %v, want %s named", err, want)
		}
	}
}
