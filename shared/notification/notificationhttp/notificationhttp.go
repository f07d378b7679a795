// Package notificationhttp serves devices, notification preferences and the
// inbox.
package notificationhttp

import (
	"context"
	"net/http"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/lambdahttp"
	"jewelrydisplay.app/shared/notification"
	"jewelrydisplay.app/shared/person"
)

type handlers struct {
	devices *notification.Devices
	inbox   *notification.Inbox
	cursors lambdahttp.Cursors
}

// Register adds the endpoints.
func Register(api *lambdahttp.API, devices *notification.Devices, inbox *notification.Inbox, cursors lambdahttp.Cursors) {
	h := &handlers{devices: devices, inbox: inbox, cursors: cursors}
	h.devicesAndPreferences(api)
	lambdahttp.Handle(api, lambdahttp.Operation{
		ID: "read-inbox", Method: http.MethodGet, Path: "/v1/me/inbox", Tag: "notification", Access: lambdahttp.SignedIn,
		Summary: "Read \"my message\", newest first, whatever pushes are refused",
	}, h.read)
	lambdahttp.Handle(api, lambdahttp.Operation{
		ID: "see-inbox", Method: http.MethodPost, Path: "/v1/me/inbox/seen", Tag: "notification", Access: lambdahttp.SignedIn,
		Summary: "Note that messages up to a time were seen",
	}, h.see)
	lambdahttp.Handle(api, lambdahttp.Operation{
		ID: "mark-message", Method: http.MethodPatch, Path: "/v1/me/inbox/{id}", Tag: "notification", Access: lambdahttp.SignedIn,
		Summary: "Mark a message as read",
	}, h.mark)
	lambdahttp.Handle(api, lambdahttp.Operation{
		ID: "delete-message", Method: http.MethodDelete, Path: "/v1/me/inbox/{id}", Tag: "notification", Access: lambdahttp.SignedIn,
		Summary: "Take a message out of the inbox",
	}, h.remove)
}

func (h *handlers) devicesAndPreferences(api *lambdahttp.API) {
	lambdahttp.Handle(api, lambdahttp.Operation{
		ID: "register-device", Method: http.MethodPut, Path: "/v1/me/devices/{device_id}", Tag: "notification",
		Access: lambdahttp.SignedIn, Collects: true, Summary: "Register this device for pushes, or its new token",
	}, h.register)
	lambdahttp.Handle(api, lambdahttp.Operation{
		ID: "forget-device", Method: http.MethodDelete, Path: "/v1/me/devices/{device_id}", Tag: "notification",
		Access: lambdahttp.SignedIn, Summary: "End pushes to this device",
	}, h.forget)
	lambdahttp.Handle(api, lambdahttp.Operation{
		ID: "notification-preferences", Method: http.MethodGet, Path: "/v1/me/notification-preferences", Tag: "notification",
		Access: lambdahttp.SignedIn, Summary: "What is told by which channel, and the quiet hours",
	}, h.preferences)
	lambdahttp.Handle(api, lambdahttp.Operation{
		ID: "choose-notifications", Method: http.MethodPut, Path: "/v1/me/notification-preferences", Tag: "notification",
		Access: lambdahttp.SignedIn, Summary: "Switch categories and channels, and set the quiet hours",
		Refuses: []fault.Code{fault.ConsentRequired},
	}, h.choose)
}

func caller(ctx context.Context) (lambdahttp.Caller, person.ID) {
	c, _ := lambdahttp.CallerOf(ctx)
	return c, c.User
}

type deviceIn struct {
	DeviceID string `path:"device_id" doc:"The app's own Device-Id; any other is 404."`
	Header   string `header:"Device-Id" doc:"The UUID that the app made at install."`
}

type registerIn struct {
	DeviceID string `path:"device_id" doc:"The app's own Device-Id; any other is 404."`
	Header   string `header:"Device-Id" doc:"The UUID that the app made at install."`
	Language string `header:"Accept-Language"`
	Body     struct {
		PushToken string `json:"push_token" minLength:"8" maxLength:"4096" pattern:"^[!-~]+$" doc:"The token of APNs (hexadecimal) or FCM."`
		Locale    string `json:"locale" minLength:"2" maxLength:"35" pattern:"^[A-Za-z0-9_-]+$" example:"zh-CN" doc:"The language of the pushes: zh when it is neither zh nor en."`
		TimeZone  string `json:"time_zone" minLength:"1" maxLength:"64" example:"Asia/Shanghai" doc:"The device's IANA time zone, by which quiet hours hold."`
	}
}

// own returns the device that calls. A path that names another one names
// nothing.
func own(path, header string) (person.DeviceID, error) {
	id, err := person.ParseDeviceID(path)
	if err != nil {
		return id, errNoDevice
	}
	if header, err := person.ParseDeviceID(header); err != nil || header != id {
		return id, errNoDevice
	}
	return id, nil
}

var errNoDevice = fault.New(fault.NotFound, "There is no such device of yours. Its id and the header Device-Id must be the same.")

func (h *handlers) register(ctx context.Context, in *registerIn) (*struct{}, error) {
	c, user := caller(ctx)
	id, err := own(in.DeviceID, in.Header)
	if err != nil {
		return nil, err
	}
	return nil, h.devices.Register(ctx, notification.Device{
		User: user, ID: id, Token: person.Of[person.PushToken](in.Body.PushToken),
		Language: lambdahttp.Language(in.Body.Locale), Zone: in.Body.TimeZone, Session: c.Session,
	})
}

func (h *handlers) forget(ctx context.Context, in *deviceIn) (*struct{}, error) {
	_, user := caller(ctx)
	id, err := own(in.DeviceID, in.Header)
	if err != nil {
		return nil, err
	}
	return nil, h.devices.Unregister(ctx, user, id)
}
