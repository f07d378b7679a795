// Package notificationevent is the events of notification: what an operator or
// the schedule asks of campaigns, and the queues' pages.
package notificationevent

import (
	"context"
	"strconv"
	"time"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/lambdaevent"
	"jewelrydisplay.app/shared/notification"
	"jewelrydisplay.app/shared/person"
)

type request struct {
	Action   string    `json:"action"`
	Campaign *campaign `json:"campaign"`
}

type campaign struct {
	ID        string            `json:"id"`
	Category  string            `json:"category"`
	Templates map[string]text   `json:"templates"`
	Variables map[string]string `json:"variables"`
	Target    *target           `json:"target"`
	Audience  *audience         `json:"audience"`
	NotBefore *time.Time        `json:"not_before"`
	ExpiresAt *time.Time        `json:"expires_at"`
}

type text struct {
	Title string `json:"title"`
	Body  string `json:"body"`
}

type target struct {
	ProductID     string `json:"product_id,omitempty"`
	MerchantID    string `json:"merchant_id,omitempty"`
	PolicyVersion string `json:"policy_version,omitempty"`
}

type audience struct {
	All     bool      `json:"all,omitempty"`
	UserIDs *[]string `json:"user_ids,omitempty"`
	Follows string    `json:"follows,omitempty"`
}

// Progress is the answer about one campaign. The outcomes add up to the
// audience.
type Progress struct {
	ID        string         `json:"id"`
	State     string         `json:"state"`
	Category  string         `json:"category"`
	CreatedAt time.Time      `json:"created_at"`
	NotBefore time.Time      `json:"not_before"`
	StartedAt *time.Time     `json:"started_at,omitempty"`
	ExpiresAt time.Time      `json:"expires_at"`
	Audience  int            `json:"audience"`
	Outcomes  map[string]int `json:"outcomes,omitempty"`
}

// List is the answer to the action list.
type List struct {
	Items []Progress `json:"items"`
}

// Operator handles the events of push-campaign. Errors are problems:
// invalid_request names the member, not_found, conflict.
func Operator(o *notification.Operator) lambdaevent.Handler {
	return func(ctx context.Context, payload []byte) (any, error) {
		var in request
		if err := lambdaevent.Decode(payload, &in); err != nil {
			return nil, err
		}
		switch in.Action {
		case "tick":
			return struct{}{}, o.Tick(ctx)
		case "list":
			return list(ctx, o)
		case "launch", "pause", "resume", "cancel", "inspect":
		default:
			return nil, fault.Invalid("action", "is none of launch, pause, resume, cancel, inspect, list")
		}
		if in.Campaign == nil || in.Campaign.ID == "" {
			return nil, fault.Invalid("campaign.id", "is required")
		}
		r, err := act(ctx, o, in)
		if err != nil {
			return nil, err
		}
		return progress(r), nil
	}
}

func act(ctx context.Context, o *notification.Operator, in request) (notification.Report, error) {
	switch id := in.Campaign.ID; in.Action {
	case "pause":
		return o.Pause(ctx, id)
	case "resume":
		return o.Resume(ctx, id)
	case "cancel":
		return o.Cancel(ctx, id)
	case "inspect":
		return o.Inspect(ctx, id)
	}
	l, err := in.Campaign.launch()
	if err != nil {
		return notification.Report{}, err
	}
	return o.Launch(ctx, l)
}

func (c campaign) launch() (notification.Launch, error) {
	l := notification.Launch{
		ID: c.ID, Category: notification.Category(c.Category), Variables: c.Variables,
		Templates: map[string]notification.Text{},
	}
	for language, t := range c.Templates {
		l.Templates[language] = notification.Text(t)
	}
	if c.Target != nil {
		l.Target = notification.Target{Product: c.Target.ProductID, Merchant: c.Target.MerchantID, PolicyVersion: c.Target.PolicyVersion}
	}
	if c.NotBefore != nil {
		l.NotBefore = *c.NotBefore
	}
	if c.ExpiresAt != nil {
		l.Expires = *c.ExpiresAt
	}
	if c.Audience == nil {
		return l, fault.Invalid("campaign.audience", "is required")
	}
	l.Audience = notification.Audience{All: c.Audience.All, Follows: c.Audience.Follows}
	if c.Audience.UserIDs == nil {
		return l, nil
	}
	l.Audience.Users = []person.ID{}
	for i, id := range *c.Audience.UserIDs {
		user, err := person.ParseID(id)
		if err != nil {
			return l, fault.Invalid("campaign.audience.user_ids["+strconv.Itoa(i)+"]", "is not the id of a person")
		}
		l.Audience.Users = append(l.Audience.Users, user)
	}
	return l, nil
}

func progress(r notification.Report) Progress {
	p := describe(r.Campaign)
	p.Audience = r.Audience
	p.Outcomes = map[string]int{}
	for outcome, n := range r.Outcomes {
		p.Outcomes[string(outcome)] = n
	}
	// These are always told, so that a reader need not know which may be absent.
	for _, outcome := range []notification.Outcome{notification.Sent, notification.Unknown, notification.Failed, notification.Pending} {
		p.Outcomes[string(outcome)] += 0
	}
	return p
}

func describe(c notification.Campaign) Progress {
	p := Progress{
		ID: c.ID, State: string(c.State), Category: string(c.Category), CreatedAt: c.Created,
		NotBefore: c.NotBefore, ExpiresAt: c.Expires, Audience: c.Size,
	}
	if !c.Started.IsZero() {
		p.StartedAt = &c.Started
	}
	return p
}

func list(ctx context.Context, o *notification.Operator) (any, error) {
	campaigns, err := o.List(ctx)
	if err != nil {
		return nil, err
	}
	out := List{Items: []Progress{}}
	for _, c := range campaigns {
		out.Items = append(out.Items, describe(c))
	}
	return out, nil
}
