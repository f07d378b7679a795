package notificationhttp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"github.com/danielgtaylor/huma/v2"

	"jewelrydisplay.app/shared/notification"
)

// Channels says by which channels a category may be told.
type Channels struct {
	Push *bool `json:"push,omitempty"`
	SMS  *bool `json:"sms,omitempty"`
}

// Categories is the switches of every category.
type Categories struct {
	System    *Channels `json:"system,omitempty"`
	Discount  *Channels `json:"discount,omitempty"`
	Logistics *Channels `json:"logistics,omitempty"`
	Event     *Channels `json:"event,omitempty"`
	Policy    *Channels `json:"policy,omitempty"`
}

func (c *Categories) of(category notification.Category) **Channels {
	switch category {
	case notification.System:
		return &c.System
	case notification.Discount:
		return &c.Discount
	case notification.Logistics:
		return &c.Logistics
	case notification.Event:
		return &c.Event
	default:
		return &c.Policy
	}
}

// QuietHours is {start, end} or "off".
type QuietHours struct {
	Start, End string
	Off        bool
}

var (
	_ json.Marshaler      = QuietHours{}
	_ json.Unmarshaler    = (*QuietHours)(nil)
	_ huma.SchemaProvider = QuietHours{}
)

type hours struct {
	Start string `json:"start"`
	End   string `json:"end"`
}

// MarshalJSON writes the hours.
func (q QuietHours) MarshalJSON() ([]byte, error) {
	if q.Off {
		return []byte(`"off"`), nil
	}
	return json.Marshal(hours{Start: q.Start, End: q.End})
}

// UnmarshalJSON reads the hours.
func (q *QuietHours) UnmarshalJSON(b []byte) error {
	if bytes.Equal(bytes.TrimSpace(b), []byte(`"off"`)) {
		*q = QuietHours{Off: true}
		return nil
	}
	var h hours
	if json.Unmarshal(b, &h) != nil {
		return errors.New("neither hours nor off")
	}
	*q = QuietHours{Start: h.Start, End: h.End}
	return nil
}

// Schema is an object or the word off.
func (QuietHours) Schema(huma.Registry) *huma.Schema {
	timeOfDay := &huma.Schema{Type: huma.TypeString, Pattern: `^([01]\d|2[0-3]):[0-5]\d$`, Examples: []any{"22:00"}}
	object := &huma.Schema{
		Type: huma.TypeObject, Properties: map[string]*huma.Schema{"start": timeOfDay, "end": timeOfDay},
		Required: []string{"start", "end"}, AdditionalProperties: false,
	}
	off := &huma.Schema{Type: huma.TypeString, Enum: []any{"off"}}
	for _, s := range []*huma.Schema{timeOfDay, object, off} {
		s.PrecomputeMessages()
	}
	return &huma.Schema{
		OneOf:       []*huma.Schema{object, off},
		Description: "The device's wall-clock hours without pushes, or off. Until chosen, 22:00 to 08:00 for marketing.",
	}
}

// Preferences is what is told by which channel, and when not.
type Preferences struct {
	Categories Categories  `json:"categories"`
	QuietHours *QuietHours `json:"quiet_hours,omitempty"`
}

// Choice is a change of preferences: what is absent stays as it is.
type Choice struct {
	Categories *Categories `json:"categories,omitempty"`
	QuietHours *QuietHours `json:"quiet_hours,omitempty"`
}

type preferencesOut struct{ Body Preferences }

func shown(p notification.Person) *preferencesOut {
	out := &preferencesOut{}
	for _, category := range notification.Categories {
		push := p.Choices.Allows(category, notification.Push)
		sms := p.Choices.Allows(category, notification.SMS)
		*out.Body.Categories.of(category) = &Channels{Push: &push, SMS: &sms}
	}
	start, end, off := p.Hours.Shown()
	out.Body.QuietHours = &QuietHours{Start: start, End: end, Off: off}
	return out
}

func (h *handlers) preferences(ctx context.Context, _ *struct{}) (*preferencesOut, error) {
	_, user := caller(ctx)
	p, err := h.inbox.Preferences(ctx, user)
	if err != nil {
		return nil, err
	}
	return shown(p), nil
}

type chooseIn struct{ Body Choice }

// choose is never behind the consent gate as long as it switches off (C10).
func (h *handlers) choose(ctx context.Context, in *chooseIn) (*preferencesOut, error) {
	c, user := caller(ctx)
	choices, on := switches(in.Body.Categories)
	if on || in.Body.QuietHours != nil {
		if err := c.MayCollect(); err != nil {
			return nil, err
		}
	}
	var quiet *notification.QuietHours
	if q := in.Body.QuietHours; q != nil {
		parsed := notification.QuietHours{Chosen: true, Off: true}
		if !q.Off {
			var err error
			if parsed, err = notification.ParseQuietHours(q.Start, q.End); err != nil {
				return nil, err
			}
		}
		quiet = &parsed
	}
	p, err := h.inbox.Choose(ctx, user, choices, quiet)
	if err != nil {
		return nil, err
	}
	return shown(p), nil
}

// switches reads what is switched, and whether anything is switched on.
func switches(given *Categories) (choices notification.Choices, on bool) {
	choices = notification.Choices{}
	if given == nil {
		return choices, false
	}
	for _, category := range notification.Categories {
		channels := *given.of(category)
		if channels == nil {
			continue
		}
		for channel, value := range map[notification.Channel]*bool{notification.Push: channels.Push, notification.SMS: channels.SMS} {
			if value != nil {
				choices[notification.ChoiceName(category, channel)] = *value
				on = on || *value
			}
		}
	}
	return choices, on
}
