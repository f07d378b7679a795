package notificationhttp

import (
	"context"
	"time"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/lambdahttp"
	"jewelrydisplay.app/shared/notification"
)

// Target is what a message opens: one of these.
type Target struct {
	ProductID     string `json:"product_id,omitempty"`
	MerchantID    string `json:"merchant_id,omitempty"`
	PolicyVersion string `json:"policy_version,omitempty"`
}

// Message is one entry of the inbox.
type Message struct {
	ID        string    `json:"id"`
	Category  string    `json:"category" doc:"system, discount, logistics, event or policy; others may come."`
	Title     string    `json:"title"`
	Body      string    `json:"body"`
	Target    *Target   `json:"target,omitempty"`
	CreatedAt time.Time `json:"created_at"`
	Read      bool      `json:"read"`
}

// Inbox is a part of an inbox.
type Inbox struct {
	Items      []Message `json:"items" nullable:"false"`
	Unread     *int      `json:"unread,omitempty" doc:"Messages neither seen nor read, 100 at most; absent when it cannot be told now."`
	NextCursor string    `json:"next_cursor,omitempty"`
}

// Unread is how many messages are neither seen nor read.
type Unread struct {
	Unread int `json:"unread" doc:"100 at most."`
}

func message(m notification.Message, language string) Message {
	text := m.Text(language)
	out := Message{
		ID: m.ID, Category: string(m.Category), Title: text.Title, Body: text.Body, CreatedAt: m.At, Read: m.Read,
	}
	if m.Target != (notification.Target{}) {
		out.Target = &Target{ProductID: m.Target.Product, MerchantID: m.Target.Merchant, PolicyVersion: m.Target.PolicyVersion}
	}
	return out
}

type readIn struct {
	Language string `header:"Accept-Language"`
	Limit    int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
	Cursor   string `query:"cursor" maxLength:"1024"`
}

type readOut struct{ Body Inbox }

// read serves the inbox even when the unread count cannot be had.
func (h *handlers) read(ctx context.Context, in *readIn) (*readOut, error) {
	_, user := caller(ctx)
	use := "inbox " + user.Reveal()
	var before string
	if err := h.cursors.Open(ctx, use, in.Cursor, &before); err != nil {
		return nil, err
	}
	part, err := h.inbox.Read(ctx, user, before, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &readOut{Body: Inbox{Items: make([]Message, len(part.Messages))}}
	language := lambdahttp.Language(in.Language)
	for i, m := range part.Messages {
		out.Body.Items[i] = message(m, language)
	}
	if part.Counted {
		out.Body.Unread = &part.Unread
	}
	if part.More {
		out.Body.NextCursor, err = h.cursors.Seal(use, part.Messages[len(part.Messages)-1].ID)
	}
	return out, err
}

type seeIn struct {
	Body struct {
		UpTo string `json:"up_to" maxLength:"100" doc:"The created_at, or the id, of the newest message that was shown."`
	}
}

type seeOut struct{ Body Unread }

func (h *handlers) see(ctx context.Context, in *seeIn) (*seeOut, error) {
	_, user := caller(ctx)
	upTo, err := time.Parse(time.RFC3339Nano, in.Body.UpTo)
	if err != nil {
		if upTo, err = notification.ParseMessageID(in.Body.UpTo); err != nil {
			return nil, fault.Invalid("body.up_to", "is neither a time nor the id of a message")
		}
	}
	n, err := h.inbox.See(ctx, user, upTo)
	return &seeOut{Body: Unread{Unread: n}}, err
}

type markIn struct {
	ID       string `path:"id"`
	Language string `header:"Accept-Language"`
	Body     struct {
		Read bool `json:"read"`
	}
}

type markOut struct{ Body Message }

func (h *handlers) mark(ctx context.Context, in *markIn) (*markOut, error) {
	_, user := caller(ctx)
	m, err := h.inbox.SetRead(ctx, user, in.ID, in.Body.Read)
	if err != nil {
		return nil, err
	}
	return &markOut{Body: message(m, lambdahttp.Language(in.Language))}, nil
}

type removeIn struct {
	ID string `path:"id"`
}

func (h *handlers) remove(ctx context.Context, in *removeIn) (*struct{}, error) {
	_, user := caller(ctx)
	return nil, h.inbox.Delete(ctx, user, in.ID)
}
