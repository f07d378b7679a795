// Package loginhttp serves login over HTTP: codes, sessions, refresh, the list
// of sessions, the change of number, and what the app asks before a login.
package loginhttp

import (
	"context"
	"time"

	"jewelrydisplay.app/shared/lambdahttp"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/person"
)

// Codes is what the endpoints need of login.Codes.
type Codes interface {
	Request(ctx context.Context, a login.Asked) (login.Sent, error)
}

// Sessions is what the endpoints need of login.Sessions.
type Sessions interface {
	Open(ctx context.Context, o login.Opening) (login.Login, error)
	Refresh(ctx context.Context, token string, device person.DeviceID) (login.Login, error)
	Owned
}

// Owned is what a person does with their own sessions and number.
type Owned interface {
	List(ctx context.Context, user person.ID) ([]login.Session, error)
	End(ctx context.Context, user person.ID, session string) error
	EndOthers(ctx context.Context, user person.ID, keep string) error
	Move(ctx context.Context, m login.Moving) error
}

// App is what the app is told before anybody logs in.
type App struct {
	MinIOS, MinAndroid string   // oldest versions that work with this API
	Phone, Email       string   // of customer service (C88)
	Hours              string   // of customer service
	Countries          []string // whose numbers may log in, ISO 3166-1 alpha-2
}

// Register adds the endpoints. The services may be nil when only the document
// is wanted.
func Register(api *lambdahttp.API, codes Codes, sessions Sessions, app App) {
	registerApp(api, app)
	registerCodes(api, codes)
	registerSessions(api, sessions)
	registerOwned(api, sessions)
}

// Body is the answer to who logged in or refreshed.
type Body struct {
	AccessToken  string    `json:"access_token" doc:"Goes into Authorization: Bearer."`
	ExpiresAt    time.Time `json:"expires_at" doc:"When the access token ends."`
	ExpiresIn    int       `json:"expires_in" doc:"The same in seconds from now."`
	RefreshToken string    `json:"refresh_token" doc:"Makes the next tokens, once."`
	User         User      `json:"user"`
}

// User is who logged in.
type User struct {
	ID  string `json:"id" doc:"The person's id: random, it says nothing."`
	New bool   `json:"new" doc:"Whether this login made the account."`
}

// LoginBody writes a login for its owner.
func LoginBody(l login.Login) Body {
	return Body{
		AccessToken: l.Access.Reveal(), ExpiresAt: l.ExpiresAt, ExpiresIn: seconds(l.ExpiresIn),
		RefreshToken: l.Refresh.Reveal(), User: User{ID: l.User.Reveal(), New: l.New},
	}
}

func seconds(d time.Duration) int { return int(d / time.Second) }

// DeviceBody is how a device describes itself (C21).
type DeviceBody struct {
	Name     string `json:"name" minLength:"1" maxLength:"100" doc:"What the device calls itself."`
	Platform string `json:"platform" enum:"ios,android"`
}

// Device reads a body with the device's id from the header.
func (d DeviceBody) Device(id string) (login.Device, error) {
	parsed, err := person.ParseDeviceID(id)
	return login.Device{ID: parsed, Name: person.Of[person.DeviceName](d.Name), Platform: d.Platform}, err
}
