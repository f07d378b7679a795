package accounthttp

import (
	"context"
	"time"

	"jewelrydisplay.app/shared/account"
	"jewelrydisplay.app/shared/person"
)

type beginExportIn struct {
	Device string `header:"Device-Id" required:"true" format:"uuid" doc:"The UUID that the app made at install."`
	Body   struct {
		ChallengeID string `json:"challenge_id" minLength:"1"`
		Code        string `json:"code" minLength:"1" doc:"A fresh code of the purpose export_data."`
	}
}

// Export is the permission to read everything held about oneself.
type Export struct {
	ExportID  string    `json:"export_id"`
	ExpiresAt time.Time `json:"expires_at" doc:"Until when it can be read."`
}

type beginExportOut struct{ Body Export }

func (s Services) beginExport(ctx context.Context, in *beginExportIn) (*beginExportOut, error) {
	who, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	device, err := person.ParseDeviceID(in.Device)
	if err != nil {
		return nil, err
	}
	e, err := s.Exports.Begin(ctx, who, in.Body.ChallengeID, in.Body.Code, device)
	if err != nil {
		return nil, err
	}
	return &beginExportOut{Body: Export{ExportID: e.ID, ExpiresAt: e.EndsAt.UTC()}}, nil
}

type getExportIn struct {
	ID     string `path:"id"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
	Cursor string `query:"cursor"`
}

// Item is what is held in one row for one purpose under one clause.
type Item struct {
	RecordType string         `json:"record_type"`
	Purpose    string         `json:"purpose" doc:"What it is held for."`
	Clause     string         `json:"clause" doc:"The clause of the privacy policy it is held under."`
	ExpiresAt  *time.Time     `json:"expires_at,omitempty" doc:"When it goes by itself."`
	Data       map[string]any `json:"data" doc:"Hashes and wrapped keys are shown as held."`
}

// ExportPage is a part of the copy.
type ExportPage struct {
	Items      []Item `json:"items" nullable:"false"`
	NextCursor string `json:"next_cursor,omitempty"`
}

type getExportOut struct{ Body ExportPage }

func (s Services) getExport(ctx context.Context, in *getExportIn) (*getExportOut, error) {
	who, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	var from account.Position
	use := "export " + who.ID.Reveal() + " " + in.ID
	if err := s.Cursors.Open(ctx, use, in.Cursor, &from); err != nil {
		return nil, err
	}
	items, next, more, err := s.Exports.Page(ctx, who, in.ID, from, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &getExportOut{Body: ExportPage{Items: make([]Item, len(items))}}
	for i, item := range items {
		out.Body.Items[i] = Item{
			RecordType: item.Record, Purpose: string(item.Purpose), Clause: item.Clause,
			ExpiresAt: some(item.ExpiresAt), Data: item.Data,
		}
	}
	if more {
		out.Body.NextCursor, err = s.Cursors.Seal(use, next)
	}
	return out, err
}
