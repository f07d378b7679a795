package notification

import "time"

// newDevice names the message in the place of a campaign.
const newDevice = "new-device"

// NewDevice is the system message that tells a person of a login from a device
// that their account never saw (C36): who did not log in themselves learns of it,
// whatever pushes they refuse. It names no device: an inbox is not sealed, and
// the list of sessions says which.
func NewDevice(at time.Time) Message {
	return Message{
		ID: MessageID(at, newDevice), Campaign: newDevice, Category: System, At: at, Ends: at.Add(Rules[System].Keep),
		Texts: map[string]Text{
			"zh": {Title: "新设备登录", Body: "您的账号刚在一台新设备上登录。如非本人操作，请在“登录设备”中结束该会话，并联系客服。"},
			"en": {Title: "New device", Body: "A new device has just logged in to your account. If this was not you, end its session under Sessions and contact customer service."},
		},
	}
}
